//! Which slots the hours of a schedule offer.
//!
//! Hours are local: they begin and end when the clock on the wall shows them. Between the two, slots follow each other by
//! elapsed time. So a day on which the clocks change has an hour of slots more or less, no slot begins at a time that the
//! clock skips, and of a time that it shows twice there are two slots, each an instant of its own.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use medcover_contract_hospital::{OpenHours, ServiceDetails};
use medcover_kernel::Timestamp;

use super::schedule::Schedule;
use super::span::{Span, instant, minutes, moment};

/// Which end of hours a local time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Opening,
    Closing,
}

/// The slots for `service` that begin within `within`, the earliest first.
pub(crate) fn slots(
    schedule: &Schedule,
    service: &ServiceDetails,
    zone: &TimeZone,
    within: Span,
) -> BTreeSet<Span> {
    let mut slots = BTreeSet::new();
    if within.is_empty() {
        return slots;
    }
    let local_day = |at: Timestamp| instant(at).to_zoned(zone.clone()).date();
    // Hours of the day before may reach past midnight.
    let mut day = local_day(within.start);
    day = day.yesterday().unwrap_or(day);
    let last = local_day(within.end);
    loop {
        for hours in schedule.hours_on(day) {
            add(&mut slots, opening(day, *hours, zone), service, within);
        }
        match day.tomorrow() {
            Ok(next) if next <= last => day = next,
            _ => return slots,
        }
    }
}

/// The slot for `service` that begins at `start`, if there is one.
pub(crate) fn slot_at(
    schedule: &Schedule,
    service: &ServiceDetails,
    zone: &TimeZone,
    start: Timestamp,
) -> Option<Span> {
    let moment = Span::new(start, Timestamp::from_micros(start.as_micros() + 1));
    slots(schedule, service, zone, moment).into_iter().next()
}

fn add(slots: &mut BTreeSet<Span>, open: Span, service: &ServiceDetails, within: Span) {
    let step = minutes(
        service.buffer_before_minutes + service.duration_minutes + service.buffer_after_minutes,
    );
    let mut start = open.start;
    while start < within.end {
        let slot = Span::new(start, start.plus(minutes(service.duration_minutes)));
        if slot.end > open.end {
            break;
        }
        if within.contains(start) {
            slots.insert(slot);
        }
        start = start.plus(step);
    }
}

/// The instants between which `hours` of `day` are open.
fn opening(day: Date, hours: OpenHours, zone: &TimeZone) -> Span {
    let last = if hours.closes > hours.opens {
        day
    } else {
        day.tomorrow().unwrap_or(day)
    };
    Span::new(
        resolve(day.to_datetime(hours.opens), zone, End::Opening),
        resolve(last.to_datetime(hours.closes), zone, End::Closing),
    )
}

/// When the clock of `zone` shows `local`: where it skips that time, the moment of the change; where it shows it twice, the
/// first time for an opening and the second for a closing.
fn resolve(local: DateTime, zone: &TimeZone, end: End) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let at = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local),
        AmbiguousOffset::Fold { before, after } => match end {
            End::Opening => before.to_timestamp(local),
            End::Closing => after.to_timestamp(local),
        },
        AmbiguousOffset::Gap { after, .. } => after.to_timestamp(local).map(|early| {
            // With the later offset the skipped time lies before the change, which is the next one from there.
            zone.following(early)
                .next()
                .map_or(early, |change| change.timestamp())
        }),
    };
    at.map_or(Timestamp::from_micros(i64::MAX), moment)
}

#[cfg(test)]
mod tests {
    use super::super::zone::{local, zone};
    use super::*;
    use jiff::civil::{Time, date, time};
    use medcover_contract_hospital::{ScheduleDetails, Weekday, WeeklyHours};
    use medcover_kernel::PractitionerId;
    use proptest::prelude::*;
    use uuid::Uuid;

    const EVERY_DAY: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    fn service(duration_minutes: u32, buffer_after_minutes: u32) -> ServiceDetails {
        ServiceDetails {
            name: "Visit".to_owned(),
            duration_minutes,
            buffer_before_minutes: 0,
            buffer_after_minutes,
            capacity: 1,
            active: true,
        }
    }

    fn daily(opens: Time, closes: Time) -> Schedule {
        let hours = OpenHours { opens, closes };
        Schedule::of(ScheduleDetails {
            practitioner: PractitionerId::from_uuid(Uuid::nil()),
            location: medcover_contract_hospital::LocationId::from_uuid(Uuid::nil()),
            services: Vec::new(),
            weekly: EVERY_DAY.map(|day| WeeklyHours { day, hours }).to_vec(),
            valid_from: date(2020, 1, 1),
            valid_to: None,
        })
    }

    /// The local beginnings of the slots that begin on `day`.
    fn beginnings(schedule: &Schedule, of: &ServiceDetails, name: &str, day: Date) -> Vec<String> {
        let zone = zone(name).expect("a zone");
        let start = day.to_zoned(zone.clone()).expect("a day").timestamp();
        let end = day.tomorrow().expect("a day").to_zoned(zone.clone());
        let within = Span::new(moment(start), moment(end.expect("a day").timestamp()));
        let slots = slots(schedule, of, &zone, within);
        slots
            .iter()
            .map(|slot| local(slot.start, &zone)[11..22].to_owned())
            .collect()
    }

