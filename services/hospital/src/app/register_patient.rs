//! Patients are registered, and what is known about them is changed.

use std::collections::BTreeSet;

use medcover_contract_hospital::endpoints::REGISTER_PATIENT;
use medcover_contract_hospital::events::PatientIdentifierFreed;
use medcover_contract_hospital::permissions::ManagePatients;
use medcover_contract_hospital::{
    ChangePatientRequest, ErrorRequest, Identifier, Patient, PatientDetails,
    RegisterPatientRequest, endpoints,
};
use medcover_kernel::{Allowed, Call, PatientId, Result};
use medcover_store::{Append, Loaded, check_version};

use super::patients::view;
use super::service::{HospitalService, done};
use crate::domain::fields;
use crate::domain::patient::{self, Command, PatientIdentifier};
use crate::domain::span::day_of;

/// Registers a patient, who has their identifiers from then on.
pub(super) async fn register_patient(
    service: &HospitalService,
    allowed: Allowed<'_, ManagePatients>,
    request: RegisterPatientRequest,
) -> Result<Patient> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let details = patient::checked(&request.details, day_of(service.now()))?;
        let mut record: Loaded<patient::Patient> = service.load(call, id).await?;
        let event = record.state.decide(Command::Register(details.clone()))?;
        let Some(event) = event else {
            return Ok((record.relied_on(append), view(&record)?));
        };
        let id = PatientId::from_uuid(id);
        let append = exchange(service, call, append, id, &[], &details.identifiers).await?;
        let append = service.keep(append, &mut record, Some(event))?;
        let append = append.audit(done("patient.registered", &record.stream, Some(id)));
        Ok((append, view(&record)?))
    };
    service
        .once(call, REGISTER_PATIENT.spec(), request, decision)
        .await
}

/// Sets what is known about a patient.
pub(super) async fn change_patient(
    service: &HospitalService,
    allowed: Allowed<'_, ManagePatients>,
    id: PatientId,
    request: ChangePatientRequest,
) -> Result<Patient> {
    let call = allowed.call();
    let details = patient::checked(&request.details, day_of(service.now()))?;
    let (request, details) = (&request, &details);
    let decision = |append: Append| async move {
        let mut record: Loaded<patient::Patient> = service.load(call, id.as_uuid()).await?;
        let event = record.state.decide(Command::Change(details.clone()))?;
        check_version(request.version, record.version.get())?;
        let Some(event) = event else {
            return Ok((append, view(&record)?));
        };
        let old = identifiers_of(record.state.existing()?);
        let append = exchange(service, call, append, id, &old, &details.identifiers).await?;
        let append = service.keep(append, &mut record, Some(event))?;
        let append = append.audit(done("patient.changed", &record.stream, Some(id)));
        Ok((append, view(&record)?))
    };
    service.decide(call, decision).await
}

/// Says that a record should never have been made; its identifiers are free again.
pub(super) async fn mark_patient_in_error(
    service: &HospitalService,
    allowed: Allowed<'_, ManagePatients>,
    id: PatientId,
    request: ErrorRequest,
) -> Result<()> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::reason(&request.reason)?;
        let close = request.close;
        let mut record: Loaded<patient::Patient> = service.load(call, id.as_uuid()).await?;
        let event = record
            .state
            .decide(Command::MarkInError { reason, close })?;
        if event.is_none() {
            return Ok((record.relied_on(append), ()));
        }
        let old = record.state.details.as_ref().map(identifiers_of);
        let old = old.unwrap_or_default();
        let append = exchange(service, call, append, id, &old, &[]).await?;
        let append = service.keep(append, &mut record, event)?;
        let entry = done("patient.entered-in-error", &record.stream, Some(id));
        Ok((append.audit(entry), ()))
    };
    let endpoint = endpoints::MARK_PATIENT_IN_ERROR.spec();
    service.once(call, endpoint, &(id, request), decision).await
}

fn identifiers_of(details: &PatientDetails) -> Vec<Identifier> {
    details.identifiers.clone()
}

/// Frees identifiers that `patient` no longer has, and takes those that are new: each is a stream of its own, so that of two
/// who take one at once the store lets one win.
async fn exchange(
    service: &HospitalService,
    call: &Call,
    mut append: Append,
    patient: PatientId,
    old: &[Identifier],
    new: &[Identifier],
) -> Result<Append> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
    for identifier in old.symmetric_difference(&new) {
        let mut key = by_identifier(service, call, identifier).await?;
        let event = if new.contains(identifier) {
            key.state.take(patient, identifier)?
        } else {
            PatientIdentifierFreed {}.into()
        };
        append = service.keep(append, &mut key, Some(event))?;
    }
    Ok(append)
}

/// Whose the identifier is.
pub(super) async fn by_identifier(
    service: &HospitalService,
    call: &Call,
    identifier: &Identifier,
) -> Result<Loaded<PatientIdentifier>> {
    let parts = [&*identifier.system, &*identifier.value];
    service.repository.by_key(call.tenant, &parts).await
}
