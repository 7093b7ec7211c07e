//! What lies where, and that a server that was brought here step by step is as one that was made at once.

use medcover_store::{Migration, PostgresOptions, ReferenceSchema, ReferenceTables};

use serde_json::json;

use super::super::schema;
use super::*;
use crate::testing::{Served, icd10cm};

#[tokio::test]
async fn each_partition_holds_its_chapters_and_the_default_none() {
    let server = server();
    let tables = tables(&server).await;
    let mut source = generated("2026-04-01", 2);
    // The last codes before each bound, and those that share a letter with another chapter.
    for (code, chapter) in [
        ("B99.9", 1),
        ("D49.9", 2),
        ("D50.0", 2),
        ("T88.9", 17),
        ("V00.01", 18),
        ("Y99.9", 18),
        ("Z99.89", 19),
    ] {
        add(&mut source, 0, code, Level::Subcategory, chapter);
    }
    load(&tables, &source, "1").await;
    let rows = texts(
        &tables,
        "SELECT tableoid::regclass::text, code FROM icd10_master",
        2,
    )
    .await;
    let codes = source
        .concepts
        .iter()
        .filter(|it| it.level >= Level::Category);
    assert_eq!(rows.len(), codes.count());
    for row in &rows {
        let (part, code) = (&row[0]["icd10_".len()..], &*row[1]);
        let (_, from, to) = schema::PARTITIONS
            .iter()
            .find(|it| it.0 == part)
            .unwrap_or_else(|| panic!("{code} is in {part}"));
        assert!((*from..*to).contains(&code), "{code} is in {part}");
    }
    for (code, part) in [
        ("D49.9", "neoplasms_blood"),
        ("T88.9", "injury_poisoning"),
        ("V00.01", "special_external"),
        ("Z99.89", "health_factors"),
    ] {
        assert!(
            rows.contains(&vec![format!("icd10_{part}"), code.to_owned()]),
            "{code}"
        );
    }
    let figures = "SELECT chapter::text, total_codes::text FROM mv_chapter_stats \
        WHERE release = '2026-04-01' AND chapter = 18";
    assert_eq!(texts(&tables, figures, 2).await, [["18", "17"]]);
    let seen = texts(&tables, "SELECT count(*)::text FROM icd10_codes", 1).await;
    assert_eq!(seen, [[rows.len().to_string()]]);
    tables.close().await;
}

/// Everything in a schema that a program or a person could notice.
async fn shape(tables: &Icd10Tables) -> Vec<Vec<String>> {
    let sql = "SELECT c.relname || ' ' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text \
            || ' ' || COALESCE(l.collname, '') \
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation l ON l.oid = a.attcollation \
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') \
            AND a.attnum > 0 AND NOT a.attisdropped \
        UNION ALL SELECT c.relname::text, pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid::text || ' ' \
            || COALESCE((SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid), '') \
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
        WHERE c.relnamespace = current_schema()::regnamespace \
        UNION ALL SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint \
        WHERE connamespace = current_schema()::regnamespace \
        UNION ALL SELECT relname::text, pg_get_viewdef(oid) FROM pg_class \
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm') \
        UNION ALL SELECT name, version::text FROM reference_version ORDER BY 1, 2";
    let rows = texts(tables, sql, 2).await.into_iter();
    // Where an index lies is told with the schema.
    let plain = |text: String| text.replace("upgraded.", "").replace("terminology.", "");
    rows.map(|row| row.into_iter().map(plain).collect())
        .collect()
}

