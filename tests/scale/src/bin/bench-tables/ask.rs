//! What is asked of the tables, and how the server goes about it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, SystemClock, Timestamp};
use medcover_store::{ColumnKind, ReferenceTables, Value};
use medcover_terminology::{IndexedQuery, Sample};
use serde::Serialize;

use crate::Outcome;
use crate::measure::{Budget, Times, Timing};

/// How often a query is asked before it is measured.
const WARM: usize = 10;
/// Hours of which the log is asked for one.
const HOURS: i64 = 50 * 24;
const HOUR_US: i64 = 3_600_000_000;

/// The parameters of a query for a sample.
type Values = Box<dyn Fn(&Sample) -> Vec<Value> + Send + Sync>;

/// A query, with what it is asked with for a sample.
pub(crate) struct Asked {
    pub(crate) what: &'static str,
    /// The index over all partitions.
    pub(crate) index: &'static str,
    pub(crate) sql: Arc<str>,
    kinds: Vec<ColumnKind>,
    values: Values,
}

/// How the server goes about a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Whether the index of the query is used, in any partition.
    pub(crate) uses_index: bool,
    /// Partitions that are looked at.
    pub(crate) partitions: usize,
}

/// What was measured of a query.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) index: &'static str,
    pub(crate) uses_index: bool,
    pub(crate) partitions: usize,
    /// Rows of an answer, on the average.
    pub(crate) rows: f64,
    pub(crate) timing: Timing,
}

impl Asked {
    pub(crate) fn of(query: IndexedQuery) -> Self {
        Self {
            what: query.asks,
            index: query.index,
            sql: Arc::clone(&query.sql),
            kinds: query.kinds().to_vec(),
            values: Box::new(move |sample| query.values(sample)),
        }
    }

    /// How many rows the answer for `sample` has.
    pub(crate) async fn ask(&self, tables: &ReferenceTables, sample: &Sample) -> Outcome<usize> {
        let values = (self.values)(sample);
        let rows = tables.rows(&self.sql, &values, &self.kinds).await?;
        Ok(rows.len())
    }

    pub(crate) async fn plan(&self, tables: &ReferenceTables, sample: &Sample) -> Outcome<Plan> {
        let sql = format!("EXPLAIN (FORMAT JSON) {}", self.sql).into();
        let values = (self.values)(sample);
        let rows = tables.rows(&sql, &values, &[ColumnKind::Text]).await?;
        let told = rows.first().and_then(|row| row[0].as_text());
        let told = serde_json::from_str(told.unwrap_or_default())?;
        Ok(Plan::read(&told, self.index))
    }

    /// Asks for one sample after the other, within `budget`.
    pub(crate) async fn measure(
        &self,
        tables: &ReferenceTables,
        samples: &[Sample],
        budget: Budget,
        clock: &SystemClock,
    ) -> Outcome<Figure> {
        let first = samples.first().ok_or("there is nothing to ask for")?;
        let plan = self.plan(tables, first).await?;
        let warm = clock.elapsed() + budget.span / 10;
        for sample in samples.iter().rev().take(WARM) {
            if clock.elapsed() < warm {
                self.ask(tables, sample).await?;
            }
        }
        let (mut times, mut rows) = (Times::default(), 0);
        let end = clock.elapsed() + budget.span;
        for sample in samples.iter().take(budget.asked) {
            let began = clock.elapsed();
            if began > end {
                break;
            }
            rows += self.ask(tables, sample).await?;
            times.push(clock.elapsed().saturating_sub(began));
        }
        let timing = times.timing();
        Ok(Figure {
            what: self.what,
            index: self.index,
            uses_index: plan.uses_index,
            partitions: plan.partitions,
            rows: rows as f64 / timing.count.max(1) as f64,
            timing,
        })
    }
}

