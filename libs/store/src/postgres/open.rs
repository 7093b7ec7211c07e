//! Opening a store.

use std::sync::Arc;

use medcover_kernel::Clock;
use tokio::task::JoinSet;

use super::following::Following;
use super::guard::Guard;
use super::primary::Primary;
use super::reading::Reading;
use super::replica::Replica;
use super::writing::Writing;
use super::{PostgresOptions, PostgresStore};
use crate::core_tables::CORE_VERSION;
use crate::engine::anchor_file::AnchorFile;
use crate::engine::session::{Session, WriteSession as _, cells};
use crate::engine::{Core, MigrationError, OpenError, Start, migrate_core, unavailable};
use crate::generation::Generation;
use crate::sql::{Dialect, Statements};
use crate::{ColumnKind, Schema, StoreError};

/// The longest name of a schema that PostgreSQL does not cut.
const NAME_BYTES: usize = 63;
impl PostgresStore {
    /// Opens the store of `schema`, making or migrating what is needed; other processes may do the same at the same time. A
    /// read-model table that is new or of a new version is empty afterwards; those that [`Schema::projected_by`] tells of stand
    /// beside those of other versions and [follow the log](crate::Store::catch_up) by themselves, others are
    /// [incomplete](crate::Store::incomplete) until they are rebuilt.
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
        let (primary, replicas) = servers(&options, &clock).map_err(failed)?;
        let anchors = AnchorFile::open(&options.anchors).map_err(|source| OpenError::File {
            path: options.anchors.clone(),
            source,
        })?;
        let writing = Writing::new(
            Arc::clone(&primary),
            &options.schema,
            options.statement_timeout,
        );
        let mut session = Box::new(writing);
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
        let generation = Generation::of(&schema);
        let core = Arc::new(Core {
            statements: Statements::of(&schema, Dialect::Postgres, generation.as_ref()),
            generation,
            schema,
            clock: Arc::clone(&clock),
            anchor_path: options.anchors.clone(),
            dialect: Dialect::Postgres,
        });
        let start = Start {
            core: Arc::clone(&core),
            session,
            readers: Arc::new(Reading::new(
                Arc::clone(&primary),
                replicas.clone(),
                options.shows,
            )),
            anchors,
            batch: options.batch,
            held: Box::new(()),
        };
        let (mut store, announcements) = start.run().await.map_err(failed)?;
        let mut watching = JoinSet::new();
        if let Some(spool) = options.spool {
            let path = spool.folder.clone();
            let relaying = store.spooled(spool, Arc::clone(&clock));
            watching.spawn(relaying.map_err(|source| OpenError::File { path, source })?);
        }
        for replica in &replicas {
            let heard = Arc::clone(primary.heard());
            watching.spawn(Arc::clone(replica).watch(heard, Arc::clone(&clock)));
        }
        let following = Following {
            core,
            primary,
            announcements,
            every: options.follow,
            replicated: !replicas.is_empty(),
        };
        watching.spawn(following.run());
        watching.spawn(store.claiming());
        Ok(store.watched_by(watching))
    }
}

/// The server that is written and those that follow it.
fn servers(
    options: &PostgresOptions,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<Primary>, Vec<Arc<Replica>>), StoreError> {
    let hosts = |url: &str| options.hosts(url).map_err(|error| unavailable(&error));
    let guard = Arc::new(Guard::new(options, Arc::clone(clock))?);
    let primary = Primary::new(hosts(&options.url)?, guard, options);
    let mut replicas = Vec::new();
    for url in &options.replicas {
        for host in hosts(url)? {
            let replica = Replica::new(host, options.pooling(), options.replica_lag);
            replicas.push(Arc::new(replica));
        }
    }
    Ok((Arc::new(primary), replicas))
}

impl PostgresStore {
    /// How many connections the server has for everybody but its own administrators.
    pub async fn connections_allowed(&self) -> Result<u32, StoreError> {
        let mut reader = self.readers().connection().await?;
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
}

pub(super) fn check_name(schema: &str) -> Result<(), StoreError> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=NAME_BYTES).contains(&schema.len()) && schema.bytes().all(known) {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "{schema:?} is no name of a schema: 1 to {NAME_BYTES} of a to z, 0 to 9 and _"
    )))
}

pub(super) async fn make_schema(session: &mut Writing, schema: &str) -> Result<(), StoreError> {
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
