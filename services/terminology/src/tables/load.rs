//! Filling the tables within the switch of a release.

use std::io::BufRead;
use std::sync::Arc;

use medcover_kernel::{Clock, Error, Result};
use medcover_store::{Bulk, ColumnKind, PostgresOptions, StoreError, Value};
use medcover_terms::source::{Level, Source};
use tokio::runtime::Runtime;

use super::rows::{RowsLoaded, fill_rows};
use super::{Icd10Tables, row};
use crate::load::{Progress, TableRows};

const KNOWN: &str = "SELECT source_sha256 FROM icd10_releases WHERE release = $1 \
    AND concepts = (SELECT count(*) FROM icd10_concepts WHERE release = $1)";
const FORGET: [&str; 2] = [
    "DELETE FROM icd10_master WHERE release = $1",
    "DELETE FROM icd10_groups WHERE release = $1",
];
const NOT_CURRENT: &str = "UPDATE icd10_releases SET current = false WHERE current";
const CURRENT: &str = "INSERT INTO icd10_releases \
    (release, title, uri, valid_from, source_sha256, concepts, billable, current, loaded_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8) \
    ON CONFLICT (release) DO UPDATE SET title = excluded.title, uri = excluded.uri, \
        valid_from = excluded.valid_from, source_sha256 = excluded.source_sha256, \
        concepts = excluded.concepts, billable = excluded.billable, current = true, \
        loaded_at = excluded.loaded_at";
/// The tables that rows are copied into, and whether theirs are chapters and blocks.
pub(super) const INTO: [(&str, bool); 2] = [("icd10_groups", true), ("icd10_master", false)];
/// What is planned by is measured anew, so that the first search is planned as the thousandth.
const ANALYZE: &str = "ANALYZE icd10_master; ANALYZE icd10_groups";
const INDEXED: &str = "SELECT to_regclass('idx_icd10_term_fulltext') IS NOT NULL";
const REFRESH: &str = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_chapter_stats";

/// What is known of a release beside its concepts.
pub(crate) struct Facts<'a> {
    pub(crate) source_sha256: &'a str,
    pub(crate) concepts: u32,
    pub(crate) billable: u32,
}

/// A release as its row has it.
pub(super) struct ReleaseRow<'a> {
    pub(super) version: &'a str,
    pub(super) title: &'a str,
    pub(super) uri: &'a str,
    pub(super) valid_from: Option<&'a str>,
    pub(super) source_sha256: &'a str,
    pub(super) concepts: i64,
    pub(super) billable: i64,
}

/// The tables of a process that loads, which waits for them as it waits for its files.
pub struct TableLoad {
    runtime: Runtime,
    options: PostgresOptions,
    tables: Icd10Tables,
    clock: Arc<dyn Clock>,
    /// The transaction in which all rows are, and the release row that makes them current.
    filled: Option<Bulk>,
}

impl TableLoad {
    /// Opens the tables in the schema that `options` name, making or migrating what is needed but for indexes: those that are missing
    /// are made once rows are there, which takes a fraction of the time.
    pub fn open(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(Error::internal)?;
        let opened = Icd10Tables::open_to_fill(options, Arc::clone(&clock));
        let tables = runtime.block_on(opened).map_err(not_opened)?;
        Ok(Self {
            runtime,
            options: options.clone(),
            tables,
            clock,
            filled: None,
        })
    }

    /// Copies `rows` as the release `version` of ICD-10-CM and makes it the current one of the tables: all of it, or nothing changes.
    /// No file is compiled, so whoever serves a release from its file goes on with that; a process without any answers from here.
    pub fn load_rows<R: BufRead>(
        &mut self,
        version: &str,
        rows: &mut TableRows<R>,
        progress: &mut dyn Progress,
    ) -> Result<RowsLoaded> {
        let filled = fill_rows(&self.tables, version, rows, &*self.clock, progress);
        let (filled, loaded) = self.runtime.block_on(filled)?;
        self.filled = Some(filled);
        self.keep()?;
        self.index(progress);
        Ok(loaded)
    }

    /// Copies `source` and makes it current, but nobody sees any of it before [`keep`](Self::keep).
    pub(crate) fn fill(
        &mut self,
        source: &Source,
        facts: &Facts<'_>,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let filled = fill(&self.tables, source, facts, &*self.clock, progress);
        self.filled = Some(self.runtime.block_on(filled)?);
        Ok(())
    }

    /// Lets everybody see what was filled.
    pub(crate) fn keep(&mut self) -> Result<()> {
        if let Some(filled) = self.filled.take() {
            self.runtime.block_on(filled.commit())?;
        }
        Ok(())
    }

    /// Makes the indexes that are missing. What is loaded is loaded without them, so that they fail is no failure of the load.
    pub(crate) fn index(&self, progress: &mut dyn Progress) {
        progress.begin("Building what indexes are missing", None);
        let indexed = index(&self.tables, &self.options, &self.clock);
        if let Err(error) = self.runtime.block_on(indexed) {
            tracing::warn!(cause = %error, "indexes of the tables are missing; the next start of a process makes them");
        }
        progress.finish();
    }
}

