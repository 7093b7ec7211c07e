//! Reference data in a service's schema: tables of the service's own making, filled as a whole and never decided on.
//!
//! They stand beside the tables of the store and share nothing with them but the schema: a long load holds up no commit. Whoever
//! changes them, by migrating or by loading, takes a turn ([`Bulk`]); readers see what was there before until it is all there.

mod bulk;
mod copy;
mod indexes;
mod migration;

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use sqlx::Connection as _;

use super::guard::Guard;
use super::open::{check_name, make_schema};
use super::primary::Primary;
use super::writing::Writing;
use crate::engine::session::WriteSession as _;
use crate::engine::{OpenError, unavailable};
use crate::{ColumnKind, PostgresOptions, StoreError, Value};

pub use bulk::Bulk;
pub use copy::CopyText;
pub use indexes::PartitionedIndex;

/// What a service keeps as reference data.
#[derive(Clone, Copy)]
pub struct ReferenceSchema {
    /// Under this name the schema keeps how far its migrations have come.
    pub name: &'static str,
    /// Extensions of the server that are used where they are there or may be made; what needs one that is not is left out.
    pub extensions: &'static [&'static str],
    /// In their order, each once and all in one transaction. Only ever added to: what an older program still reads is
    /// dropped by a later migration than the one that replaces it.
    pub migrations: &'static [Migration],
    /// The indexes of partitioned tables, made where they are missing.
    pub indexes: fn() -> Vec<PartitionedIndex>,
}

/// One step of a schema.
#[derive(Clone, Copy)]
pub struct Migration {
    /// What it does.
    pub name: &'static str,
    /// Its statements, one after the other with semicolons between them.
    pub statements: fn() -> String,
}

/// The tables of a [`ReferenceSchema`] on a server.
#[derive(Clone)]
pub struct ReferenceTables {
    primary: Arc<Primary>,
    schema: String,
    /// Extensions that are there, each with the schema in which its functions are.
    extensions: Vec<(String, String)>,
}

impl ReferenceTables {
    /// Opens the tables of `reference` in the schema that `options` name, making or migrating what is needed; other processes may
    /// do the same at the same time, and one that finds everything as it should be waits for nobody. Replicas and anchors of
    /// `options` are not used.
    pub async fn open(
        options: &PostgresOptions,
        reference: &ReferenceSchema,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let place = options.place();
        let failed = |source| OpenError::Database {
            place: place.clone(),
            source,
        };
        check_name(&options.schema).map_err(failed)?;
        let primary = primary(options, clock).map_err(failed)?;
        let mut session = Writing::new(
            Arc::clone(&primary),
            &options.schema,
            options.statement_timeout,
        );
        let made = make_schema(&mut session, &options.schema).await;
        Box::new(session).close().await;
        made.map_err(failed)?;
        let mut tables = Self {
            primary,
            schema: options.schema.clone(),
            extensions: Vec::new(),
        };
        let migrated = tables.migrate(reference).await;
        migrated.map_err(|error| match error {
            migration::Fault::Newer { found, known } => OpenError::Newer {
                place: place.clone(),
                found,
                known,
            },
            migration::Fault::Store(source) => failed(source),
        })?;
        Ok(tables)
    }

    /// The tables as they are, for whoever only looks: nothing is made or migrated, and no extension is known.
    pub fn look(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        check_name(&options.schema)?;
        Ok(Self {
            primary: primary(options, clock)?,
            schema: options.schema.clone(),
            extensions: Vec::new(),
        })
    }

    /// The schema in which the functions of an extension are, where the server has it.
    pub fn extension(&self, name: &str) -> Option<&str> {
        let found = self.extensions.iter().find(|(known, _)| known == name);
        found.map(|(_, schema)| schema.as_str())
    }

    /// The rows of a reading statement, the cells of each as `kinds` says. It is asked again where the connection was lost, and
    /// not at all while the breaker is open. No value may have entered `sql`.
    pub async fn rows(
        &self,
        sql: &Arc<str>,
        values: &[Value],
        kinds: &[ColumnKind],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let rows = self.primary.fetch(sql, values, kinds).await;
        let rows = rows.map_err(|error| unavailable(&error))?;
        let cells = rows.into_iter().map(|row| row.into_iter().collect());
        cells
            .collect::<Result<_, String>>()
            .map_err(StoreError::Unavailable)
    }

    /// Runs a statement that changes nothing more when it is run again: it is asked again where the connection was lost. No value
    /// may have entered `sql`.
    pub async fn repeatable(&self, sql: &Arc<str>, values: &[Value]) -> Result<(), StoreError> {
        self.rows(sql, values, &[]).await.map(drop)
    }

    /// Takes a turn at changing the tables, when no other process has it, and begins a transaction. Whoever has the turn may think
    /// in between for as long as that takes.
    pub async fn bulk(&self) -> Result<Bulk, StoreError> {
        let mut turn = self.turn().await?;
        turn.run("BEGIN").await?;
        Ok(turn)
    }

    /// The same, for who asks one thing after the other: the server ends a turn in which nothing is asked for `idle`, so that a
    /// process that stands still holds up nobody.
    pub async fn bulk_unless_idle(&self, idle: Duration) -> Result<Bulk, StoreError> {
        let mut turn = Bulk::take(&self.primary, &self.schema, Some(idle)).await?;
        turn.run("BEGIN").await?;
        Ok(turn)
    }

    /// Ends the connections.
    pub async fn close(&self) {
        self.primary.close().await;
    }

    /// A connection of its own that nobody else's changes disturb.
    async fn turn(&self) -> Result<Bulk, StoreError> {
        Bulk::take(&self.primary, &self.schema, None).await
    }
}

impl std::fmt::Debug for ReferenceTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReferenceTables")
            .field("schema", &self.schema)
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}

fn primary(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Arc<Primary>, StoreError> {
    let hosts = options.hosts(&options.url);
    let hosts = hosts.map_err(|error| unavailable(&error))?;
    let guard = Arc::new(Guard::new(options, clock)?);
    Ok(Arc::new(Primary::new(hosts, guard, options)))
}

async fn end(connection: sqlx::PgConnection) -> Result<(), StoreError> {
    let closed = connection.close().await;
    closed.map_err(|error| unavailable(&error))
}
