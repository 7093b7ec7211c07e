//! Slots are held for a while, and let go.

use medcover_contract_hospital::endpoints::{HOLD_SLOT, RELEASE_HOLD};
use medcover_contract_hospital::events::{CalendarUse, HoldMade};
use medcover_contract_hospital::permissions::{BookAppointments, ReadAppointments};
use medcover_contract_hospital::{
    Hold, HoldId, HoldSlotRequest, MAX_HOLD_SECONDS, MIN_HOLD_SECONDS, ReleaseHoldRequest,
    SlotChoice,
};
use medcover_kernel::{Allowed, Call, Error, PatientId, Result, Timestamp};
use medcover_store::{Append, Loaded};
use std::time::Duration;
use uuid::Uuid;

use super::calendars::{Calendars, Whose};
use super::merge_patient::person;
use super::service::{HospitalService, done};
use super::sought::{Taking, sought};
use crate::domain::hold::{self, Command};
use crate::domain::span::Span;

/// A hold that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) id: Uuid,
    pub(super) slot: &'a SlotChoice,
    pub(super) patient: PatientId,
    pub(super) seconds: u32,
}

/// Holds a free slot for a while.
pub(super) async fn hold_slot(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    request: HoldSlotRequest,
) -> Result<Hold> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let wanted = Wanted {
            id,
            slot: &request.slot,
            patient: request.patient,
            seconds: request.seconds,
        };
        holding(service, call, append, &wanted).await
    };
    service
        .once(call, HOLD_SLOT.spec(), request, decision)
        .await
}

/// `append` with the hold.
pub(super) async fn holding(
    service: &HospitalService,
    call: &Call,
    append: Append,
    wanted: &Wanted<'_>,
) -> Result<(Append, Hold)> {
    if !(MIN_HOLD_SECONDS..=MAX_HOLD_SECONDS).contains(&wanted.seconds) {
        let rule = format!("must be {MIN_HOLD_SECONDS} to {MAX_HOLD_SECONDS}");
        return Err(Error::invalid("/seconds", rule));
    }
    let now = service.now();
    let mut hold: Loaded<hold::Hold> = service.load(call, wanted.id).await?;
    let person = person(service, call, wanted.patient).await?;
    let (append, slot) = match sought(service, call, append, wanted.slot, now).await {
        // What was held when it was offered stays so when it is asked for again.
        Err(_) if is_repeated(&hold.state, wanted) => {
            let append = Append::new(medcover_store::Context::of(call));
            return Ok((hold.relied_on(append), view(&hold, now)?));
        }
        found => found?,
    };
    let expires_at = now.plus(Duration::from_secs(wanted.seconds.into()));
    let made = HoldMade {
        schedule: wanted.slot.schedule,
        service: wanted.slot.service,
        practitioner: slot.practitioner,
        location: slot.location,
        patient: person.survivor,
        start: slot.span.start,
        end: slot.span.end,
        taken_from: slot.taken.start,
        taken_to: slot.taken.end,
        local_start: slot.local_start.clone(),
        expires_at,
        seconds: wanted.seconds,
    };
    let Some(event) = hold.state.decide(Command::Make(made), now)? else {
        return Ok((hold.relied_on(append), view(&hold, now)?));
    };
    let taking = Taking {
        by: wanted.id,
        kind: CalendarUse::Held,
        person: &person,
        until: Some(expires_at),
        apart: None,
        overbook: false,
    };
    let mut calendars = Calendars::new(service, call);
    slot.take(&mut calendars, &taking, now).await?;
    let append = calendars.write(person.relied_on(append))?;
    let append = service.keep(append, &mut hold, Some(event))?;
    let append = append.audit(done("hold.made", &hold.stream, Some(person.survivor)));
    Ok((append, view(&hold, now)?))
}

fn is_repeated(hold: &hold::Hold, wanted: &Wanted<'_>) -> bool {
    hold.made.as_ref().is_some_and(|made| {
        let slot = wanted.slot;
        (made.schedule, made.service, made.start) == (slot.schedule, slot.service, slot.start.0)
            && (made.patient, made.seconds) == (wanted.patient, wanted.seconds)
    })
}

/// One hold.
pub(super) async fn hold(
    service: &HospitalService,
    allowed: Allowed<'_, ReadAppointments>,
    id: HoldId,
) -> Result<Hold> {
    let call = allowed.call();
    let hold: Loaded<hold::Hold> = service.load(call, id.as_uuid()).await?;
    let shown = view(&hold, service.now())?;
    let patient = shown.patient;
    service
        .shown(call, "hold.read", [(hold.stream, patient)])
        .await?;
    Ok(shown)
}

/// Gives up a hold.
pub(super) async fn release_hold(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: HoldId,
    request: ReleaseHoldRequest,
) -> Result<()> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let now = service.now();
        let mut hold: Loaded<hold::Hold> = service.load(call, id.as_uuid()).await?;
        let event = hold.state.decide(Command::Release(request.close), now)?;
        if event.is_none() {
            return Ok((hold.relied_on(append), ()));
        }
        let mut calendars = Calendars::new(service, call);
        if let Some(made) = &hold.state.made {
            let taken = Span::new(made.taken_from, made.taken_to);
            let (id, patient) = (id.as_uuid(), Whose::Patient(made.patient));
            calendars
                .free(Whose::Practitioner(made.practitioner), taken, id)
                .await?;
            calendars
                .free(Whose::Location(made.location), taken, id)
                .await?;
            calendars
                .free(patient, Span::new(made.start, made.end), id)
                .await?;
        }
        let patient = hold.state.made.as_ref().map(|made| made.patient);
        let append = calendars.write(append)?;
        let append = service.keep(append, &mut hold, event)?;
        Ok((
            append.audit(done("hold.released", &hold.stream, patient)),
            (),
        ))
    };
    service
        .once(call, RELEASE_HOLD.spec(), &(id, request), decision)
        .await
}

/// The hold as the API shows it.
pub(super) fn view(hold: &Loaded<hold::Hold>, now: Timestamp) -> Result<Hold> {
    let missing = || Error::not_found("There is no such hold.");
    let made = hold.state.made.as_ref().ok_or_else(missing)?;
    Ok(Hold {
        id: HoldId::from_uuid(hold.stream.id),
        state: hold.state.state(now).ok_or_else(missing)?,
        slot: SlotChoice {
            schedule: made.schedule,
            service: made.service,
            start: made.start.into(),
        },
        practitioner: made.practitioner,
        location: made.location,
        patient: made.patient,
        end: made.end.into(),
        expires_at: made.expires_at.into(),
        appointment: hold.state.appointment,
    })
}
