//! The audit trail of the engines on SQL.

use std::collections::{BTreeMap, BTreeSet};

use medcover_kernel::TenantId;

use super::Core;
use super::anchor_file::AnchorFile;
use super::session::{Fetch, cells, rows, tenant, tenant_value};
use crate::audit::anchor::{Anchoring, Anchors, ChainId};
use crate::audit::chain::Head;
use crate::audit::verify::{AuditRow, ChainCheck};
use crate::cell::{self, Cells, number};
use crate::core_tables::{AUDIT, AUDIT_ANCHOR, AUDIT_HEAD};
use crate::sql::Sql;
use crate::{AuditFault, AuditRecord, AuditReport, ColumnKind, StoreError, Table, Value, limits};

/// The records that a statement returns whose parameters are tenant, a value, sequence after which, and limit.
pub(super) async fn records(
    session: &mut dyn Fetch,
    sql: &Sql,
    tenant: TenantId,
    of: Value,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditRecord>, StoreError> {
    let limit = cell::limit(limit.min(limits::PAGE));
    let values = vec![tenant_value(tenant), of, number(after), limit];
    let found = rows(session, sql, values, &AUDIT).await?;
    let records = found.iter().map(|(_, row)| AuditRow::record(row));
    Ok(records.collect::<Result<_, _>>()?)
}

/// Heads that the anchor file does not reach, because the process ended before it was their turn.
pub(super) async fn unanchored(
    core: &Core,
    session: &mut dyn Fetch,
    file: &AnchorFile,
) -> Result<Anchoring, StoreError> {
    let now = core.clock.now();
    let mut anchoring = Anchoring::default();
    for (chain, head) in heads(core, session).await? {
        // A head that stands before its anchor is a fault for `verify` to name, not one to put a seal on.
        if head.sequence > file.reached(chain) {
            anchoring.add(chain, head, now);
        }
    }
    Ok(anchoring)
}

pub(super) async fn heads(
    core: &Core,
    session: &mut dyn Fetch,
) -> Result<BTreeMap<ChainId, Head>, StoreError> {
    let sql = &core.statements.fixed.heads;
    let found = rows(session, sql, Vec::new(), &AUDIT_HEAD).await?;
    let heads = found.iter().map(|(tenant, row)| {
        let chain = Cells::of(&AUDIT_HEAD, row).number()?;
        Ok(((*tenant, chain), Head::read(Some(row))?))
    });
    heads.collect()
}

/// Checks every chain as it stands in the transaction that is open, against what stands in the file of anchors.
pub(super) async fn verify(
    core: &Core,
    session: &mut dyn Fetch,
    anchors: &str,
) -> Result<AuditReport, StoreError> {
    let mut anchors = Anchors::read(anchors);
    let heads = heads(core, session).await?;
    let mut chains = chains(core, session).await?;
    chains.extend(anchors.heads.keys());
    let mut report = AuditReport {
        faults: std::mem::take(&mut anchors.faults),
        ..AuditReport::default()
    };
    for chain in chains {
        let head = heads.get(&chain).cloned().unwrap_or_default();
        let mut known = in_table(core, session, chain).await?;
        // Where both name a place, the file is believed: it is harder to reach.
        known.extend(anchors.heads.remove(&chain).unwrap_or_default());
        report.anchors += known.len() as u64;
        let (records, faults) = check_chain(core, session, chain, known, &head).await?;
        report.records += records;
        report.faults.extend(faults);
        report.chains += 1;
    }
    Ok(report)
}

async fn check_chain(
    core: &Core,
    session: &mut dyn Fetch,
    chain: ChainId,
    anchors: BTreeMap<u64, [u8; 32]>,
    head: &Head,
) -> Result<(u64, Vec<AuditFault>), StoreError> {
    let mut check = ChainCheck::new(chain.0, chain.1, anchors);
    let (mut after, mut records) = (0, 0);
    loop {
        let page = page(session, &core.statements.fixed.audit, chain, after, &AUDIT).await?;
        for row in &page {
            let row = AuditRow::read(row)?;
            check.follow(&row);
            (after, records) = (row.sequence, records + 1);
        }
        if page.len() < limits::PAGE {
            return Ok((records, check.finish(head)));
        }
    }
}

/// The anchors of a chain that stand in the database.
async fn in_table(
    core: &Core,
    session: &mut dyn Fetch,
    chain: ChainId,
) -> Result<BTreeMap<u64, [u8; 32]>, StoreError> {
    let mut anchors = BTreeMap::new();
    let mut after = 0;
    loop {
        let sql = &core.statements.fixed.anchors;
        let page = page(session, sql, chain, after, &AUDIT_ANCHOR).await?;
        for row in &page {
            let mut cells = Cells::of(&AUDIT_ANCHOR, row);
            cells.number::<u16>()?;
            after = cells.number()?;
            anchors.insert(after, cells.hash()?);
        }
        if page.len() < limits::PAGE {
            return Ok(anchors);
        }
    }
}

async fn page(
    session: &mut dyn Fetch,
    sql: &Sql,
    (tenant, chain): ChainId,
    after: u64,
    table: &'static Table,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let limit = cell::limit(limits::PAGE);
    let chain = Value::Integer(chain.into());
    let values = vec![tenant_value(tenant), chain, number(after), limit];
    let found = rows(session, sql, values, table).await?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

async fn chains(core: &Core, session: &mut dyn Fetch) -> Result<BTreeSet<ChainId>, StoreError> {
    let kinds = [ColumnKind::Id, ColumnKind::Integer];
    let sql = &core.statements.fixed.chains;
    let found = cells(session, sql, Vec::new(), &kinds).await?;
    let chains = found.iter().map(|row| {
        let chain = row[1].as_integer().copied().unwrap_or_default();
        Ok((tenant(&row[0])?, chain as u16))
    });
    chains.collect()
}
