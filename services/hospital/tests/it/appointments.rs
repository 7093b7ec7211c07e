//! Appointments: holds, moves, the waitlist, overbooking, repetition and undo.

use jiff::civil::date;
use medcover_contract_hospital::permissions::PERMISSIONS;
use medcover_contract_hospital::{
    Appointment, AppointmentState, BookAppointmentRequest, CancelAppointmentRequest, HoldId,
    HoldSlotRequest, HoldState, OfferSlotRequest, OverbookAppointmentRequest, Overridden,
    PlaceAppointmentRequest, ProposeAppointmentRequest, ReleaseHoldRequest,
    RescheduleAppointmentRequest, WaitlistQuery, Wish,
};
use medcover_kernel::{AppointmentId, ErrorKind, PatientId, TenantId};
use medcover_store::{AuditRecord, limits};

use crate::house::{House, Offer, Practice, of_slot};

const SEVEN: &str = "2026-05-05T07:00:00Z";
const EIGHT: &str = "2026-05-05T08:00:00Z";

fn of_hold(hold: HoldId) -> BookAppointmentRequest {
    BookAppointmentRequest {
        id: None,
        hold: Some(hold),
        slot: None,
        patient: None,
        description: None,
    }
}

fn cancel(close: bool) -> CancelAppointmentRequest {
    CancelAppointmentRequest {
        reason: "Asked by the patient".to_owned(),
        close,
    }
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(uuid::Uuid::from_u128(number))
}

async fn started() -> (House, Offer, PatientId) {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let patient = house.patient("Rossi").await;
    (house, offer, patient)
}

async fn proposed(house: &House, offer: &Offer, patient: PatientId) -> Appointment {
    let request = ProposeAppointmentRequest {
        id: None,
        patient,
        service: offer.service,
        wish: Wish {
            practitioner: None,
            earliest: date(2026, 5, 5),
            latest: Some(date(2026, 5, 6)),
        },
        description: None,
    };
    house
        .api
        .propose_appointment(&house.call(), request)
        .await
        .expect("proposed")
}

#[tokio::test]
async fn a_hold_is_booked_or_released_or_over_by_the_clock() {
    let (house, offer, patient) = started().await;
    let other = house.patient("Verdi").await;
    let hold = house
        .hold(offer.at(SEVEN), patient, 60)
        .await
        .expect("held");
    assert_eq!(
        house
            .book(offer.at(SEVEN), other)
            .await
            .expect_err("held")
            .slug(),
        "slot-taken"
    );
    let booked = house
        .api
        .book_appointment(&house.call(), of_hold(hold.id))
        .await
        .expect("booked");
    assert_eq!(
        (booked.state, booked.patient),
        (AppointmentState::Booked, patient)
    );
    house.pass(120);
    // It was a hold of a minute; the appointment stays.
    assert_eq!(
        house
            .book(offer.at(SEVEN), other)
            .await
            .expect_err("booked")
            .slug(),
        "slot-taken"
    );
    let release = ReleaseHoldRequest::default();
    let error = house
        .api
        .release_hold(&house.call(), hold.id, release.clone())
        .await;
    assert_eq!(error.expect_err("booked").slug(), "illegal-transition");

    let hold = house
        .hold(offer.at(EIGHT), patient, 60)
        .await
        .expect("held");
    house.pass(60);
    let seen = house.api.hold(&house.call(), hold.id).await.expect("there");
    assert_eq!(seen.state, HoldState::Expired);
    let late = house
        .api
        .book_appointment(&house.call(), of_hold(hold.id))
        .await;
    let late = late.expect_err("expired");
    assert_eq!(late.slug(), "illegal-transition");
    assert!(late.message().contains("`expired`"), "{late}");
    house
        .book(offer.at(EIGHT), other)
        .await
        .expect("free by itself");
    house
        .api
        .release_hold(&house.call(), hold.id, release)
        .await
        .expect("over is over");
}

