//! For each index the query that it was built for, to be explained, measured and copied by whoever asks in SQL.

use std::sync::Arc;

use medcover_store::{ColumnKind, StoreError, Value};

use super::Icd10Tables;
use super::find::{Filter, alike, between};
use super::row::{COLUMNS, KINDS, term_key};

/// Rows of codes, of which one of `$2` is asked for.
const SAMPLES: &str = "SELECT code, parent, chapter, term, place FROM icd10_master \
    WHERE release = $1 AND parent IS NOT NULL AND active AND place % $2 = 0";

/// A query and the index that answers it.
#[derive(Clone, Debug)]
pub struct IndexedQuery {
    /// What is asked for.
    pub asks: &'static str,
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
        let query = |asks, index, prunes, sql: &Arc<str>, values| IndexedQuery {
            asks,
            index,
            prunes,
            sql: Arc::clone(sql),
            kinds: &KINDS,
            values,
        };
        let it = &*self.statements;
        let mut queries = vec![
            query("a code", "idx_icd10_code", true, &it.by_codes, |it| {
                vec![it.release.as_str().into(), it.code.as_str().into()]
            }),
            query(
                "codes by their beginning",
                "idx_icd10_code",
                true,
                &it.by_code_prefix,
                |it| between(&it.release, &it.parent, Filter::default(), 10).into(),
            ),
            query(
                "titles by their beginning",
                "idx_icd10_term_prefix",
                false,
                &it.by_term_prefix,
                |it| between(&it.release, &term_key(&it.term), Filter::default(), 10).into(),
            ),
            query(
                "titles by words",
                "idx_icd10_term_fulltext",
                false,
                &it.by_words,
                |it| alike(&it.release, &it.term, Filter::default(), 10).into(),
            ),
            query(
                "what stands below a code",
                "idx_icd10_parent",
                false,
                &it.children,
                |it| vec![it.release.as_str().into(), it.parent.as_str().into()],
            ),
        ];
        let similarity = it.by_similarity.as_ref();
        queries.extend(similarity.map(|sql| {
            query(
                "similar titles",
                "idx_icd10_term_trigram",
                false,
                sql,
                |it| alike(&it.release, &it.term, Filter::default(), 20).into(),
            )
        }));
        queries.extend(lists());
        queries
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

impl IndexedQuery {
    /// Its parameters for `sample`, in their order.
    pub fn values(&self, sample: &Sample) -> Vec<Value> {
        (self.values)(sample)
    }

    /// The kinds of the columns of its answer.
    pub const fn kinds(&self) -> &'static [ColumnKind] {
        self.kinds
    }
}

/// Lists in SQL: of a chapter, of what may stand on a claim, of categories, of a whole release, of retired codes.
fn lists() -> Vec<IndexedQuery> {
    let of = format!("SELECT {COLUMNS} FROM icd10_master WHERE release = $1");
    let list = |asks, index, prunes, sql: String, values| IndexedQuery {
        asks,
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
            "codes of a chapter",
            "idx_icd10_active_chapter_code",
            true,
            format!("{of} AND active AND chapter = $2 AND code > $3 ORDER BY code LIMIT 100"),
            |it| {
                let chapter = Value::Integer(it.chapter.into());
                vec![it.release.as_str().into(), chapter, it.code.as_str().into()]
            },
        ),
        list(
            "billable titles by their first word",
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
            asks: "billable codes with their titles",
            index: "idx_icd10_billable_code",
            prunes: true,
            sql: billable.into(),
            kinds: &[ColumnKind::Text; 2],
            values: |it| between(&it.release, &it.parent, Filter::default(), 10)[..3].to_vec(),
        },
        list(
            "categories",
            "idx_icd10_level_code",
            true,
            format!("{of} AND level = 2 AND code > $2 ORDER BY code LIMIT 100"),
            |it| vec![it.release.as_str().into(), it.code.as_str().into()],
        ),
        list(
            "the release in its order",
            "idx_icd10_place",
            false,
            format!("{of} AND place > $2 ORDER BY place LIMIT 100"),
            |it| vec![it.release.as_str().into(), Value::Integer(it.place)],
        ),
        list(
            "retired codes",
            "idx_icd10_inactive_code",
            true,
            format!("{of} AND NOT active AND code > $2 ORDER BY code LIMIT 100"),
            |it| vec![it.release.as_str().into(), it.code.as_str().into()],
        ),
    ]
}
