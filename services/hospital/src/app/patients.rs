//! Patients are found and read; each who is shown is written down.

use medcover_contract_hospital::permissions::ReadPatients;
use medcover_contract_hospital::{Identifier, Patient, PatientList, PatientQuery};
use medcover_kernel::{Allowed, Call, Error, Limit, PatientId, Result};
use medcover_store::{Loaded, Select, Value, page};

use super::register_patient::by_identifier;
use super::service::{HospitalService, ids};
use crate::domain::fields::name_key;
use crate::domain::patient;
use crate::store::{PATIENTS_BY_BIRTH, PATIENTS_BY_NAME};

/// One patient.
pub(super) async fn patient(
    service: &HospitalService,
    allowed: Allowed<'_, ReadPatients>,
    id: PatientId,
) -> Result<Patient> {
    let call = allowed.call();
    let record = service.load(call, id.as_uuid()).await?;
    let shown = view(&record)?;
    service
        .shown(call, "patient.read", [(record.stream, id)])
        .await?;
    Ok(shown)
}

/// A page of patients, by name, or whoever has an identifier.
pub(super) async fn patients(
    service: &HospitalService,
    allowed: Allowed<'_, ReadPatients>,
    query: PatientQuery,
) -> Result<PatientList> {
    let call = allowed.call();
    let (found, next) = match &query.identifier {
        Some(identifier) => (whose(service, call, identifier).await?, None),
        None => named(service, call, &query).await?,
    };
    let mut patients = Vec::with_capacity(found.len());
    let mut shown = Vec::with_capacity(found.len());
    for id in found {
        let record: Loaded<patient::Patient> = service.load(call, id.as_uuid()).await?;
        patients.push(view(&record)?);
        shown.push((record.stream, id));
    }
    service.shown(call, "patient.found", shown).await?;
    Ok(PatientList { patients, next })
}

async fn whose(service: &HospitalService, call: &Call, text: &str) -> Result<Vec<PatientId>> {
    let (system, value) = text.split_once('|').ok_or_else(|| {
        Error::invalid(
            "/identifier",
            "must be a system and a value with | between them",
        )
    })?;
    let identifier = Identifier {
        system: system.trim().to_owned(),
        value: value.trim().to_owned(),
    };
    let key = by_identifier(service, call, &identifier).await?;
    Ok(key.state.0.into_iter().collect())
}

async fn named(
    service: &HospitalService,
    call: &Call,
    query: &PatientQuery,
) -> Result<(Vec<PatientId>, Option<String>)> {
    let (listing, equal) = match query.birth_date {
        Some(date) => (&PATIENTS_BY_BIRTH, vec![date.to_string().into()]),
        None => (&PATIENTS_BY_NAME, Vec::new()),
    };
    let limit = query.limit.unwrap_or(Limit::DEFAULT).get();
    let mut select = Select::first(listing, call.tenant, equal, limit);
    if query
        .name
        .as_deref()
        .is_some_and(|name| name.contains('\0'))
    {
        return Err(Error::invalid(
            "/name",
            "must be text without the character NUL",
        ));
    }
    if let Some(beginning) = query.name.as_deref().map(beginning) {
        select.to = Some(Value::Text(format!("{beginning}\u{10ffff}")));
        select.from = Some(beginning.into());
    }
    let page = page(&*service.repository.store, select, query.after.as_deref()).await?;
    let found = ids(&page).into_iter().map(PatientId::from_uuid);
    Ok((found.collect(), page.next()))
}

/// How the key of the name begins: `ross` or `rossi, mar`.
fn beginning(name: &str) -> String {
    match name.split_once(',') {
        Some((family, given)) => format!("{}, {}", name_key(family), name_key(given)),
        None => name_key(name),
    }
}

/// The patient as the API shows it.
pub(super) fn view(record: &Loaded<patient::Patient>) -> Result<Patient> {
    let state = &record.state;
    let details = state.existing()?.clone();
    Ok(Patient {
        id: PatientId::from_uuid(record.stream.id),
        version: record.version.get(),
        state: state
            .state()
            .expect("there are details, so there is a state"),
        details,
        merged_into: state.merged_into,
        merged: state.merged.iter().copied().collect(),
        registered_at: state
            .registered_at
            .expect("details come with their moment")
            .into(),
    })
}
