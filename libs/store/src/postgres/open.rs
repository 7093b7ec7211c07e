//! Opening a store.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};

use super::PostgresStore;
use super::following::follow;
use super::session::Writing;
use crate::core_tables::CORE_VERSION;
use crate::engine::anchor_file::AnchorFile;
use crate::engine::session::{Session, WriteSession as _, cells};
use crate::engine::{Core, MigrationError, OpenError, Start, migrate_core, unavailable};
use crate::sql::{Dialect, Statements};
use crate::{ColumnKind, Schema, StoreError, limits};

/// The longest name of a schema that PostgreSQL does not cut.
const NAME_BYTES: usize = 63;
/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;

/// Where a store lies and how it is opened.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// The schema, made where it is missing: 1 to 63 of `a` to `z`, `0` to `9` and `_`.
    pub schema: String,
    /// The file of this process's own for the anchors of the audit trail.
    pub anchors: PathBuf,
    /// Commits that go into one transaction at most.
    pub batch: usize,
    /// Connections for reading that are kept while nobody needs them.
    pub kept: u32,
    /// Connections for reading at most.
    pub most: u32,
    /// For how long a connection is used.
    pub recycle: Duration,
    /// Whether a connection is tried before it is used.
    pub pre_ping: bool,
    /// How long a reader waits for a connection before the store counts as not available.
    pub wait: Duration,
    /// How long the server works on a statement before it gives up.
    pub statement_timeout: Duration,
    /// How long the server keeps a reader's transaction in which nothing happens. One that writes is kept for the time of a
    /// statement, because others wait for it.
    pub idle_in_transaction: Duration,
    /// How often the server is asked what other processes have written.
    pub follow: Duration,
}

impl PostgresOptions {
    /// The store in `schema` of the database at `url`, with the usual bounds.
    pub fn new(
        url: impl Into<String>,
        schema: impl Into<String>,
        anchors: impl Into<PathBuf>,
    ) -> Self {
        Self {
            url: url.into(),
            schema: schema.into(),
            anchors: anchors.into(),
            batch: limits::BATCH,
            kept: 2,
            most: 10,
            recycle: Duration::from_hours(1),
            pre_ping: true,
            wait: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            idle_in_transaction: Duration::from_mins(10),
            follow: Duration::from_millis(100),
        }
    }

    fn connection(&self) -> Result<PgConnectOptions, sqlx::Error> {
        Ok(PgConnectOptions::from_str(&self.url)?
            .application_name("medcover")
            .statement_cache_capacity(PREPARED)
            .options([
                ("search_path", self.schema.clone()),
                ("statement_timeout", millis(self.statement_timeout)),
                idle_for(self.idle_in_transaction),
            ])
            .disable_statement_logging())
    }

    /// Where it lies, without the password.
    fn place(&self) -> String {
        let host = self.url.rsplit('@').next().unwrap_or_default();
        format!("schema {} of {host}", self.schema)
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresOptions({})", self.place())
    }
}

impl PostgresStore {
    /// Opens the store of `schema`, making or migrating what is needed; other processes may do the same at the same time. A
    /// read-model table that is new or of a new version is empty afterwards and
    /// [incomplete](crate::Store::incomplete) until it is rebuilt.
    pub async fn open(
        options: PostgresOptions,
        schema: Schema,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let place = options.place();
        let failed = |source| OpenError::Database {
            place: place.clone(),
            source,
        };
        schema.check().map_err(failed)?;
        check_name(&options.schema).map_err(failed)?;
        let connection = options.connection();
        let connection = connection.map_err(|error| failed(unavailable(&error)))?;
        let anchors = AnchorFile::open(&options.anchors).map_err(|source| OpenError::File {
            path: options.anchors.clone(),
            source,
        })?;
        let patience = options.statement_timeout + options.wait;
        let writing = connection
            .clone()
            .options([idle_for(options.statement_timeout)]);
        let mut session = Box::new(Writing::new(writing, &options.schema, patience));
        let made = make_schema(&mut session, &options.schema).await;
        made.map_err(failed)?;
        let made = migrate_core(&mut *session, Dialect::Postgres).await;
        made.map_err(|error| match error {
            MigrationError::Newer(found) => OpenError::Newer {
                place: place.clone(),
                found,
                known: CORE_VERSION,
            },
            MigrationError::Store(source) => failed(source),
        })?;
        let core = Arc::new(Core {
            statements: Statements::of(&schema, Dialect::Postgres),
            schema,
            clock,
            anchor_path: options.anchors.clone(),
            dialect: Dialect::Postgres,
        });
        let start = Start {
            core: Arc::clone(&core),
            session,
            readers: readers(&options, connection).await.map_err(failed)?,
            anchors,
            batch: options.batch,
            held: Box::new(()),
        };
        let (store, announcements) = start.run().await.map_err(failed)?;
        let following = follow(core, store.readers().clone(), announcements, options.follow);
        Ok(store.watched_by(tokio::spawn(following)))
    }
}

