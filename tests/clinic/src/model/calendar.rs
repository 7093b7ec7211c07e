//! Who is where, when: holds, appointments and blocks as intervals, compared one with another.

use std::collections::{BTreeMap, BTreeSet};

use medcover_store::Recorded;
use serde_json::Value;
use uuid::Uuid;

use super::read::{id, maybe_id, number, payload};

/// A decision may have been made before the clock jumped back, by at most so much.
const JUMP_BACK_US: i128 = 2_000_000;

/// What takes time.
#[derive(Clone, Debug)]
struct Taken {
    practitioner: Uuid,
    location: Option<Uuid>,
    patient: Option<Uuid>,
    service: Option<Uuid>,
    from: i128,
    to: i128,
    /// When it is over by itself.
    until: Option<i128>,
    /// When it was taken.
    at: i128,
    /// Whether somebody decided that it may meet others.
    overbooked: bool,
}

/// Everything that takes time.
#[derive(Default)]
pub struct Calendar {
    taken: BTreeMap<Uuid, Taken>,
    capacity: BTreeMap<Uuid, i128>,
    places: BTreeMap<Uuid, i128>,
    /// What was taken since somebody looked: a commit may free and take in any order.
    new: BTreeSet<Uuid>,
    /// Of one patient, how many bookings were made.
    booked: u64,
}

impl Calendar {
    /// Appointments that were booked.
    pub const fn booked(&self) -> u64 {
        self.booked
    }

    pub(super) fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        let (event, at) = (&recorded.event, recorded.event.occurred_at.as_micros());
        let (thing, at) = (event.stream.id, i128::from(at));
        match &*event.kind {
            "service.added" => {
                let details = &payload(recorded)?["details"];
                self.capacity.insert(thing, number(&details["capacity"])?);
            }
            "location.added" => {
                let capacity = &payload(recorded)?["details"]["capacity"];
                if !capacity.is_null() {
                    self.places.insert(thing, number(capacity)?);
                }
            }
            "hold.made" => {
                let made = payload(recorded)?;
                let until = number(&made["expires_at"])?;
                self.take(thing, taken(&made, Some(until), at)?);
            }
            "appointment.booked" => {
                let booked = payload(recorded)?;
                self.booked += 1;
                self.take(thing, taken(&booked, None, at)?);
            }
            "block.made" => {
                let made = payload(recorded)?;
                let block = Taken {
                    practitioner: id(&made["practitioner"])?,
                    location: None,
                    patient: None,
                    service: None,
                    from: number(&made["start"])?,
                    to: number(&made["end"])?,
                    until: None,
                    at,
                    overbooked: false,
                };
                self.take(thing, block);
            }
            "hold.booked"
            | "hold.released"
            | "block.removed"
            | "appointment.cancelled"
            | "appointment.rescheduled"
            | "appointment.waitlisted"
            | "appointment.missed"
            | "appointment.entered-in-error" => {
                self.taken.remove(&thing);
            }
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, thing: Uuid, taken: Taken) {
        self.taken.insert(thing, taken);
        self.new.insert(thing);
    }

    /// No practitioner, place or patient is taken beyond what they have room for, at any instant.
    pub(super) fn holds(&mut self) -> Result<(), String> {
        for thing in std::mem::take(&mut self.new) {
            if let Some(taken) = self.taken.get(&thing)
                && !taken.overbooked
            {
                self.fits(thing, taken)?;
            }
        }
        Ok(())
    }

    fn fits(&self, thing: Uuid, new: &Taken) -> Result<(), String> {
        let meets = |it: &Taken| {
            it.from < new.to
                && new.from < it.to
                && it.until.is_none_or(|until| new.at + JUMP_BACK_US < until)
                && !it.overbooked
        };
        let others = self.taken.iter().filter(|(id, _)| **id != thing);
        let met: Vec<_> = others.filter(|(_, it)| meets(it)).collect();
        for (other, it) in &met {
            let same = it.service.is_some() && it.service == new.service;
            if it.practitioner == new.practitioner && !same {
                return Err(format!("{thing} meets {other}: {new:?}, {it:?}"));
            }
            if it.patient.is_some() && it.patient == new.patient {
                return Err(format!("the patient of {thing} is at {other} then"));
            }
        }
        // Occupancy rises where something begins, so it is counted there.
        let begins = met.iter().map(|(_, it)| it.from.max(new.from));
        for instant in begins.chain([new.from]) {
            let there = || {
                met.iter()
                    .filter(move |(_, it)| it.from <= instant && instant < it.to)
            };
            let of_practitioner = there().filter(|(_, it)| it.practitioner == new.practitioner);
            let room = new.service.and_then(|it| self.capacity.get(&it));
            let count = of_practitioner.count() as i128 + 1;
            if count > room.copied().unwrap_or(1) {
                return Err(format!("{thing} is one of {count} at one time"));
            }
            let of_place = there().filter(|(_, it)| it.location == new.location);
            let room = new.location.and_then(|it| self.places.get(&it));
            let count = of_place.count() as i128 + 1;
            if room.is_some_and(|room| count > *room) {
                return Err(format!("{thing} is one of {count} at one place"));
            }
        }
        Ok(())
    }
}

fn taken(event: &Value, until: Option<i128>, at: i128) -> Result<Taken, String> {
    Ok(Taken {
        practitioner: id(&event["practitioner"])?,
        location: maybe_id(&event["location"]),
        patient: maybe_id(&event["patient"]),
        service: maybe_id(&event["service"]),
        from: number(&event["taken_from"])?,
        to: number(&event["taken_to"])?,
        until,
        at,
        overbooked: !event["overbooking"].is_null(),
    })
}
