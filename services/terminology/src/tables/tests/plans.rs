//! Each query is answered by the index that was built for it, and looks at no partition that it need not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::queries::{IndexedQuery, Sample};
use super::*;

/// All values under `name`, anywhere in `plan`.
fn named<'p>(plan: &'p Value, name: &str, found: &mut BTreeSet<&'p str>) {
    match plan {
        Value::Object(fields) => {
            found.extend(fields.get(name).and_then(Value::as_str));
            fields.values().for_each(|it| named(it, name, found));
        }
        Value::Array(items) => items.iter().for_each(|it| named(it, name, found)),
        _ => {}
    }
}

/// The indexes and the tables that the plan of `query` names, and the plan.
async fn planned(
    tables: &Icd10Tables,
    query: &IndexedQuery,
    sample: &Sample,
) -> (BTreeSet<String>, BTreeSet<String>, String) {
    let told = tables.explain(query, sample).await;
    let told = told.expect("it is explained");
    let plan: Value = serde_json::from_str(&told).expect("JSON");
    let all = |name| {
        let mut found = BTreeSet::new();
        named(&plan, name, &mut found);
        found.into_iter().map(ToOwned::to_owned).collect()
    };
    (all("Index Name"), all("Relation Name"), told)
}

/// The index of `query` on the partition of the sample.
fn of_part(query: &IndexedQuery) -> String {
    match &query.index["idx_icd10_".len()..] {
        "term_fulltext" => "idx_icd10_congenital_term_gin".to_owned(),
        name => format!("idx_icd10_congenital_{name}"),
    }
}

#[tokio::test]
async fn each_query_uses_its_index_and_only_the_partitions_of_its_codes() {
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &generated("2026-04-01", 100), "1").await;
    load(&tables, &generated("2026-10-01", 100), "2").await;
    // As the server does by itself a while after a load: an index alone answers for rows that are known to be seen by all.
    let mut turn = tables.bulk().await.expect("a turn");
    for sql in ["COMMIT", "VACUUM icd10_master", "BEGIN"] {
        turn.run(sql).await.expect("it is done");
    }
    turn.commit().await.expect("nothing is left");
    let sample = Sample {
        release: "2026-10-01".to_owned(),
        code: "Q05.042".to_owned(),
        parent: "Q05".to_owned(),
        chapter: 35,
        term: "acute lesion of site Q05.042".to_owned(),
        place: 9_000,
    };
    let queries = tables.indexed_queries();
    let indexes: BTreeSet<_> = queries.iter().map(|it| it.index).collect();
    assert_eq!(indexes.len(), 11, "{indexes:?}");
    let (similar, others): (Vec<_>, Vec<_>) = queries
        .into_iter()
        .partition(|it| it.index == "idx_icd10_term_trigram");
    for query in others {
        let (used, mut looked_at, told) = planned(&tables, &query, &sample).await;
        let index = query.index;
        assert!(used.contains(&of_part(&query)), "{index}: {used:?} {told}");
        looked_at.remove("icd10_groups");
        if query.prunes {
            assert!(
                !looked_at.contains("icd10_circulatory"),
                "{index}: {looked_at:?}"
            );
        } else {
            assert_eq!(looked_at.len(), 20, "{index}: {looked_at:?}");
        }
        if index == "idx_icd10_code" {
            assert_eq!(looked_at, BTreeSet::from(["icd10_congenital".to_owned()]));
        }
        if index == "idx_icd10_billable_code" {
            assert!(told.contains("Index Only Scan"), "{told}");
        }
    }
    // Partitions as small as these are read as a whole sooner than by trigrams.
    for query in similar {
        let rows = tables.ask(&query, &sample).await;
        assert!(rows.expect("it is answered") > 0);
    }
    tables.close().await;
}

#[tokio::test]
async fn a_statement_for_any_chapter_reads_no_partition_to_its_end() {
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &generated("2026-10-01", 100), "1").await;
    let queries = tables.indexed_queries().into_iter();
    let mut of_chapter = queries.filter(|it| it.index == "idx_icd10_active_chapter_code");
    let sql = of_chapter.next().expect("it is asked for").sql;
    let mut turn = tables.bulk().await.expect("a turn");
    let explained = turn
        .run(&format!(
            "SET LOCAL plan_cache_mode = force_generic_plan; \
            PREPARE of_chapter (text, bigint, text) AS {sql}; \
            CREATE TABLE told (line text); \
            DO $$ DECLARE line text; BEGIN \
                FOR line IN EXECUTE 'EXPLAIN EXECUTE of_chapter (''2026-10-01'', 3, ''A05'')' \
                LOOP INSERT INTO told VALUES (line); END LOOP; \
            END $$"
        ))
        .await;
    explained.expect("it is explained");
    turn.commit().await.expect("it is kept");
    let told = texts(&tables, "SELECT line FROM told", 1).await.concat();
    let scans = told.iter().filter(|line| line.contains("Scan"));
    let scans: Vec<_> = scans.collect();
    assert_eq!(scans.len(), 20, "{told:#?}");
    let by_chapter = |line: &&String| line.contains("active_chapter_code");
    assert!(scans.iter().all(by_chapter), "{told:#?}");
    tables.close().await;
}

#[tokio::test]
async fn of_many_rows_similar_titles_are_found_by_the_trigrams_of_their_release() {
    let server = server();
    let tables = tables(&server).await;
    // Four releases side by side, half of what ICD-10-CM has of injuries, each title of its own.
    let mut turn = tables.bulk().await.expect("a turn");
    turn.run(
        "INSERT INTO icd10_master \
        SELECT release, 'S' || n, n, 3, NULL, 19, true, true, title, title, NULL, '{}' \
        FROM (SELECT n, 'injury ' || substr(md5(n::text), 1, 12) AS title FROM generate_series(10000, 35000) n) titles, \
            unnest(ARRAY['2025-04-01', '2025-10-01', '2026-04-01', '2026-10-01']) release; \
        ANALYZE icd10_master",
    )
    .await
    .expect("they are there");
    turn.commit().await.expect("they are kept");
    let sample = Sample {
        release: "2026-10-01".to_owned(),
        code: "S12345".to_owned(),
        parent: "S12".to_owned(),
        chapter: 19,
        term: "injury 827ccb0eea8a".to_owned(),
        place: 12_345,
    };
    let queries = tables.indexed_queries().into_iter();
    let mut similar = queries.filter(|it| it.index == "idx_icd10_term_trigram");
    let query = similar.next().expect("the server has trigrams");
    let (used, _, told) = planned(&tables, &query, &sample).await;
    let index = "idx_icd10_injury_poisoning_term_trigram";
    assert!(used.contains(index), "{used:?} {told}");
    let plan: Value = serde_json::from_str(&told).expect("JSON");
    let mut asked = BTreeSet::new();
    named(&plan, "Index Cond", &mut asked);
    let release = "release = '2026-10-01'";
    assert!(
        asked
            .iter()
            .any(|it| it.contains(release) && it.contains('%')),
        "{asked:?}"
    );
    assert!(tables.ask(&query, &sample).await.expect("it is answered") > 0);
    tables.close().await;
}
