//! A copy of the file of a store that goes on writing.
//!
//! It is made through SQLite alone: whoever opens the file of a database by itself, in a process that has it open, loses the
//! locks of that process when closing it. `VACUUM INTO` cannot join a transaction that has begun, so it could not begin for
//! several files at one moment; what it does inside is done here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use crate::StoreError;
use crate::engine::unavailable;

/// How long SQLite waits for its own locks.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What stands in the catalogue of a database, tables before what depends on them.
const CATALOGUE: &str = "SELECT type, name, sql FROM source.sqlite_schema \
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY type <> 'table', rowid";

/// A copy that is being made of the file of a store. One that is dropped leaves a file of no use.
#[derive(Debug)]
pub struct SqliteCopy {
    connection: SqliteConnection,
    target: PathBuf,
}

impl SqliteCopy {
    /// Gets ready to copy the database `source` to `target`, which must not be there.
    pub async fn open(source: &Path, target: &Path) -> Result<Self, StoreError> {
        let invalid = |what| StoreError::Invalid(what);
        let text = source.to_str().filter(|_| source.is_file());
        let text = text.ok_or_else(|| invalid(format!("{} is no store", source.display())))?;
        if target.exists() {
            return Err(invalid(format!("{} is there already", target.display())));
        }
        // It counts only once it is whole, so nothing is kept to undo what was written, and it is synced once.
        let connection = SqliteConnectOptions::new()
            .filename(target)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(BUSY_WAIT)
            .disable_statement_logging()
            .connect()
            .await;
        let mut connection = connection.map_err(|error| unavailable(&error))?;
        let attached = sqlx::query("ATTACH DATABASE ? AS source")
            .bind(text)
            .execute(&mut connection)
            .await;
        attached.map_err(|error| unavailable(&error))?;
        Ok(Self {
            connection,
            target: target.to_owned(),
        })
    }

    /// From now on the copy is of the store as it is now, whatever is written meanwhile.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN").await?;
        // What is read first decides what is seen.
        self.run("SELECT COUNT(*) FROM source.sqlite_schema").await
    }

    /// Writes the copy, and waits until it is on the disk.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        let catalogue = sqlx::query(CATALOGUE).fetch_all(&mut self.connection).await;
        let catalogue = catalogue.map_err(|error| unavailable(&error))?;
        let text = |row: &sqlx::sqlite::SqliteRow, at: usize| {
            let text = row.try_get::<String, _>(at);
            text.map_err(|error| unavailable(&error))
        };
        for row in &catalogue {
            self.run(&text(row, 2)?).await?;
            if text(row, 0)? == "table" {
                let name = text(row, 1)?.replace('"', "\"\"");
                self.run(&format!(
                    "INSERT INTO main.\"{name}\" SELECT * FROM source.\"{name}\""
                ))
                .await?;
            }
        }
        let version = sqlx::query_scalar::<_, i64>("PRAGMA source.user_version")
            .fetch_one(&mut self.connection)
            .await;
        let version = version.map_err(|error| unavailable(&error))?;
        self.run(&format!("PRAGMA main.user_version = {version}"))
            .await?;
        self.run("COMMIT").await?;
        let Self { connection, target } = self;
        let closed = connection.close().await;
        closed.map_err(|error| unavailable(&error))?;
        let synced = async { tokio::fs::File::open(&target).await?.sync_all().await };
        let synced = synced.await;
        synced.map_err(|error| StoreError::Unavailable(format!("{}: {error}", target.display())))
    }

    /// What the statements are made of comes from the catalogue of a store, which the program wrote.
    async fn run(&mut self, text: &str) -> Result<(), StoreError> {
        let query = sqlx::query(AssertSqlSafe(text.to_owned())).persistent(false);
        let done = query.execute(&mut self.connection).await;
        done.map(drop).map_err(|error| unavailable(&error))
    }
}
