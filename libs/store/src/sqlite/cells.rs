//! Values to and from the driver.

use medcover_kernel::{TenantId, Timestamp};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::unavailable;
use crate::cell::RowKey;
use crate::sql::Sql;
use crate::{CanonicalJson, Column, ColumnKind, Corrupt, StoreError, Table, Value};

/// A statement with its values.
pub(super) type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// The statement `sql`, which no value has entered: all of them are generated from constants.
pub(super) fn statement<'q>(sql: &Sql) -> Bound<'q> {
    sqlx::query(AssertSqlSafe(Sql::clone(sql)))
}

/// Gives the next parameter its value.
pub(super) fn bind<'q>(statement: Bound<'q>, value: &Value) -> Bound<'q> {
    match value {
        Value::Null => statement.bind(None::<i64>),
        Value::Id(id) => statement.bind(id.as_bytes().to_vec()),
        Value::Text(text) => statement.bind(text.clone()),
        Value::Integer(number) => statement.bind(*number),
        Value::Boolean(yes) => statement.bind(i64::from(*yes)),
        Value::Timestamp(moment) => statement.bind(moment.as_micros()),
        Value::Json(json) => statement.bind(json.as_str().to_owned()),
        Value::Bytes(bytes) => statement.bind(bytes.clone()),
    }
}

pub(super) fn bind_all<'q, 'v>(
    statement: Bound<'q>,
    values: impl IntoIterator<Item = &'v Value>,
) -> Bound<'q> {
    values.into_iter().fold(statement, bind)
}

/// A tenant as a value.
pub(super) const fn tenant_value(tenant: TenantId) -> Value {
    Value::Id(tenant.as_uuid())
}

pub(super) fn bind_key<'q>(statement: Bound<'q>, key: &RowKey) -> Bound<'q> {
    let statement = bind(statement, &tenant_value(key.tenant));
    bind_all(statement, &key.key)
}

/// The rows of `table` that a reading statement returns for these values.
pub(super) async fn fetch(
    connection: &mut SqliteConnection,
    sql: &Sql,
    values: &[Value],
    table: &Table,
) -> Result<Vec<(TenantId, Vec<Value>)>, StoreError> {
    let rows = bind_all(statement(sql), values).fetch_all(connection).await;
    let rows = rows.map_err(|error| unavailable(&error))?;
    rows.iter().map(|row| read(table, row)).collect()
}

/// The tenant in a cell of a row that is no table's.
pub(super) fn tenant_cell(row: &SqliteRow, at: usize) -> Result<TenantId, StoreError> {
    let bytes: &[u8] = row.try_get(at).map_err(|error| unavailable(&error))?;
    let id = Uuid::from_slice(bytes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(TenantId::from_uuid(id))
}

/// The row of `table` that a reading statement has returned: its tenant, and the values of [`Table::all`].
pub(super) fn read(table: &Table, row: &SqliteRow) -> Result<(TenantId, Vec<Value>), StoreError> {
    const TENANT: Column = Column::of("tenant_id", ColumnKind::Id);
    let tenant = match cell(table, row, 0, &TENANT)? {
        Value::Id(id) => TenantId::from_uuid(id),
        _ => return Err(corrupt(table, &TENANT, row, "holds no id").into()),
    };
    let values = table.all().enumerate();
    let values: Result<_, _> = values
        .map(|(at, column)| cell(table, row, at + 1, column))
        .collect();
    Ok((tenant, values?))
}

fn cell(table: &Table, row: &SqliteRow, at: usize, column: &Column) -> Result<Value, StoreError> {
    let wrong = |error: sqlx::Error| match error {
        sqlx::Error::ColumnDecode { source, .. } => {
            StoreError::from(corrupt(table, column, row, &source.to_string()))
        }
        other => unavailable(&other),
    };
    let value = match column.kind {
        ColumnKind::Id => match row.try_get::<Option<&[u8]>, _>(at).map_err(wrong)? {
            Some(bytes) => Uuid::from_slice(bytes)
                .map_err(|error| corrupt(table, column, row, &error.to_string()))?
                .into(),
            None => Value::Null,
        },
        ColumnKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at).map_err(wrong)?.into(),
        ColumnKind::Text => row.try_get::<Option<String>, _>(at).map_err(wrong)?.into(),
        ColumnKind::Json | ColumnKind::Canonical => {
            let text = row.try_get::<Option<String>, _>(at).map_err(wrong)?;
            text.map(CanonicalJson::from_stored).into()
        }
        ColumnKind::Integer => row.try_get::<Option<i64>, _>(at).map_err(wrong)?.into(),
        ColumnKind::Boolean => {
            let number = row.try_get::<Option<i64>, _>(at).map_err(wrong)?;
            number.map(|number| number != 0).into()
        }
        ColumnKind::Timestamp => {
            let micros = row.try_get::<Option<i64>, _>(at).map_err(wrong)?;
            micros.map(Timestamp::from_micros).into()
        }
    };
    Ok(value)
}

fn corrupt(table: &Table, column: &Column, row: &SqliteRow, detail: &str) -> Corrupt {
    // The first cells are the key, as far as they can be read.
    let key = (1..=table.key.len()).map(|at| {
        let number = row.try_get::<i64, _>(at).map(|it| it.to_string());
        let text = || row.try_get::<String, _>(at);
        let id = || {
            row.try_get::<&[u8], _>(at)
                .map(|bytes| format!("{bytes:02x?}"))
        };
        number
            .or_else(|_| text())
            .or_else(|_| id())
            .unwrap_or_default()
    });
    Corrupt {
        table: table.name.into(),
        column: column.name.into(),
        row: key.collect::<Vec<_>>().join(", "),
        detail: detail.to_owned(),
    }
}