    #[test]
    fn nine_to_five_is_nine_to_five_on_the_days_the_clocks_change() {
        let office = daily(time(9, 0, 0, 0), time(17, 0, 0, 0));
        for (name, days) in [
            (
                "Europe/Rome",
                [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)],
            ),
            (
                "America/New_York",
                [date(2026, 3, 7), date(2026, 3, 8), date(2026, 11, 1)],
            ),
            (
                "Australia/Lord_Howe",
                [date(2026, 4, 4), date(2026, 4, 5), date(2026, 10, 4)],
            ),
        ] {
            for day in days {
                let found = beginnings(&office, &service(60, 0), name, day);
                let hours: Vec<_> = found.iter().map(|text| &text[..5]).collect();
                let expected = [
                    "09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00",
                ];
                assert_eq!(hours, expected, "{name} {day}");
            }
        }
    }

    #[test]
    fn the_instants_of_nine_o_clock_follow_the_offset() {
        let office = daily(time(9, 0, 0, 0), time(17, 0, 0, 0));
        let first = |day| beginnings(&office, &service(60, 0), "Europe/Rome", day)[0].clone();
        assert_eq!(first(date(2026, 3, 28)), "09:00:00+01");
        assert_eq!(first(date(2026, 3, 29)), "09:00:00+02");
        assert_eq!(first(date(2026, 10, 25)), "09:00:00+01");
    }

    #[test]
    fn no_slot_begins_in_the_gap_and_the_fold_has_each_time_twice() {
        let night = daily(time(1, 0, 0, 0), time(4, 0, 0, 0));
        let half = service(30, 0);
        assert_eq!(
            beginnings(&night, &half, "Europe/Rome", date(2026, 3, 29)),
            ["01:00:00+01", "01:30:00+01", "03:00:00+02", "03:30:00+02"]
        );
        assert_eq!(
            beginnings(&night, &half, "Europe/Rome", date(2026, 10, 25)),
            [
                "01:00:00+02",
                "01:30:00+02",
                "02:00:00+02",
                "02:30:00+02",
                "02:00:00+01",
                "02:30:00+01",
                "03:00:00+01",
                "03:30:00+01",
            ]
        );
    }

    #[test]
    fn hours_that_begin_or_end_in_the_gap_do_so_at_the_change() {
        let half = service(30, 0);
        let from_the_gap = daily(time(2, 30, 0, 0), time(4, 0, 0, 0));
        assert_eq!(
            beginnings(&from_the_gap, &half, "Europe/Rome", date(2026, 3, 29)),
            ["03:00:00+02", "03:30:00+02"]
        );
        let into_the_gap = daily(time(1, 0, 0, 0), time(2, 30, 0, 0));
        assert_eq!(
            beginnings(&into_the_gap, &half, "Europe/Rome", date(2026, 3, 29)),
            ["01:00:00+01", "01:30:00+01"]
        );
    }

    #[test]
    fn a_night_reaches_into_the_next_day() {
        let night = daily(time(22, 0, 0, 0), time(2, 0, 0, 0));
        let found = beginnings(&night, &service(60, 0), "Europe/Rome", date(2026, 5, 4));
        let hours: Vec<_> = found.iter().map(|text| &text[..5]).collect();
        assert_eq!(hours, ["00:00", "01:00", "22:00", "23:00"]);
    }

    #[test]
    fn buffers_set_slots_apart() {
        let office = daily(time(9, 0, 0, 0), time(10, 30, 0, 0));
        let found = beginnings(&office, &service(30, 10), "Europe/Rome", date(2026, 5, 4));
        let hours: Vec<_> = found.iter().map(|text| &text[..5]).collect();
        assert_eq!(hours, ["09:00", "09:40"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Whatever zone, day and hours: a slot lies within the hours by the clock on the wall, slots do not overlap, and each
        /// is found by its beginning.
        #[test]
        fn slots_lie_within_local_hours(
            place in 0_usize..5, day in 0_i32..730, opens in 0_i8..22, length in 1_i8..8, duration in 5_u32..90,
        ) {
            let name = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"][place];
            let zone = zone(name).expect("a zone");
            let closes = (opens + length).min(23);
            let schedule = daily(time(opens, 0, 0, 0), time(closes, 0, 0, 0));
            let of = service(duration, 0);
            let day = date(2025, 1, 1).saturating_add(jiff::Span::new().days(day));
            let from = moment(day.to_zoned(zone.clone()).expect("a day").timestamp());
            let found = slots(&schedule, &of, &zone, Span::new(from, from.plus(minutes(24 * 60))));
            let mut before = None;
            for slot in found {
                let start = instant(slot.start).to_zoned(zone.clone());
                let end = instant(slot.end).to_zoned(zone.clone());
                prop_assert!(start.time() >= time(opens, 0, 0, 0) && start.time() < time(closes, 0, 0, 0));
                prop_assert!(end.time() <= time(closes, 0, 0, 0));
                prop_assert!(before.is_none_or(|before: Span| before.end <= slot.start));
                prop_assert_eq!(slot_at(&schedule, &of, &zone, slot.start), Some(slot));
                before = Some(slot);
            }
        }
    }
}
