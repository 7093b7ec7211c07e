//! A slot that somebody wants: whose time it takes, and whether that time is free.

use jiff::tz::TimeZone;
use medcover_contract_hospital::events::CalendarUse;
use medcover_contract_hospital::{LocationId, Overridden, ServiceDetails, SlotChoice};
use medcover_kernel::{Call, Error, ErrorKind, PractitionerId, Result, Timestamp};
use medcover_store::{Append, Loaded};
use uuid::Uuid;

use super::calendars::{Calendars, Whose};
use super::merge_patient::Person;
use super::service::HospitalService;
use crate::domain::calendar::Entry;
use crate::domain::hours::slot_at;
use crate::domain::resource::{Location, Practitioner, Service};
use crate::domain::schedule::Schedule;
use crate::domain::span::Span;
use crate::domain::zone::{local, zone};

/// A slot that a schedule offers.
pub(super) struct Sought {
    pub(super) choice: SlotChoice,
    pub(super) practitioner: PractitionerId,
    pub(super) location: LocationId,
    /// From beginning to end, without buffers.
    pub(super) span: Span,
    /// With buffers.
    pub(super) taken: Span,
    pub(super) local_start: String,
    service_capacity: u32,
    location_capacity: Option<u32>,
}

/// Who takes a slot, and how.
pub(super) struct Taking<'a> {
    /// The hold or appointment.
    pub(super) by: Uuid,
    pub(super) kind: CalendarUse,
    pub(super) person: &'a Person,
    /// When a hold is over.
    pub(super) until: Option<Timestamp>,
    /// The appointment that is given up for it.
    pub(super) apart: Option<Uuid>,
    /// Whether it is taken although it is full.
    pub(super) overbook: bool,
}

/// The zone whose clock hangs at a place.
pub(super) fn zone_of(location: &Location) -> Result<TimeZone> {
    let details = location.existing()?;
    let unknown = || Error::internal(format!("the zone {} is not known any more", details.zone));
    zone(&details.zone).ok_or_else(unknown)
}

/// The slot `choice`, with the commit relying on what offers it. `no-such-slot` where nothing does.
pub(super) async fn sought(
    service: &HospitalService,
    call: &Call,
    append: Append,
    choice: &SlotChoice,
    now: Timestamp,
) -> Result<(Append, Sought)> {
    let schedule: Loaded<Schedule> = service.load(call, choice.schedule.as_uuid()).await?;
    let hours = schedule.state.existing()?;
    let offered: Loaded<Service> = service.load(call, choice.service.as_uuid()).await?;
    let of = offered.state.existing()?;
    let location: Loaded<Location> = service.load(call, hours.location.as_uuid()).await?;
    let with: Loaded<Practitioner> = service.load(call, hours.practitioner.as_uuid()).await?;
    let zone = zone_of(&location.state)?;
    let is_open =
        of.active && with.state.existing()?.active && hours.services.contains(&choice.service);
    let span = is_open.then(|| slot_at(&schedule.state, of, &zone, choice.start.0));
    let span = span
        .flatten()
        .filter(|slot| slot.end > now)
        .ok_or_else(no_such_slot)?;
    let sought = Sought {
        choice: choice.clone(),
        practitioner: hours.practitioner,
        location: hours.location,
        span,
        taken: span.with_buffers(of.buffer_before_minutes, of.buffer_after_minutes),
        local_start: local(span.start, &zone),
        service_capacity: of.capacity,
        location_capacity: location.state.existing()?.capacity,
    };
    let append = schedule.relied_on(append);
    let append = offered.relied_on(append);
    let append = location.relied_on(append);
    Ok((with.relied_on(append), sought))
}

/// What a slot for `service` takes of its practitioner's time.
pub(super) fn practitioner_entry(choice: &SlotChoice, of: &ServiceDetails, span: Span) -> Entry {
    Entry {
        kind: CalendarUse::Booked,
        service: Some(choice.service),
        span: span.with_buffers(of.buffer_before_minutes, of.buffer_after_minutes),
        capacity: of.capacity,
        until: None,
        overbooked: false,
    }
}

impl Sought {
    fn entry(&self, whose: Whose, taking: &Taking<'_>) -> Option<Entry> {
        let (service, span, capacity) = match whose {
            Whose::Practitioner(_) => {
                let service = Some(self.choice.service);
                (service, self.taken, self.service_capacity)
            }
            Whose::Location(_) => (None, self.taken, self.location_capacity?),
            Whose::Patient(_) => (None, self.span, 1),
        };
        Some(Entry {
            kind: taking.kind,
            service,
            span,
            capacity,
            until: taking.until,
            overbooked: taking.overbook,
        })
    }

    /// Takes the slot in every calendar; `Conflict` where one of them is full, unless it is overbooked. Says what it went
    /// over.
    pub(super) async fn take(
        &self,
        calendars: &mut Calendars<'_>,
        taking: &Taking<'_>,
        now: Timestamp,
    ) -> Result<Vec<Overridden>> {
        let over = self.full(calendars, taking, now).await?;
        if let (Some(&first), false) = (over.first(), taking.overbook) {
            return Err(taken(first, &self.local_start));
        }
        for whose in [
            Whose::Practitioner(self.practitioner),
            Whose::Location(self.location),
            Whose::Patient(taking.person.survivor),
        ] {
            if let Some(entry) = self.entry(whose, taking) {
                calendars.take(whose, &entry, taking.by).await?;
            }
        }
        Ok(over)
    }

    /// Which calendars have no room.
    async fn full(
        &self,
        calendars: &mut Calendars<'_>,
        taking: &Taking<'_>,
        now: Timestamp,
    ) -> Result<Vec<Overridden>> {
        let mut looked = vec![
            (
                Overridden::Practitioner,
                Whose::Practitioner(self.practitioner),
            ),
            (Overridden::Location, Whose::Location(self.location)),
        ];
        // A person's other records may have appointments too.
        let records = taking.person.ids();
        looked.extend(records.map(|id| (Overridden::Patient, Whose::Patient(id))));
        let mut over = Vec::new();
        for (reason, whose) in looked {
            let Some(entry) = self.entry(whose, taking) else {
                continue;
            };
            let room = calendars.room(whose, &entry, taking.apart, now).await?;
            if room == 0 && !over.contains(&reason) {
                over.push(reason);
            }
        }
        Ok(over)
    }
}

fn no_such_slot() -> Error {
    Error::new(
        ErrorKind::Refused,
        "no-such-slot",
        "The schedule offers no slot for the service at that moment.",
    )
}

fn taken(over: Overridden, at: &str) -> Error {
    match over {
        Overridden::Patient => {
            let message = format!("The patient has another appointment at {at}.");
            Error::new(ErrorKind::Conflict, "patient-taken", message)
        }
        Overridden::Practitioner => {
            let message = format!("The slot at {at} is taken.");
            Error::new(ErrorKind::Conflict, "slot-taken", message)
        }
        Overridden::Location => {
            let message = format!("The place is full at {at}.");
            Error::new(ErrorKind::Conflict, "slot-taken", message)
        }
    }
}
