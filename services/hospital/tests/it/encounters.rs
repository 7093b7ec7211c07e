//! Encounters: of an appointment and without one, their codes, their amendments.

use jiff::civil::date;
use medcover_contract_hospital::{
    AmendEncounterRequest, AppointmentState, CodeEncounterRequest, Diagnosis, Encounter,
    EncounterClass, EncounterQuery, EncounterState, ErrorRequest, PlanEncounterRequest,
    PresentOnAdmission, Procedure, RecordEncounterRequest, StartEncounterRequest,
};
use medcover_kernel::{AppointmentId, Currency, EncounterId, ErrorKind, Money};

use crate::house::{House, Offer, Practice};

fn diagnoses(codes: &[&str]) -> Vec<Diagnosis> {
    let ranked = codes.iter().zip(1..);
    ranked
        .map(|(code, rank)| Diagnosis {
            code: (*code).to_owned(),
            rank,
            present_on_admission: Some(PresentOnAdmission::Y),
        })
        .collect()
}

fn procedures() -> Vec<Procedure> {
    vec![Procedure {
        code: "99213".to_owned(),
        description: None,
        modifiers: vec!["25".to_owned()],
        units: 1,
        charge: Money::new(12_000, Currency::USD).expect("an amount"),
        diagnoses: vec![1],
    }]
}

fn codes(codes: &[&str]) -> CodeEncounterRequest {
    CodeEncounterRequest {
        diagnoses: diagnoses(codes),
        procedures: procedures(),
    }
}

fn nothing() -> StartEncounterRequest {
    StartEncounterRequest {
        id: None,
        appointment: None,
        patient: None,
        practitioner: None,
        location: None,
        class: EncounterClass::default(),
    }
}

fn of_appointment(appointment: AppointmentId) -> StartEncounterRequest {
    StartEncounterRequest {
        appointment: Some(appointment),
        ..nothing()
    }
}

async fn walk_in(house: &House, offer: &Offer) -> Encounter {
    let request = StartEncounterRequest {
        patient: Some(house.patient("Rossi").await),
        practitioner: Some(offer.practitioner),
        location: Some(offer.location),
        ..nothing()
    };
    house
        .api
        .start_encounter(&house.call(), request)
        .await
        .expect("started")
}

async fn finished(house: &House, offer: &Offer) -> EncounterId {
    let encounter = walk_in(house, offer).await.id;
    house
        .api
        .finish_encounter(&house.call(), encounter)
        .await
        .expect("finished");
    encounter
}

#[tokio::test]
async fn a_visit_fulfils_its_appointment() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    let booked = house
        .book(offer.at("2026-05-04T08:00:00Z"), patient)
        .await
        .expect("free");
    let early = house
        .api
        .start_encounter(&house.call(), of_appointment(booked.id))
        .await;
    let early = early.expect_err("nobody is there");
    assert_eq!(early.slug(), "illegal-transition");
    assert!(early.message().contains("`booked`"), "{early}");
    house
        .api
        .arrive_appointment(&house.call(), booked.id)
        .await
        .expect("there");
    house
        .api
        .check_in_appointment(&house.call(), booked.id)
        .await
        .expect("in");

    let id = Some(EncounterId::from_uuid(uuid::Uuid::from_u128(4)));
    let request = StartEncounterRequest {
        id,
        ..of_appointment(booked.id)
    };
    let started = house
        .api
        .start_encounter(&house.call(), request.clone())
        .await
        .expect("started");
    assert_eq!(
        (started.state, started.patient),
        (EncounterState::InProgress, patient)
    );
    assert_eq!(started.service_date, Some(date(2026, 5, 4)));
    house.pass(900);
    let finished = house
        .api
        .finish_encounter(&house.call(), started.id)
        .await
        .expect("finished");
    assert_eq!(finished.state, EncounterState::Finished);
    let fulfilled = house
        .api
        .appointment(&house.call(), booked.id)
        .await
        .expect("there");
    assert_eq!(fulfilled.state, AppointmentState::Fulfilled);
    assert_eq!(fulfilled.encounter, Some(started.id));
    // What a saga may say again.
    let again = house
        .api
        .finish_encounter(&house.call(), started.id)
        .await
        .expect("again");
    assert_eq!(again, finished);
    let again = house
        .api
        .start_encounter(&house.call(), request)
        .await
        .expect("again");
    assert_eq!(again.state, EncounterState::Finished);
}

#[tokio::test]
async fn two_visits_do_not_fulfil_one_appointment() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    let booked = house
        .book(offer.at("2026-05-04T08:00:00Z"), patient)
        .await
        .expect("free");
    house
        .api
        .arrive_appointment(&house.call(), booked.id)
        .await
        .expect("there");
    let mut visits = Vec::new();
    for _ in 0..2 {
        let started = house
            .api
            .start_encounter(&house.call(), of_appointment(booked.id))
            .await;
        visits.push(started.expect("started").id);
    }
    house
        .api
        .finish_encounter(&house.call(), visits[0])
        .await
        .expect("finished");
    let second = house.api.finish_encounter(&house.call(), visits[1]).await;
    assert_eq!(second.expect_err("fulfilled").slug(), "illegal-transition");
    let undo = ErrorRequest {
        reason: "Started twice".to_owned(),
        close: false,
    };
    house
        .api
        .mark_encounter_in_error(&house.call(), visits[1], undo)
        .await
        .expect("marked");
}