#[tokio::test]
async fn undo_closes_the_id_of_what_comes_later() {
    let (house, offer, patient) = started().await;
    let never = HoldId::from_uuid(uuid::Uuid::from_u128(9));
    let none = house
        .api
        .release_hold(&house.call(), never, ReleaseHoldRequest::default())
        .await;
    assert_eq!(none.expect_err("none").kind(), ErrorKind::NotFound);
    let close = ReleaseHoldRequest { close: true };
    house
        .api
        .release_hold(&house.call(), never, close)
        .await
        .expect("closed");
    let request = HoldSlotRequest {
        id: Some(never),
        slot: offer.at(SEVEN),
        patient,
        seconds: 60,
    };
    let late = house
        .api
        .hold_slot(&house.call(), request)
        .await
        .expect_err("closed");
    assert_eq!(late.slug(), "illegal-transition");

    let none = house
        .api
        .cancel_appointment(&house.call(), id(9), cancel(false))
        .await;
    assert_eq!(none.expect_err("none").kind(), ErrorKind::NotFound);
    for _ in 0..2 {
        house
            .api
            .cancel_appointment(&house.call(), id(9), cancel(true))
            .await
            .expect("closed");
    }
    let late = BookAppointmentRequest {
        id: Some(id(9)),
        ..of_slot(offer.at(SEVEN), patient)
    };
    let late = house
        .api
        .book_appointment(&house.call(), late)
        .await
        .expect_err("closed");
    assert_eq!(late.slug(), "illegal-transition");
    house
        .book(offer.at(SEVEN), patient)
        .await
        .expect("the slot was never taken");
}

#[tokio::test]
async fn the_same_request_again_is_answered_as_before() {
    let (house, offer, patient) = started().await;
    let request = BookAppointmentRequest {
        id: Some(id(7)),
        ..of_slot(offer.at(SEVEN), patient)
    };
    let call = house.call();
    let first = house
        .api
        .book_appointment(&call, request.clone())
        .await
        .expect("booked");
    for call in [call, house.call()] {
        let again = house.api.book_appointment(&call, request.clone()).await;
        assert_eq!(again.expect("the same"), first);
    }
    let other = BookAppointmentRequest {
        slot: Some(offer.at(EIGHT)),
        ..request
    };
    let other = house.api.book_appointment(&house.call(), other).await;
    assert_eq!(other.expect_err("another slot").slug(), "id-taken");

    let held = HoldSlotRequest {
        id: Some(HoldId::from_uuid(uuid::Uuid::from_u128(3))),
        slot: offer.at(EIGHT),
        patient,
        seconds: 60,
    };
    let first = house
        .api
        .hold_slot(&house.call(), held.clone())
        .await
        .expect("held");
    house.pass(5);
    let again = house
        .api
        .hold_slot(&house.call(), held)
        .await
        .expect("the same");
    assert_eq!(again, first);
}

#[tokio::test]
async fn an_appointment_is_moved_whole_or_not_at_all() {
    let (house, offer, patient) = started().await;
    let other = house.patient("Verdi").await;
    let booked = house.book(offer.at(SEVEN), patient).await.expect("free");
    house.book(offer.at(EIGHT), other).await.expect("free");
    let to = |start: &str| RescheduleAppointmentRequest {
        id: None,
        slot: offer.at(start),
        reason: "Asked by the patient".to_owned(),
    };
    let error = house
        .api
        .reschedule_appointment(&house.call(), booked.id, to(EIGHT))
        .await;
    assert_eq!(error.expect_err("taken").slug(), "slot-taken");
    let same = house
        .api
        .appointment(&house.call(), booked.id)
        .await
        .expect("there");
    assert_eq!(same, booked);

    let call = house.call();
    let moved = house
        .api
        .reschedule_appointment(&call, booked.id, to("2026-05-05T08:30:00Z"))
        .await;
    let moved = moved.expect("free");
    assert_eq!(moved.cancelled.state, AppointmentState::Cancelled);
    assert_eq!(moved.cancelled.rescheduled_to, Some(moved.booked.id));
    assert_eq!(moved.booked.rescheduled_from, Some(booked.id));
    let replayed = house
        .api
        .reschedule_appointment(&call, booked.id, to("2026-05-05T08:30:00Z"));
    assert_eq!(replayed.await.expect("as before"), moved);
    house
        .book(offer.at(SEVEN), other)
        .await
        .expect("free again");
}

