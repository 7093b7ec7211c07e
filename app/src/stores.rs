//! Where the services of this process keep their state: a file each in the data folder, or a schema each on a server.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::ops::RangeInclusive;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use medcover_config::{Check, Secret, Section};
use medcover_kernel::{Clock, Timestamp};
use medcover_store::{
    AuditReport, Position, PostgresOptions, PostgresStore, Projection, Schema, SpoolOptions,
    SqliteOptions, SqliteStore, Standing, Store, StoreError, TracedStore, catch_up,
    rebuild_incomplete,
};
use medcover_terminology::{Icd10Tables, TableLoad};
use serde::{Deserialize, Serialize};

use crate::exit::Refused;
use crate::roles::{Role, Roles};

/// What may be set for the size of a spool: of less, one answer might not fit.
const SPOOL_BYTES: RangeInclusive<u64> = 4_194_304..=1_099_511_627_776;

/// The section `store`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// What keeps the state.
    pub(crate) engine: Engine,
    /// `postgres://user:password@host:port/database`, for all services that have no URL of their own; several hosts with commas
    /// between them.
    pub(crate) url: Secret,
    /// URLs of single services, by name: each with credentials that reach its own schema alone.
    pub(crate) urls: BTreeMap<String, Secret>,
    /// The URL of each replica, for all services that have none of their own: of a role that can only read.
    pub(crate) replicas: Vec<Secret>,
    /// Those of single services, by name.
    pub(crate) replicas_of: BTreeMap<String, Vec<Secret>>,
    /// How far a replica may be behind and still be asked.
    pub(crate) replica_lag_ms: u64,
    /// What the names of the schemas begin with.
    pub(crate) schema_prefix: String,
    /// Connections of this process that are kept while nobody needs them, over all its services.
    pub(crate) pool_size: u32,
    /// Connections beyond those while they are needed.
    pub(crate) max_overflow: u32,
    /// For how long a connection is used.
    pub(crate) pool_recycle_s: u64,
    /// Whether a connection is tried before it is used.
    pub(crate) pool_pre_ping: bool,
    /// How long a request waits for a connection.
    pub(crate) pool_wait_ms: u64,
    /// How long the server works on one statement.
    pub(crate) statement_timeout_ms: u64,
    /// How long the server keeps a transaction in which nothing happens.
    pub(crate) idle_in_transaction_timeout_ms: u64,
    /// How often the server is asked what other processes have written.
    pub(crate) follow_ms: u64,
    /// Failures in a row that open the breaker of a store's database; 0: none do.
    pub(crate) failure_threshold: u32,
    /// How long that stays open before it probes, unless the server is found to be there again.
    pub(crate) recovery_ms: u64,
    /// How many processes share the server: the connections are divided among them.
    pub(crate) instances: u32,
    /// What whoever only reads is told while the server that is written is away.
    pub(crate) reads_without_primary: WithoutPrimary,
    /// How many bytes of audit records of reads may wait on the disk of this process, for each service.
    pub(crate) audit_spool_bytes: u64,
}

/// What whoever only reads is told while the server that is written is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WithoutPrimary {
    /// What a replica knows, marked as such.
    #[default]
    Replica,
    /// Nothing: 503.
    Refuse,
}

/// What keeps the state of services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    /// A file of SQLite's for each, in the data folder.
    #[default]
    Sqlite,
    /// A schema of PostgreSQL's for each.
    Postgres,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            engine: Engine::Sqlite,
            url: Secret::new(""),
            urls: BTreeMap::new(),
            replicas: Vec::new(),
            replicas_of: BTreeMap::new(),
            replica_lag_ms: 1_000,
            schema_prefix: "medcover_".to_owned(),
            pool_size: 20,
            max_overflow: 30,
            pool_recycle_s: 3_600,
            pool_pre_ping: true,
            pool_wait_ms: 5_000,
            statement_timeout_ms: 30_000,
            idle_in_transaction_timeout_ms: 600_000,
            follow_ms: 100,
            failure_threshold: 3,
            recovery_ms: 30_000,
            instances: 1,
            reads_without_primary: WithoutPrimary::Replica,
            audit_spool_bytes: 67_108_864,
        }
    }
}

