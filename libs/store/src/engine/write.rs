//! Rows to and from the tables, many at a time.

use super::session::{Fetch, Session, key_values, rows, tenant_value};
use super::{Core, unavailable};
use crate::cell::RowKey;
use crate::plan::{Heads, Plan};
use crate::rows::log_row;
use crate::{Recorded, StoreError, Table, Value};

/// The rows that are there of those with `keys`, which are of one table.
pub(super) async fn fetch(
    core: &Core,
    session: &mut dyn Fetch,
    keys: &[RowKey],
) -> Result<Vec<(RowKey, Vec<Value>)>, StoreError> {
    let Some(table) = keys.first().map(|key| key.table) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (sql, part) in known(core, table)?.fetch.parts(keys) {
        for (tenant, row) in rows(session, sql, key_values(part), table).await? {
            let key = row[..table.key.len()].to_vec();
            found.push((RowKey::new(table, tenant, key), row));
        }
    }
    Ok(found)
}

/// The rows that a plan depends on; `keys` are sorted, so those of a table stand together.
pub(super) async fn heads(
    core: &Core,
    session: &mut dyn Session,
    keys: impl IntoIterator<Item = RowKey> + Send,
) -> Result<Heads, StoreError> {
    let keys: Vec<_> = keys.into_iter().collect();
    let mut heads = Heads::default();
    for of_table in keys.chunk_by(|one, next| one.table == next.table) {
        for (key, row) in fetch(core, session, of_table).await? {
            heads.insert(key, row);
        }
    }
    Ok(heads)
}

/// Writes rows of one table.
pub(super) async fn upsert(
    core: &Core,
    session: &mut dyn Session,
    table: &'static Table,
    rows: &[(&RowKey, &Vec<Value>)],
) -> Result<(), StoreError> {
    for (sql, part) in known(core, table)?.upsert.parts(rows) {
        let values = part
            .iter()
            .flat_map(|(key, row)| with_tenant(tenant_value(key.tenant), row));
        let done = session.execute(sql, values.collect()).await;
        done.map_err(|error| unavailable(&error))?;
    }
    Ok(())
}

async fn delete(
    core: &Core,
    session: &mut dyn Session,
    table: &'static Table,
    keys: &[&RowKey],
) -> Result<(), StoreError> {
    for (sql, part) in known(core, table)?.delete.parts(keys) {
        let values = key_values(part.iter().copied());
        let done = session.execute(sql, values).await;
        done.map_err(|error| unavailable(&error))?;
    }
    Ok(())
}

async fn record(
    core: &Core,
    session: &mut dyn Session,
    events: &[Recorded],
) -> Result<(), StoreError> {
    for (sql, part) in core.statements.record.parts(events) {
        let values = part.iter().flat_map(|recorded| {
            let tenant = tenant_value(recorded.event.tenant);
            std::iter::once(tenant).chain(log_row(recorded))
        });
        let done = session.execute(sql, values.collect()).await;
        done.map_err(|error| unavailable(&error))?;
    }
    Ok(())
}

/// Writes what `plan` says, within the transaction that is open.
pub(super) async fn apply(
    core: &Core,
    session: &mut dyn Session,
    plan: &Plan,
) -> Result<(), StoreError> {
    record(core, session, &plan.events).await?;
    let rows: Vec<_> = plan.rows.iter().collect();
    for of_table in rows.chunk_by(|(one, _), (next, _)| one.table == next.table) {
        let table = of_table[0].0.table;
        let kept: Vec<_> = of_table
            .iter()
            .filter_map(|(key, row)| Some((*key, row.as_ref()?)))
            .collect();
        let gone: Vec<_> = of_table
            .iter()
            .filter(|(_, row)| row.is_none())
            .map(|(key, _)| *key)
            .collect();
        delete(core, session, table, &gone).await?;
        upsert(core, session, table, &kept).await?;
    }
    Ok(())
}

fn with_tenant(tenant: Value, row: &[Value]) -> impl Iterator<Item = Value> {
    std::iter::once(tenant).chain(row.iter().cloned())
}

fn known<'a>(core: &'a Core, table: &Table) -> Result<&'a crate::sql::OfTable, StoreError> {
    let statements = core.statements.table(table);
    statements.ok_or_else(|| StoreError::Invalid(format!("the store has no table {}", table.name)))
}
