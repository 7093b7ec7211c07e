//! Filling the tables within the switch of a release.

use std::sync::Arc;

use medcover_kernel::{Clock, Error, Result};
use medcover_store::{Bulk, ColumnKind, PostgresOptions, StoreError, Value};
use medcover_terms::source::{Level, Source};
use tokio::runtime::Runtime;

use super::Icd10Tables;
use super::row;
use crate::load::Progress;

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
/// What is planned by is measured anew, so that the first search is planned as the thousandth.
const ANALYZE: &str = "ANALYZE icd10_master; ANALYZE icd10_groups";
const REFRESH: &str = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_chapter_stats";

/// What is known of a release beside its concepts.
pub(crate) struct Facts<'a> {
    pub(crate) source_sha256: &'a str,
    pub(crate) concepts: u32,
    pub(crate) billable: u32,
}

/// The tables of a process that loads, which waits for them as it waits for its files.
pub struct TableLoad {
    runtime: Runtime,
    tables: Icd10Tables,
    clock: Arc<dyn Clock>,
    /// The transaction in which all rows are, and the release row that makes them current.
    filled: Option<Bulk>,
}

impl TableLoad {
    /// Opens the tables in the schema that `options` name, making or migrating what is needed.
    pub fn open(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(Error::internal)?;
        let opened = Icd10Tables::open(options, Arc::clone(&clock));
        let tables = runtime.block_on(opened).map_err(not_opened)?;
        Ok(Self {
            runtime,
            tables,
            clock,
            filled: None,
        })
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

pub(super) async fn fill(
    tables: &Icd10Tables,
    source: &Source,
    facts: &Facts<'_>,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> Result<Bulk> {
    progress.begin("Waiting for a turn at the tables", None);
    let mut turn = tables.bulk().await?;
    progress.finish();
    if !is_filled(&mut turn, source, facts).await? {
        for forget in FORGET {
            turn.execute(forget, vec![release(source)]).await?;
        }
        copy(&mut turn, source, progress).await?;
        progress.begin("Counting what was copied", None);
        turn.run(ANALYZE).await?;
        turn.run(REFRESH).await?;
        progress.finish();
    }
    turn.execute(NOT_CURRENT, Vec::new()).await?;
    let current = vec![
        release(source),
        source.title.as_str().into(),
        source.uri.as_str().into(),
        source.valid_from.as_deref().into(),
        facts.source_sha256.into(),
        Value::Integer(facts.concepts.into()),
        Value::Integer(facts.billable.into()),
        clock.now().into(),
    ];
    turn.execute(CURRENT, current).await?;
    Ok(turn)
}

/// Whether the very same release is there already, whole: another process has loaded it, or this one before.
async fn is_filled(
    turn: &mut Bulk,
    source: &Source,
    facts: &Facts<'_>,
) -> Result<bool, StoreError> {
    let rows = turn.rows(KNOWN, vec![release(source)], &[ColumnKind::Text]);
    let rows = rows.await?;
    let known = rows.first().and_then(|row| row[0].as_text());
    Ok(known.is_some_and(|it| it == facts.source_sha256) && !facts.source_sha256.is_empty())
}

async fn copy(turn: &mut Bulk, source: &Source, progress: &mut dyn Progress) -> Result<()> {
    let concepts = &source.concepts;
    progress.begin("Copying to PostgreSQL", Some(concepts.len() as u64));
    let is_group = |place: &usize| concepts[*place].level < Level::Category;
    for (table, groups) in [("icd10_groups", true), ("icd10_master", false)] {
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

fn release(source: &Source) -> Value {
    source.version.as_str().into()
}
