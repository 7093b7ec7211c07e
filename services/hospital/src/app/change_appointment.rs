//! Appointments go from state to state; what no longer takes its time gives it back.

use medcover_contract_hospital::events::AppointmentProposed;
use medcover_contract_hospital::permissions::BookAppointments;
use medcover_contract_hospital::{
    Appointment, CancelAppointmentRequest, ErrorRequest, ProposeAppointmentRequest, endpoints,
};
use medcover_http::Spec;
use medcover_kernel::{Allowed, AppointmentId, Call, Error, PatientId, Result};
use medcover_store::{Append, Loaded};

use super::appointments::view;
use super::book_appointment::described;
use super::calendars::{Calendars, Whose};
use super::merge_patient::person;
use super::service::{HospitalService, done};
use crate::domain::appointment::{self, Command};
use crate::domain::fields;
use crate::domain::resource;
use crate::domain::span::Span;

/// Proposes an appointment without a time.
pub(super) async fn propose_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    request: ProposeAppointmentRequest,
) -> Result<Appointment> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        if request
            .wish
            .latest
            .is_some_and(|latest| latest < request.wish.earliest)
        {
            return Err(Error::invalid(
                "/wish/latest",
                "must not be before earliest",
            ));
        }
        let description = described(request.description.as_deref())?;
        let person = person(service, call, request.patient).await?;
        let offered: Loaded<resource::Service> =
            service.load(call, request.service.as_uuid()).await?;
        offered.state.existing()?;
        let mut thing: Loaded<appointment::Appointment> = service.load(call, id).await?;
        let proposed = AppointmentProposed {
            patient: person.survivor,
            service: request.service,
            wish: request.wish.clone(),
            description,
        };
        let event = thing
            .state
            .decide(Command::Propose(proposed), service.now())?;
        let append = service.keep(person.relied_on(append), &mut thing, event)?;
        let entry = done("appointment.proposed", &thing.stream, Some(person.survivor));
        Ok((append.audit(entry), view(&thing)?))
    };
    let endpoint = endpoints::PROPOSE_APPOINTMENT.spec();
    service.once(call, endpoint, request, decision).await
}

/// A change that needs nothing but the appointment's state.
pub(super) struct Step {
    endpoint: &'static Spec,
    action: &'static str,
    command: Command,
}

impl Step {
    pub(super) fn accept() -> Self {
        Self::of(
            endpoints::ACCEPT_APPOINTMENT.spec(),
            "appointment.accepted",
            Command::Accept,
        )
    }

    pub(super) fn waitlist() -> Self {
        let endpoint = endpoints::WAITLIST_APPOINTMENT.spec();
        Self::of(endpoint, "appointment.waitlisted", Command::Waitlist)
    }

    pub(super) fn arrive() -> Self {
        Self::of(
            endpoints::ARRIVE_APPOINTMENT.spec(),
            "appointment.arrived",
            Command::Arrive,
        )
    }

    pub(super) fn check_in() -> Self {
        let endpoint = endpoints::CHECK_IN_APPOINTMENT.spec();
        Self::of(endpoint, "appointment.checked-in", Command::CheckIn)
    }

    pub(super) fn no_show() -> Self {
        Self::of(
            endpoints::MARK_NO_SHOW.spec(),
            "appointment.missed",
            Command::NoShow,
        )
    }

    const fn of(endpoint: &'static Spec, action: &'static str, command: Command) -> Self {
        Self {
            endpoint,
            action,
            command,
        }
    }
}

/// Takes one step.
pub(super) async fn step(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: AppointmentId,
    step: Step,
) -> Result<Appointment> {
    let call = allowed.call();
    let step = &step;
    let decision = |append: Append| async move {
        let (append, thing) =
            changing(service, call, append, id, step.command.clone(), step.action).await?;
        Ok((append, view(&thing)?))
    };
    service.once(call, step.endpoint, &id, decision).await
}

/// Cancels an appointment.
pub(super) async fn cancel_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: AppointmentId,
    request: CancelAppointmentRequest,
) -> Result<()> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let (reason, close) = (fields::reason(&request.reason)?, request.close);
        let command = Command::Cancel { reason, close };
        let action = "appointment.cancelled";
        let (append, _) = changing(service, call, append, id, command, action).await?;
        Ok((append, ()))
    };
    let endpoint = endpoints::CANCEL_APPOINTMENT.spec();
    service.once(call, endpoint, &(id, request), decision).await
}

/// Says that an appointment should never have been made.
pub(super) async fn mark_appointment_in_error(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: AppointmentId,
    request: ErrorRequest,
) -> Result<()> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let (reason, close) = (fields::reason(&request.reason)?, request.close);
        let command = Command::MarkInError { reason, close };
        let action = "appointment.entered-in-error";
        let (append, _) = changing(service, call, append, id, command, action).await?;
        Ok((append, ()))
    };
    let endpoint = endpoints::MARK_APPOINTMENT_IN_ERROR.spec();
    service.once(call, endpoint, &(id, request), decision).await
}

/// `append` with what `command` makes of the appointment, and with its time given back where it takes none any more.
async fn changing(
    service: &HospitalService,
    call: &Call,
    append: Append,
    id: AppointmentId,
    command: Command,
    action: &'static str,
) -> Result<(Append, Loaded<appointment::Appointment>)> {
    let mut thing: Loaded<appointment::Appointment> = service.load(call, id.as_uuid()).await?;
    let event = thing.state.decide(command, service.now())?;
    if event.is_none() {
        return Ok((thing.relied_on(append), thing));
    }
    let taken = thing.state.takes().cloned();
    let mut append = service.keep(append, &mut thing, event)?;
    if let (Some(taken), None) = (taken, thing.state.takes()) {
        let mut calendars = Calendars::new(service, call);
        free(&mut calendars, &taken, id).await?;
        append = calendars.write(append)?;
    }
    let patient: Option<PatientId> = thing.state.patient;
    Ok((append.audit(done(action, &thing.stream, patient)), thing))
}

/// Gives back the time of an appointment.
pub(super) async fn free(
    calendars: &mut Calendars<'_>,
    taken: &medcover_contract_hospital::events::AppointmentBooked,
    id: AppointmentId,
) -> Result<()> {
    let (by, span) = (id.as_uuid(), Span::new(taken.taken_from, taken.taken_to));
    calendars
        .free(Whose::Practitioner(taken.practitioner), span, by)
        .await?;
    calendars
        .free(Whose::Location(taken.location), span, by)
        .await?;
    let patient = Whose::Patient(taken.patient);
    calendars
        .free(patient, Span::new(taken.start, taken.end), by)
        .await
}