impl Section for StoreConfig {
    fn validate(&self, check: &mut Check<'_>) {
        const DAY_MS: u64 = 86_400_000;
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let prefix = &self.schema_prefix;
        check.that(
            "schema_prefix",
            prefix.len() <= 40 && prefix.bytes().all(known),
            format_args!("must be at most 40 of a to z, 0 to 9 and _, not {prefix:?}"),
        );
        check.that(
            "url",
            self.engine == Engine::Sqlite || !self.url.reveal().is_empty() || !self.urls.is_empty(),
            "must say where the server is when store.engine is postgres",
        );
        check.range("pool_size", self.pool_size, 1..=10_000);
        check.range("max_overflow", self.max_overflow, 0..=10_000);
        check.range("pool_recycle_s", self.pool_recycle_s, 1..=DAY_MS / 1_000);
        check.range("pool_wait_ms", self.pool_wait_ms, 10..=60_000);
        check.range(
            "statement_timeout_ms",
            self.statement_timeout_ms,
            10..=DAY_MS,
        );
        check.range(
            "idle_in_transaction_timeout_ms",
            self.idle_in_transaction_timeout_ms,
            1_000..=DAY_MS,
        );
        check.range("follow_ms", self.follow_ms, 1..=60_000);
        check.range("replica_lag_ms", self.replica_lag_ms, 1..=DAY_MS);
        check.range("failure_threshold", self.failure_threshold, 0..=1_000);
        check.range("recovery_ms", self.recovery_ms, 1..=DAY_MS);
        check.range("instances", self.instances, 1..=1_000);
        check.range("audit_spool_bytes", self.audit_spool_bytes, SPOOL_BYTES);
    }
}

impl StoreConfig {
    /// Whether replicas answer whoever only reads while the server that is written is away.
    pub(crate) fn shows_without_primary(&self) -> bool {
        self.engine == Engine::Postgres && self.reads_without_primary == WithoutPrimary::Replica
    }

    /// What one of `stores` stores in each process has of so many connections.
    fn share(&self, connections: u32, stores: u32) -> u32 {
        connections / (self.instances * stores).max(1)
    }

    /// Connections of a store for reading, at most: no fewer than one that reads and one that follows what others write.
    fn most(&self, stores: u32) -> u32 {
        let all = self.pool_size + self.max_overflow;
        self.share(all, stores).max(2)
    }

    /// Connections that all processes need together, with `stores` stores each. One of each store writes.
    fn needed(&self, stores: u32) -> u32 {
        self.instances * stores * (self.most(stores) + 1)
    }

    /// Refuses to run when processes with `stores` services, all together, would need more connections than are `allowed`.
    fn check_connections(&self, stores: u32, allowed: u32) -> Result<(), Refused> {
        let (instances, needed) = (self.instances, self.needed(stores));
        if needed <= allowed {
            return Ok(());
        }
        Err(Refused::new(
            format!(
                "{instances} processes with {stores} services each need up to {needed} connections, and the server has {allowed}"
            ),
            "Lower store.pool_size and store.max_overflow, or raise max_connections on the server.",
        ))
    }

    /// The tables of terminology, for a process that loads; none where the state is in files.
    pub(crate) fn table_load(&self, clock: Arc<dyn Clock>) -> Result<Option<TableLoad>> {
        let alone = self.tables_alone();
        let alone = alone.map(|options| TableLoad::open(&options, clock));
        Ok(alone.transpose()?)
    }

    /// How the tables of terminology are opened by a command of the operator; none where the state is in files.
    pub(crate) fn tables_alone(&self) -> Option<PostgresOptions> {
        let alone = || PostgresOptions {
            kept: 0,
            most: 2,
            ..self.of_tables(1)
        };
        (self.engine == Engine::Postgres).then(alone)
    }

    /// How the tables of terminology are opened. They lie in the schema of its store.
    fn of_tables(&self, stores: u32) -> PostgresOptions {
        self.postgres("terminology", stores, PathBuf::new())
    }

    /// How the store of `service` is opened, one of `stores` in this process.
    fn postgres(&self, service: &str, stores: u32, anchors: PathBuf) -> PostgresOptions {
        let url = self.urls.get(service).unwrap_or(&self.url);
        let replicas = self.replicas_of.get(service).unwrap_or(&self.replicas);
        let replicas = replicas.iter().map(|url| url.reveal().to_owned());
        let schema = format!("{}{service}", self.schema_prefix);
        PostgresOptions {
            kept: self.share(self.pool_size, stores).max(1),
            most: self.most(stores),
            recycle: Duration::from_secs(self.pool_recycle_s),
            pre_ping: self.pool_pre_ping,
            wait: Duration::from_millis(self.pool_wait_ms),
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            idle_in_transaction: Duration::from_millis(self.idle_in_transaction_timeout_ms),
            follow: Duration::from_millis(self.follow_ms),
            replicas: replicas.collect(),
            replica_lag: Duration::from_millis(self.replica_lag_ms),
            failure_threshold: self.failure_threshold,
            recovery: Duration::from_millis(self.recovery_ms),
            shows: self.shows_without_primary(),
            ..PostgresOptions::new(url.reveal(), schema, anchors)
        }
    }
}

