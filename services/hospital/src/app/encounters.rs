//! Encounters take place, and are read.

use medcover_contract_hospital::endpoints::{
    FINISH_ENCOUNTER, MARK_ENCOUNTER_IN_ERROR, PLAN_ENCOUNTER, START_ENCOUNTER,
};
use medcover_contract_hospital::events::{EncounterPlanned, EncounterStarted};
use medcover_contract_hospital::permissions::{ManageEncounters, ReadEncounters};
use medcover_contract_hospital::{
    AppointmentState, Encounter, EncounterClass, EncounterList, EncounterQuery, ErrorRequest,
    LocationId, PlanEncounterRequest, StartEncounterRequest,
};
use medcover_kernel::{
    Allowed, AppointmentId, Call, EncounterId, Error, Limit, PractitionerId, Result,
};
use medcover_store::{Append, Loaded};

use super::merge_patient::person;
use super::service::{HospitalService, done, ids};
use super::sought::zone_of;
use crate::domain::appointment;
use crate::domain::encounter::{self, Command, Parties};
use crate::domain::fields;
use crate::domain::resource::{Location, Practitioner};
use crate::domain::span::instant;
use crate::store::ENCOUNTERS_BY_PATIENT;

/// Plans an encounter.
pub(super) async fn plan_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, ManageEncounters>,
    request: PlanEncounterRequest,
) -> Result<Encounter> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let person = person(service, call, request.patient).await?;
        place_and_practitioner(service, call, request.location, request.practitioner).await?;
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id).await?;
        let planned = EncounterPlanned {
            patient: person.survivor,
            practitioner: request.practitioner,
            location: request.location,
            class: request.class,
        };
        let event = thing.state.decide(Command::Plan(planned))?;
        let append = service.keep(person.relied_on(append), &mut thing, event)?;
        let entry = done("encounter.planned", &thing.stream, Some(person.survivor));
        Ok((append.audit(entry), view(&thing)?))
    };
    service
        .once(call, PLAN_ENCOUNTER.spec(), request, decision)
        .await
}

/// Starts an encounter.
pub(super) async fn start_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, ManageEncounters>,
    request: StartEncounterRequest,
) -> Result<Encounter> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id).await?;
        let (append, parties) = parties(service, call, append, request, &thing.state).await?;
        let location =
            place_and_practitioner(service, call, parties.location, parties.practitioner).await?;
        let now = instant(service.now()).to_zoned(zone_of(&location)?);
        let started = EncounterStarted {
            patient: parties.patient,
            practitioner: parties.practitioner,
            location: parties.location,
            class: parties.class,
            appointment: parties.appointment,
            service_date: now.date(),
        };
        let event = thing.state.decide(Command::Start(started))?;
        let append = service.keep(append, &mut thing, event)?;
        let entry = done("encounter.started", &thing.stream, Some(parties.patient));
        Ok((append.audit(entry), view(&thing)?))
    };
    service
        .once(call, START_ENCOUNTER.spec(), request, decision)
        .await
}

/// Who is seen by whom and where: as it was planned, by the appointment, or as it is given.
async fn parties(
    service: &HospitalService,
    call: &Call,
    append: Append,
    request: &StartEncounterRequest,
    encounter: &encounter::Encounter,
) -> Result<(Append, Parties)> {
    let StartEncounterRequest {
        appointment,
        patient,
        practitioner,
        location,
        class,
        ..
    } = *request;
    match (appointment, patient, practitioner, location) {
        (Some(appointment), None, None, None) => {
            let (append, parties) =
                appointed(service, call, append, appointment, encounter).await?;
            Ok((append, Parties { class, ..parties }))
        }
        (None, Some(patient), Some(practitioner), Some(location)) => {
            let person = person(service, call, patient).await?;
            let parties = Parties {
                patient: person.survivor,
                practitioner,
                location,
                class,
                appointment: None,
            };
            Ok((person.relied_on(append), parties))
        }
        (None, None, None, None) if encounter.parties.is_some() => {
            Ok((append, encounter.existing()?.clone()))
        }
        _ => Err(Error::invalid(
            "/appointment",
            "must be given, or else `patient`, `practitioner` and `location`",
        )),
    }
}

/// What an appointment says, whose patient must be there, unless this very encounter has begun.
async fn appointed(
    service: &HospitalService,
    call: &Call,
    append: Append,
    id: AppointmentId,
    encounter: &encounter::Encounter,
) -> Result<(Append, Parties)> {
    let thing: Loaded<appointment::Appointment> = service.load(call, id.as_uuid()).await?;
    let patient = thing.state.existing()?;
    let state = thing.state.state.expect("a patient comes with a state");
    let is_there = matches!(
        state,
        AppointmentState::Arrived | AppointmentState::CheckedIn
    );
    if !is_there && encounter.started.is_none() {
        let allowed = appointment::allowed(state);
        return Err(Error::illegal_transition(
            "appointment",
            state.name(),
            "start",
            allowed,
        ));
    }
    let booked = thing.state.booked.as_ref();
    let booked = booked.ok_or_else(|| Error::not_found("The appointment never had a time."))?;
    let parties = Parties {
        patient,
        practitioner: booked.practitioner,
        location: booked.location,
        class: EncounterClass::default(),
        appointment: Some(id),
    };
    Ok((thing.relied_on(append), parties))
}

