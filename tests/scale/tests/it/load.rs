//! Rows that were made up go the way of a load, and every query finds its index.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use medcover_kernel::SystemClock;
use medcover_scale::terms;
use medcover_store::{Bulk, ColumnKind, PostgresOptions, ReferenceTables};
use medcover_terminology::load::{Input, Quiet, SystemKind, SystemName, TableRows, read};
use medcover_terminology::{Icd10Tables, Sample, TableLoad};
use medcover_testkit::PostgresServer;
use serde_json::Value;

/// So many that the planner prefers an index for most of them, as for ten million.
const ROWS: u64 = 40_000;
const RELEASE: &str = "generated";
/// Chapters and blocks that stand before the codes.
const GROUPS: u64 = 22 + 260;

fn made(rows: u64) -> Vec<u8> {
    let mut table = Vec::new();
    terms::write(&mut table, rows, 1).expect("memory takes all");
    table
}

fn options(server: &PostgresServer) -> PostgresOptions {
    PostgresOptions::new(server.url(), "terminology", "unused")
}

fn copy(server: &PostgresServer) {
    let table = made(ROWS);
    let mut load = TableLoad::open(&options(server), Arc::new(SystemClock::new()));
    let load = load.as_mut().expect("the tables are made");
    let rows = TableRows::open("rows.tsv", Some(table.len() as u64), &*table);
    let mut rows = rows.expect("a header");
    let loaded = load.load_rows(RELEASE, &mut rows, &mut Quiet);
    assert_eq!(loaded.expect("it is copied").concepts, ROWS + GROUPS);
}

async fn turn(server: &PostgresServer) -> Bulk {
    let tables = ReferenceTables::look(&options(server), Arc::new(SystemClock::new()));
    let turn = tables.expect("the server is there").bulk().await;
    turn.expect("nobody else is here")
}

/// All values under `name`, anywhere in `plan`.
fn named(plan: &Value, name: &str, found: &mut BTreeSet<String>) {
    match plan {
        Value::Object(fields) => {
            let value = fields.get(name).and_then(Value::as_str);
            found.extend(value.map(ToOwned::to_owned));
            fields.values().for_each(|it| named(it, name, found));
        }
        Value::Array(items) => items.iter().for_each(|it| named(it, name, found)),
        _ => {}
    }
}

#[test]
fn every_partition_has_its_share_and_every_query_its_index() {
    let server = PostgresServer::start().expect("it starts");
    copy(&server);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut turn = turn(&server).await;
        // As the server does by itself a while after a load.
        for sql in ["COMMIT", "VACUUM ANALYZE icd10_master", "BEGIN"] {
            turn.run(sql).await.expect("it is done");
        }
        let counts = "SELECT tableoid::regclass::text, count(*) FROM icd10_master GROUP BY 1";
        let kinds = [ColumnKind::Text, ColumnKind::Integer];
        let counts = turn.rows(counts, Vec::new(), &kinds).await;
        let counts: BTreeMap<_, _> = counts
            .expect("it answers")
            .iter()
            .map(|row| {
                (
                    row[0].as_text().unwrap_or_default().to_owned(),
                    *row[1].as_integer().expect("a count"),
                )
            })
            .collect();
        assert_eq!(counts.len(), 19, "{counts:?}");
        assert!(!counts.contains_key("icd10_default"), "{counts:?}");
        assert_eq!(
            counts.values().sum::<i64>(),
            i64::try_from(ROWS).expect("small")
        );
        turn.commit().await.expect("nothing is left");
        let tables = Icd10Tables::open(&options(&server), Arc::new(SystemClock::new())).await;
        let tables = tables.expect("they are there");
        let samples = tables.samples(RELEASE, 1).await.expect("it answers");
        let injury = samples.iter().find(|it| it.code.starts_with("S52."));
        each_index(&tables, injury.expect("the largest partition has some")).await;
        tables.close().await;
    });
}

/// Each query of `sample`, which lies in the partition of injuries.
async fn each_index(tables: &Icd10Tables, sample: &Sample) {
    for query in tables.indexed_queries() {
        let told = tables.explain(&query, sample).await.expect("a plan");
        let plan = serde_json::from_str(&told).expect("JSON");
        let (mut indexes, mut looked_at) = (BTreeSet::new(), BTreeSet::new());
        named(&plan, "Index Name", &mut indexes);
        named(&plan, "Relation Name", &mut looked_at);
        let index = match query.index {
            "idx_icd10_term_fulltext" => "idx_icd10_injury_poisoning_term_gin".to_owned(),
            index => index.replace("icd10", "icd10_injury_poisoning"),
        };
        // Where few rows are left out of a partial index, the planner takes it in one partition and the whole one in the next.
        let partial = query.index == "idx_icd10_term_active_billable"
            && indexes
                .iter()
                .any(|it| it.ends_with("_term_active_billable"));
        // A partition of one chapter is listed by its key as well.
        let by_chapter = query.index == "idx_icd10_active_chapter_code"
            && indexes
                .iter()
                .any(|it| it.ends_with("_active_chapter_code"));
        assert!(
            by_chapter || partial || indexes.contains(&index),
            "{}: {told}",
            query.asks
        );
        looked_at.remove("icd10_groups");
        if query.index == "idx_icd10_code" {
            assert_eq!(looked_at.len(), 1, "{}: {looked_at:?}", query.asks);
        } else if query.prunes {
            assert!(
                !looked_at.contains("icd10_circulatory"),
                "{}: {looked_at:?}",
                query.asks
            );
        }
        let rows = tables.ask(&query, sample).await.expect("it answers");
        if query.index == "idx_icd10_code" || query.index.contains("term_trigram") {
            assert!(rows > 0, "{} finds nothing", query.asks);
        }
    }
}

#[test]
fn the_same_table_loads_as_a_code_system_of_its_own() {
    let input = Input {
        name: "rows.tsv".to_owned(),
        bytes: made(2_000),
    };
    let name = SystemName {
        system: "generated".to_owned(),
        uri: None,
        title: None,
        version: None,
    };
    let (source, _) = read(&[input], &SystemKind::Other(name), &mut Quiet).expect("it is read");
    assert_eq!(source.concepts.len() as u64, 2_000 + GROUPS);
    assert!(source.concepts.iter().any(|it| !it.terms.is_empty()));
}
