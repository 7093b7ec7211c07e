//! Patients: found, changed, merged and separated, and their trail.

use jiff::civil::date;
use medcover_contract_hospital::{
    AppointmentQuery, ChangePatientRequest, ErrorRequest, Identifier, MergePatientRequest, Patient,
    PatientQuery, PatientState, ReasonRequest, RegisterPatientRequest, ScheduleQuery,
};
use medcover_kernel::{ErrorKind, Limit, PatientId, TenantId};
use medcover_store::{limits, rebuild};

use crate::house::{House, Practice, every_permission, person};

fn identifier(value: &str) -> Identifier {
    Identifier {
        system: "insurance".to_owned(),
        value: value.to_owned(),
    }
}

async fn register(house: &House, family_name: &str, number: &str) -> Patient {
    let mut details = person(family_name);
    details.identifiers = vec![identifier(number)];
    let request = RegisterPatientRequest { id: None, details };
    house
        .api
        .register_patient(&house.call(), request)
        .await
        .expect("registered")
}

async fn find(house: &House, query: PatientQuery) -> Vec<PatientId> {
    let found = house
        .api
        .patients(&house.call(), query)
        .await
        .expect("a page");
    found.patients.into_iter().map(|it| it.id).collect()
}

fn merge(into: PatientId) -> MergePatientRequest {
    MergePatientRequest {
        into,
        reason: "Same insurance number".to_owned(),
    }
}

fn reason(text: &str) -> ReasonRequest {
    ReasonRequest {
        reason: text.to_owned(),
    }
}

#[tokio::test]
async fn a_patient_is_found_by_name_birth_date_and_identifier() {
    let house = House::in_memory();
    let rossi = register(&house, "Rossi", "1").await.id;
    let rossini = register(&house, "Rossini", "2").await.id;
    let verdi = register(&house, "Verdi", "3").await.id;
    let named = |name: &str| PatientQuery {
        name: Some(name.to_owned()),
        ..PatientQuery::default()
    };
    assert_eq!(find(&house, named("ROSS")).await, [rossi, rossini]);
    assert_eq!(find(&house, named("rossi, mar")).await, [rossi]);
    assert_eq!(
        find(&house, PatientQuery::default()).await,
        [rossi, rossini, verdi]
    );
    let born = |birth_date| PatientQuery {
        birth_date: Some(birth_date),
        ..named("v")
    };
    assert_eq!(find(&house, born(date(1984, 2, 29))).await, [verdi]);
    assert_eq!(find(&house, born(date(1984, 3, 1))).await, []);
    let whose = |text: &str| PatientQuery {
        identifier: Some(text.to_owned()),
        ..PatientQuery::default()
    };
    assert_eq!(find(&house, whose("insurance|2")).await, [rossini]);
    assert_eq!(find(&house, whose("insurance|9")).await, []);
    let error = house.api.patients(&house.call(), named("a\0")).await;
    assert_eq!(error.expect_err("no text").kind(), ErrorKind::Invalid);
    let first = PatientQuery {
        limit: Limit::new(2).ok(),
        ..PatientQuery::default()
    };
    let page = house
        .api
        .patients(&house.call(), first.clone())
        .await
        .expect("a page");
    let rest = PatientQuery {
        after: page.next,
        ..first
    };
    assert_eq!(find(&house, rest).await, [verdi]);
}

#[tokio::test]
async fn an_identifier_moves_only_when_it_is_given_up() {
    let house = House::in_memory();
    let rossi = register(&house, "Rossi", "1").await;
    let verdi = register(&house, "Verdi", "2").await;
    let mut details = verdi.details.clone();
    details.identifiers = vec![identifier("1")];
    let change = ChangePatientRequest {
        version: None,
        details,
    };
    let error = house
        .api
        .change_patient(&house.call(), verdi.id, change.clone())
        .await;
    assert_eq!(error.expect_err("Rossi has it").slug(), "identifier-taken");

    let mut without = rossi.details.clone();
    without.identifiers.clear();
    let give_up = ChangePatientRequest {
        version: Some(1),
        details: without,
    };
    house
        .api
        .change_patient(&house.call(), rossi.id, give_up)
        .await
        .expect("changed");
    let changed = house
        .api
        .change_patient(&house.call(), verdi.id, change)
        .await;
    assert_eq!(changed.expect("free").version, 2);
    let undo = ErrorRequest {
        reason: "twice".to_owned(),
        close: false,
    };
    house
        .api
        .mark_patient_in_error(&house.call(), verdi.id, undo)
        .await
        .expect("marked");
    register(&house, "Bianchi", "1").await;
}

#[tokio::test]
async fn a_merge_loses_nothing_counts_both_as_one_and_can_be_taken_back() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let other = house.practice(Practice::default()).await;
    let (one, two) = (
        register(&house, "Rossi", "1").await,
        register(&house, "Rosi", "2").await,
    );
    let booked = house
        .book(offer.at("2026-05-05T07:00:00Z"), one.id)
        .await
        .expect("free");

    let merged = house
        .api
        .merge_patient(&house.call(), one.id, merge(two.id))
        .await
        .expect("merged");
    assert_eq!(
        (merged.state, merged.merged_into),
        (PatientState::Merged, Some(two.id))
    );
    let survivor = house
        .api
        .patient(&house.call(), two.id)
        .await
        .expect("there");
    assert_eq!(survivor.merged, [one.id]);
    // What stood in the one still stands there, and still takes the person's time.
    let found = house
        .api
        .appointment(&house.call(), booked.id)
        .await
        .expect("there");
    assert_eq!(found, booked);
    let at_once = house.book(other.at("2026-05-05T07:00:00Z"), two.id).await;
    assert_eq!(
        at_once.expect_err("the same person").slug(),
        "patient-taken"
    );
    // Whoever still uses the old id means the person.
    let later = house
        .book(offer.at("2026-05-05T08:00:00Z"), one.id)
        .await
        .expect("free");
    assert_eq!(later.patient, two.id);

    let circle = house
        .api
        .merge_patient(&house.call(), two.id, merge(one.id))
        .await;
    assert_eq!(circle.expect_err("a circle").kind(), ErrorKind::Conflict);
    let apart = house
        .api
        .unmerge_patient(&house.call(), one.id, reason("Two sisters"))
        .await;
    let apart = apart.expect("unmerged");
    assert_eq!(
        (apart.state, apart.merged_into),
        (PatientState::Active, None)
    );
    assert_eq!(apart.details, one.details);
    let survivor = house
        .api
        .patient(&house.call(), two.id)
        .await
        .expect("there");
    assert_eq!(survivor.merged, []);
    let own = house
        .book(other.at("2026-05-05T07:00:00Z"), two.id)
        .await
        .expect("another person");
    assert_eq!(own.patient, two.id);
}

