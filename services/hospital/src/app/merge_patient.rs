//! Records of one person are merged, and separated again. Nothing moves: a merge is a link, and whoever decides about a
//! person looks at all records that are linked.

use std::collections::BTreeSet;

use medcover_contract_hospital::endpoints::{MERGE_PATIENT, UNMERGE_PATIENT};
use medcover_contract_hospital::permissions::MergePatients;
use medcover_contract_hospital::{MergePatientRequest, Patient, PatientState, ReasonRequest};
use medcover_kernel::{Allowed, Call, Error, ErrorKind, PatientId, Result};
use medcover_store::{Append, Loaded};
use serde_json::json;

use super::patients::view;
use super::service::{HospitalService, explained};
use crate::domain::fields;
use crate::domain::patient::{self, Command, check_merged};

/// All records of one person.
pub(super) struct Person {
    /// The one that is used.
    pub(super) survivor: PatientId,
    /// It, and those merged into it, directly or through others.
    pub(super) records: Vec<Loaded<patient::Patient>>,
}

impl Person {
    pub(super) fn ids(&self) -> impl Iterator<Item = PatientId> + '_ {
        let records = self.records.iter();
        records.map(|record| PatientId::from_uuid(record.stream.id))
    }

    /// Makes the commit rely on which records are of this person.
    pub(super) fn relied_on(&self, append: Append) -> Append {
        self.records
            .iter()
            .fold(append, |append, record| record.relied_on(append))
    }
}

/// The person whose record `patient` is. `NotFound` where there is none, `Conflict` where it should never have been made.
pub(super) async fn person(
    service: &HospitalService,
    call: &Call,
    patient: PatientId,
) -> Result<Person> {
    let mut survivor: Loaded<patient::Patient> = service.load(call, patient.as_uuid()).await?;
    survivor.state.existing()?;
    if survivor.state.state() == Some(PatientState::EnteredInError) {
        return Err(Error::illegal_transition(
            "patient",
            "entered-in-error",
            "use",
            &[],
        ));
    }
    while let Some(into) = survivor.state.merged_into {
        survivor = service.load(call, into.as_uuid()).await?;
    }
    let id = PatientId::from_uuid(survivor.stream.id);
    let mut waiting: Vec<PatientId> = survivor.state.merged.iter().copied().collect();
    let mut records = vec![survivor];
    while let Some(next) = waiting.pop() {
        let record: Loaded<patient::Patient> = service.load(call, next.as_uuid()).await?;
        waiting.extend(&record.state.merged);
        records.push(record);
    }
    Ok(Person {
        survivor: id,
        records,
    })
}

/// Says that another record is used in the place of this one.
pub(super) async fn merge_patient(
    service: &HospitalService,
    allowed: Allowed<'_, MergePatients>,
    id: PatientId,
    request: MergePatientRequest,
) -> Result<Patient> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::reason(&request.reason)?;
        let into = request.into;
        let mut record: Loaded<patient::Patient> = service.load(call, id.as_uuid()).await?;
        let command = Command::Merge {
            into,
            reason: reason.clone(),
        };
        let Some(event) = record.state.decide(command)? else {
            return Ok((record.relied_on(append), view(&record)?));
        };
        check_together(service, call, id, into).await?;
        let mut survivor: Loaded<patient::Patient> = service.load(call, into.as_uuid()).await?;
        let absorbed = survivor.state.decide(Command::Absorb(id))?;
        let append = service.keep(append, &mut record, Some(event))?;
        let append = service.keep(append, &mut survivor, absorbed)?;
        let details = json!({"into": into, "reason": reason});
        let append = append
            .audit(explained(
                "patient.merged",
                &record.stream,
                Some(id),
                &details,
            ))
            .audit(explained(
                "patient.absorbed",
                &survivor.stream,
                Some(into),
                &json!({"patient": id}),
            ));
        Ok((append, view(&record)?))
    };
    service
        .once(call, MERGE_PATIENT.spec(), &(id, request), decision)
        .await
}

/// Refuses a circle, and more records together than a decision may load.
async fn check_together(
    service: &HospitalService,
    call: &Call,
    id: PatientId,
    into: PatientId,
) -> Result<()> {
    let (one, other) = (
        person(service, call, id).await?,
        person(service, call, into).await?,
    );
    let other: BTreeSet<_> = other.ids().collect();
    if other.contains(&id) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "conflict",
            "Both are records of one person already.",
        ));
    }
    check_merged(one.records.len() + other.len() - 1)
}

/// Takes a merge back.
pub(super) async fn unmerge_patient(
    service: &HospitalService,
    allowed: Allowed<'_, MergePatients>,
    id: PatientId,
    request: ReasonRequest,
) -> Result<Patient> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::reason(&request.reason)?;
        let mut record: Loaded<patient::Patient> = service.load(call, id.as_uuid()).await?;
        let from = record.state.merged_into;
        let event = record.state.decide(Command::Unmerge {
            reason: reason.clone(),
        })?;
        let mut append = service.keep(append, &mut record, event)?;
        if let Some(from) = from {
            let mut survivor: Loaded<patient::Patient> = service.load(call, from.as_uuid()).await?;
            let separated = survivor.state.decide(Command::Separate(id))?;
            append = service.keep(append, &mut survivor, separated)?;
            let details = json!({"patient": id});
            let entry = explained("patient.separated", &survivor.stream, Some(from), &details);
            append = append.audit(entry);
        }
        let details = json!({"from": from, "reason": reason});
        let entry = explained("patient.unmerged", &record.stream, Some(id), &details);
        Ok((append.audit(entry), view(&record)?))
    };
    service
        .once(call, UNMERGE_PATIENT.spec(), &(id, request), decision)
        .await
}
