//! What every form of `HospitalApi` promises: one suite, in this process, over HTTP, in this process over a file and over
//! PostgreSQL, and over HTTP in a fleet of two processes over PostgreSQL.

use medcover_contract_hospital::endpoints::PageQuery;
use medcover_contract_hospital::{
    AppointmentQuery, AppointmentState, BookAppointmentRequest, CancelAppointmentRequest,
    CodeEncounterRequest, Diagnosis, EncounterClass, EncounterState, HoldState, PatientQuery,
    ReleaseHoldRequest, SlotQuery, StartEncounterRequest,
};
use medcover_kernel::ErrorKind;

use crate::house::{House, Practice};

macro_rules! suite {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use super::*;

            #[tokio::test]
            async fn in_process() {
                super::$test(House::in_memory()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn over_http() {
                super::$test(House::over_http().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_disk() {
                super::$test(House::on_disk().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                super::$test(House::on_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_a_fleet() {
                super::$test(House::in_a_fleet().await).await;
            }
        }
    )+};
}
suite! { from_slot_to_codes, refusals_keep_their_names, lists_are_pages }

async fn from_slot_to_codes(house: House) {
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    let query = SlotQuery {
        service: offer.service,
        practitioner: Some(offer.practitioner),
        from: None,
        to: None,
        all: false,
        after: None,
        limit: None,
    };
    let slots = house
        .api
        .slots(&house.call(), query)
        .await
        .expect("a page")
        .slots;
    let start = slots[0].start;
    assert_eq!(
        slots[0].local_start,
        "2026-05-04T10:00:00+02:00[Europe/Rome]"
    );
    let slot = medcover_contract_hospital::SlotChoice {
        start,
        ..offer.at(crate::house::NOW)
    };
    let hold = house.hold(slot, patient, 600).await.expect("held");
    assert_eq!(hold.state, HoldState::Held);
    let request = BookAppointmentRequest {
        id: None,
        hold: Some(hold.id),
        slot: None,
        patient: None,
        description: Some("Cough".to_owned()),
    };
    let booked = house
        .api
        .book_appointment(&house.call(), request)
        .await
        .expect("booked");
    assert_eq!(booked.description.as_deref(), Some("Cough"));
    house
        .api
        .arrive_appointment(&house.call(), booked.id)
        .await
        .expect("there");
    let request = StartEncounterRequest {
        id: None,
        appointment: Some(booked.id),
        patient: None,
        practitioner: None,
        location: None,
        class: EncounterClass::default(),
    };
    let encounter = house
        .api
        .start_encounter(&house.call(), request)
        .await
        .expect("started");
    house
        .api
        .finish_encounter(&house.call(), encounter.id)
        .await
        .expect("finished");
    let request = CodeEncounterRequest {
        diagnoses: vec![Diagnosis {
            code: "J45.909".to_owned(),
            rank: 1,
            present_on_admission: None,
        }],
        procedures: Vec::new(),
    };
    let coded = house
        .api
        .code_encounter(&house.call(), encounter.id, request)
        .await
        .expect("coded");
    assert_eq!(coded.state, EncounterState::Coded);
    let billed = house
        .api
        .mark_billed(&house.call(), encounter.id)
        .await
        .expect("billed");
    assert_eq!(billed.state, EncounterState::BilledReady);
    let read = house
        .api
        .encounter(&house.call(), encounter.id)
        .await
        .expect("there");
    assert_eq!(read, billed);
}

async fn refusals_keep_their_names(house: House) {
    let offer = house.practice(Practice::default()).await;
    let (patient, other) = (house.patient("Rossi").await, house.patient("Verdi").await);
    let slot = || offer.at("2026-05-05T07:00:00Z");
    let booked = house.book(slot(), patient).await.expect("free");
    let taken = house.book(slot(), other).await.expect_err("taken");
    assert_eq!(
        (taken.kind(), taken.slug()),
        (ErrorKind::Conflict, "slot-taken")
    );
    let absent = house
        .book(offer.at("2026-05-05T03:00:00Z"), other)
        .await
        .expect_err("closed");
    assert_eq!(
        (absent.kind(), absent.slug()),
        (ErrorKind::Refused, "no-such-slot")
    );
    let early = house
        .api
        .check_in_appointment(&house.call(), booked.id)
        .await
        .expect_err("booked");
    assert_eq!(
        (early.kind(), early.slug()),
        (ErrorKind::Conflict, "illegal-transition")
    );
    assert!(
        early.message().contains("`booked`") && early.message().contains("`arrive`"),
        "{early}"
    );
    let cancel = CancelAppointmentRequest {
        reason: "asked".to_owned(),
        close: false,
    };
    house
        .api
        .cancel_appointment(&house.call(), booked.id, cancel)
        .await
        .expect("cancelled");
    let hold = house.hold(slot(), other, 600).await.expect("free");
    for _ in 0..2 {
        let request = ReleaseHoldRequest::default();
        house
            .api
            .release_hold(&house.call(), hold.id, request)
            .await
            .expect("released");
    }
    let read = house
        .api
        .appointment(&house.call(), booked.id)
        .await
        .expect("there");
    assert_eq!(read.state, AppointmentState::Cancelled);
}

async fn lists_are_pages(house: House) {
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    house
        .book(offer.at("2026-05-05T07:00:00Z"), patient)
        .await
        .expect("free");
    let call = || house.call();
    let query = PatientQuery {
        name: Some("rossi".to_owned()),
        ..PatientQuery::default()
    };
    assert_eq!(
        house
            .api
            .patients(&call(), query)
            .await
            .expect("a page")
            .patients[0]
            .id,
        patient
    );
    let query = AppointmentQuery {
        patient: Some(patient),
        ..AppointmentQuery::default()
    };
    assert_eq!(
        house
            .api
            .appointments(&call(), query)
            .await
            .expect("a page")
            .appointments
            .len(),
        1
    );
    let page = PageQuery::default;
    let practitioners = house
        .api
        .practitioners(&call(), page())
        .await
        .expect("a page");
    assert_eq!(practitioners.practitioners[0].id, offer.practitioner);
    assert_eq!(
        house
            .api
            .locations(&call(), page())
            .await
            .expect("a page")
            .locations
            .len(),
        1
    );
    assert_eq!(
        house
            .api
            .services(&call(), page())
            .await
            .expect("a page")
            .services
            .len(),
        1
    );
    let blocks = house
        .api
        .blocks(&call(), offer.practitioner, page())
        .await
        .expect("a page");
    assert_eq!((blocks.blocks.len(), blocks.next), (0, None));
}
