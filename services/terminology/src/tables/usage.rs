//! How much the indexes of the terminology tables are used, and how much of them is empty.

use std::collections::BTreeMap;
use std::sync::Arc;

use medcover_kernel::Clock;
use medcover_store::{ColumnKind, PostgresOptions, ReferenceTables, StoreError, Value};
use serde::Serialize;

/// Every index on tables of reference data, with the one over all partitions that it belongs to. What a B-tree would take is
/// reckoned from the statistics of its columns: 8 bytes a tuple and 4 a pointer to it, widths rounded up to 8, 24 and 16 bytes of
/// each page for its head and end, and pages filled to nine tenths. Equal keys are stored once, so it may take less. Source:
/// PostgreSQL's documentation, *Database Page Layout* and *B-Tree Implementation*.
const INDEXES: &str = "SELECT c.relname::text, COALESCE(p.relname, c.relname)::text, t.relname::text, am.amname::text, \
        pg_relation_size(c.oid), GREATEST(c.reltuples, 0)::bigint, COALESCE(s.idx_scan, 0)::bigint, i.indisvalid, \
        CASE WHEN am.amname = 'btree' AND c.reltuples > 0 AND w.known THEN \
            GREATEST(0, pg_relation_size(c.oid) - current_setting('block_size')::bigint * (1 + \
                ceil(c.reltuples * (12 + 8 * ceil(w.width / 8.0)) \
                    / (0.9 * (current_setting('block_size')::bigint - 40)))))::bigint END \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid \
    JOIN pg_am am ON am.oid = c.relam \
    LEFT JOIN pg_inherits h ON h.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = h.inhparent \
    LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid \
    LEFT JOIN LATERAL (SELECT sum(st.avg_width) AS width, count(st.avg_width) = count(*) AS known \
        FROM pg_attribute a LEFT JOIN pg_stats st ON st.schemaname = current_schema() \
            AND st.tablename = t.relname AND st.attname = a.attname AND NOT st.inherited \
        WHERE a.attrelid = c.oid AND a.attnum > 0) w ON true \
    WHERE t.relnamespace = to_regnamespace(current_schema()) AND c.relkind = 'i' \
        AND (t.relname LIKE 'icd10\\_%' OR t.relname LIKE 'search\\_log%' OR t.relname LIKE 'mv\\_%') \
    ORDER BY 2, 1";

const KINDS: [ColumnKind; 9] = [
    ColumnKind::Text,
    ColumnKind::Text,
    ColumnKind::Text,
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Integer,
    ColumnKind::Integer,
    ColumnKind::Boolean,
    ColumnKind::Integer,
];

/// How an index on one table does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexUsage {
    /// Its name.
    pub index: String,
    /// The table, or partition.
    pub table: String,
    /// What it takes on the disk.
    pub bytes: i64,
    /// Entries, as they were last estimated.
    pub entries: i64,
    /// How often it was looked into since the statistics of the server began.
    pub scans: i64,
    /// Bytes beyond what a fresh one would take, by estimate; none where that cannot be told.
    pub bloat_bytes: Option<i64>,
    /// Whether it is whole: a build that broke off left one that is not.
    pub valid: bool,
}

/// How an index does over all partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexReport {
    /// Its name.
    pub index: String,
    /// `btree` or `gin`.
    pub method: String,
    /// What it takes on the disk.
    pub bytes: i64,
    /// How often it was looked into since the statistics of the server began, in any partition.
    pub scans: i64,
    /// Bytes beyond what fresh ones would take, by estimate, of those of which that can be told; none where it is of none.
    pub bloat_bytes: Option<i64>,
    /// Each partition's.
    pub partitions: Vec<IndexUsage>,
}

/// The indexes of the terminology tables in the schema that `options` name, in the order of their names. Nothing is changed.
pub async fn index_reports(
    options: &PostgresOptions,
    clock: Arc<dyn Clock>,
) -> Result<Vec<IndexReport>, StoreError> {
    let tables = ReferenceTables::look(options, clock)?;
    let rows = tables.rows(&INDEXES.into(), &[], &KINDS).await;
    tables.close().await;
    Ok(reports(&rows?))
}

fn reports(rows: &[Vec<Value>]) -> Vec<IndexReport> {
    let mut reports = BTreeMap::new();
    let text = |cell: &Value| cell.as_text().unwrap_or_default().to_owned();
    let number = |cell: &Value| cell.as_integer().copied();
    for row in rows {
        let name = text(&row[1]);
        let report = reports.entry(name.clone()).or_insert(IndexReport {
            index: name,
            method: text(&row[3]),
            bytes: 0,
            scans: 0,
            bloat_bytes: None,
            partitions: Vec::new(),
        });
        let usage = IndexUsage {
            index: text(&row[0]),
            table: text(&row[2]),
            bytes: number(&row[4]).unwrap_or(0),
            entries: number(&row[5]).unwrap_or(0),
            scans: number(&row[6]).unwrap_or(0),
            bloat_bytes: number(&row[8]),
            valid: row[7].as_boolean().copied().unwrap_or(false),
        };
        report.bytes += usage.bytes;
        report.scans += usage.scans;
        if let Some(bloat) = usage.bloat_bytes {
            *report.bloat_bytes.get_or_insert(0) += bloat;
        }
        report.partitions.push(usage);
    }
    reports.into_values().collect()
}
