//! The rows that follow from events. Each depends on one stream, so they are written in the commit of the event.

use medcover_contract_hospital::{PatientDetails, PractitionerDetails, ScheduleDetails, Wish};
use medcover_kernel::Timestamp;
use medcover_store::{
    CanonicalJson, Change, Event, Events, Projection, RowChange, Table, Value, Version,
};

use super::tables::{
    APPOINTMENTS, BLOCKS, ENCOUNTERS, LOCATIONS, PATIENTS, PRACTITIONERS, SCHEDULES, SERVICES,
};
use crate::domain::appointment::AppointmentEvent;
use crate::domain::block::BlockEvent;
use crate::domain::encounter::EncounterEvent;
use crate::domain::fields::name_key;
use crate::domain::patient::PatientEvent;
use crate::domain::resource::{LocationEvent, PractitionerEvent, ServiceEvent};
use crate::domain::schedule::ScheduleEvent;
use crate::domain::span::moment;

static TABLES: [&Table; 8] = [
    &PATIENTS,
    &PRACTITIONERS,
    &LOCATIONS,
    &SERVICES,
    &SCHEDULES,
    &BLOCKS,
    &APPOINTMENTS,
    &ENCOUNTERS,
];

/// Every list of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views;

impl Projection for Views {
    fn name(&self) -> &'static str {
        "hospital-lists"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let change = match &*event.stream.kind {
            "patient" => on(&PATIENTS, read(event).and_then(|it| patient(&it))),
            "practitioner" => on(&PRACTITIONERS, read(event).map(|it| practitioner(&it))),
            "location" => on(&LOCATIONS, read(event).map(|it| location(&it))),
            "service" => on(&SERVICES, read(event).map(|it| service(&it))),
            "schedule" => on(&SCHEDULES, read(event).and_then(|it| schedule(&it))),
            "block" => on(&BLOCKS, read(event).map(|it| block(&it))),
            "appointment" => on(
                &APPOINTMENTS,
                read(event).and_then(|it| appointment(&it, event)),
            ),
            "encounter" => on(
                &ENCOUNTERS,
                read(event).and_then(|it| encounter(&it, event)),
            ),
            _ => None,
        };
        let row = change.map(|(table, change)| RowChange {
            tenant: event.tenant,
            table,
            key: vec![event.stream.id.into()],
            change,
        });
        row.into_iter().collect()
    }
}

fn on(table: &'static Table, change: Option<Change>) -> Option<(&'static Table, Change)> {
    change.map(|change| (table, change))
}

/// The event, if it is one of `E`. One that cannot be read was refused when it was written.
fn read<E: Events>(event: &Event) -> Option<E> {
    E::of(event)?.ok()
}

/// How patients and practitioners are ordered and found: `family, given`.
pub(crate) fn person_key(family_name: &str, given_names: &str) -> String {
    format!("{}, {}", name_key(family_name), name_key(given_names))
}

fn patient(event: &PatientEvent) -> Option<Change> {
    let put = |it: &PatientDetails| {
        Change::Put(vec![
            person_key(&it.family_name, &it.given_names).into(),
            it.birth_date.to_string().into(),
        ])
    };
    match event {
        PatientEvent::Registered(it) => Some(put(&it.details)),
        PatientEvent::Changed(it) => Some(put(&it.details)),
        PatientEvent::EnteredInError(_) => Some(Change::Delete),
        PatientEvent::Merged(_)
        | PatientEvent::Absorbed(_)
        | PatientEvent::Unmerged(_)
        | PatientEvent::Separated(_) => None,
    }
}

fn practitioner(event: &PractitionerEvent) -> Change {
    let put = |it: &PractitionerDetails| {
        Change::Put(vec![person_key(&it.family_name, &it.given_names).into()])
    };
    match event {
        PractitionerEvent::Added(it) => put(&it.details),
        PractitionerEvent::Changed(it) => put(&it.details),
    }
}

fn location(event: &LocationEvent) -> Change {
    let name = match event {
        LocationEvent::Added(it) => &it.details.name,
        LocationEvent::Changed(it) => &it.details.name,
    };
    Change::Put(vec![name_key(name).into()])
}

fn service(event: &ServiceEvent) -> Change {
    let name = match event {
        ServiceEvent::Added(it) => &it.details.name,
        ServiceEvent::Changed(it) => &it.details.name,
    };
    Change::Put(vec![name_key(name).into()])
}

fn schedule(event: &ScheduleEvent) -> Option<Change> {
    let put = |it: &ScheduleDetails| {
        let services = CanonicalJson::of(&it.services).expect("a list of ids");
        Change::Put(vec![
            it.practitioner.as_uuid().into(),
            services.into(),
            it.valid_from.to_string().into(),
        ])
    };
    match event {
        ScheduleEvent::Added(it) => Some(put(&it.details)),
        ScheduleEvent::Changed(it) => Some(put(&it.details)),
        ScheduleEvent::DaySet(_) | ScheduleEvent::DayReset(_) => None,
    }
}

fn block(event: &BlockEvent) -> Change {
    match event {
        BlockEvent::Made(it) => {
            Change::Put(vec![it.practitioner.as_uuid().into(), it.start.into()])
        }
        BlockEvent::Removed(_) => Change::Delete,
    }
}

fn appointment(event: &AppointmentEvent, at: &Event) -> Option<Change> {
    // The first event of an id that was closed before anything came of it makes no row.
    let closes = at.version == Version::new(1);
    match event {
        AppointmentEvent::Proposed(it) => Some(Change::Put(vec![
            it.patient.as_uuid().into(),
            it.service.as_uuid().into(),
            it.wish.practitioner.map(|it| it.as_uuid()).into(),
            earliest(&it.wish).into(),
            false.into(),
            at.occurred_at.into(),
        ])),
        AppointmentEvent::Booked(it) => Some(Change::Put(vec![
            it.patient.as_uuid().into(),
            it.service.as_uuid().into(),
            it.practitioner.as_uuid().into(),
            it.start.into(),
            false.into(),
            at.occurred_at.into(),
        ])),
        AppointmentEvent::Waitlisted(_) => Some(set(vec![
            ("waiting", true.into()),
            ("waiting_since", at.occurred_at.into()),
        ])),
        AppointmentEvent::Cancelled(_) | AppointmentEvent::EnteredInError(_) if !closes => {
            Some(set(vec![("waiting", false.into())]))
        }
        _ => None,
    }
}

fn earliest(wish: &Wish) -> Timestamp {
    let midnight = wish.earliest.to_datetime(jiff::civil::Time::midnight());
    let at = jiff::tz::Offset::UTC.to_timestamp(midnight);
    at.map_or(Timestamp::from_micros(0), moment)
}

fn encounter(event: &EncounterEvent, at: &Event) -> Option<Change> {
    let patient = match event {
        EncounterEvent::Planned(it) => it.patient,
        EncounterEvent::Started(it) => it.patient,
        _ => return None,
    };
    Some(Change::Put(vec![
        patient.as_uuid().into(),
        at.occurred_at.into(),
    ]))
}

fn set(columns: Vec<(&'static str, Value)>) -> Change {
    Change::Patch {
        set: columns,
        add: Vec::new(),
    }
}