/// Questions beside those of the indexes on codes: totals, popular searches, the search log.
pub(crate) fn of_views(clock: &SystemClock) -> Vec<Asked> {
    let now = clock.now();
    let hour = move |sample: &Sample| -> Vec<Value> {
        let back = (sample.place * 7_919 % HOURS + 1) * HOUR_US;
        let from = now.as_micros() - back;
        let moment = |micros| Value::from(Timestamp::from_micros(micros));
        vec![moment(from), moment(from + HOUR_US)]
    };
    vec![
        Asked {
            what: "the totals of a chapter",
            index: "idx_mv_chapter_stats",
            sql: "SELECT total_codes, active_codes, billable_codes FROM mv_chapter_stats \
                WHERE release = $1 AND chapter = $2"
                .into(),
            kinds: vec![ColumnKind::Integer; 3],
            values: Box::new(|it| {
                vec![
                    it.release.as_str().into(),
                    Value::Integer(it.chapter.into()),
                ]
            }),
        },
        Asked {
            what: "the popular searches",
            index: "idx_mv_popular_searches_count",
            sql: "SELECT query, search_count FROM mv_popular_searches \
                ORDER BY search_count DESC, query LIMIT 50"
                .into(),
            kinds: vec![ColumnKind::Text, ColumnKind::Integer],
            values: Box::new(|_| Vec::new()),
        },
        Asked {
            what: "the searches of an hour, counted",
            index: "idx_search_logs_time",
            sql: "SELECT operation, count(*), avg(took_us)::bigint FROM search_logs_master \
                WHERE searched_at >= $1 AND searched_at < $2 GROUP BY operation"
                .into(),
            kinds: vec![ColumnKind::Text, ColumnKind::Integer, ColumnKind::Integer],
            values: Box::new(hour),
        },
    ]
}

impl Plan {
    fn read(told: &serde_json::Value, index: &str) -> Self {
        let (mut indexes, mut tables) = (BTreeSet::new(), BTreeSet::new());
        named(told, "Index Name", &mut indexes);
        named(told, "Relation Name", &mut tables);
        // Chapters and blocks are no partition, though their key is called like one of a partition.
        tables.remove("icd10_groups");
        let part = |table: &str| match index {
            "idx_icd10_term_fulltext" => format!("idx_{table}_term_gin"),
            "idx_search_logs_time" => format!("{table}_pkey"),
            index => index.replace("icd10", table),
        };
        let uses_index = tables.iter().any(|it| indexes.contains(&*part(it)));
        let is_part = |it: &&&str| it.starts_with("icd10_") || it.starts_with("search_logs_");
        Self {
            uses_index,
            partitions: tables.iter().filter(is_part).count(),
        }
    }
}

/// All values under `name`, anywhere in `plan`.
fn named<'p>(plan: &'p serde_json::Value, name: &str, found: &mut BTreeSet<&'p str>) {
    match plan {
        serde_json::Value::Object(fields) => {
            found.extend(fields.get(name).and_then(serde_json::Value::as_str));
            fields.values().for_each(|it| named(it, name, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|it| named(it, name, found)),
        _ => {}
    }
}

/// How long something took.
pub(crate) fn since(clock: &SystemClock, began: Duration) -> Duration {
    clock.elapsed().saturating_sub(began)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_names_the_index_of_a_partition_and_the_partitions() {
        let told = json!([{"Plan": {"Plans": [
            {"Relation Name": "icd10_groups", "Index Name": "idx_icd10_groups_code"},
            {"Relation Name": "icd10_skin", "Plans": [{"Index Name": "idx_icd10_skin_term_gin"}]},
            {"Relation Name": "icd10_eye_ear"},
        ]}}]);
        let plan = |index| Plan::read(&told, index);
        let words = plan("idx_icd10_term_fulltext");
        assert_eq!((words.uses_index, words.partitions), (true, 2));
        assert!(!plan("idx_icd10_code").uses_index);
        let log = json!({"Relation Name": "search_logs_2026_11", "Index Name": "search_logs_2026_11_pkey"});
        let log = Plan::read(&log, "idx_search_logs_time");
        assert_eq!((log.uses_index, log.partitions), (true, 1));
    }
}
