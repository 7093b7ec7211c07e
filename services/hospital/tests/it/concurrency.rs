//! Many at once: of those who want one thing, one has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use medcover_contract_hospital::{
    AppointmentQuery, BookAppointmentRequest, HoldSlotRequest, Identifier, RegisterPatientRequest,
};
use medcover_kernel::{ErrorKind, PatientId, Result};
use tokio::task::JoinSet;

use crate::house::{House, Offer, Practice, of_slot, person};

const CLIENTS: usize = 64;
const SLOT: &str = "2026-05-05T07:00:00Z";

/// How many of the results are done; every other one is a 409 with one of `slugs`.
fn done<T>(results: Vec<Result<T>>, slugs: &[&str]) -> usize {
    let mut done = 0;
    for result in results {
        match result {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                assert!(slugs.contains(&error.slug()), "{error}");
            }
        }
    }
    done
}

async fn patients(house: &House, count: usize) -> Vec<PatientId> {
    let mut patients = Vec::new();
    for number in 0..count {
        patients.push(house.patient(&format!("Rossi {number}")).await);
    }
    patients
}

async fn one_slot_has_one_patient(house: House) {
    let offer = house.practice(Practice::default()).await;
    let mut running = JoinSet::new();
    for patient in patients(&house, CLIENTS).await {
        let (api, call) = (Arc::clone(&house.api), house.call());
        let request = of_slot(offer.at(SLOT), patient);
        running.spawn(async move { api.book_appointment(&call, request).await });
    }
    let results = running.join_all().await;
    assert_eq!(results.len(), CLIENTS);
    assert_eq!(done(results, &["slot-taken"]), 1);
    let query = AppointmentQuery {
        practitioner: Some(offer.practitioner),
        ..AppointmentQuery::default()
    };
    let listed = house
        .api
        .appointments(&house.call(), query)
        .await
        .expect("a page");
    assert_eq!(listed.appointments.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_one_slot_one_success_in_memory() {
    one_slot_has_one_patient(House::in_memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_one_slot_one_success_on_sqlite() {
    one_slot_has_one_patient(House::on_disk().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_one_slot_one_success_over_http() {
    one_slot_has_one_patient(House::over_http().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_one_slot_one_success_in_a_fleet() {
    one_slot_has_one_patient(House::in_a_fleet().await).await;
}

/// Half hold, half book, of overlapping slots of two schedules of one practitioner: whoever has one keeps out all others.
async fn overlapping_schedules_share_the_practitioner(house: House) {
    let offer = house.practice(Practice::default()).await;
    let other = Practice::default().hours;
    let shifted = (
        other.0.saturating_add(jiff::Span::new().minutes(15)),
        other.1,
    );
    let services = vec![offer.service];
    let schedule = house
        .schedule(offer.practitioner, offer.location, services, shifted)
        .await;
    let shifted = Offer { schedule, ..offer };
    let mut running = JoinSet::new();
    for (number, patient) in patients(&house, CLIENTS).await.into_iter().enumerate() {
        let (api, call) = (Arc::clone(&house.api), house.call());
        let slot = if number % 2 == 0 {
            offer.at("2026-05-05T07:00:00Z")
        } else {
            shifted.at("2026-05-05T07:15:00Z")
        };
        running.spawn(async move {
            if number % 4 < 2 {
                let request = HoldSlotRequest {
                    id: None,
                    slot,
                    patient,
                    seconds: 600,
                };
                api.hold_slot(&call, request).await.map(drop)
            } else {
                api.book_appointment(&call, of_slot(slot, patient))
                    .await
                    .map(drop)
            }
        });
    }
    assert_eq!(done(running.join_all().await, &["slot-taken"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_and_bookings_of_overlapping_slots_keep_each_other_out() {
    overlapping_schedules_share_the_practitioner(House::in_memory()).await;
    overlapping_schedules_share_the_practitioner(House::on_disk().await).await;
    overlapping_schedules_share_the_practitioner(House::in_a_fleet().await).await;
}

/// A group of five has five of sixty-four.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_as_many_as_it_has_places() {
    for house in [House::in_memory(), House::on_disk().await] {
        let practice = Practice {
            capacity: 5,
            ..Practice::default()
        };
        let offer = house.practice(practice).await;
        let mut waiting = patients(&house, CLIENTS).await;
        let mut booked = 0;
        // Who meets too many others at once is asked to try again; nobody is let in beyond the places.
        while !waiting.is_empty() {
            let mut running = JoinSet::new();
            for patient in waiting.drain(..) {
                let (api, call) = (Arc::clone(&house.api), house.call());
                let request = of_slot(offer.at(SLOT), patient);
                running.spawn(async move { (patient, api.book_appointment(&call, request).await) });
            }
            for (patient, result) in running.join_all().await {
                match result {
                    Ok(_) => booked += 1,
                    Err(error) if error.kind() == ErrorKind::Unavailable => waiting.push(patient),
                    Err(error) => assert_eq!(error.slug(), "slot-taken"),
                }
            }
        }
        assert_eq!(booked, 5);
    }
}

/// Everybody wants a slot of their own on one day of one practitioner: everybody gets it, at the first attempt.
#[tokio::test(flavor = "multi_thread")]
async fn many_on_one_day_do_not_keep_each_other_out() {
    for house in [House::in_memory(), House::on_disk().await] {
        let practice = Practice {
            minutes: 5,
            ..Practice::default()
        };
        let offer = house.practice(practice).await;
        let mut running = JoinSet::new();
        for (place, patient) in patients(&house, CLIENTS).await.into_iter().enumerate() {
            let (api, call) = (Arc::clone(&house.api), house.call());
            let (hour, minute) = (7 + place / 12, place % 12 * 5);
            let slot = offer.at(&format!("2026-05-05T{hour:02}:{minute:02}:00Z"));
            running.spawn(async move { api.book_appointment(&call, of_slot(slot, patient)).await });
        }
        assert_eq!(done(running.join_all().await, &[]), CLIENTS);
    }
}

/// One patient wants two things at the same time, of two practitioners.
#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_in_one_place_at_a_time() {
    for house in [House::in_memory(), House::on_disk().await] {
        let patient = house.patient("Rossi").await;
        let mut running = JoinSet::new();
        for _ in 0..8 {
            let offer = house.practice(Practice::default()).await;
            let (api, call) = (Arc::clone(&house.api), house.call());
            let request = of_slot(offer.at(SLOT), patient);
            running.spawn(async move { api.book_appointment(&call, request).await });
        }
        assert_eq!(done(running.join_all().await, &["patient-taken"]), 1);
    }
}

/// One hold, many who turn it into an appointment.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_becomes_one_appointment() {
    let house = House::on_disk().await;
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    let hold = house
        .hold(offer.at(SLOT), patient, 600)
        .await
        .expect("held");
    let mut running = JoinSet::new();
    for _ in 0..CLIENTS {
        let (api, call) = (Arc::clone(&house.api), house.call());
        let request = BookAppointmentRequest {
            id: None,
            hold: Some(hold.id),
            slot: None,
            patient: None,
            description: None,
        };
        running.spawn(async move { api.book_appointment(&call, request).await });
    }
    assert_eq!(done(running.join_all().await, &["illegal-transition"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_is_of_one_patient() {
    for house in [House::in_memory(), House::on_disk().await] {
        let mut running = JoinSet::new();
        for number in 0..CLIENTS {
            let (api, call) = (Arc::clone(&house.api), house.call());
            let mut details = person(&format!("Rossi {number}"));
            details.identifiers = vec![Identifier {
                system: "insurance".to_owned(),
                value: "42".to_owned(),
            }];
            let request = RegisterPatientRequest { id: None, details };
            running.spawn(async move { api.register_patient(&call, request).await });
        }
        assert_eq!(done(running.join_all().await, &["identifier-taken"]), 1);
    }
}

/// The same request under one id and many keys, as sagas repeat it.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_is_made_once() {
    let house = House::on_disk().await;
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    let id = "018f3b2a-7c1d-7000-8000-000000000001"
        .parse()
        .expect("an id");
    let mut running = JoinSet::new();
    for _ in 0..16 {
        let (api, call) = (Arc::clone(&house.api), house.call());
        let request = BookAppointmentRequest {
            id: Some(id),
            ..of_slot(offer.at(SLOT), patient)
        };
        running.spawn(async move { api.book_appointment(&call, request).await });
    }
    let made: BTreeSet<_> = running
        .join_all()
        .await
        .into_iter()
        .map(|it| it.expect("the same again").id)
        .collect();
    assert_eq!(made.len(), 1);
}