#[tokio::test]
async fn chains_of_merges_are_one_person() {
    let house = House::in_memory();
    let (offer, other) = (
        house.practice(Practice::default()).await,
        house.practice(Practice::default()).await,
    );
    let mut ids = Vec::new();
    for name in ["Rossi", "Rosi", "Rossy"] {
        ids.push(house.patient(name).await);
    }
    house
        .book(offer.at("2026-05-05T07:00:00Z"), ids[0])
        .await
        .expect("free");
    for (from, into) in [(0, 1), (1, 2)] {
        let merged = house
            .api
            .merge_patient(&house.call(), ids[from], merge(ids[into]))
            .await;
        merged.expect("merged");
    }
    let at_once = house.book(other.at("2026-05-05T07:00:00Z"), ids[2]).await;
    assert_eq!(
        at_once.expect_err("the same person").slug(),
        "patient-taken"
    );
    let merged_again = house
        .api
        .merge_patient(&house.call(), ids[0], merge(ids[2]))
        .await;
    assert_eq!(
        merged_again.expect_err("it is merged").slug(),
        "illegal-transition"
    );
}

#[tokio::test]
async fn a_registration_is_repeatable_and_its_undo_closes_the_id() {
    let house = House::in_memory();
    let id: PatientId = "018f3b2a-7c1d-7000-8000-000000000001"
        .parse()
        .expect("an id");
    let request = RegisterPatientRequest {
        id: Some(id),
        details: person("Rossi"),
    };
    let first = house
        .api
        .register_patient(&house.call(), request.clone())
        .await
        .expect("made");
    let again = house
        .api
        .register_patient(&house.call(), request.clone())
        .await
        .expect("again");
    assert_eq!(first, again);
    let other = RegisterPatientRequest {
        details: person("Verdi"),
        ..request
    };
    let error = house
        .api
        .register_patient(&house.call(), other.clone())
        .await;
    assert_eq!(error.expect_err("another").slug(), "id-taken");

    let never: PatientId = "018f3b2a-7c1d-7000-8000-000000000002"
        .parse()
        .expect("an id");
    let undo = |close| ErrorRequest {
        reason: "undone".to_owned(),
        close,
    };
    let error = house
        .api
        .mark_patient_in_error(&house.call(), never, undo(false))
        .await;
    assert_eq!(error.expect_err("none").kind(), ErrorKind::NotFound);
    for id in [never, never, id, id] {
        house
            .api
            .mark_patient_in_error(&house.call(), id, undo(true))
            .await
            .expect("undone");
    }
    let late = RegisterPatientRequest {
        id: Some(never),
        ..other
    };
    let error = house
        .api
        .register_patient(&house.call(), late)
        .await
        .expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(find(&house, PatientQuery::default()).await, []);
}

#[tokio::test]
async fn every_reading_is_in_the_patients_trail_and_another_tenants_patient_is_not_there() {
    let house = House::in_memory();
    let patient = house.patient("Rossi").await;
    house
        .api
        .patient(&house.call(), patient)
        .await
        .expect("there");
    find(&house, PatientQuery::default()).await;
    let trail = house
        .store
        .disclosures(TenantId::DEFAULT, patient.as_uuid(), 0, limits::PAGE)
        .await
        .expect("a trail");
    let actions: Vec<_> = trail.iter().map(|record| &*record.entry.action).collect();
    assert_eq!(
        actions,
        ["patient.registered", "patient.read", "patient.found"]
    );

    let other = TenantId::from_uuid(uuid::Uuid::from_u128(77));
    let stranger = house.call_of(other, &every_permission(other));
    let error = house
        .api
        .patient(&stranger, patient)
        .await
        .expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let found = house
        .api
        .patients(&stranger, PatientQuery::default())
        .await
        .expect("a page");
    assert_eq!(found.patients, []);
}

#[tokio::test]
async fn lists_made_again_from_the_log_are_the_same() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    house
        .book(offer.at("2026-05-05T07:00:00Z"), patient)
        .await
        .expect("free");
    let lists = async || {
        let call = house.call();
        let patients = house
            .api
            .patients(&call, PatientQuery::default())
            .await
            .expect("a page");
        let appointments = house
            .api
            .appointments(&call, AppointmentQuery::default())
            .await
            .expect("a page");
        let schedules = house
            .api
            .schedules(&call, ScheduleQuery::default())
            .await
            .expect("a page");
        (patients, appointments, schedules)
    };
    let live = lists().await;
    assert_eq!(live.1.appointments.len(), 1);
    for projection in medcover_hospital::projections() {
        rebuild(&*house.store, projection).await.expect("rebuilt");
    }
    assert_eq!(lists().await, live);
}