#[tokio::test]
async fn a_server_that_was_upgraded_with_its_rows_is_as_one_made_at_once() {
    const FIRST: &[Migration] = &[schema::ICD10.migrations[0]];
    let first = ReferenceSchema {
        migrations: FIRST,
        indexes: Vec::new,
        ..schema::ICD10
    };
    let server = server();
    let options = PostgresOptions {
        schema: "upgraded".to_owned(),
        ..options(&server)
    };
    let old = ReferenceTables::open(&options, &first, clock()).await;
    let old = old.expect("the first version");
    let mut turn = old.bulk().await.expect("a turn");
    turn.run("INSERT INTO icd10_master VALUES ('1', 'E11.9', 1, 3, NULL, 4, true, true, 'a', 'a', NULL, '{}')")
        .await
        .expect("a row of the first version");
    turn.commit().await.expect("it is kept");
    old.close().await;
    let upgraded = Icd10Tables::open(&options, clock()).await;
    let upgraded = upgraded.expect("it is upgraded beside its rows");
    let fresh = tables(&server).await;
    let (one, other) = (shape(&upgraded).await, shape(&fresh).await);
    assert!(one.len() > 500, "{}", one.len());
    assert_eq!(one, other);
    let kept = texts(&upgraded, "SELECT code FROM icd10_endocrine_metabolic", 1).await;
    assert_eq!(kept, [["E11.9"]]);
    // Nobody who finds everything as it should be changes anything or waits.
    let turn = fresh.bulk().await.expect("a turn that lasts");
    let again = tokio::time::timeout(std::time::Duration::from_secs(20), tables(&server)).await;
    again.expect("it does not wait").close().await;
    drop(turn);
    // A program of before refuses what it does not know.
    let refused = ReferenceTables::open(&options, &first, clock()).await;
    let told = refused.expect_err("it is newer").to_string();
    assert!(
        told.contains("has schema 4") && told.contains("only up to 1"),
        "{told}"
    );
}

#[tokio::test]
async fn without_the_extension_all_but_similarity_goes_on_and_its_index_follows_when_it_comes() {
    let server = server();
    let owner = tables(&server).await;
    let mut turn = owner.bulk().await.expect("a turn");
    turn.run(
        "DROP EXTENSION pg_trgm CASCADE; CREATE ROLE teller LOGIN; CREATE SCHEMA small; \
        GRANT USAGE, CREATE ON SCHEMA small TO teller",
    )
    .await
    .expect("an administrator may");
    turn.commit().await.expect("it is done");
    let options = PostgresOptions {
        url: server.url().replace("postgres@", "teller@"),
        schema: "small".to_owned(),
        ..options(&server)
    };
    let small = Icd10Tables::open(&options, clock())
        .await
        .expect("it does without");
    assert!(!small.finds_by_similarity());
    let trigrams = "SELECT count(*)::text FROM pg_indexes WHERE schemaname = 'small' AND indexname LIKE '%trigram'";
    assert_eq!(texts(&small, trigrams, 1).await, [["0"]]);
    load(&small, &icd10cm("2026-04-01"), "1").await;
    let program = Served::over_tables(tempfile::tempdir().expect("a folder"), small.clone());
    let path = "/api/v1/search/icd10?q=cough";
    let answer = program.client().get(path).await.json();
    assert_eq!(answer["degraded"], json!(["similarity"]));
    assert_eq!(answer["hits"][0]["code"], "R05.9", "{answer}");
    let mut turn = owner.bulk().await.expect("a turn");
    turn.run("CREATE EXTENSION pg_trgm WITH SCHEMA public")
        .await
        .expect("it is made");
    turn.commit().await.expect("it is kept");
    let small = Icd10Tables::open(&options, clock())
        .await
        .expect("it opens");
    assert!(small.finds_by_similarity());
    assert_eq!(texts(&small, trigrams, 1).await, [["21"]]);
    // And a server that has not the other either has indexes of all releases together.
    let mut turn = owner.bulk().await.expect("a turn");
    turn.run(
        "DROP SCHEMA small CASCADE; DROP EXTENSION btree_gin CASCADE; CREATE SCHEMA small; \
        GRANT USAGE, CREATE ON SCHEMA small TO teller",
    )
    .await
    .expect("an administrator may");
    turn.commit().await.expect("it is done");
    let small = Icd10Tables::open(&options, clock()).await;
    let small = small.expect("it does without");
    let plain = "SELECT count(*)::text FROM pg_indexes WHERE schemaname = 'small' AND indexdef LIKE '%gin (term%trgm_ops)'";
    assert_eq!(texts(&small, plain, 1).await, [["21"]]);
}
