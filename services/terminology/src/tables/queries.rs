//! For each index the query that it was built for, to be explained, measured and copied by whoever asks in SQL.

use std::sync::Arc;

use medcover_store::{ColumnKind, StoreError, Value};

use super::Icd10Tables;
use super::find::{Filter, alike, between};
use super::row::{COLUMNS, KINDS, term_key};

/// A query and the index that answers it.
#[derive(Clone, Debug)]
pub struct IndexedQuery {
    /// The index over all partitions.
    pub index: &'static str,
    /// Whether it names codes, so that only their partitions are looked at.
    pub prunes: bool,
    /// Its text.
    pub sql: Arc<str>,
    kinds: &'static [ColumnKind],
    values: fn(&Sample) -> Vec<Value>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The release.
    pub release: String,
    /// A code, with its dot.
    pub code: String,
    /// Above it.
    pub parent: String,
    /// Its chapter.
    pub chapter: u8,
    /// Its title.
    pub term: String,
    /// Its place in the release.
    pub place: i64,
}

impl Icd10Tables {
    /// The queries, but for those whose index the server cannot have.
    pub fn indexed_queries(&self) -> Vec<IndexedQuery> {
        let query = |index, prunes, sql: &Arc<str>, values| IndexedQuery {
            index,
            prunes,
            sql: Arc::clone(sql),
            kinds: &KINDS,
            values,
        };
        let it = &*self.statements;
        let mut queries = vec![
            query("idx_icd10_code", true, &it.by_codes, |it| {
                vec![it.release.as_str().into(), it.code.as_str().into()]
            }),
            query("idx_icd10_code", true, &it.by_code_prefix, |it| {
                between(&it.release, &it.parent, Filter::default(), 10).into()
            }),
            query("idx_icd10_term_prefix", false, &it.by_term_prefix, |it| {
                between(&it.release, &term_key(&it.term), Filter::default(), 10).into()
            }),
            query("idx_icd10_term_fulltext", false, &it.by_words, |it| {
                alike(&it.release, &it.term, Filter::default(), 10).into()
            }),
            query("idx_icd10_parent", false, &it.children, |it| {
                vec![it.release.as_str().into(), it.parent.as_str().into()]
            }),
        ];
        let similarity = it.by_similarity.as_ref();
        queries.extend(similarity.map(|sql| {
            query("idx_icd10_term_trigram", false, sql, |it| {
                alike(&it.release, &it.term, Filter::default(), 20).into()
            })
        }));
        queries.extend(lists());
        queries
    }

    /// Asks `query` for `sample`; how many rows there are.
    pub async fn ask(&self, query: &IndexedQuery, sample: &Sample) -> Result<usize, StoreError> {
        let values = (query.values)(sample);
        let rows = self.tables.rows(&query.sql, &values, query.kinds).await?;
        Ok(rows.len())
    }

    /// How the server goes about `query`: `EXPLAIN (FORMAT JSON)`.
    pub async fn explain(
        &self,
        query: &IndexedQuery,
        sample: &Sample,
    ) -> Result<String, StoreError> {
        let sql: Arc<str> = format!("EXPLAIN (FORMAT JSON) {}", query.sql).into();
        let values = (query.values)(sample);
        let rows = self.tables.rows(&sql, &values, &[ColumnKind::Text]).await?;
        let told = rows.first().and_then(|row| row[0].as_text());
        Ok(told.unwrap_or_default().to_owned())
    }
}

/// Lists in SQL: of a chapter, of what may stand on a claim, of categories, of a whole release, of retired codes.
fn lists() -> Vec<IndexedQuery> {
    let of = format!("SELECT {COLUMNS} FROM icd10_master WHERE release = $1");
    let list = |index, prunes, sql: String, values| IndexedQuery {
        index,
        prunes,
        sql: sql.into(),
        kinds: &KINDS,
        values,
    };
    let billable = "SELECT code, term FROM icd10_master WHERE release = $1 AND billable \
        AND code >= $2 AND code < $3 ORDER BY code LIMIT 100";
    vec![
        list(
            "idx_icd10_active_chapter_code",
            true,
            format!("{of} AND active AND chapter = $2 AND code > $3 ORDER BY code LIMIT 100"),
            |it| {
                let chapter = Value::Integer(it.chapter.into());
                vec![it.release.as_str().into(), chapter, it.code.as_str().into()]
            },
        ),
        list(
            "idx_icd10_term_active_billable",
            false,
            format!(
                "{of} AND active AND billable AND term_key >= $2 AND term_key < $3 \
                ORDER BY term_key, code LIMIT 10"
            ),
            |it| {
                // As it is typed: the first word.
                let key = term_key(&it.term);
                let word = key.split(' ').next().unwrap_or_default();
                between(&it.release, word, Filter::default(), 10)[..3].to_vec()
            },
        ),
        IndexedQuery {
            index: "idx_icd10_billable_code",
            prunes: true,
            sql: billable.into(),
            kinds: &[ColumnKind::Text; 2],
            values: |it| between(&it.release, &it.parent, Filter::default(), 10)[..3].to_vec(),
        },
        list(
            "idx_icd10_level_code",
            true,
            format!("{of} AND level = 2 AND code > $2 ORDER BY code LIMIT 100"),
            |it| vec![it.release.as_str().into(), it.code.as_str().into()],
        ),
        list(
            "idx_icd10_place",
            false,
            format!("{of} AND place > $2 ORDER BY place LIMIT 100"),
            |it| vec![it.release.as_str().into(), Value::Integer(it.place)],
        ),
        list(
            "idx_icd10_inactive_code",
            true,
            format!("{of} AND NOT active AND code > $2 ORDER BY code LIMIT 100"),
            |it| vec![it.release.as_str().into(), it.code.as_str().into()],
        ),
    ]
}