impl std::fmt::Debug for TableLoad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableLoad")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

fn not_opened(error: medcover_store::OpenError) -> Error {
    Error::unavailable(format!(
        "The tables of terminology cannot be used: {error}."
    ))
    .with_source(error)
}

async fn index(
    tables: &Icd10Tables,
    options: &PostgresOptions,
    clock: &Arc<dyn Clock>,
) -> Result<()> {
    let sql = INDEXED.into();
    let rows = tables
        .tables
        .rows(&sql, &[], &[ColumnKind::Boolean])
        .await?;
    let known = rows.first().is_some_and(|row| row[0] == true.into());
    let opened = Icd10Tables::open(options, Arc::clone(clock)).await;
    opened.map_err(not_opened)?.close().await;
    if !known {
        // What an index computes has statistics only once there is the index.
        let mut turn = tables.bulk().await?;
        turn.run(ANALYZE).await?;
        turn.commit().await?;
    }
    Ok(())
}

pub(super) async fn fill(
    tables: &Icd10Tables,
    source: &Source,
    facts: &Facts<'_>,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> Result<Bulk> {
    let mut turn = wait(tables, progress).await?;
    if !is_filled(&mut turn, source, facts).await? {
        forget(&mut turn, &source.version).await?;
        copy(&mut turn, source, progress).await?;
        count(&mut turn, progress).await?;
    }
    let release = ReleaseRow {
        version: &source.version,
        title: &source.title,
        uri: &source.uri,
        valid_from: source.valid_from.as_deref(),
        source_sha256: facts.source_sha256,
        concepts: facts.concepts.into(),
        billable: facts.billable.into(),
    };
    make_current(&mut turn, &release, clock).await?;
    Ok(turn)
}

/// A turn at the tables, when nobody else has it.
pub(super) async fn wait(tables: &Icd10Tables, progress: &mut dyn Progress) -> Result<Bulk> {
    progress.begin("Waiting for a turn at the tables", None);
    let turn = tables.bulk().await?;
    progress.finish();
    Ok(turn)
}

/// Leaves out what there was of a release.
pub(super) async fn forget(turn: &mut Bulk, version: &str) -> Result<()> {
    for forget in FORGET {
        turn.execute(forget, vec![version.into()]).await?;
    }
    Ok(())
}

/// Brings what is counted and planned by to what was copied.
pub(super) async fn count(turn: &mut Bulk, progress: &mut dyn Progress) -> Result<()> {
    progress.begin("Counting what was copied", None);
    turn.run(ANALYZE).await?;
    turn.run(REFRESH).await?;
    progress.finish();
    Ok(())
}

/// Makes a release the current one, and no other.
pub(super) async fn make_current(
    turn: &mut Bulk,
    release: &ReleaseRow<'_>,
    clock: &dyn Clock,
) -> Result<()> {
    turn.execute(NOT_CURRENT, Vec::new()).await?;
    let current = vec![
        release.version.into(),
        release.title.into(),
        release.uri.into(),
        release.valid_from.into(),
        release.source_sha256.into(),
        Value::Integer(release.concepts),
        Value::Integer(release.billable),
        clock.now().into(),
    ];
    turn.execute(CURRENT, current).await?;
    Ok(())
}

/// Whether the very same release is there already, whole: another process has loaded it, or this one before.
async fn is_filled(
    turn: &mut Bulk,
    source: &Source,
    facts: &Facts<'_>,
) -> Result<bool, StoreError> {
    let rows = turn.rows(
        KNOWN,
        vec![source.version.as_str().into()],
        &[ColumnKind::Text],
    );
    let rows = rows.await?;
    let known = rows.first().and_then(|row| row[0].as_text());
    Ok(known.is_some_and(|it| it == facts.source_sha256) && !facts.source_sha256.is_empty())
}

async fn copy(turn: &mut Bulk, source: &Source, progress: &mut dyn Progress) -> Result<()> {
    let concepts = &source.concepts;
    progress.begin("Copying to PostgreSQL", Some(concepts.len() as u64));
    let is_group = |place: &usize| concepts[*place].level < Level::Category;
    for (table, groups) in INTO {
        let places = (0..concepts.len()).filter(|place| is_group(place) == groups);
        let mut places = places.peekable();
        let into = format!("{table} {}", row::COPIED);
        let next = |out: &mut Vec<u8>| {
            if let Some(place) = places.next() {
                let code_of = |at: Option<u32>| at.map(|it| concepts[it as usize].code.as_str());
                let concept = &concepts[place];
                let (parent, default) = (code_of(concept.parent), code_of(concept.default));
                row::write(out, &source.version, place as u32, concept, parent, default);
                progress.advance(1);
            }
            places.peek().is_some()
        };
        turn.copy(&into, next).await?;
    }
    progress.finish();
    Ok(())
}
