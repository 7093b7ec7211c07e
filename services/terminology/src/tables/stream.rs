//! Filling the tables with more than fits into memory, for measurements.

use std::sync::Arc;

use medcover_kernel::{Clock, Result};
use medcover_store::{ColumnKind, OpenError, PostgresOptions, ReferenceSchema, StoreError, Value};
use medcover_terms::source::SourceConcept;

use super::queries::Sample;
use super::{Icd10Tables, row, schema};
use crate::load::Progress;

const RELEASE: &str = "INSERT INTO icd10_releases VALUES ($1, $1, 'urn:medcover:generated', NULL, '', $2, 0, true, $3)";

const SAMPLES: &str = "SELECT code, parent, chapter, term, place FROM icd10_master \
    WHERE release = $1 AND parent IS NOT NULL AND active AND place % $2 = 0";

impl Icd10Tables {
    /// Opens the tables without making indexes other than the key: much is copied sooner before [`open`](Self::open) builds them.
    pub async fn open_to_fill(
        options: &PostgresOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let schema = ReferenceSchema {
            indexes: Vec::new,
            ..schema::ICD10
        };
        Self::open_schema(options, &schema, clock).await
    }

    /// Copies `concepts`, each with the code of its parent, as a release that becomes current, in one transaction; how many there
    /// were.
    pub async fn copy_concepts(
        &self,
        release: &str,
        mut concepts: impl Iterator<Item = (SourceConcept, Option<String>)>,
        clock: &dyn Clock,
        progress: &mut dyn Progress,
    ) -> Result<u64> {
        let mut turn = self.bulk().await?;
        let into = format!("icd10_master {}", row::COPIED);
        let mut place = 0;
        let next = |out: &mut Vec<u8>| {
            let Some((concept, parent)) = concepts.next() else {
                return false;
            };
            row::write(out, release, place, &concept, parent.as_deref(), None);
            place += 1;
            progress.advance(1);
            true
        };
        let copied = turn.copy(&into, next).await?;
        let count = Value::Integer(i64::try_from(copied).unwrap_or(i64::MAX));
        turn.execute(RELEASE, vec![release.into(), count, clock.now().into()])
            .await?;
        turn.run("ANALYZE icd10_master; REFRESH MATERIALIZED VIEW mv_chapter_stats")
            .await?;
        turn.commit().await?;
        Ok(copied)
    }

    /// Codes to ask for, one of `every`.
    pub async fn samples(&self, release: &str, every: i64) -> Result<Vec<Sample>, StoreError> {
        let kinds = [
            ColumnKind::Text,
            ColumnKind::Text,
            ColumnKind::Integer,
            ColumnKind::Text,
            ColumnKind::Integer,
        ];
        let values = [release.into(), Value::Integer(every)];
        let rows = self.tables.rows(&SAMPLES.into(), &values, &kinds).await?;
        let sample = |row: &Vec<Value>| {
            Some(Sample {
                release: release.to_owned(),
                code: row[0].as_text()?.to_owned(),
                parent: row[1].as_text()?.to_owned(),
                chapter: u8::try_from(*row[2].as_integer()?).ok()?,
                term: row[3].as_text()?.to_owned(),
                place: *row[4].as_integer()?,
            })
        };
        Ok(rows.iter().filter_map(sample).collect())
    }
}