/// The folder of a service's spool of audit records, within its own.
pub(crate) const SPOOL: &str = "spool";

/// The store of a service as it was opened, to be copied and closed.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) service: &'static str,
    store: Kept,
}

#[derive(Clone)]
enum Kept {
    /// In this file.
    Sqlite(Arc<SqliteStore>, PathBuf),
    Postgres(Arc<PostgresStore>),
}

impl Opened {
    /// The store and its file, where it has one.
    pub(crate) fn file(&self) -> Option<(&SqliteStore, &Path)> {
        match &self.store {
            Kept::Sqlite(store, file) => Some((store.as_ref(), file.as_path())),
            Kept::Postgres(_) => None,
        }
    }

    /// Where it stands.
    pub(crate) async fn standing(&self) -> Result<Standing, StoreError> {
        match &self.store {
            Kept::Sqlite(store, _) => store.standing().await,
            Kept::Postgres(store) => store.standing().await,
        }
    }

    /// When the event at `position` was kept, if there is one.
    pub(crate) async fn kept_at(
        &self,
        position: Position,
    ) -> Result<Option<Timestamp>, StoreError> {
        let before = Position::new(position.get().saturating_sub(1));
        let events = match &self.store {
            Kept::Sqlite(store, _) => store.read_log(before, 1).await?,
            Kept::Postgres(store) => store.read_log(before, 1).await?,
        };
        Ok(events.first().map(|it| it.recorded_at))
    }

    /// Checks its audit trail.
    pub(crate) async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        match &self.store {
            Kept::Sqlite(store, _) => store.verify_audit().await,
            Kept::Postgres(store) => store.verify_audit().await,
        }
    }

    /// Closes the store, unless somebody else holds it still. One that is not closed has lost nothing: what was acknowledged
    /// is on a disk.
    pub(crate) async fn close(self) {
        match self.store {
            Kept::Sqlite(store, _) => {
                if let Some(store) = Arc::into_inner(store) {
                    store.close().await;
                }
            }
            Kept::Postgres(store) => {
                if let Some(store) = Arc::into_inner(store) {
                    store.close().await;
                }
            }
        }
    }
}

/// Opens stores, and keeps them to be closed.
pub(crate) struct Opening<'a> {
    config: &'a StoreConfig,
    data: &'a Path,
    clock: &'a Arc<dyn Clock>,
    /// How many stores this process will open.
    stores: u32,
    pub(crate) opened: Vec<Opened>,
}

impl<'a> Opening<'a> {
    /// Opens stores as `config` says, in or beside the data folder `data`.
    pub(crate) fn new(
        config: &'a StoreConfig,
        data: &'a Path,
        roles: &Roles,
        clock: &'a Arc<dyn Clock>,
    ) -> Self {
        Self {
            config,
            data,
            clock,
            stores: stores_of(config, roles),
            opened: Vec::new(),
        }
    }

