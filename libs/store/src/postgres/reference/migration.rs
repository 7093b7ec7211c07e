//! Bringing reference tables to what this program knows.

use std::collections::{HashMap, HashSet};

use super::indexes::{self, Step};
use super::{Bulk, PartitionedIndex, ReferenceSchema, ReferenceTables};
use crate::{ColumnKind, StoreError, Value};

/// Where an extension goes that nobody has put anywhere: a schema that everybody may use.
const PUBLIC: &str = "public";

const VERSION_PLACE: &str = "CREATE TABLE IF NOT EXISTS reference_version \
    (name text PRIMARY KEY, version bigint NOT NULL)";

/// How far the migrations of `$1` have come; nothing where the place for that is missing.
const VERSION: &str = "SELECT version FROM reference_version WHERE name = $1";

const SET_VERSION: &str = "INSERT INTO reference_version VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET version = excluded.version";

const HAS_VERSION_PLACE: &str = "SELECT to_regclass('reference_version') IS NOT NULL";

const EXTENSIONS: &str = "SELECT e.extname::text, n.nspname::text \
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
    WHERE has_schema_privilege(n.oid, 'USAGE')";

const INDEXES: &str = "SELECT c.relname::text, i.indisvalid \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE c.relnamespace = to_regnamespace(current_schema())";

/// Why the tables were not brought there.
pub(super) enum Fault {
    /// A later version of the program has made them.
    Newer {
        found: u16,
        known: u16,
    },
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl ReferenceTables {
    pub(super) async fn migrate(&mut self, reference: &ReferenceSchema) -> Result<(), Fault> {
        let known = reference.migrations.len() as u16;
        let indexes = (reference.indexes)();
        self.find_extensions(reference).await?;
        if self.version(reference).await? == known && self.missing(&indexes).await?.is_empty() {
            return Ok(());
        }
        let mut turn = self.turn().await?;
        apply(&mut turn, reference, known).await?;
        for name in reference.extensions {
            if self.extension(name).is_none() {
                make_extension(&mut turn, name).await;
            }
        }
        self.find_extensions(reference).await?;
        build(&mut turn, &self.missing(&indexes).await?).await?;
        Ok(turn.end().await?)
    }

    async fn version(&self, reference: &ReferenceSchema) -> Result<u16, StoreError> {
        let has = HAS_VERSION_PLACE.into();
        let has = self.rows(&has, &[], &[ColumnKind::Boolean]).await?;
        if has.first().is_none_or(|row| row[0] != true.into()) {
            return Ok(0);
        }
        let values = [reference.name.into()];
        let rows = self
            .rows(&VERSION.into(), &values, &[ColumnKind::Integer])
            .await?;
        Ok(version_in(&rows))
    }

    async fn find_extensions(&mut self, reference: &ReferenceSchema) -> Result<(), StoreError> {
        let kinds = [ColumnKind::Text, ColumnKind::Text];
        let rows = self.rows(&EXTENSIONS.into(), &[], &kinds).await?;
        let found = rows.iter().filter_map(|row| {
            let (name, schema) = (row[0].as_text()?, row[1].as_text()?);
            let wanted = reference.extensions.contains(&name);
            wanted.then(|| (name.to_owned(), schema.to_owned()))
        });
        self.extensions = found.collect();
        Ok(())
    }

    /// What is left to do for `indexes`, but for those that need an extension which the server does not have.
    async fn missing(&self, indexes: &[PartitionedIndex]) -> Result<Vec<Step>, StoreError> {
        let kinds = [ColumnKind::Text, ColumnKind::Boolean];
        let rows = self.rows(&INDEXES.into(), &[], &kinds).await?;
        let known = rows.iter().filter_map(|row| {
            let (name, whole) = (row[0].as_text()?, row[1].as_boolean()?);
            Some((name.to_owned(), *whole))
        });
        let known: HashMap<_, _> = known.collect();
        let possible = indexes.iter().filter_map(|index| {
            let schema = match index.needs {
                Some(extension) => self.extension(extension)?,
                None => PUBLIC,
            };
            Some((index.clone(), schema.to_owned()))
        });
        let mut filled = HashMap::new();
        let mut steps = Vec::new();
        for (index, schema) in possible {
            if known.get(&index.name) == Some(&true) {
                continue;
            }
            for (partition, _) in &index.partitions {
                if !filled.contains_key(partition) {
                    let any = format!("SELECT EXISTS (SELECT FROM {partition})");
                    let any = self.rows(&any.into(), &[], &[ColumnKind::Boolean]).await;
                    // Before the migrations there are no partitions.
                    let any = any.is_ok_and(|rows| rows[0][0] == true.into());
                    filled.insert(partition.clone(), any);
                }
            }
            let full = filled.iter().filter(|(_, any)| **any);
            let full: HashSet<_> = full.map(|(name, _)| name.clone()).collect();
            let gains = index.gains.filter(|it| self.extension(it.0).is_some());
            let gains = gains.map_or("", |it| it.1);
            let mut of_index = indexes::steps(&[index], &known, &full);
            for step in &mut of_index {
                let sql = step.sql.replace("{extension}", &schema);
                step.sql = sql.replace("{gains}", gains);
            }
            steps.extend(of_index);
        }
        Ok(steps)
    }
}

/// Runs the migrations that are left, in one transaction.
async fn apply(turn: &mut Bulk, reference: &ReferenceSchema, known: u16) -> Result<(), Fault> {
    turn.run(format!("BEGIN; {VERSION_PLACE}")).await?;
    let kinds = [ColumnKind::Integer];
    let rows = turn.rows(VERSION, vec![reference.name.into()], &kinds);
    let found = version_in(&rows.await?);
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    for migration in &reference.migrations[usize::from(found)..] {
        tracing::info!(migration = migration.name, "migrating reference tables");
        turn.run((migration.statements)()).await?;
    }
    let version = vec![reference.name.into(), Value::Integer(known.into())];
    turn.execute(SET_VERSION, version).await?;
    Ok(turn.run("COMMIT").await?)
}

/// Makes an extension, if that is possible; it goes on without where not.
async fn make_extension(turn: &mut Bulk, name: &str) {
    let sql = format!("CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {PUBLIC}");
    if let Err(error) = turn.run(sql).await {
        tracing::warn!(
            extension = name,
            cause = %error,
            "an extension is not there and may not be made: what needs it is left out until an administrator runs CREATE EXTENSION"
        );
    }
}

/// Runs `steps`, those that may share a transaction in one.
async fn build(turn: &mut Bulk, steps: &[Step]) -> Result<(), StoreError> {
    for together in steps.chunk_by(|one, next| !one.alone && !next.alone) {
        let texts: Vec<_> = together.iter().map(|it| it.sql.as_str()).collect();
        turn.run(texts.join("; ")).await?;
    }
    Ok(())
}

fn version_in(rows: &[Vec<Value>]) -> u16 {
    let version = rows.first().and_then(|row| row[0].as_integer().copied());
    u16::try_from(version.unwrap_or_default()).unwrap_or(u16::MAX)
}
