//! Slots as people see them: hours, the days the clocks change, blocks, capacities, pages.

use jiff::civil::{Time, date, time};
use medcover_contract_hospital::{
    BlockTimeRequest, ChangeLocationRequest, DayHoursRequest, LocationDetails, Moment, OpenHours,
    Slot, SlotQuery, SlotState,
};
use medcover_kernel::{ErrorKind, Limit};

use SlotState::{Busy, BusyTentative, BusyUnavailable, Free};

use crate::house::{House, Offer, Practice, at};

fn query(offer: &Offer, from: &str, to: &str) -> SlotQuery {
    SlotQuery {
        service: offer.service,
        practitioner: None,
        from: Some(Moment(at(from))),
        to: Some(Moment(at(to))),
        all: false,
        after: None,
        limit: Some(Limit::MAX),
    }
}

async fn slots(house: &House, query: SlotQuery) -> Vec<Slot> {
    house
        .api
        .slots(&house.call(), query)
        .await
        .expect("a page")
        .slots
}

fn local(slots: &[Slot]) -> Vec<&str> {
    slots.iter().map(|slot| &slot.local_start[11..22]).collect()
}

const HOURS: (Time, Time) = (time(1, 0, 0, 0), time(4, 0, 0, 0));

#[tokio::test]
async fn a_night_in_autumn_has_an_hour_more_and_both_of_its_halves_can_be_booked() {
    let house = House::in_memory();
    let practice = Practice {
        hours: HOURS,
        minutes: 60,
        ..Practice::default()
    };
    let offer = house.practice(practice).await;
    // Today is in May; the clocks of Rome change on October 25.
    house.pass(170 * 24 * 3_600);
    let night = query(&offer, "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z");
    let found = slots(&house, night.clone()).await;
    assert_eq!(
        local(&found),
        ["01:00:00+02", "02:00:00+02", "02:00:00+01", "03:00:00+01"]
    );
    let (first, second) = (house.patient("Rossi").await, house.patient("Verdi").await);
    let summer = house
        .book(offer.at("2026-10-25T00:00:00Z"), first)
        .await
        .expect("free");
    let winter = house
        .book(offer.at("2026-10-25T01:00:00Z"), second)
        .await
        .expect("free");
    assert_eq!(
        summer.local_start.as_deref(),
        Some("2026-10-25T02:00:00+02:00[Europe/Rome]")
    );
    assert_eq!(
        winter.local_start.as_deref(),
        Some("2026-10-25T02:00:00+01:00[Europe/Rome]")
    );
    assert_eq!(
        local(&slots(&house, night).await),
        ["01:00:00+02", "03:00:00+01"]
    );
}

#[tokio::test]
async fn a_night_in_spring_has_no_slot_in_the_gap() {
    let house = House::in_memory();
    let practice = Practice {
        hours: HOURS,
        minutes: 60,
        zone: "America/New_York",
        ..Practice::default()
    };
    let offer = house.practice(practice).await;
    house.pass(300 * 24 * 3_600);
    // The clocks of New York change on March 14, 2027.
    let night = query(&offer, "2027-03-14T05:00:00Z", "2027-03-15T04:00:00Z");
    assert_eq!(
        local(&slots(&house, night).await),
        ["01:00:00-05", "03:00:00-04"]
    );
}

#[tokio::test]
async fn slots_are_less_what_is_held_booked_or_blocked_and_a_hold_is_over_by_the_clock() {
    let house = House::in_memory();
    let practice = Practice {
        minutes: 60,
        ..Practice::default()
    };
    let offer = house.practice(practice).await;
    let patient = house.patient("Rossi").await;
    house
        .hold(offer.at("2026-05-05T07:00:00Z"), patient, 600)
        .await
        .expect("held");
    house
        .book(offer.at("2026-05-05T08:00:00Z"), patient)
        .await
        .expect("booked");
    let block = BlockTimeRequest {
        id: None,
        start: Moment(at("2026-05-05T09:30:00Z")),
        end: Moment(at("2026-05-05T15:00:00Z")),
        reason: "Training".to_owned(),
    };
    let blocked = house
        .api
        .block_time(&house.call(), offer.practitioner, block.clone())
        .await;
    let blocked = blocked.expect("free");
    let day = query(&offer, "2026-05-05T00:00:00Z", "2026-05-05T11:00:00Z");
    assert_eq!(slots(&house, day.clone()).await, []);
    let all = slots(
        &house,
        SlotQuery {
            all: true,
            ..day.clone()
        },
    )
    .await;
    let states: Vec<_> = all.iter().map(|slot| slot.state).collect();
    assert_eq!(
        states,
        [BusyTentative, Busy, BusyUnavailable, BusyUnavailable]
    );

    house.pass(600);
    let found = slots(&house, day.clone()).await;
    assert_eq!(local(&found), ["09:00:00+02"]);
    assert_eq!((found[0].state, found[0].places), (Free, 1));
    house
        .book(offer.at("2026-05-05T07:00:00Z"), patient)
        .await
        .expect("free by itself");

    let error = house
        .api
        .block_time(
            &house.call(),
            offer.practitioner,
            BlockTimeRequest {
                start: Moment(at("2026-05-05T08:30:00Z")),
                ..block
            },
        )
        .await;
    assert_eq!(error.expect_err("booked").slug(), "slot-taken");
    for _ in 0..2 {
        let unblocked = house
            .api
            .unblock_time(&house.call(), offer.practitioner, blocked.id)
            .await;
        unblocked.expect("again does nothing");
    }
    assert_eq!(
        local(&slots(&house, day).await),
        ["11:00:00+02", "12:00:00+02"]
    );
}

