//! `medcover audit`.

use anyhow::{Context as _, Result, bail};
use medcover_contract_operations::AuditVerification;
use medcover_store::spool_files;
use serde::Serialize;
use serde_json::json;

use super::AtHand;
use super::reach::with_services;
use crate::cli::Audit;
use crate::roles::Role;
use crate::stores::SPOOL;
use crate::terminal::{self, Lines};

pub(crate) fn run(at_hand: &AtHand, what: &Audit) -> Result<()> {
    match what {
        Audit::Verify => verify(at_hand),
        Audit::Spool => spool(at_hand),
    }
}

fn verify(at_hand: &AtHand) -> Result<()> {
    let found = with_services(at_hand, None, async |reach| {
        Ok(reach.operations.verify_audit(&reach.call).await?)
    })?;
    if at_hand.global.json {
        terminal::print_json(&found)?;
    } else {
        terminal::print(as_text(&found).text())?;
    }
    if !found.whole {
        bail!("the audit trail is not what it was");
    }
    Ok(())
}

/// A file of audit records that wait, of a service.
#[derive(Serialize)]
struct Waiting {
    service: String,
    file: String,
    records: u64,
    bytes: u64,
    oldest: Option<String>,
    /// Whether the last record has no end.
    torn: bool,
    fault: Option<String>,
}

/// Reads the files, whoever writes to them meanwhile.
fn spool(at_hand: &AtHand) -> Result<()> {
    let data = &at_hand.settings.value.data.dir;
    let mut files = Vec::new();
    for role in Role::ALL {
        let folder = data.join(role.name()).join(SPOOL);
        let found = spool_files(&folder);
        let found = found.with_context(|| format!("cannot read {}", folder.display()))?;
        files.extend(found.into_iter().map(|it| Waiting {
            service: role.name().to_owned(),
            file: it.name,
            records: it.records,
            bytes: it.bytes,
            oldest: it.oldest.map(|at| at.to_string()),
            torn: it.torn,
            fault: it.fault,
        }));
    }
    if at_hand.global.json {
        terminal::print_json(&json!({"files": files}))?;
    } else {
        terminal::print(listed(&files).text())?;
    }
    if files.iter().any(|it| it.fault.is_some()) {
        bail!("the spool of the audit trail is not what was written");
    }
    Ok(())
}

fn listed(files: &[Waiting]) -> Lines {
    let mut lines = Lines::default();
    if files.is_empty() {
        lines.add("Nothing waits for the database.");
    }
    for it in files {
        let since = it.oldest.as_ref().map(|at| format!(" since {at}"));
        let state = match (&it.fault, it.torn) {
            (Some(fault), _) => format!("NOT WHOLE: {fault}"),
            (None, true) => {
                "whole but for a record that is being written, or was not finished".to_owned()
            }
            (None, false) => "whole".to_owned(),
        };
        lines.add(format_args!(
            "{} {}: {} records wait{}: {state}",
            it.service,
            it.file,
            it.records,
            since.unwrap_or_default()
        ));
    }
    lines
}

fn as_text(found: &AuditVerification) -> Lines {
    let mut lines = Lines::default();
    for trail in &found.trails {
        lines.add(format_args!(
            "{}: {} records in {} chains, {} anchors: {}",
            trail.service,
            trail.records,
            trail.chains,
            trail.anchors,
            if trail.faults.is_empty() {
                "whole"
            } else {
                "NOT WHOLE"
            }
        ));
        for fault in &trail.faults {
            lines.add(format_args!(
                "  tenant {} chain {} record {}: {} {}",
                fault.tenant, fault.partition, fault.sequence, fault.kind, fault.what
            ));
        }
    }
    lines
}
