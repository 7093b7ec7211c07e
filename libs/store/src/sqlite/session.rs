//! Values to and from SQLite.

use async_trait::async_trait;
use medcover_kernel::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::engine::session::{Cell, Fetch, Fetched, Session, WriteSession};
use crate::engine::{Intent, Readers, unavailable};
use crate::sql::Sql;
use crate::{CanonicalJson, ColumnKind, StoreError, Value};

#[async_trait]
impl Fetch for SqliteConnection {
    async fn fetch(&mut self, sql: &Sql, values: Vec<Value>, kinds: &[ColumnKind]) -> Fetched {
        let rows = statement(sql, values).fetch_all(self).await?;
        let read = |row: &SqliteRow| {
            let kinds = kinds.iter().enumerate();
            kinds.map(|(at, kind)| cell(row, at, *kind)).collect()
        };
        Ok(rows.iter().map(read).collect())
    }
}

#[async_trait]
impl Session for SqliteConnection {
    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let done = statement(sql, values).execute(self).await?;
        Ok(done.rows_affected())
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        query.execute(self).await.map(drop)
    }
}

#[async_trait]
impl Readers<Sqlite> for SqlitePool {
    async fn connection(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let connection = self.acquire().await;
        connection.map_err(|error| unavailable(&error))
    }

    async fn fetch(
        &self,
        _: Intent,
        sql: &Sql,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Fetched {
        let mut connection = self.acquire().await?;
        Fetch::fetch(&mut *connection, sql, values, kinds).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

/// The connection that writes.
pub(super) struct Writing(pub(super) SqliteConnection);

impl Writing {
    async fn say(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(text).execute(&mut self.0).await.map(drop)
    }
}

#[async_trait]
impl WriteSession for Writing {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.say("BEGIN IMMEDIATE").await
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.say("COMMIT").await
    }

    async fn rollback(&mut self) {
        // A failed statement may have ended the transaction already.
        let _ = self.say("ROLLBACK").await;
    }

    fn session(&mut self) -> &mut dyn Session {
        &mut self.0
    }

    async fn close(self: Box<Self>) {
        // Nobody is left to be told; what was acknowledged is on the disk already.
        let _ = self.0.close().await;
    }
}

/// The statement `sql`, which no value has entered: all of them are generated from constants.
fn statement<'q>(sql: &Sql, values: Vec<Value>) -> Query<'q, Sqlite, SqliteArguments> {
    let statement = sqlx::query(AssertSqlSafe(Sql::clone(sql)));
    values
        .into_iter()
        .fold(statement, |statement, value| match value {
            Value::Null => statement.bind(None::<i64>),
            Value::Id(id) => statement.bind(id.as_bytes().to_vec()),
            Value::Text(text) => statement.bind(text),
            Value::Integer(number) => statement.bind(number),
            Value::Boolean(yes) => statement.bind(i64::from(yes)),
            Value::Timestamp(moment) => statement.bind(moment.as_micros()),
            Value::Json(json) => statement.bind(json.as_str().to_owned()),
            Value::Bytes(bytes) => statement.bind(bytes),
        })
}

fn cell(row: &SqliteRow, at: usize, kind: ColumnKind) -> Cell {
    let wrong = |error: sqlx::Error| match error {
        sqlx::Error::ColumnDecode { source, .. } => source.to_string(),
        other => other.to_string(),
    };
    let number = || row.try_get::<Option<i64>, _>(at).map_err(wrong);
    let text = || row.try_get::<Option<String>, _>(at).map_err(wrong);
    Ok(match kind {
        ColumnKind::Id => match row.try_get::<Option<&[u8]>, _>(at).map_err(wrong)? {
            Some(bytes) => Uuid::from_slice(bytes)
                .map_err(|error| error.to_string())?
                .into(),
            None => Value::Null,
        },
        ColumnKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at).map_err(wrong)?.into(),
        ColumnKind::Text => text()?.into(),
        ColumnKind::Json | ColumnKind::Canonical => text()?.map(CanonicalJson::from_stored).into(),
        ColumnKind::Integer => number()?.into(),
        ColumnKind::Boolean => number()?.map(|number| number != 0).into(),
        ColumnKind::Timestamp => number()?.map(Timestamp::from_micros).into(),
    })
}
