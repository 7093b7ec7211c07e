//! What is told of indexes is what they do.

use super::super::{IndexReport, index_reports};
use super::*;

async fn report(server: &PostgresServer, index: &str) -> IndexReport {
    let reports = index_reports(&options(server), clock()).await;
    let reports = reports.expect("it is told").into_iter();
    let mut found = reports.filter(|it| it.index == index);
    found
        .next()
        .unwrap_or_else(|| panic!("{index} is not told"))
}

#[tokio::test]
async fn a_server_without_tables_has_nothing_to_tell_and_gets_none() {
    let server = server();
    for _ in 0..2 {
        let reports = index_reports(&options(&server), clock()).await;
        assert_eq!(reports.expect("it is told"), []);
    }
}

#[tokio::test]
async fn use_size_and_bloat_of_an_index_are_told_by_partition_and_together() {
    let server = server();
    let tables = tables(&server).await;
    load(&tables, &generated("2026-04-01", 300), "1").await;
    let name = "idx_icd10_level_code";
    let fresh = report(&server, name).await;
    assert_eq!((fresh.partitions.len(), &*fresh.method), (20, "btree"));
    let sum = |it: &IndexReport| it.partitions.iter().map(|it| it.bytes).sum::<i64>();
    assert_eq!(fresh.bytes, sum(&fresh));
    assert!(fresh.partitions.iter().all(|it| it.valid));
    let share = |it: &IndexReport| it.bloat_bytes.expect("it can be told") as f64 / it.bytes as f64;
    let entries = |it: &IndexReport| it.partitions.iter().map(|it| it.entries).sum::<i64>();
    assert_eq!(entries(&fresh), 19 * 10 * 301);
    // Of what is copied in the order of its codes pages are full, of others half.
    assert!(share(&fresh) < 0.6, "{fresh:?}");
    let of_gin = report(&server, "idx_icd10_term_fulltext").await;
    assert_eq!((of_gin.bloat_bytes, &*of_gin.method), (None, "gin"));
    let mut turn = tables.bulk().await.expect("a turn");
    turn.run("DELETE FROM icd10_master WHERE code LIKE '%.%' AND code NOT LIKE '%.00%'")
        .await
        .expect("it is done");
    for sql in ["COMMIT", "VACUUM ANALYZE icd10_master", "BEGIN"] {
        turn.run(sql).await.expect("it is done");
    }
    turn.commit().await.expect("nothing is left");
    let emptied = report(&server, name).await;
    assert!(share(&emptied) > 0.8, "{emptied:?}");
    assert!(emptied.bloat_bytes < Some(emptied.bytes));
    // Whoever asks by it is seen, once the session has told the statistics.
    let asked = "SET enable_seqscan = off; SET enable_bitmapscan = off; \
        SELECT code FROM icd10_circulatory WHERE release = '2026-04-01' AND level = 2 AND code > 'I20' ORDER BY code LIMIT 3";
    let before = emptied.scans;
    let mut turn = tables.bulk().await.expect("a turn");
    turn.run(asked).await.expect("it is answered");
    turn.run("SELECT pg_stat_force_next_flush()")
        .await
        .expect("it is told");
    turn.commit().await.expect("it ends");
    let used = report(&server, name).await;
    let scans = |it: &IndexReport| {
        let part = it
            .partitions
            .iter()
            .find(|it| it.table == "icd10_circulatory");
        part.expect("it is told").scans
    };
    assert!(
        used.scans > before && scans(&used) > scans(&emptied),
        "{used:?}"
    );
}
