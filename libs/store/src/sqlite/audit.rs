//! The audit trail of the SQLite engine.

use std::collections::{BTreeMap, BTreeSet};

use medcover_kernel::TenantId;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::anchor_file::{AnchorFile, read_text};
use super::cells::{fetch, statement, tenant_cell, tenant_value};
use super::{Core, unavailable};
use crate::audit::anchor::{Anchoring, Anchors, ChainId};
use crate::audit::chain::Head;
use crate::audit::verify::{AuditRow, ChainCheck};
use crate::cell::{self, Cells, number};
use crate::core_tables::{AUDIT, AUDIT_ANCHOR, AUDIT_HEAD};
use crate::sql::Sql;
use crate::{AuditFault, AuditRecord, AuditReport, StoreError, Table, Value, limits};

/// The records that a statement returns whose parameters are tenant, a value, sequence after which, and limit.
pub(super) async fn records(
    connection: &mut SqliteConnection,
    sql: &Sql,
    tenant: TenantId,
    of: Value,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditRecord>, StoreError> {
    let limit = cell::limit(limit.min(limits::PAGE));
    let values = [tenant_value(tenant), of, number(after), limit];
    let rows = fetch(connection, sql, &values, &AUDIT).await?;
    let records = rows.iter().map(|(_, row)| AuditRow::record(row));
    Ok(records.collect::<Result<_, _>>()?)
}

/// Heads that the anchor file does not reach, because the process ended before it was their turn.
pub(super) async fn unanchored(
    core: &Core,
    connection: &mut SqliteConnection,
    file: &AnchorFile,
) -> Result<Anchoring, StoreError> {
    let now = core.clock.now();
    let mut anchoring = Anchoring::default();
    for (chain, head) in heads(core, connection).await? {
        // A head that stands before its anchor is a fault for `verify` to name, not one to put a seal on.
        if head.sequence > file.reached(chain) {
            anchoring.add(chain, head, now);
        }
    }
    Ok(anchoring)
}

async fn heads(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<ChainId, Head>, StoreError> {
    let sql = &core.statements.fixed.heads;
    let rows = fetch(connection, sql, &[], &AUDIT_HEAD).await?;
    let heads = rows.iter().map(|(tenant, row)| {
        let chain = Cells::of(&AUDIT_HEAD, row).number()?;
        Ok(((*tenant, chain), Head::read(Some(row))?))
    });
    heads.collect()
}

/// Checks every chain as it stands at one moment, while others go on writing.
pub(super) async fn verify(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<AuditReport, StoreError> {
    // The file before the database: what an anchor names is in the database by then.
    let text =
        read_text(&core.anchor_path).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let mut snapshot = connection
        .begin()
        .await
        .map_err(|error| unavailable(&error))?;
    let report = check(core, &mut snapshot, Anchors::read(&text)).await?;
    snapshot
        .rollback()
        .await
        .map_err(|error| unavailable(&error))?;
    Ok(report)
}

async fn check(
    core: &Core,
    connection: &mut SqliteConnection,
    mut anchors: Anchors,
) -> Result<AuditReport, StoreError> {
    let heads = heads(core, connection).await?;
    let mut chains = chains(core, connection).await?;
    chains.extend(anchors.heads.keys());
    let mut report = AuditReport {
        faults: std::mem::take(&mut anchors.faults),
        ..AuditReport::default()
    };
    for chain in chains {
        let head = heads.get(&chain).cloned().unwrap_or_default();
        let mut known = in_table(core, connection, chain).await?;
        // Where both name a place, the file is believed: it is harder to reach.
        known.extend(anchors.heads.remove(&chain).unwrap_or_default());
        report.anchors += known.len() as u64;
        let (records, faults) = check_chain(core, connection, chain, known, &head).await?;
        report.records += records;
        report.faults.extend(faults);
        report.chains += 1;
    }
    Ok(report)
}

async fn check_chain(
    core: &Core,
    connection: &mut SqliteConnection,
    chain: ChainId,
    anchors: BTreeMap<u64, [u8; 32]>,
    head: &Head,
) -> Result<(u64, Vec<AuditFault>), StoreError> {
    let mut check = ChainCheck::new(chain.0, chain.1, anchors);
    let (mut after, mut records) = (0, 0);
    loop {
        let page = page(
            connection,
            &core.statements.fixed.audit,
            chain,
            after,
            &AUDIT,
        )
        .await?;
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
    connection: &mut SqliteConnection,
    chain: ChainId,
) -> Result<BTreeMap<u64, [u8; 32]>, StoreError> {
    let mut anchors = BTreeMap::new();
    let mut after = 0;
    loop {
        let sql = &core.statements.fixed.anchors;
        let page = page(connection, sql, chain, after, &AUDIT_ANCHOR).await?;
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
    connection: &mut SqliteConnection,
    sql: &Sql,
    (tenant, chain): ChainId,
    after: u64,
    table: &'static Table,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let limit = cell::limit(limits::PAGE);
    let chain = Value::Integer(chain.into());
    let values = [tenant_value(tenant), chain, number(after), limit];
    let rows = fetch(connection, sql, &values, table).await?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

async fn chains(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<BTreeSet<ChainId>, StoreError> {
    let rows = statement(&core.statements.fixed.chains)
        .fetch_all(connection)
        .await
        .map_err(|error| unavailable(&error))?;
    let chains = rows.iter().map(|row| {
        let tenant = tenant_cell(row, 0)?;
        let chain: i64 = row.try_get(1).map_err(|error| unavailable(&error))?;
        Ok((tenant, chain as u16))
    });
    chains.collect()
}
