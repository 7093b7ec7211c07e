//! `medcover audit`.

use anyhow::{Result, bail};
use medcover_contract_operations::AuditVerification;

use super::AtHand;
use super::reach::with_services;
use crate::cli::Audit;
use crate::terminal::{self, Lines};

pub(crate) fn run(at_hand: &AtHand, Audit::Verify: &Audit) -> Result<()> {
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
