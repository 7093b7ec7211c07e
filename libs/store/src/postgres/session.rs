//! Values to and from PostgreSQL, in its binary form.

use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgRow, PgTypeInfo, PgValueFormat,
};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Encode, PgConnection, Postgres, Row as _,
    Type, ValueRef as _,
};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use uuid::Uuid;

use crate::engine::session::{Cell, Session, WriteSession};
use crate::sql::Sql;
use crate::{CanonicalJson, ColumnKind, Value};

/// From the beginning of our time to that of PostgreSQL's, 2000-01-01, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;
/// The first byte of `jsonb` in binary form.
const JSONB_VERSION: u8 = 1;

#[async_trait]
impl Session for PgConnection {
    async fn fetch(
        &mut self,
        sql: &Sql,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Cell>>, sqlx::Error> {
        let rows = statement(sql, values).fetch_all(self).await?;
        let read = |row: &PgRow| {
            let kinds = kinds.iter().enumerate();
            kinds.map(|(at, kind)| cell(row, at, *kind)).collect()
        };
        Ok(rows.iter().map(read).collect())
    }

    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let done = statement(sql, values).execute(self).await?;
        Ok(done.rows_affected())
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        query.execute(self).await.map(drop)
    }
}

/// The connection that writes, made anew when it was lost.
pub(super) struct Writing {
    options: PgConnectOptions,
    /// How long the server may take to answer before the connection counts as lost.
    patience: Duration,
    /// Begins a transaction, and waits until nobody else writes.
    begin: String,
    connection: Option<PgConnection>,
}

impl Writing {
    /// A connection by `options` that shares the advisory lock `lock` with everybody who writes to the same schema.
    pub(super) fn new(options: PgConnectOptions, schema: &str, patience: Duration) -> Self {
        /// "MDCV": keeps our locks apart from those of others in the same database.
        const OURS: i32 = 0x4D44_4356;
        Self {
            options,
            patience,
            begin: format!("BEGIN; SELECT pg_advisory_xact_lock({OURS}, hashtext('{schema}'))"),
            connection: None,
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let patience = self.patience;
        let said = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(self.connection()?);
        let said = timeout(patience, said).await;
        let said = self.unless_late(said);
        if said.is_err() {
            // Whatever state it is in, nobody should go on from there.
            self.connection = None;
        }
        said.map(drop)
    }

    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = self.connection.as_mut();
        connection.ok_or_else(|| lost("there is no connection"))
    }

    /// What was answered; a connection on which nobody answers is given up.
    fn unless_late<T>(
        &mut self,
        answered: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, sqlx::Error> {
        answered.unwrap_or_else(|_| {
            self.connection = None;
            Err(lost("the server does not answer"))
        })
    }

    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        let connected = timeout(self.patience, self.options.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err(lost("the server does not answer")));
        self.connection = Some(connected?);
        Ok(())
    }
}

#[async_trait]
impl Session for Writing {
    async fn fetch(
        &mut self,
        sql: &Sql,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Cell>>, sqlx::Error> {
        let patience = self.patience;
        let fetched = self.connection()?.fetch(sql, values, kinds);
        let fetched = timeout(patience, fetched).await;
        self.unless_late(fetched)
    }

    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let patience = self.patience;
        let executed = Session::execute(self.connection()?, sql, values);
        let executed = timeout(patience, executed).await;
        self.unless_late(executed)
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let patience = self.patience;
        let ran = timeout(patience, self.connection()?.run(text)).await;
        self.unless_late(ran)
    }
}

#[async_trait]
impl WriteSession for Writing {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let begin = self.begin.clone();
        if self.connection.is_some() && self.say(&begin).await.is_ok() {
            return Ok(());
        }
        self.connect().await?;
        self.say(&begin).await
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.say("COMMIT").await
    }

    async fn rollback(&mut self) {
        // If this fails the connection is dropped, and the server rolls back by itself.
        let _ = self.say("ROLLBACK").await;
    }

    fn session(&mut self) -> &mut dyn Session {
        self
    }

    async fn close(self: Box<Self>) {
        if let Some(connection) = self.connection {
            // Nobody is left to be told; what was acknowledged is on the disk already.
            let _ = timeout(self.patience, connection.close()).await;
        }
    }
}

fn lost(detail: &'static str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, detail))
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
