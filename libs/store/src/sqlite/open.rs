//! Opening a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};

use super::SqliteStore;
use super::lock::{Lock, LockError};
use super::session::Writing;
use crate::core_tables::CORE_VERSION;
use crate::engine::anchor_file::AnchorFile;
use crate::engine::{Core, MigrationError, OpenError, Start, migrate_core, unavailable};
use crate::sql::{Dialect, Statements};
use crate::{Schema, StoreError, limits};

/// How long a reader waits for a connection before the store counts as not available.
const READER_WAIT: Duration = Duration::from_secs(5);
/// How long SQLite waits for its own locks. Only a checkpoint ever holds one against us.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;

/// Where a store lies and how it is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The database file. Beside it lie a lock (`.lock`) and the anchors of the audit trail (`.anchors`).
    pub path: PathBuf,
    /// Commits that go into one transaction at most.
    pub batch: usize,
    /// Connections for reading.
    pub readers: u32,
}

impl SqliteOptions {
    /// The store in the file `path`, with the usual bounds.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            batch: limits::BATCH,
            readers: 4,
        }
    }

    /// The same with another bound on the commits in one transaction.
    #[must_use]
    pub const fn batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(extension);
        name.into()
    }

    fn connection(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_WAIT)
            .statement_cache_capacity(PREPARED)
            .disable_statement_logging()
    }
}

impl SqliteStore {
    /// Opens the store of `schema`, making or migrating what is needed. A read-model table that is new or of a new version
    /// is empty afterwards and [incomplete](crate::Store::incomplete) until it is rebuilt.
    pub async fn open(
        options: SqliteOptions,
        schema: Schema,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let path = &options.path;
        schema.check().map_err(|source| database(path, source))?;
        let lock = take_lock(&options)?;
        let anchor_path = options.beside(".anchors");
        let anchors = AnchorFile::open(&anchor_path).map_err(|source| OpenError::File {
            path: anchor_path.clone(),
            source,
        })?;
        let mut session = Box::new(Writing(connect(&options).await?));
        let made = migrate_core(&mut *session, Dialect::Sqlite).await;
        made.map_err(|error| match error {
            MigrationError::Newer(found) => OpenError::Newer {
                place: path.display().to_string(),
                found,
                known: CORE_VERSION,
            },
            MigrationError::Store(source) => database(path, source),
        })?;
        let core = Arc::new(Core {
            statements: Statements::of(&schema, Dialect::Sqlite, None),
            generation: None,
            schema,
            clock,
            anchor_path,
            dialect: Dialect::Sqlite,
        });
        let start = Start {
            core,
            session,
            readers: Arc::new(readers(&options).await?),
            anchors,
            batch: options.batch,
            held: Box::new(lock),
        };
        let (store, _) = start.run().await.map_err(|source| database(path, source))?;
        Ok(store)
    }
}

fn take_lock(options: &SqliteOptions) -> Result<Lock, OpenError> {
    let path = options.beside(".lock");
    Lock::take(&path).map_err(|error| match error {
        LockError::Held(holder) => OpenError::Locked {
            path: options.path.clone(),
            holder,
        },
        LockError::Io(source) => OpenError::File { path, source },
    })
}

async fn connect(options: &SqliteOptions) -> Result<SqliteConnection, OpenError> {
    let connection = options.connection().create_if_missing(true).connect().await;
    connection.map_err(|error| database(&options.path, unavailable(&error)))
}

async fn readers(options: &SqliteOptions) -> Result<sqlx::SqlitePool, OpenError> {
    SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .acquire_timeout(READER_WAIT)
        // A connection to a file does not go stale.
        .test_before_acquire(false)
        .connect_with(options.connection().read_only(true))
        .await
        .map_err(|error| database(&options.path, unavailable(&error)))
}

fn database(path: &Path, source: StoreError) -> OpenError {
    OpenError::Database {
        place: path.display().to_string(),
        source,
    }
}
