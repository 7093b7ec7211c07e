//! Appointments are booked: of a hold, of a free slot, or on purpose over what is there.

use medcover_contract_hospital::endpoints::{BOOK_APPOINTMENT, OVERBOOK_APPOINTMENT};
use medcover_contract_hospital::events::{AppointmentBooked, CalendarUse};
use medcover_contract_hospital::permissions::{BookAppointments, OverbookAppointments};
use medcover_contract_hospital::{
    Appointment, BookAppointmentRequest, HoldId, OverbookAppointmentRequest, Overbooking,
    SlotChoice,
};
use medcover_kernel::{Allowed, AppointmentId, Call, Error, PatientId, Result};
use medcover_store::{Append, Loaded};
use serde_json::json;
use uuid::Uuid;

use super::appointments::view;
use super::calendars::{Calendars, Whose};
use super::merge_patient::{Person, person};
use super::service::{HospitalService, done, explained, one_of};
use super::sought::{Sought, Taking, sought};
use crate::domain::appointment::{self, Command};
use crate::domain::fields::{self, Faults};
use crate::domain::span::Span;
use crate::domain::{hold, id_taken};

/// Books a hold or a free slot.
pub(super) async fn book_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    request: BookAppointmentRequest,
) -> Result<Appointment> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let description = described(request.description.as_deref())?;
        let mut thing: Loaded<appointment::Appointment> = service.load(call, id).await?;
        if is_repeated(&thing.state, request, description.as_deref())? {
            return Ok((thing.relied_on(append), view(&thing)?));
        }
        let mut calendars = Calendars::new(service, call);
        let (append, mut booked) = match (request.hold, &request.slot, request.patient) {
            (Some(hold), None, None) => {
                from_hold(service, call, append, &mut calendars, hold, id).await?
            }
            (None, Some(slot), Some(patient)) => {
                from_slot(service, call, append, &mut calendars, (slot, patient), id).await?
            }
            _ => {
                return Err(one_of(
                    "/hold",
                    "must be given, or else `slot` and `patient`",
                ));
            }
        };
        booked.description = description;
        let append = calendars.write(append)?;
        booking(service, append, &mut thing, booked)
    };
    service
        .once(call, BOOK_APPOINTMENT.spec(), request, decision)
        .await
}

/// Books a slot although it is taken, and records why and over what.
pub(super) async fn overbook_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, OverbookAppointments>,
    request: OverbookAppointmentRequest,
) -> Result<Appointment> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::sentence(&request.reason)?;
        let description = described(request.description.as_deref())?;
        let mut thing: Loaded<appointment::Appointment> = service.load(call, id).await?;
        if let Some(before) = &thing.state.booked {
            let same = is_of_slot(before, &request.slot)
                && before
                    .overbooking
                    .as_ref()
                    .is_some_and(|it| it.reason == reason);
            return if same {
                Ok((thing.relied_on(append), view(&thing)?))
            } else {
                Err(id_taken("appointment"))
            };
        }
        let now = service.now();
        let person = person(service, call, request.patient).await?;
        let (append, slot) = sought(service, call, append, &request.slot, now).await?;
        let mut calendars = Calendars::new(service, call);
        let taking = Taking {
            overbook: true,
            ..taking(id, &person)
        };
        let over = slot.take(&mut calendars, &taking, now).await?;
        let append = calendars.write(person.relied_on(append))?;
        let mut booked = booked_of(&slot, person.survivor);
        booked.description = description;
        let details = json!({"reason": reason, "over": over});
        let entry = explained(
            "appointment.overbooked",
            &thing.stream,
            Some(person.survivor),
            &details,
        );
        booked.overbooking = Some(Overbooking { reason, over });
        booking(service, append.audit(entry), &mut thing, booked)
    };
    service
        .once(call, OVERBOOK_APPOINTMENT.spec(), request, decision)
        .await
}

/// `append` with the appointment booked.
pub(super) fn booking(
    service: &HospitalService,
    append: Append,
    thing: &mut Loaded<appointment::Appointment>,
    booked: AppointmentBooked,
) -> Result<(Append, Appointment)> {
    let patient = booked.patient;
    let command = Command::Book(Box::new(booked));
    let event = thing.state.decide(command, service.now())?;
    let append = service.keep(append, thing, event)?;
    let append = append.audit(done("appointment.booked", &thing.stream, Some(patient)));
    Ok((append, view(thing)?))
}

