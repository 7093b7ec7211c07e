//! A day by UTC of a practitioner, a place or a patient: what of it is taken.
//!
//! An interval is written, whole, to every day it touches. Two intervals that overlap share an instant, so they share a day,
//! and the version of that day's stream lets one of two decisions win. Each day therefore needs to look only at itself.

use std::collections::BTreeMap;

use medcover_contract_hospital::ServiceId;
use medcover_contract_hospital::events::{
    CalendarConfirmed, CalendarFreed, CalendarTaken, CalendarUse,
};
use medcover_kernel::Timestamp;
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::span::Span;

events! {
    /// What can happen to a day.
    pub(crate) CalendarEvent { Taken(CalendarTaken), Confirmed(CalendarConfirmed), Freed(CalendarFreed), }
}

/// A day: what takes its time, by the id of the hold, appointment or block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CalendarDay {
    entries: BTreeMap<Uuid, Entry>,
}

/// Something that takes time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) kind: CalendarUse,
    /// Only what is of one service shares a time.
    pub(crate) service: Option<ServiceId>,
    pub(crate) span: Span,
    /// How many such there may be at once.
    pub(crate) capacity: u32,
    /// When it is over by itself.
    pub(crate) until: Option<Timestamp>,
    pub(crate) overbooked: bool,
}

impl Aggregate for CalendarDay {
    const KIND: &'static str = "calendar-day";
    type Event = CalendarEvent;

    fn evolve(&mut self, event: &CalendarEvent, at: Timestamp) {
        match event {
            CalendarEvent::Taken(taken) => {
                // Holds that have expired are forgotten when the day is next taken, so that it stays small.
                self.entries.retain(|_, entry| entry.is_active(at));
                self.entries.insert(taken.by, Entry::of(taken));
            }
            CalendarEvent::Confirmed(confirmed) => {
                if let Some(mut entry) = self.entries.remove(&confirmed.hold) {
                    entry.kind = CalendarUse::Booked;
                    entry.until = None;
                    self.entries.insert(confirmed.appointment, entry);
                }
            }
            CalendarEvent::Freed(freed) => {
                self.entries.remove(&freed.by);
            }
        }
    }
}

impl Entry {
    fn of(taken: &CalendarTaken) -> Self {
        Self {
            kind: taken.kind,
            service: taken.service,
            span: Span::new(taken.start, taken.end),
            capacity: taken.capacity,
            until: taken.until,
            overbooked: taken.overbooked,
        }
    }

    /// The event that it is taken by `by`.
    pub(crate) fn taken(&self, by: Uuid) -> CalendarEvent {
        CalendarEvent::Taken(CalendarTaken {
            by,
            kind: self.kind,
            service: self.service,
            start: self.span.start,
            end: self.span.end,
            capacity: self.capacity,
            until: self.until,
            overbooked: self.overbooked,
        })
    }