#[tokio::test]
async fn a_day_may_have_hours_of_its_own_and_a_slot_must_be_offered() {
    let house = House::in_memory();
    let offer = house
        .practice(Practice {
            minutes: 60,
            ..Practice::default()
        })
        .await;
    let patient = house.patient("Rossi").await;
    let day = query(&offer, "2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z");
    let set = |hours: Vec<OpenHours>| {
        let (house, schedule) = (&house, offer.schedule);
        async move {
            let request = DayHoursRequest { hours };
            let set = house
                .api
                .set_day_hours(&house.call(), schedule, date(2026, 5, 5), request)
                .await;
            set.expect("set")
        }
    };
    let afternoon = OpenHours {
        opens: time(14, 0, 0, 0),
        closes: time(16, 0, 0, 0),
    };
    set(vec![afternoon]).await;
    assert_eq!(
        local(&slots(&house, day.clone()).await),
        ["14:00:00+02", "15:00:00+02"]
    );
    for start in [
        "2026-05-05T07:00:00Z",
        "2026-05-05T12:30:00Z",
        "2026-05-05T14:00:00Z",
    ] {
        let error = house
            .book(offer.at(start), patient)
            .await
            .expect_err("not offered");
        assert_eq!(
            (error.kind(), error.slug()),
            (ErrorKind::Refused, "no-such-slot"),
            "{start}"
        );
    }
    assert_eq!(set(Vec::new()).await.exceptions.len(), 1);
    assert_eq!(slots(&house, day.clone()).await, []);
    let reset = house
        .api
        .reset_day_hours(&house.call(), offer.schedule, date(2026, 5, 5))
        .await;
    assert_eq!(reset.expect("reset").exceptions, []);
    assert_eq!(slots(&house, day).await.len(), 8);
}

#[tokio::test]
async fn a_place_takes_no_more_than_it_holds_whoever_is_seen_there() {
    let house = House::in_memory();
    let offer = house
        .practice(Practice {
            place_capacity: Some(1),
            ..Practice::default()
        })
        .await;
    let other = house.practice(Practice::default()).await;
    let hours = Practice::default().hours;
    // The other practitioner sees patients in the same room.
    let services = vec![other.service];
    let schedule = house
        .schedule(other.practitioner, offer.location, services, hours)
        .await;
    let other = Offer {
        schedule,
        location: offer.location,
        ..other
    };
    let (first, second) = (house.patient("Rossi").await, house.patient("Verdi").await);
    house
        .book(offer.at("2026-05-05T07:00:00Z"), first)
        .await
        .expect("free");
    let error = house
        .book(other.at("2026-05-05T07:00:00Z"), second)
        .await
        .expect_err("full");
    assert_eq!(error.slug(), "slot-taken");
    assert!(error.message().contains("place is full"), "{error}");
    house
        .book(other.at("2026-05-05T07:30:00Z"), second)
        .await
        .expect("free");
}

#[tokio::test]
async fn slots_come_in_pages_that_miss_nothing() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let query = query(&offer, "2026-05-05T00:00:00Z", "2026-05-07T00:00:00Z");
    let whole = slots(&house, query.clone()).await;
    assert_eq!(whole.len(), 32);
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let query = SlotQuery {
            after,
            limit: Limit::new(5).ok(),
            ..query.clone()
        };
        let page = house.api.slots(&house.call(), query).await.expect("a page");
        paged.extend(page.slots);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, whole);
    let bad = SlotQuery {
        after: Some("x".to_owned()),
        ..query
    };
    let error = house
        .api
        .slots(&house.call(), bad)
        .await
        .expect_err("no cursor");
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_zone_is_a_known_one_and_stays() {
    let house = House::in_memory();
    let offer = house.practice(Practice::default()).await;
    let request = |zone: &str, version| ChangeLocationRequest {
        version,
        details: LocationDetails {
            name: "Room 13".to_owned(),
            zone: zone.to_owned(),
            capacity: None,
        },
    };
    let change = async |request| {
        house
            .api
            .change_location(&house.call(), offer.location, request)
            .await
    };
    let error = change(request("Europe/Paris", None))
        .await
        .expect_err("it stays");
    assert_eq!(error.slug(), "zone-fixed");
    let error = change(request("Europe/Atlantis", None))
        .await
        .expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let changed = change(request("Europe/Rome", Some(1)))
        .await
        .expect("changed");
    assert_eq!(
        (changed.version, changed.details.name.as_str()),
        (2, "Room 13")
    );
    let error = change(request("Europe/Rome", Some(1))).await;
    // The same again is no change, but it was made on an old version.
    assert_eq!(error.expect_err("old").slug(), "version-changed");
}
