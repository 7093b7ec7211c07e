//! What is asked of the tables. Each statement is written for an index; `tests/plans.rs` holds them to it.

use std::sync::Arc;

use medcover_store::{ColumnKind, StoreError, Value};

use super::Icd10Tables;
use super::row::{COLUMNS, KINDS, Row, term_key};
use super::schema::FULL_TEXT;

/// Sorts behind whatever begins with the text before it.
const LAST: char = '\u{10FFFF}';

type Sql = Arc<str>;
type Found = Result<Vec<Row>, StoreError>;

/// The statements; `$1` is the release in each.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) release: Sql,
    pub(super) current: Sql,
    pub(super) by_codes: Sql,
    pub(super) by_code_prefix: Sql,
    pub(super) by_term_prefix: Sql,
    pub(super) by_words: Sql,
    /// Missing where the server has no trigrams.
    pub(super) by_similarity: Option<Sql>,
    pub(super) children: Sql,
    pub(super) chapters: Sql,
}

/// What a search is restricted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) chapter: Option<u8>,
    pub(super) billable: Option<bool>,
}

/// A release as the tables have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableRelease {
    pub(super) version: String,
    pub(super) title: String,
    pub(super) uri: String,
    pub(super) valid_from: Option<String>,
    pub(super) source_sha256: String,
}

impl Statements {
    /// `trigrams` is the schema of the functions of `pg_trgm`.
    pub(super) fn new(trigrams: Option<&str>) -> Self {
        let release = "SELECT release, title, uri, valid_from, source_sha256 FROM icd10_releases";
        let concepts = format!("SELECT {COLUMNS} FROM icd10_concepts WHERE release = $1");
        let codes = format!("SELECT {COLUMNS} FROM icd10_master WHERE release = $1");
        let filter = |chapter: u8, billable: u8| {
            format!(
                "(CAST(${chapter} AS bigint) IS NULL OR chapter = ${chapter}) \
                AND (CAST(${billable} AS boolean) IS NULL OR billable = ${billable})"
            )
        };
        let by_similarity = trigrams.map(|it| {
            format!(
                "{codes} AND term OPERATOR({it}.%) $2 AND {} \
                ORDER BY {it}.similarity(term, $2) DESC, place LIMIT $5",
                filter(3, 4)
            )
        });
        Self {
            release: format!("{release} WHERE release = $1").into(),
            current: format!("{release} WHERE current").into(),
            by_codes: format!("{concepts} AND code = ANY(string_to_array($2, ' '))").into(),
            by_code_prefix: format!(
                "{codes} AND code >= $2 AND code < $3 AND {} ORDER BY code LIMIT $6",
                filter(4, 5)
            )
            .into(),
            by_term_prefix: format!(
                "{concepts} AND term_key >= $2 AND term_key < $3 AND {} \
                ORDER BY term_key, code LIMIT $6",
                filter(4, 5)
            )
            .into(),
            by_words: format!(
                "{concepts} AND {FULL_TEXT} @@ plainto_tsquery('english', $2) AND {} \
                ORDER BY length(term), place LIMIT $5",
                filter(3, 4)
            )
            .into(),
            by_similarity: by_similarity.map(Into::into),
            children: format!("{concepts} AND parent = $2 ORDER BY place").into(),
            // A chapter may be asked for by its first and last category.
            chapters: format!(
                "SELECT {COLUMNS} FROM icd10_groups WHERE release = $1 AND level = 0 UNION ALL \
                SELECT {COLUMNS} FROM icd10_master WHERE release = $1 AND code IN ( \
                    SELECT unnest(ARRAY[min(code), max(code)]) FROM icd10_master \
                    WHERE release = $1 AND level = 2 GROUP BY chapter)"
            )
            .into(),
        }
    }
}

