//! Values to and from PostgreSQL, in its binary form.

use async_trait::async_trait;
use medcover_kernel::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, PgValueFormat};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Encode, PgConnection, Postgres, Row as _, Type, ValueRef as _};
use uuid::Uuid;

use crate::engine::session::{Cell, Fetch, Fetched, Session};
use crate::sql::Sql;
use crate::{CanonicalJson, ColumnKind, Value};

/// From the beginning of our time to that of PostgreSQL's, 2000-01-01, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;
/// The first byte of `jsonb` in binary form.
const JSONB_VERSION: u8 = 1;

#[async_trait]
impl Fetch for PgConnection {
    async fn fetch(&mut self, sql: &Sql, values: Vec<Value>, kinds: &[ColumnKind]) -> Fetched {
        let rows = statement(sql, values).fetch_all(self).await?;
        let read = |row: &PgRow| {
            let kinds = kinds.iter().enumerate();
            kinds.map(|(at, kind)| cell(row, at, *kind)).collect()
        };
        Ok(rows.iter().map(read).collect())
    }
}

#[async_trait]
impl Session for PgConnection {
    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let done = statement(sql, values).execute(self).await?;
        Ok(done.rows_affected())
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        query.execute(self).await.map(drop)
    }
}

/// A value on its way into a statement.
struct Bound(Value);

impl Type<Postgres> for Bound {
    fn type_info() -> PgTypeInfo {
        // "unknown": the server finds out from where the parameter stands.
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl Encode<'_, Postgres> for Bound {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Id(id) => buffer.extend_from_slice(id.as_bytes()),
            Value::Text(text) => buffer.extend_from_slice(text.as_bytes()),
            Value::Integer(number) => buffer.extend_from_slice(&number.to_be_bytes()),
            Value::Boolean(yes) => buffer.extend_from_slice(&[u8::from(*yes)]),
            Value::Timestamp(moment) => {
                let micros = moment.as_micros().checked_sub(EPOCH);
                let micros = micros.ok_or("the moment is before the calendar of PostgreSQL")?;
                buffer.extend_from_slice(&micros.to_be_bytes());
            }
            Value::Json(json) => buffer.extend_from_slice(json.as_str().as_bytes()),
            Value::Bytes(bytes) => buffer.extend_from_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        // The numbers of the built-in types, as `pg_type` has them.
        let oid = match &self.0 {
            Value::Null => return None,
            Value::Id(_) => 2950,
            Value::Text(_) | Value::Json(_) => 25,
            Value::Integer(_) => 20,
            Value::Boolean(_) => 16,
            Value::Timestamp(_) => 1184,
            Value::Bytes(_) => 17,
        };
        Some(PgTypeInfo::with_oid(Oid(oid)))
    }
}

/// The statement `sql`, which no value has entered: all of them are generated from constants.
fn statement<'q>(sql: &Sql, values: Vec<Value>) -> Query<'q, Postgres, PgArguments> {
    let statement = sqlx::query(AssertSqlSafe(Sql::clone(sql)));
    values
        .into_iter()
        .fold(statement, |statement, value| statement.bind(Bound(value)))
}

fn cell(row: &PgRow, at: usize, kind: ColumnKind) -> Cell {
    let value = row.try_get_raw(at).map_err(|error| error.to_string())?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    if value.format() != PgValueFormat::Binary {
        return Err("is not in binary form".to_owned());
    }
    let bytes = value.as_bytes().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| {
        let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
        Ok::<_, String>(text.to_owned())
    };
    Ok(match kind {
        ColumnKind::Id => Uuid::from_slice(bytes)
            .map_err(|error| error.to_string())?
            .into(),
        ColumnKind::Bytes => bytes.to_vec().into(),
        ColumnKind::Text => text(bytes)?.into(),
        ColumnKind::Canonical => CanonicalJson::from_stored(text(bytes)?).into(),
        ColumnKind::Json => json(bytes)?.into(),
        ColumnKind::Integer => number(bytes)?.into(),
        ColumnKind::Boolean => (bytes == [1]).into(),
        ColumnKind::Timestamp => {
            let micros = number(bytes)?.checked_add(EPOCH);
            let micros = micros.ok_or("is beyond our calendar")?;
            Timestamp::from_micros(micros).into()
        }
    })
}

fn number(bytes: &[u8]) -> Result<i64, String> {
    let bytes = bytes.try_into();
    bytes
        .map(i64::from_be_bytes)
        .map_err(|_| "is not of eight bytes".to_owned())
}

/// `jsonb` has an order of its own, so what it holds is made canonical again.
fn json(bytes: &[u8]) -> Result<CanonicalJson, String> {
    let text = bytes.strip_prefix(&[JSONB_VERSION]);
    let text = text.ok_or("is not of a known version of jsonb")?;
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| error.to_string())?;
    CanonicalJson::of(&value).map_err(|error| error.to_string())
}
