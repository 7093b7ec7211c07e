//! Looking at where a state stands, as the services themselves see it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use medcover_kernel::{Call, Clock, Rng, SystemRng, TenantId, Timestamp};
use medcover_store::Standing;

use super::files::{digest, hex};
use super::totals::{LedgerTotals, ServiceTotals, Totals};
use crate::settings::Settings;
use crate::state::State;
use crate::stores::Opened;

/// How long the books of one tenant may take to be added up.
const PATIENCE: Duration = Duration::from_mins(10);

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) totals: Totals,
    /// When the last event of all services was kept.
    pub(super) last: Option<Timestamp>,
    /// What is not as it must be, in words.
    pub(super) faults: Vec<String>,
}

/// Opens the state that `settings` name in the data folder `data`, and says where it stands. Read models that are not complete
/// are made from the log. Where it is to be `thorough`, every record of the audit trails is read.
pub(super) async fn look(
    settings: &Settings,
    data: &Path,
    clock: &Arc<dyn Clock>,
    thorough: bool,
) -> Result<Seen> {
    let mut settings = settings.clone();
    data.clone_into(&mut settings.data.dir);
    let state = State::open(&settings, &settings.roles()?, clock).await?;
    let seen = look_at(&state, clock, thorough).await;
    state.close().await;
    seen
}

/// The same of a state that is open.
pub(super) async fn look_at(state: &State, clock: &Arc<dyn Clock>, thorough: bool) -> Result<Seen> {
    let (mut totals, mut last, mut faults) = (Totals::default(), None, Vec::new());
    for opened in state.opened() {
        let standing = opened.standing().await?;
        if opened.service == "billing" {
            totals.ledgers = ledgers(state, &standing, clock).await?;
        }
        totals.services.push(of_service(opened.service, &standing));
        last = last.max(opened.kept_at(standing.position).await?);
        if thorough {
            faults.extend(audit_faults(opened).await?);
        }
    }
    let unbalanced = totals.ledgers.iter().filter(|it| !it.balanced);
    faults.extend(unbalanced.map(|it| format!("the books of tenant {} do not balance", it.tenant)));
    Ok(Seen {
        totals,
        last,
        faults,
    })
}

pub(super) fn of_service(service: &str, standing: &Standing) -> ServiceTotals {
    let mut heads = String::new();
    for head in &standing.chains {
        let hash = hex(&head.hash);
        let (tenant, chain, sequence) = (head.tenant, head.partition, head.sequence);
        writeln!(heads, "{tenant} {chain} {sequence} {hash}")
            .expect("writing to a string succeeds");
    }
    ServiceTotals {
        service: service.to_owned(),
        position: standing.position.get(),
        audit_chains: standing.chains.len() as u64,
        audit_records: standing.chains.iter().map(|it| it.sequence).sum(),
        audit_heads: digest(heads.as_bytes()),
    }
}

async fn audit_faults(opened: &Opened) -> Result<Vec<String>> {
    let report = opened.verify_audit().await?;
    let told = report.faults.iter().map(|fault| {
        format!(
            "the audit trail of {} is not whole: tenant {} chain {} record {} ({:?})",
            opened.service, fault.tenant, fault.partition, fault.sequence, fault.kind
        )
    });
    Ok(told.collect())
}

/// The books of every tenant of which billing has an audit trail: whatever is booked leaves a record there.
async fn ledgers(
    state: &State,
    standing: &Standing,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<LedgerTotals>> {
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let Some(billing) = state.coverage.billing(clock, &rng) else {
        return Ok(Vec::new());
    };
    let tenants: BTreeSet<TenantId> = standing.chains.iter().map(|it| it.tenant).collect();
    let mut ledgers = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let call = Call::operator(PATIENCE, &**clock, &*rng).for_tenant(tenant);
        let balance = billing.api().trial_balance(&call).await?;
        let mut lines = balance.lines;
        lines.sort_by_key(|it| {
            (
                it.layer.clone(),
                it.currency.to_string(),
                it.account.clone(),
            )
        });
        ledgers.push(LedgerTotals {
            tenant: tenant.as_uuid(),
            balanced: balance.balanced,
            lines,
        });
    }
    Ok(ledgers)
}
