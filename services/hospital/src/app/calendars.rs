//! The days of calendars that one decision looks at and writes to.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_contract_hospital::LocationId;
use medcover_contract_hospital::events::{CalendarConfirmed, CalendarFreed};
use medcover_kernel::{Call, PatientId, PractitionerId, Result, Timestamp};
use medcover_store::{Append, Loaded};
use uuid::Uuid;

use super::service::HospitalService;
use crate::domain::calendar::{CalendarDay, CalendarEvent, Entry};
use crate::domain::span::Span;

/// Whose calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    Practitioner(PractitionerId),
    Location(LocationId),
    Patient(PatientId),
}

impl Whose {
    fn key(self) -> (&'static str, Uuid) {
        match self {
            Self::Practitioner(id) => ("practitioner", id.as_uuid()),
            Self::Location(id) => ("location", id.as_uuid()),
            Self::Patient(id) => ("patient", id.as_uuid()),
        }
    }
}

/// Days that are loaded once, and what is to be written to each.
pub(super) struct Calendars<'a> {
    service: &'a HospitalService,
    call: &'a Call,
    days: BTreeMap<(Whose, Date), Day>,
}

struct Day {
    loaded: Loaded<CalendarDay>,
    events: Vec<CalendarEvent>,
}

impl<'a> Calendars<'a> {
    pub(super) const fn new(service: &'a HospitalService, call: &'a Call) -> Self {
        Self {
            service,
            call,
            days: BTreeMap::new(),
        }
    }

    async fn load(&mut self, whose: Whose, span: Span) -> Result<Vec<(Whose, Date)>> {
        let (kind, id) = whose.key();
        let places: Vec<_> = span.days().into_iter().map(|date| (whose, date)).collect();
        for place in &places {
            if !self.days.contains_key(place) {
                let parts = [kind, &id.to_string(), &place.1.to_string()];
                let repository = &self.service.repository;
                let loaded = repository.by_key(self.call.tenant, &parts).await?;
                let events = Vec::new();
                self.days.insert(*place, Day { loaded, events });
            }
        }
        Ok(places)
    }

    /// How many more like `entry` the calendar takes, looking past `apart`.
    pub(super) async fn room(
        &mut self,
        whose: Whose,
        entry: &Entry,
        apart: Option<Uuid>,
        now: Timestamp,
    ) -> Result<u32> {
        let places = self.load(whose, entry.span).await?;
        let days = places.iter().map(|place| &self.days[place].loaded.state);
        let rooms = days.map(|day| day.room(entry, apart, now));
        Ok(rooms.min().unwrap_or(entry.capacity))
    }

    /// The states of the days that `span` touches.
    pub(super) async fn days(&mut self, whose: Whose, span: Span) -> Result<Vec<&CalendarDay>> {
        let places = self.load(whose, span).await?;
        Ok(places
            .iter()
            .map(|place| &self.days[place].loaded.state)
            .collect())
    }

    /// Lets `by` take the time of `entry`.
    pub(super) async fn take(&mut self, whose: Whose, entry: &Entry, by: Uuid) -> Result<()> {
        for place in self.load(whose, entry.span).await? {
            self.add(place, entry.taken(by));
        }
        Ok(())
    }

    /// Lets `appointment` have the time of `hold`; false where the hold does not take it any more.
    pub(super) async fn confirm(
        &mut self,
        whose: Whose,
        span: Span,
        hold: Uuid,
        appointment: Uuid,
    ) -> Result<bool> {
        let places = self.load(whose, span).await?;
        let has = |place| self.days[place].loaded.state.has(hold);
        let is_held = places.iter().all(has);
        if is_held {
            for place in places {
                self.add(place, CalendarConfirmed { hold, appointment }.into());
            }
        }
        Ok(is_held)
    }

    /// Frees the time that `by` takes, if it takes any.
    pub(super) async fn free(&mut self, whose: Whose, span: Span, by: Uuid) -> Result<()> {
        for place in self.load(whose, span).await? {
            if self.days[&place].loaded.state.has(by) {
                self.add(place, CalendarFreed { by }.into());
            }
        }
        Ok(())
    }

    fn add(&mut self, place: (Whose, Date), event: CalendarEvent) {
        let day = self
            .days
            .get_mut(&place)
            .expect("it was loaded just before");
        day.events.push(event);
    }

    /// Adds what is to be written, and relies on what was only looked at.
    pub(super) fn write(self, mut append: Append) -> Result<Append> {
        for mut day in self.days.into_values() {
            append = if day.events.is_empty() {
                day.loaded.relied_on(append)
            } else {
                self.service
                    .repository
                    .write(append, &mut day.loaded, day.events)?
            };
        }
        Ok(append)
    }
}