    fn is_active(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl CalendarDay {
    /// How many more like `wanted` the day takes at every instant of its span; `apart` is looked past, since it is given up
    /// for the new one.
    pub(crate) fn room(&self, wanted: &Entry, apart: Option<Uuid>, now: Timestamp) -> u32 {
        let met: Vec<&Entry> = self
            .overlapping(wanted.span, now)
            .filter(|(by, _)| Some(**by) != apart)
            .map(|(_, entry)| entry)
            .collect();
        // Occupancy rises only where something begins, so these instants show all there is.
        let begins = met
            .iter()
            .map(|entry| entry.span.start.max(wanted.span.start));
        let rooms = begins.map(|instant| room_at(instant, wanted, &met));
        rooms.min().unwrap_or(wanted.capacity)
    }

    /// Whether `by` takes time of it. A hold that another process, whose clock is ahead, has seen expire may be gone.
    pub(crate) fn has(&self, by: Uuid) -> bool {
        self.entries.contains_key(&by)
    }

    /// Whether time within `span` is taken for `kind`.
    pub(crate) fn holds(&self, kind: CalendarUse, span: Span, now: Timestamp) -> bool {
        self.overlapping(span, now)
            .any(|(_, entry)| entry.kind == kind)
    }

    fn overlapping(&self, span: Span, now: Timestamp) -> impl Iterator<Item = (&Uuid, &Entry)> {
        let entries = self.entries.iter();
        entries.filter(move |(_, entry)| entry.is_active(now) && entry.span.overlaps(span))
    }
}

fn room_at(instant: Timestamp, wanted: &Entry, met: &[&Entry]) -> u32 {
    let there = met.iter().filter(|entry| entry.span.contains(instant));
    let (mut count, mut capacity) = (0, wanted.capacity);
    for entry in there {
        if entry.service != wanted.service {
            return 0;
        }
        count += 1;
        capacity = capacity.min(entry.capacity);
    }
    capacity.saturating_sub(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn entry(start: i64, end: i64, service: u128, capacity: u32) -> Entry {
        Entry {
            kind: CalendarUse::Booked,
            service: Some(ServiceId::from_uuid(Uuid::from_u128(service))),
            span: Span::new(at(start), at(end)),
            capacity,
            until: None,
            overbooked: false,
        }
    }

    fn day(entries: &[Entry]) -> CalendarDay {
        let mut day = CalendarDay::default();
        for (place, entry) in entries.iter().enumerate() {
            day.evolve(&entry.taken(Uuid::from_u128(place as u128)), at(0));
        }
        day
    }

    #[test]
    fn a_group_takes_as_many_as_it_has_places_and_nothing_else() {
        let day = day(&[entry(0, 10, 1, 3), entry(0, 10, 1, 3)]);
        assert_eq!(day.room(&entry(0, 10, 1, 3), None, at(0)), 1);
        assert_eq!(day.room(&entry(0, 10, 2, 3), None, at(0)), 0);
        assert_eq!(day.room(&entry(10, 20, 2, 3), None, at(0)), 3);
    }

    #[test]
    fn one_that_is_given_up_is_looked_past() {
        let day = day(&[entry(0, 10, 1, 1)]);
        assert_eq!(day.room(&entry(5, 15, 1, 1), None, at(0)), 0);
        let old = Some(Uuid::from_u128(0));
        assert_eq!(day.room(&entry(5, 15, 1, 1), old, at(0)), 1);
    }

    #[test]
    fn a_hold_is_over_by_the_clock_and_a_confirmed_one_stays() {
        let mut held = entry(0, 10, 1, 1);
        held.until = Some(at(100));
        let mut day = day(&[held]);
        assert_eq!(day.room(&entry(0, 10, 1, 1), None, at(99)), 0);
        assert_eq!(day.room(&entry(0, 10, 1, 1), None, at(100)), 1);
        let confirmed = CalendarConfirmed {
            hold: Uuid::from_u128(0),
            appointment: Uuid::from_u128(9),
        };
        day.evolve(&confirmed.into(), at(50));
        assert_eq!(day.room(&entry(0, 10, 1, 1), None, at(1_000)), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// The room at critical instants is the room at every instant, counted one by one.
        #[test]
        fn room_is_what_counting_every_instant_says(
            taken in prop::collection::vec((0_i64..40, 1_i64..12, 1_u128..3, 1_u32..4), 0..8),
            start in 0_i64..40, length in 1_i64..12, service in 1_u128..3, capacity in 1_u32..4,
        ) {
            let entries: Vec<_> = taken
                .iter()
                .map(|&(start, length, service, capacity)| entry(start, start + length, service, capacity))
                .collect();
            let wanted = entry(start, start + length, service, capacity);
            let naive = (start..start + length)
                .map(|instant| {
                    let there: Vec<_> = entries.iter().filter(|it| it.span.contains(at(instant))).collect();
                    let alone = there.iter().all(|it| it.service == wanted.service);
                    let least = there.iter().map(|it| it.capacity).min().unwrap_or(capacity).min(capacity);
                    if alone { least.saturating_sub(there.len() as u32) } else { 0 }
                })
                .min();
            prop_assert_eq!(Some(day(&entries).room(&wanted, None, at(0))), naive);
        }
    }
}