#[tokio::test]
async fn the_date_of_service_is_that_of_the_place() {
    let house = House::in_memory();
    let offer = house
        .practice(Practice {
            zone: "Pacific/Auckland",
            ..Practice::default()
        })
        .await;
    house.pass(5 * 3_600);
    // One in the afternoon by UTC is the next day in Auckland.
    assert_eq!(
        walk_in(&house, &offer).await.service_date,
        Some(date(2026, 5, 5))
    );
}

#[tokio::test]
async fn final_codes_are_in_the_release_of_the_date_of_service() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let encounter = finished(&house, &offer).await;
    let call = || house.call();
    let unknown = house
        .api
        .code_encounter(&call(), encounter, codes(&["E11.9", "E10.9"]))
        .await;
    let unknown = unknown.expect_err("not in the release");
    assert_eq!(
        (unknown.kind(), unknown.slug()),
        (ErrorKind::Refused, "diagnosis-refused")
    );
    assert_eq!(unknown.faults()[0].pointer, "/diagnoses/1/code");

    let coded = house
        .api
        .code_encounter(&call(), encounter, codes(&["e119", "I10"]))
        .await;
    let coded = coded.expect("known");
    assert_eq!(coded.state, EncounterState::Coded);
    assert_eq!(coded.diagnoses[0].code, "E11.9");
    let coding = coded.coding.clone().expect("final");
    assert_eq!((coding.number, coding.release.as_str()), (1, "2026"));
    let again = house
        .api
        .code_encounter(&call(), encounter, codes(&["E11.9", "I10"]))
        .await;
    assert_eq!(again.expect("the same"), coded);
    let other = house
        .api
        .code_encounter(&call(), encounter, codes(&["I10"]))
        .await;
    assert_eq!(other.expect_err("final").slug(), "illegal-transition");

    for _ in 0..2 {
        let billed = house
            .api
            .mark_billed(&call(), encounter)
            .await
            .expect("billed");
        assert_eq!(billed.state, EncounterState::BilledReady);
    }
    let amend = AmendEncounterRequest {
        diagnoses: diagnoses(&["I10"]),
        procedures: procedures(),
        reason: "Laboratory result came in".to_owned(),
    };
    let amended = house
        .api
        .amend_encounter(&call(), encounter, amend)
        .await
        .expect("amended");
    assert_eq!(amended.state, EncounterState::Coded);
    assert_eq!(amended.coding.expect("final").number, 2);

    house.pass(365 * 24 * 3_600);
    let encounter = finished(&house, &offer).await;
    let uncovered = house
        .api
        .code_encounter(&call(), encounter, codes(&["I10"]))
        .await;
    assert_eq!(
        uncovered.expect_err("no release").slug(),
        "diagnosis-refused"
    );
}

#[tokio::test]
async fn what_is_recorded_may_be_recorded_again_until_it_is_final() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let plan = PlanEncounterRequest {
        id: None,
        patient: house.patient("Rossi").await,
        practitioner: offer.practitioner,
        location: offer.location,
        class: EncounterClass::default(),
    };
    let planned = house
        .api
        .plan_encounter(&house.call(), plan)
        .await
        .expect("planned");
    assert_eq!(planned.state, EncounterState::Planned);
    let record = |version, codes: &[&str]| RecordEncounterRequest {
        version,
        diagnoses: diagnoses(codes),
        procedures: Vec::new(),
    };
    let early = house
        .api
        .record_encounter(&house.call(), planned.id, record(None, &["I10"]))
        .await;
    assert_eq!(early.expect_err("planned").slug(), "illegal-transition");
    let start = StartEncounterRequest {
        id: Some(planned.id),
        ..nothing()
    };
    let started = house
        .api
        .start_encounter(&house.call(), start)
        .await
        .expect("started");
    assert_eq!(
        (started.id, started.state),
        (planned.id, EncounterState::InProgress)
    );
    let first = house
        .api
        .record_encounter(&house.call(), planned.id, record(Some(2), &["I10"]))
        .await;
    assert_eq!(first.expect("recorded").version, 3);
    let stale = house
        .api
        .record_encounter(&house.call(), planned.id, record(Some(2), &["E11.9"]))
        .await;
    let stale = stale.expect_err("somebody was faster");
    assert_eq!(
        (stale.kind(), stale.slug()),
        (ErrorKind::PreconditionFailed, "version-changed")
    );

    let query = EncounterQuery {
        patient: planned.patient,
        after: None,
        limit: None,
    };
    let listed = house
        .api
        .encounters(&house.call(), query)
        .await
        .expect("a page");
    assert_eq!(listed.encounters.len(), 1);
}