impl Icd10Tables {
    /// The release of this name; of none, the current one.
    pub(super) async fn release(
        &self,
        version: Option<&str>,
    ) -> Result<Option<TableRelease>, StoreError> {
        let (sql, values) = match version {
            Some(version) => (&self.statements.release, vec![version.into()]),
            None => (&self.statements.current, Vec::new()),
        };
        let rows = self
            .tables
            .rows(sql, &values, &[ColumnKind::Text; 5])
            .await?;
        let text = |cell: &Value| cell.as_text().map(ToOwned::to_owned);
        let read = |row: &Vec<Value>| {
            Some(TableRelease {
                version: text(&row[0])?,
                title: text(&row[1])?,
                uri: text(&row[2])?,
                valid_from: text(&row[3]),
                source_sha256: text(&row[4])?,
            })
        };
        Ok(rows.first().and_then(read))
    }

    /// Whether there is a release of this name; of none, a current one.
    pub(crate) async fn has_release(&self, version: Option<&str>) -> Result<bool, StoreError> {
        Ok(self.release(version).await?.is_some())
    }

    /// The concepts of these codes, as people write them.
    pub(super) async fn find_by_code(&self, release: &str, codes: &[String]) -> Found {
        let codes = codes.join(" ");
        let values = [release.into(), codes.as_str().into()];
        self.found(&self.statements.by_codes, &values).await
    }

    /// The first `most` codes that begin with `prefix`.
    pub(super) async fn find_by_code_prefix(
        &self,
        release: &str,
        prefix: &str,
        filter: Filter,
        most: u32,
    ) -> Found {
        let values = between(release, prefix, filter, most);
        self.found(&self.statements.by_code_prefix, &values).await
    }

    /// The first `most` concepts whose titles begin with `prefix`, chapters and blocks included.
    pub(super) async fn find_by_term_prefix(
        &self,
        release: &str,
        prefix: &str,
        filter: Filter,
        most: u32,
    ) -> Found {
        let values = between(release, &term_key(prefix), filter, most);
        self.found(&self.statements.by_term_prefix, &values).await
    }

    /// Concepts whose titles have all words of `text`, in any order and form; the `most` shortest titles.
    pub(super) async fn find_by_words(
        &self,
        release: &str,
        text: &str,
        filter: Filter,
        most: u32,
    ) -> Found {
        let values = alike(release, text, filter, most);
        self.found(&self.statements.by_words, &values).await
    }

    /// The `most` codes whose titles have the most in common with `text`, at least 0.3 of its trigrams.
    pub(super) async fn find_by_similarity(
        &self,
        release: &str,
        text: &str,
        filter: Filter,
        most: u32,
    ) -> Found {
        let Some(sql) = &self.statements.by_similarity else {
            let detail = "the server does not have pg_trgm";
            return Err(StoreError::Unavailable(detail.to_owned()));
        };
        let values = alike(release, text, filter, most);
        self.found(sql, &values).await
    }

    /// What stands directly below `code`, in the order of the release.
    pub(super) async fn find_children(&self, release: &str, code: &str) -> Found {
        let values = [release.into(), code.into()];
        self.found(&self.statements.children, &values).await
    }

    /// The chapters, and the first and last category of each.
    pub(super) async fn find_chapters(&self, release: &str) -> Found {
        self.found(&self.statements.chapters, &[release.into()])
            .await
    }

    async fn found(&self, sql: &Sql, values: &[Value]) -> Found {
        let rows = self.tables.rows(sql, values, &KINDS).await?;
        let read = |cells: &Vec<Value>| {
            Row::read(cells).ok_or_else(|| {
                StoreError::Unavailable(format!("the row of {:?} cannot be read", cells[0]))
            })
        };
        rows.iter().map(read).collect()
    }
}

pub(super) fn between(release: &str, prefix: &str, filter: Filter, most: u32) -> [Value; 6] {
    [
        release.into(),
        prefix.into(),
        format!("{prefix}{LAST}").into(),
        chapter(filter),
        filter.billable.into(),
        Value::Integer(most.into()),
    ]
}

pub(super) fn alike(release: &str, text: &str, filter: Filter, most: u32) -> [Value; 5] {
    [
        release.into(),
        text.into(),
        chapter(filter),
        filter.billable.into(),
        Value::Integer(most.into()),
    ]
}

fn chapter(filter: Filter) -> Value {
    filter.chapter.map(i64::from).into()
}