async fn place_and_practitioner(
    service: &HospitalService,
    call: &Call,
    location: LocationId,
    practitioner: PractitionerId,
) -> Result<Location> {
    let with: Loaded<Practitioner> = service.load(call, practitioner.as_uuid()).await?;
    with.state.existing()?;
    let place: Loaded<Location> = service.load(call, location.as_uuid()).await?;
    place.state.existing()?;
    Ok(place.state)
}

/// Ends an encounter; its appointment, whose patient is there, is fulfilled in the same commit.
pub(super) async fn finish_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, ManageEncounters>,
    id: EncounterId,
) -> Result<Encounter> {
    let call = allowed.call();
    let decision = |append: Append| async move {
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let event = thing.state.decide(Command::Finish)?;
        let parties = thing.state.existing()?.clone();
        let finishes = event.is_some();
        let mut append = service.keep(append, &mut thing, event)?;
        if let (Some(appointment), true) = (parties.appointment, finishes) {
            append = fulfilled(service, call, append, appointment, id).await?;
        }
        let entry = done("encounter.finished", &thing.stream, Some(parties.patient));
        Ok((append.audit(entry), view(&thing)?))
    };
    service
        .once(call, FINISH_ENCOUNTER.spec(), &id, decision)
        .await
}

/// An appointment that was cancelled after its patient had come does not keep the visit from ending; one that another visit
/// has fulfilled does.
async fn fulfilled(
    service: &HospitalService,
    call: &Call,
    append: Append,
    appointment: AppointmentId,
    by: EncounterId,
) -> Result<Append> {
    let mut thing: Loaded<appointment::Appointment> =
        service.load(call, appointment.as_uuid()).await?;
    let ended = [
        AppointmentState::Cancelled,
        AppointmentState::EnteredInError,
    ];
    if thing
        .state
        .state
        .is_some_and(|state| ended.contains(&state))
    {
        return Ok(thing.relied_on(append));
    }
    let command = appointment::Command::Fulfil(by);
    let event = thing.state.decide(command, service.now())?;
    let append = service.keep(append, &mut thing, event)?;
    Ok(append.audit(done(
        "appointment.fulfilled",
        &thing.stream,
        thing.state.patient,
    )))
}

/// Says that an encounter should never have been recorded.
pub(super) async fn mark_encounter_in_error(
    service: &HospitalService,
    allowed: Allowed<'_, ManageEncounters>,
    id: EncounterId,
    request: ErrorRequest,
) -> Result<()> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let (reason, close) = (fields::reason(&request.reason)?, request.close);
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let event = thing.state.decide(Command::MarkInError { reason, close })?;
        let patient = thing.state.parties.as_ref().map(|it| it.patient);
        let append = service.keep(append, &mut thing, event)?;
        Ok((
            append.audit(done("encounter.entered-in-error", &thing.stream, patient)),
            (),
        ))
    };
    let endpoint = MARK_ENCOUNTER_IN_ERROR.spec();
    service.once(call, endpoint, &(id, request), decision).await
}

/// One encounter.
pub(super) async fn encounter(
    service: &HospitalService,
    allowed: Allowed<'_, ReadEncounters>,
    id: EncounterId,
) -> Result<Encounter> {
    let call = allowed.call();
    let thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
    let shown = view(&thing)?;
    let patient = shown.patient;
    service
        .shown(call, "encounter.read", [(thing.stream, patient)])
        .await?;
    Ok(shown)
}

/// A page of encounters of a patient, the last first.
pub(super) async fn encounters(
    service: &HospitalService,
    allowed: Allowed<'_, ReadEncounters>,
    query: EncounterQuery,
) -> Result<EncounterList> {
    let call = allowed.call();
    let equal = vec![query.patient.as_uuid().into()];
    let (after, limit) = (
        query.after.as_deref(),
        query.limit.unwrap_or(Limit::DEFAULT),
    );
    let repository = &service.repository;
    let listing = &ENCOUNTERS_BY_PATIENT;
    let page = repository
        .last_page(listing, call.tenant, equal, after, limit)
        .await?;
    let mut encounters = Vec::with_capacity(page.rows.len());
    let mut shown = Vec::with_capacity(page.rows.len());
    for id in ids(&page) {
        let thing: Loaded<encounter::Encounter> = service.load(call, id).await?;
        let view = view(&thing)?;
        shown.push((thing.stream, view.patient));
        encounters.push(view);
    }
    service.shown(call, "encounter.listed", shown).await?;
    let next = page.next();
    Ok(EncounterList { encounters, next })
}

/// The encounter as the API shows it.
pub(super) fn view(thing: &Loaded<encounter::Encounter>) -> Result<Encounter> {
    let state = &thing.state;
    let parties = state.existing()?;
    Ok(Encounter {
        id: EncounterId::from_uuid(thing.stream.id),
        version: thing.version.get(),
        state: state.state.expect("parties come with a state"),
        patient: parties.patient,
        practitioner: parties.practitioner,
        location: parties.location,
        class: parties.class,
        appointment: parties.appointment,
        service_date: state.started.as_ref().map(|it| it.service_date),
        started_at: state.started_at.map(Into::into),
        finished_at: state.finished_at.map(Into::into),
        diagnoses: state.diagnoses.clone(),
        procedures: state.procedures.clone(),
        coding: state.coding.clone(),
        reason: state.reason.clone(),
    })
}