impl PostgresStore {
    /// How many connections the server has for everybody but its own administrators.
    pub async fn connections_allowed(&self) -> Result<u32, StoreError> {
        let reader = self.readers().acquire().await;
        let mut reader = reader.map_err(|error| unavailable(&error))?;
        let sql = "SELECT CAST(current_setting('max_connections') AS bigint) \
            - CAST(current_setting('superuser_reserved_connections') AS bigint)";
        let found = cells(
            &mut *reader,
            &sql.into(),
            Vec::new(),
            &[ColumnKind::Integer],
        )
        .await?;
        let allowed = found.first().and_then(|row| row[0].as_integer().copied());
        Ok(allowed.and_then(|it| it.try_into().ok()).unwrap_or(0))
    }

    /// Does `work` while no other process does the same to this schema; waits for one that does.
    pub async fn alone<T>(&self, work: impl Future<Output = T> + Send) -> Result<T, StoreError> {
        let failed = |error: sqlx::Error| unavailable(&error);
        // A connection of its own, for the lock ends with it, however this ends.
        let alone = self.readers().acquire().await.map_err(failed)?;
        let mut alone = alone.detach();
        let lock = "SET statement_timeout = 0; \
            SELECT pg_advisory_lock(hashtext('alone'), hashtext(current_schema()))";
        sqlx::raw_sql(lock)
            .execute(&mut alone)
            .await
            .map_err(failed)?;
        let done = work.await;
        alone.close().await.map_err(failed)?;
        Ok(done)
    }
}

/// For how long the server keeps a transaction in which nothing happens.
fn idle_for(time: Duration) -> (&'static str, String) {
    ("idle_in_transaction_session_timeout", millis(time))
}

fn millis(time: Duration) -> String {
    time.as_millis().to_string()
}

fn check_name(schema: &str) -> Result<(), StoreError> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=NAME_BYTES).contains(&schema.len()) && schema.bytes().all(known) {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "{schema:?} is no name of a schema: 1 to {NAME_BYTES} of a to z, 0 to 9 and _"
    )))
}

async fn make_schema(session: &mut Writing, schema: &str) -> Result<(), StoreError> {
    session.begin().await.map_err(|error| unavailable(&error))?;
    let made = make_missing_schema(session.session(), schema).await;
    if made.is_err() {
        session.rollback().await;
        return made;
    }
    session.commit().await.map_err(|error| unavailable(&error))
}

async fn make_missing_schema(session: &mut dyn Session, schema: &str) -> Result<(), StoreError> {
    // Whoever may not make schemas may have been given one.
    let known = "SELECT to_regnamespace($1) IS NOT NULL".into();
    let name = vec![schema.to_owned().into()];
    let known = cells(session, &known, name, &[ColumnKind::Boolean]).await?;
    if known.first().is_some_and(|row| row[0] == true.into()) {
        return Ok(());
    }
    let made = session.run(format!("CREATE SCHEMA \"{schema}\"")).await;
    made.map_err(|error| unavailable(&error))
}

async fn readers(
    options: &PostgresOptions,
    connection: PgConnectOptions,
) -> Result<PgPool, StoreError> {
    PgPoolOptions::new()
        .min_connections(options.kept)
        .max_connections(options.most.max(1))
        .max_lifetime(options.recycle)
        .acquire_timeout(options.wait)
        .test_before_acquire(options.pre_ping)
        .connect_with(connection)
        .await
        .map_err(|error| unavailable(&error))
}