/// Turns a hold that still holds into a booking by the appointment `id`.
pub(super) async fn from_hold(
    service: &HospitalService,
    call: &Call,
    append: Append,
    calendars: &mut Calendars<'_>,
    hold: HoldId,
    id: Uuid,
) -> Result<(Append, AppointmentBooked)> {
    let now = service.now();
    let mut hold: Loaded<hold::Hold> = service.load(call, hold.as_uuid()).await?;
    let command = hold::Command::Book(AppointmentId::from_uuid(id));
    let event = hold.state.decide(command, now)?;
    let made = hold.state.made.clone();
    let made = made.ok_or_else(|| Error::not_found("There is no such hold."))?;
    let person = person(service, call, made.patient).await?;
    let taken = Span::new(made.taken_from, made.taken_to);
    let span = Span::new(made.start, made.end);
    let (hold_id, practitioner) = (hold.stream.id, Whose::Practitioner(made.practitioner));
    if !calendars.confirm(practitioner, taken, hold_id, id).await? {
        // Another process, whose clock is ahead, has seen it expire and may have given the time away.
        return Err(Error::illegal_transition("hold", "expired", "book", &[]));
    }
    calendars
        .confirm(Whose::Location(made.location), taken, hold_id, id)
        .await?;
    calendars
        .confirm(Whose::Patient(made.patient), span, hold_id, id)
        .await?;
    let append = service.keep(person.relied_on(append), &mut hold, event)?;
    let booked = AppointmentBooked {
        patient: made.patient,
        service: made.service,
        schedule: made.schedule,
        practitioner: made.practitioner,
        location: made.location,
        start: made.start,
        end: made.end,
        taken_from: made.taken_from,
        taken_to: made.taken_to,
        local_start: made.local_start,
        description: None,
        hold: Some(HoldId::from_uuid(hold_id)),
        overbooking: None,
        rescheduled_from: None,
    };
    Ok((append, booked))
}

/// Takes a free slot for a patient and the appointment `id`.
pub(super) async fn from_slot(
    service: &HospitalService,
    call: &Call,
    append: Append,
    calendars: &mut Calendars<'_>,
    (slot, patient): (&SlotChoice, PatientId),
    id: Uuid,
) -> Result<(Append, AppointmentBooked)> {
    let now = service.now();
    let person = person(service, call, patient).await?;
    let (append, slot) = sought(service, call, append, slot, now).await?;
    slot.take(calendars, &taking(id, &person), now).await?;
    Ok((person.relied_on(append), booked_of(&slot, person.survivor)))
}

/// A plain booking.
pub(super) const fn taking(by: Uuid, person: &Person) -> Taking<'_> {
    Taking {
        by,
        kind: CalendarUse::Booked,
        person,
        until: None,
        apart: None,
        overbook: false,
    }
}

/// The event that `slot` is booked for `patient`.
pub(super) fn booked_of(slot: &Sought, patient: PatientId) -> AppointmentBooked {
    AppointmentBooked {
        patient,
        service: slot.choice.service,
        schedule: slot.choice.schedule,
        practitioner: slot.practitioner,
        location: slot.location,
        start: slot.span.start,
        end: slot.span.end,
        taken_from: slot.taken.start,
        taken_to: slot.taken.end,
        local_start: slot.local_start.clone(),
        description: None,
        hold: None,
        overbooking: None,
        rescheduled_from: None,
    }
}

pub(super) fn described(given: Option<&str>) -> Result<Option<String>> {
    let mut faults = Faults::default();
    let description = faults.description("/description", given);
    faults.check()?;
    Ok(description)
}

/// Whether the appointment was booked by the same request; `id-taken` where it was by another.
fn is_repeated(
    appointment: &appointment::Appointment,
    request: &BookAppointmentRequest,
    description: Option<&str>,
) -> Result<bool> {
    let Some(before) = &appointment.booked else {
        if appointment.patient.is_some() {
            return Err(id_taken("appointment"));
        }
        return Ok(false);
    };
    let same = match (&request.hold, &request.slot) {
        (Some(hold), None) => before.hold == Some(*hold),
        (None, Some(slot)) => before.hold.is_none() && is_of_slot(before, slot),
        _ => false,
    };
    if same && before.description.as_deref() == description && before.overbooking.is_none() {
        return Ok(true);
    }
    Err(id_taken("appointment"))
}

/// Whether that is the slot that was booked.
pub(super) fn is_of_slot(before: &AppointmentBooked, slot: &SlotChoice) -> bool {
    (before.schedule, before.service, before.start) == (slot.schedule, slot.service, slot.start.0)
}
