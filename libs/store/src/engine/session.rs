//! What the engines ask of a database, whatever its make.

use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::TenantId;

use super::unavailable;
use crate::cell::RowKey;
use crate::sql::Sql;
use crate::{ColumnKind, Corrupt, StoreError, Table, Value};

/// A cell as it was read, or why it is not what its column holds.
pub(crate) type Cell = Result<Value, String>;

/// The cells of the rows that a statement returns.
pub(crate) type Fetched = Result<Vec<Vec<Cell>>, sqlx::Error>;

/// Whoever can be asked.
#[async_trait]
pub trait Fetch: Send {
    /// The rows of a reading statement, the cells of each as `kinds` says.
    async fn fetch(&mut self, sql: &Sql, values: Vec<Value>, kinds: &[ColumnKind]) -> Fetched;
}

/// A connection to a database.
#[async_trait]
pub trait Session: Fetch {
    /// Runs a writing statement; how many rows it has touched.
    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error>;

    /// Runs a statement without parameters that is not to be kept prepared.
    async fn run(&mut self, text: String) -> Result<(), sqlx::Error>;
}

/// The connection that writes.
#[async_trait]
pub(crate) trait WriteSession: Send {
    /// Begins a transaction in which nobody else writes, on a new connection where the last one has ended.
    async fn begin(&mut self) -> Result<(), sqlx::Error>;
    /// Makes what was written since last. After an error it is not known whether that has happened.
    async fn commit(&mut self) -> Result<(), sqlx::Error>;
    /// Gives up what was written since, if there is a transaction still.
    async fn rollback(&mut self);
    /// The connection, within the transaction.
    fn session(&mut self) -> &mut dyn Session;
    /// What to do after a transaction of which nothing was kept.
    fn after_failure(&mut self) -> AfterFailure {
        AfterFailure::OneByOne
    }
    /// Ends the connection.
    async fn close(self: Box<Self>);
}

/// What to do after a transaction of which nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// The database has answered: it may be one of many things in it that cannot be written.
    OneByOne,
    /// The connection was lost: the same again after this time.
    Again(Duration),
    /// Nobody answers.
    GiveUp,
}

/// A tenant as a value.
pub(crate) const fn tenant_value(tenant: TenantId) -> Value {
    Value::Id(tenant.as_uuid())
}

/// The values that name the rows with `keys`.
pub(crate) fn key_values<'a>(keys: impl IntoIterator<Item = &'a RowKey>) -> Vec<Value> {
    let keys = keys.into_iter();
    keys.flat_map(|key| std::iter::once(tenant_value(key.tenant)).chain(key.key.iter().cloned()))
        .collect()
}

/// The rows of `table` that a reading statement returns for these values: the tenant of each, and the values of
/// [`Table::all`].
pub(crate) async fn rows(
    session: &mut dyn Fetch,
    sql: &Sql,
    values: Vec<Value>,
    table: &Table,
) -> Result<Vec<(TenantId, Vec<Value>)>, StoreError> {
    let columns = table.all().map(|column| column.kind);
    let kinds: Vec<_> = std::iter::once(ColumnKind::Id).chain(columns).collect();
    let rows = session.fetch(sql, values, &kinds).await;
    let rows = rows.map_err(|error| unavailable(&error))?;
    rows.into_iter().map(|row| read(table, row)).collect()
}

/// What a question came to whose answer must know all of the log.
pub(crate) enum Gated {
    /// The rows, as of [`rows`].
    Rows(Vec<(TenantId, Vec<Value>)>),
    /// The rows do not know yet of events up to this position.
    Behind(i64),
}

/// The rows of `table` that a gated statement returns: before those of [`rows`], its cells say where the log ends and where the
/// read models. The last of `values` is how far these must have come.
pub(crate) async fn gated_rows(
    session: &mut dyn Fetch,
    sql: &Sql,
    values: Vec<Value>,
    table: &Table,
) -> Result<Result<Gated, sqlx::Error>, StoreError> {
    let floor = values.last().and_then(Value::as_integer).copied();
    let columns = table.all().map(|column| column.kind);
    let ends = [ColumnKind::Integer, ColumnKind::Integer, ColumnKind::Id];
    let kinds: Vec<_> = ends.into_iter().chain(columns).collect();
    let found = match session.fetch(sql, values, &kinds).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let mut kept = Vec::with_capacity(found.len());
    for mut row in found {
        let cells = row.split_off(2.min(row.len()));
        let end = |at: usize| row.get(at)?.as_ref().ok()?.as_integer().copied();
        let (log, views) = (end(0).unwrap_or(0), end(1).unwrap_or(-1));
        let floor = floor.unwrap_or(i64::MAX).min(log);
        if views < floor {
            return Ok(Ok(Gated::Behind(floor)));
        }
        // The row that is always there has nothing in it where nothing was found.
        if cells.first() != Some(&Ok(Value::Null)) {
            kept.push(read(table, cells)?);
        }
    }
    Ok(Ok(Gated::Rows(kept)))
}

/// The cells of a row that is no table's.
pub(crate) async fn cells(
    session: &mut dyn Fetch,
    sql: &Sql,
    values: Vec<Value>,
    kinds: &[ColumnKind],
) -> Result<Vec<Vec<Value>>, StoreError> {
    let rows = session.fetch(sql, values, kinds).await;
    let rows = rows.map_err(|error| unavailable(&error))?;
    rows.into_iter()
        .map(|row| row.into_iter().collect::<Result<_, _>>())
        .collect::<Result<_, _>>()
        .map_err(StoreError::Unavailable)
}

/// The tenant in a cell.
pub(crate) fn tenant(cell: &Value) -> Result<TenantId, StoreError> {
    let id = cell.as_id().copied().map(TenantId::from_uuid);
    id.ok_or_else(|| StoreError::Unavailable("a row has no tenant".to_owned()))
}

fn read(table: &Table, row: Vec<Cell>) -> Result<(TenantId, Vec<Value>), StoreError> {
    if let Some(at) = row.iter().position(Result::is_err) {
        return Err(corrupt(table, &row, at).into());
    }
    let mut cells = row.into_iter().flatten();
    let tenant = tenant(&cells.next().unwrap_or(Value::Null))?;
    Ok((tenant, cells.collect()))
}

fn corrupt(table: &Table, row: &[Cell], at: usize) -> Corrupt {
    let column = match at {
        0 => "tenant_id",
        _ => table.all().nth(at - 1).map_or("?", |column| column.name),
    };
    let detail = row[at].as_ref().err().cloned().unwrap_or_default();
    // The key, as far as it can be read.
    let key = row.iter().skip(1).take(table.key.len());
    let key = key.map(|cell| cell.as_ref().map(|value| format!("{value:?}")));
    let key: Vec<_> = key.map(Result::unwrap_or_default).collect();
    Corrupt {
        table: table.name.into(),
        column: column.into(),
        row: key.join(", "),
        detail,
    }
}