#[tokio::test]
async fn an_appointment_may_be_moved_into_its_own_time() {
    let house = House::in_memory();
    let offer = house
        .practice(Practice {
            minutes: 60,
            ..Practice::default()
        })
        .await;
    let shifted = (
        jiff::civil::time(9, 30, 0, 0),
        jiff::civil::time(17, 0, 0, 0),
    );
    let services = vec![offer.service];
    let schedule = house
        .schedule(offer.practitioner, offer.location, services, shifted)
        .await;
    let patient = house.patient("Rossi").await;
    let booked = house.book(offer.at(SEVEN), patient).await.expect("free");
    let request = RescheduleAppointmentRequest {
        id: None,
        slot: Offer { schedule, ..offer }.at("2026-05-05T07:30:00Z"),
        reason: "Half an hour later".to_owned(),
    };
    let moved = house
        .api
        .reschedule_appointment(&house.call(), booked.id, request)
        .await;
    assert_eq!(
        moved.expect("its own time").booked.state,
        AppointmentState::Booked
    );
}

#[tokio::test]
async fn a_freed_slot_goes_to_whoever_has_waited_longest() {
    let (house, offer, patient) = started().await;
    let booked = house.book(offer.at(SEVEN), patient).await.expect("free");
    let mut waiting = Vec::new();
    for name in ["Verdi", "Bianchi"] {
        let patient = house.patient(name).await;
        let appointment = proposed(&house, &offer, patient).await;
        house
            .api
            .waitlist_appointment(&house.call(), appointment.id)
            .await
            .expect("waits");
        house.pass(1);
        waiting.push(appointment.id);
    }
    let offer_of = |start: &str| OfferSlotRequest {
        id: None,
        slot: offer.at(start),
        seconds: 600,
    };
    let error = house.api.offer_slot(&house.call(), offer_of(SEVEN)).await;
    assert_eq!(error.expect_err("taken").slug(), "slot-taken");
    house
        .api
        .cancel_appointment(&house.call(), booked.id, cancel(false))
        .await
        .expect("freed");
    let offered = house
        .api
        .offer_slot(&house.call(), offer_of(SEVEN))
        .await
        .expect("somebody");
    assert_eq!(offered.appointment.id, waiting[0]);

    let place = PlaceAppointmentRequest {
        hold: Some(offered.hold.id),
        slot: None,
    };
    let placed = house
        .api
        .place_appointment(&house.call(), waiting[0], place.clone())
        .await;
    assert_eq!(placed.expect("promoted").state, AppointmentState::Booked);
    let again = house
        .api
        .place_appointment(&house.call(), waiting[0], place.clone())
        .await;
    assert_eq!(again.expect("the same").state, AppointmentState::Booked);
    let other = house
        .api
        .place_appointment(&house.call(), waiting[1], place)
        .await;
    assert_eq!(
        other.expect_err("another's hold").kind(),
        ErrorKind::Conflict
    );

    let query = WaitlistQuery {
        service: offer.service,
        after: None,
        limit: None,
    };
    let list = house
        .api
        .waitlist(&house.call(), query)
        .await
        .expect("a page");
    let left: Vec<_> = list.appointments.iter().map(|it| it.id).collect();
    assert_eq!(left, [waiting[1]]);
    // Who has an offer gets no other until it is over.
    let next = house
        .api
        .offer_slot(&house.call(), offer_of(EIGHT))
        .await
        .expect("somebody");
    assert_eq!(next.appointment.id, waiting[1]);
    let error = house
        .api
        .offer_slot(&house.call(), offer_of("2026-05-05T09:00:00Z"))
        .await;
    assert_eq!(error.expect_err("offered").kind(), ErrorKind::NotFound);
    house.pass(600);
    // The next one wishes for no later day than the sixth.
    let error = house
        .api
        .offer_slot(&house.call(), offer_of("2026-05-07T07:00:00Z"))
        .await;
    assert_eq!(error.expect_err("nobody").kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn overbooking_needs_a_permission_and_a_reason_and_is_recorded() {
    let (house, offer, patient) = started().await;
    let other = house.practice(Practice::default()).await;
    let second = house.patient("Verdi").await;
    house.book(offer.at(SEVEN), patient).await.expect("free");
    house.book(other.at(SEVEN), second).await.expect("free");
    let request = |reason: &str| OverbookAppointmentRequest {
        id: None,
        slot: offer.at(SEVEN),
        patient: second,
        reason: reason.to_owned(),
        description: None,
    };
    let most: Vec<_> = PERMISSIONS
        .iter()
        .map(|it| it.name)
        .filter(|it| *it != "appointments.overbook")
        .collect();
    let clerk = house.call_of(
        TenantId::DEFAULT,
        &format!("{}:{}", TenantId::DEFAULT, most.join(",")),
    );
    let error = house
        .api
        .overbook_appointment(&clerk, request("Acute pain, agreed"))
        .await;
    assert_eq!(
        error.expect_err("no permission").kind(),
        ErrorKind::Forbidden
    );
    let error = house
        .api
        .overbook_appointment(&house.call(), request("pain"))
        .await;
    assert_eq!(error.expect_err("no reason").kind(), ErrorKind::Invalid);

    let booked = house
        .api
        .overbook_appointment(&house.call(), request("Acute pain, agreed"))
        .await;
    let over = booked.expect("on purpose").overbooking.expect("recorded");
    assert_eq!(over.over, [Overridden::Practitioner, Overridden::Patient]);
    let audited = audited(&house, "appointment.overbooked").await;
    assert_eq!(audited.len(), 1);
    assert!(
        audited[0]
            .entry
            .details
            .as_str()
            .contains("Acute pain, agreed")
    );
    // What was booked so counts: nobody else comes in by the way.
    let third = house.patient("Bianchi").await;
    assert_eq!(
        house
            .book(offer.at(SEVEN), third)
            .await
            .expect_err("full")
            .slug(),
        "slot-taken"
    );
}

async fn audited(house: &House, action: &str) -> Vec<AuditRecord> {
    let mut found = Vec::new();
    for partition in 0..limits::AUDIT_PARTITIONS {
        let trail = house
            .store
            .audit(TenantId::DEFAULT, partition, 0, limits::PAGE)
            .await;
        found.extend(
            trail
                .expect("a trail")
                .into_iter()
                .filter(|it| it.entry.action == action),
        );
    }
    found
}

#[tokio::test]
async fn nobody_has_missed_what_is_to_come_and_a_missed_slot_is_free() {
    let (house, offer, patient) = started().await;
    let booked = house
        .book(offer.at("2026-05-04T08:00:00Z"), patient)
        .await
        .expect("now");
    let later = house.book(offer.at(SEVEN), patient).await.expect("free");
    let early = house.api.mark_no_show(&house.call(), later.id).await;
    assert_eq!(early.expect_err("early").slug(), "not-due");
    house.pass(600);
    for _ in 0..2 {
        let missed = house
            .api
            .mark_no_show(&house.call(), booked.id)
            .await
            .expect("missed");
        assert_eq!(missed.state, AppointmentState::NoShow);
    }
    let other = house.patient("Verdi").await;
    house
        .book(offer.at("2026-05-04T08:00:00Z"), other)
        .await
        .expect("half an hour is left");
}

#[tokio::test]
async fn a_buffer_is_taken_and_an_appointment_across_midnight_is_of_both_days() {
    let house = House::in_memory();
    let night = (
        jiff::civil::time(23, 0, 0, 0),
        jiff::civil::time(6, 0, 0, 0),
    );
    let practice = Practice {
        zone: "UTC",
        hours: night,
        minutes: 90,
        buffer_after: 30,
        ..Practice::default()
    };
    let offer = house.practice(practice).await;
    let early = (
        jiff::civil::time(0, 30, 0, 0),
        jiff::civil::time(6, 0, 0, 0),
    );
    let services = vec![offer.service];
    let schedule = house
        .schedule(offer.practitioner, offer.location, services, early)
        .await;
    let after_midnight = Offer { schedule, ..offer };
    let (first, second) = (house.patient("Rossi").await, house.patient("Verdi").await);
    house
        .book(offer.at("2026-05-05T23:00:00Z"), first)
        .await
        .expect("free");
    // It ends at half past midnight; the buffer takes until one.
    let error = house
        .book(after_midnight.at("2026-05-06T00:30:00Z"), second)
        .await;
    assert_eq!(error.expect_err("the buffer").slug(), "slot-taken");
    house
        .book(after_midnight.at("2026-05-06T02:30:00Z"), second)
        .await
        .expect("free");
}