    /// The folder of `service` in the data folder, which others cannot look into.
    pub(crate) fn folder(&self, service: &str) -> Result<PathBuf> {
        let folder = self.data.join(service);
        // Hashes of passwords and records of patients are nobody else's business.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Opens the store of `service`. Read models of another version than this program's are made anew from the log: in files
    /// instead of them, on a server beside them.
    pub(crate) async fn store(
        &mut self,
        service: &'static str,
        schema: Schema,
        projections: &[&'static dyn Projection],
    ) -> Result<Arc<dyn Store>> {
        let (folder, clock) = (self.folder(service)?, Arc::clone(self.clock));
        match self.config.engine {
            Engine::Sqlite => {
                let file = folder.join("store.db");
                let options = SqliteOptions::new(file.clone());
                let store = Arc::new(SqliteStore::open(options, schema, clock).await?);
                let kept = Kept::Sqlite(Arc::clone(&store), file);
                self.keep(service, kept);
                complete(&*store, projections).await?;
                Ok(traced(store, service))
            }
            Engine::Postgres => {
                let anchors = folder.join("store.anchors");
                // Also where nothing is shown any more: what waits from before is brought on.
                let spool = SpoolOptions {
                    folder: folder.join(SPOOL),
                    max_bytes: self.config.audit_spool_bytes,
                };
                let options = PostgresOptions {
                    spool: Some(spool),
                    ..self.config.postgres(service, self.stores, anchors)
                };
                let schema = schema.projected_by(projections);
                let store = Arc::new(PostgresStore::open(options, schema, clock).await?);
                self.keep(service, Kept::Postgres(Arc::clone(&store)));
                let allowed = store.connections_allowed().await?;
                self.config.check_connections(self.stores, allowed)?;
                let events = catch_up(&*store, projections).await?;
                if events > 0 {
                    tracing::info!(service, events, "read models taken along the log");
                }
                Ok(traced(store, service))
            }
        }
    }
}

impl Opening<'_> {
    fn keep(&mut self, service: &'static str, store: Kept) {
        self.opened.push(Opened { service, store });
    }

    /// Opens the tables of terminology, which only a server has.
    pub(crate) async fn tables(&self) -> Result<Option<Icd10Tables>> {
        if self.config.engine == Engine::Sqlite {
            return Ok(None);
        }
        let options = self.config.of_tables(self.stores);
        let tables = Icd10Tables::open(&options, Arc::clone(self.clock)).await;
        Ok(Some(
            tables.context("cannot open the tables of terminology")?,
        ))
    }
}

/// Stores that a process with `roles` opens. The tables of terminology have as many connections as one.
fn stores_of(config: &StoreConfig, roles: &Roles) -> u32 {
    let stores = roles.iter().filter(|role| has_state(*role)).count() as u32;
    let tables = config.engine == Engine::Postgres && roles.has(Role::Terminology);
    stores + u32::from(tables)
}

fn traced(store: Arc<dyn Store>, service: &str) -> Arc<dyn Store> {
    Arc::new(TracedStore::new(store, service.to_owned()))
}

const fn has_state(role: Role) -> bool {
    !matches!(role, Role::Gateway | Role::Console)
}

async fn complete(store: &dyn Store, projections: &[&dyn Projection]) -> Result<()> {
    let rebuilt = rebuild_incomplete(store, projections).await?;
    if !rebuilt.is_empty() {
        tracing::info!(views = rebuilt.join(", "), "read models made from the log");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_divided_among_services_and_processes() {
        let alone = StoreConfig::default();
        assert_eq!((alone.most(5), alone.needed(5)), (10, 55));
        let three = StoreConfig {
            instances: 3,
            ..StoreConfig::default()
        };
        assert_eq!((three.most(5), three.needed(5)), (3, 60));
        let scarce = StoreConfig {
            pool_size: 1,
            max_overflow: 0,
            ..StoreConfig::default()
        };
        assert_eq!((scarce.most(5), scarce.needed(5)), (2, 15));
    }

    #[test]
    fn a_service_has_its_own_servers_or_those_of_all() {
        let one = |url| vec![Secret::new(url)];
        let config = StoreConfig {
            url: Secret::new("postgres://all"),
            urls: BTreeMap::from([("billing".to_owned(), Secret::new("postgres://billing"))]),
            replicas: one("postgres://copy"),
            replicas_of: BTreeMap::from([("billing".to_owned(), one("postgres://own"))]),
            recovery_ms: 7,
            ..StoreConfig::default()
        };
        let of = |service| config.postgres(service, 5, PathBuf::new());
        let (billing, hospital) = (of("billing"), of("hospital"));
        assert_eq!(billing.url, "postgres://billing");
        assert_eq!(billing.replicas, ["postgres://own"]);
        assert_eq!(hospital.url, "postgres://all");
        assert_eq!(hospital.replicas, ["postgres://copy"]);
        assert_eq!(hospital.failure_threshold, 3);
        assert_eq!(hospital.recovery, Duration::from_millis(7));
    }

    #[test]
    fn a_process_is_refused_when_all_together_would_need_more_than_there_are() {
        let config = StoreConfig::default();
        assert!(config.check_connections(5, 55).is_ok());
        let refused = config.check_connections(5, 54).expect_err("one is missing");
        let told = refused.to_string();
        assert!(
            told.contains("up to 55") && told.contains("has 54"),
            "{told}"
        );
    }
}
