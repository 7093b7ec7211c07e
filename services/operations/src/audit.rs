//! Audit trails.

use medcover_contract_operations::permissions::{ReadDisclosures, VerifyAudit};
use medcover_contract_operations::{
    AuditFault, AuditVerification, Disclosure, Disclosures, TrailReport,
};
use medcover_kernel::{Allowed, Error, Limit, Result};
use medcover_store::{AuditFaultKind, AuditOutcome, AuditRecord};
use uuid::Uuid;

use crate::{Operations, of_the_installation};

pub(crate) async fn verify(
    operations: &Operations,
    allowed: Allowed<'_, VerifyAudit>,
) -> Result<AuditVerification> {
    of_the_installation(&allowed)?;
    let mut trails = Vec::with_capacity(operations.parts.len());
    for part in operations.parts.iter() {
        let report = part.store.verify_audit().await?;
        trails.push(TrailReport {
            service: part.name.to_owned(),
            chains: report.chains,
            records: report.records,
            anchors: report.anchors,
            faults: report.faults.iter().map(fault).collect(),
        });
    }
    Ok(AuditVerification {
        whole: trails.iter().all(|trail| trail.faults.is_empty()),
        trails,
    })
}

pub(crate) async fn disclosures(
    operations: &Operations,
    allowed: Allowed<'_, ReadDisclosures>,
    at: (&str, Uuid),
    after: u64,
    limit: Limit,
) -> Result<Disclosures> {
    let (service, person) = at;
    let store = &operations.part(service)?.store;
    let records = store.disclosures(allowed.tenant, person, after, limit.get());
    let records = records.await?;
    let full = records.len() == limit.get();
    let next = records.last().filter(|_| full).map(|last| last.sequence);
    let disclosures = records.into_iter().map(disclosure);
    Ok(Disclosures {
        disclosures: disclosures.collect::<Result<_>>()?,
        next,
    })
}

fn disclosure(record: AuditRecord) -> Result<Disclosure> {
    let entry = record.entry;
    let outcome = match entry.outcome {
        AuditOutcome::Done => "done",
        AuditOutcome::Refused => "refused",
        AuditOutcome::Failed => "failed",
    };
    Ok(Disclosure {
        sequence: record.sequence,
        at: record.recorded_at.to_string(),
        actor: record.actor.to_string(),
        purpose: record.purpose.to_string(),
        action: entry.action.into_owned(),
        subject: entry.subject,
        outcome: outcome.to_owned(),
        correlation: record.correlation.as_uuid(),
        details: entry.details.read().map_err(Error::internal)?,
    })
}

fn fault(fault: &medcover_store::AuditFault) -> AuditFault {
    let (kind, what) = told(fault.kind);
    AuditFault {
        tenant: fault.tenant.as_uuid(),
        partition: fault.partition,
        sequence: fault.sequence,
        kind: kind.to_owned(),
        what: what.to_owned(),
    }
}

const fn told(kind: AuditFaultKind) -> (&'static str, &'static str) {
    match kind {
        AuditFaultKind::Changed => (
            "changed",
            "The record or the one before it is not what was written.",
        ),
        AuditFaultKind::Deleted => (
            "deleted",
            "The record is gone, though later ones are there.",
        ),
        AuditFaultKind::Moved => ("moved", "The record was written for another place."),
        AuditFaultKind::CutOff => (
            "cut-off",
            "The chain ends before this record, which was anchored or counted.",
        ),
        AuditFaultKind::Rewritten => (
            "rewritten",
            "Another record was anchored at this place: the chain was written anew.",
        ),
        AuditFaultKind::Added => (
            "added",
            "Records from here on are not known to the head of the chain.",
        ),
        AuditFaultKind::AnchorChanged => (
            "anchor-changed",
            "The anchors before the one that names this record were changed.",
        ),
    }
}
