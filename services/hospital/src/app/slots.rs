//! Free slots: what schedules offer, less what is booked, held or blocked by the clock of this moment.

use std::collections::BTreeMap;

use medcover_contract_hospital::events::CalendarUse;
use medcover_contract_hospital::permissions::ReadSchedules;
use medcover_contract_hospital::{
    MAX_DAYS, ScheduleId, ServiceDetails, Slot, SlotChoice, SlotList, SlotQuery, SlotState,
};
use medcover_kernel::{Allowed, Call, Error, Limit, Result, Timestamp};
use medcover_store::{Loaded, Select, limits};

use super::calendars::{Calendars, Whose};
use super::service::{HospitalService, ids};
use super::sought::{practitioner_entry, zone_of};
use crate::domain::calendar::Entry;
use crate::domain::hours;
use crate::domain::resource::{Location, Practitioner, Service};
use crate::domain::schedule::Schedule;
use crate::domain::span::{Span, minutes};
use crate::domain::zone::local;
use crate::store::{SCHEDULES_BY_FIRST_DAY, SCHEDULES_BY_PRACTITIONER};

/// How many days are listed where no end is given.
const USUAL_DAYS: u32 = 7;

/// A schedule that offers the service, with all it takes to make slots of it.
struct Offer {
    id: ScheduleId,
    schedule: Schedule,
    location: Location,
}

/// A page of slots, the earliest first.
pub(super) async fn slots(
    service: &HospitalService,
    allowed: Allowed<'_, ReadSchedules>,
    query: SlotQuery,
) -> Result<SlotList> {
    let (call, now) = (allowed.call(), service.now());
    let offered: Loaded<Service> = service.load(call, query.service.as_uuid()).await?;
    let of = offered.state.existing()?;
    let within = within(&query, now)?;
    let offers = offers(service, call, &query, of).await?;
    // All that are offered, in the order in which they are listed; only those of this page are looked up in calendars.
    let mut all = BTreeMap::new();
    for (place, offer) in offers.iter().enumerate() {
        let zone = zone_of(&offer.location)?;
        for span in hours::slots(&offer.schedule, of, &zone, within) {
            all.insert((span.start, offer.id), (place, span));
        }
    }
    let limit = query.limit.unwrap_or(Limit::DEFAULT).get();
    let after = query.after.as_deref().map(cursor).transpose()?;
    let mut calendars = Calendars::new(service, call);
    let (mut slots, mut next, mut last) = (Vec::new(), None, None);
    for (key, (place, span)) in all {
        if after.is_some_and(|after| key <= after) {
            continue;
        }
        let slot = slot(&mut calendars, &offers[place], &query, of, span, now).await?;
        if !query.all && slot.state != SlotState::Free {
            continue;
        }
        if slots.len() == limit {
            next = last.map(name);
            break;
        }
        slots.push(slot);
        last = Some(key);
    }
    Ok(SlotList { slots, next })
}

fn within(query: &SlotQuery, now: Timestamp) -> Result<Span> {
    let from = query.from.map_or(now, |from| from.0);
    let days = |days: u32| from.plus(minutes(days * 24 * 60));
    let to = query.to.map_or(days(USUAL_DAYS), |to| to.0);
    if to > days(MAX_DAYS) || to < from {
        let rule = format!("must not be before from, nor more than {MAX_DAYS} days after it");
        return Err(Error::invalid("/to", rule));
    }
    // What has begun is not offered any more.
    Ok(Span::new(from.max(now), to))
}

/// The schedules that offer the service with somebody who takes appointments.
async fn offers(
    service: &HospitalService,
    call: &Call,
    query: &SlotQuery,
    of: &ServiceDetails,
) -> Result<Vec<Offer>> {
    let (listing, equal) = match query.practitioner {
        Some(whose) => (&SCHEDULES_BY_PRACTITIONER, vec![whose.as_uuid().into()]),
        None => (&SCHEDULES_BY_FIRST_DAY, Vec::new()),
    };
    let mut offers = Vec::new();
    if !of.active {
        return Ok(offers);
    }
    let mut select = Select::first(listing, call.tenant, equal, limits::PAGE);
    loop {
        let rows = service.repository.store.select(&select).await?;
        let full = rows.len() == limits::PAGE;
        select.after = rows.last().map(|row| row.cursor(listing));
        let wanted = query.service.to_string();
        let offering = |row: &medcover_store::Row| {
            let services = row.get("services").as_json();
            services.is_some_and(|services| services.as_str().contains(&wanted))
        };
        let rows: Vec<_> = rows.into_iter().filter(offering).collect();
        for id in ids(&medcover_store::Page { rows, more: false }) {
            offers.extend(offer(service, call, ScheduleId::from_uuid(id)).await?);
        }
        if !full {
            return Ok(offers);
        }
    }
}

async fn offer(service: &HospitalService, call: &Call, id: ScheduleId) -> Result<Option<Offer>> {
    let schedule: Loaded<Schedule> = service.load(call, id.as_uuid()).await?;
    let details = schedule.state.existing()?;
    let with: Loaded<Practitioner> = service.load(call, details.practitioner.as_uuid()).await?;
    let location: Loaded<Location> = service.load(call, details.location.as_uuid()).await?;
    let active = with.state.existing()?.active;
    Ok(active.then_some(Offer {
        id,
        schedule: schedule.state,
        location: location.state,
    }))
}

async fn slot(
    calendars: &mut Calendars<'_>,
    offer: &Offer,
    query: &SlotQuery,
    of: &ServiceDetails,
    span: Span,
    now: Timestamp,
) -> Result<Slot> {
    let hours = offer.schedule.existing()?;
    let choice = SlotChoice {
        schedule: offer.id,
        service: query.service,
        start: span.start.into(),
    };
    let entry = practitioner_entry(&choice, of, span);
    let whose = Whose::Practitioner(hours.practitioner);
    let mut places = calendars.room(whose, &entry, None, now).await?;
    if let Some(capacity) = offer.location.existing()?.capacity {
        let entry = Entry {
            service: None,
            capacity,
            ..entry.clone()
        };
        let place = Whose::Location(hours.location);
        places = places.min(calendars.room(place, &entry, None, now).await?);
    }
    let state = if places > 0 {
        SlotState::Free
    } else {
        let days = calendars.days(whose, entry.span).await?;
        let holds = |kind| days.iter().any(|day| day.holds(kind, entry.span, now));
        match () {
            () if holds(CalendarUse::Blocked) => SlotState::BusyUnavailable,
            () if holds(CalendarUse::Held) => SlotState::BusyTentative,
            () => SlotState::Busy,
        }
    };
    Ok(Slot {
        schedule: offer.id,
        service: query.service,
        practitioner: hours.practitioner,
        location: hours.location,
        start: span.start.into(),
        end: span.end.into(),
        local_start: local(span.start, &zone_of(&offer.location)?),
        state,
        places,
    })
}

/// What names a slot to whoever asks for those after it.
fn name((start, schedule): (Timestamp, ScheduleId)) -> String {
    format!("{}~{schedule}", start.as_micros())
}

fn cursor(after: &str) -> Result<(Timestamp, ScheduleId)> {
    let read = |text: &str| {
        let (start, schedule) = text.split_once('~')?;
        let start = Timestamp::from_micros(start.parse().ok()?);
        Some((start, schedule.parse().ok()?))
    };
    read(after).ok_or_else(|| Error::invalid("/after", "must be the `next` of the page before"))
}
