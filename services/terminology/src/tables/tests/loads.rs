//! A load is seen whole or not at all, and loads wait for one another.

use std::time::Duration;

use super::*;

const CURRENT: &str = "SELECT release, source_sha256 FROM icd10_releases WHERE current";
const ROWS: &str = "SELECT release, count(*)::text FROM icd10_codes GROUP BY release";

#[tokio::test]
async fn a_load_that_is_killed_leaves_the_release_before_it_and_may_be_repeated() {
    let server = server();
    let tables = tables(&server).await;
    let (old, new) = (generated("2026-04-01", 1), generated("2026-10-01", 2));
    load(&tables, &old, "old").await;
    let killed = fill(&tables, &new, &facts(&new, "new"), &*clock(), &mut Quiet).await;
    // All is copied and nothing kept: so ends a process that is killed now.
    drop(killed.expect("it is copied"));
    assert_eq!(texts(&tables, CURRENT, 2).await, [["2026-04-01", "old"]]);
    assert_eq!(texts(&tables, ROWS, 2).await, [["2026-04-01", "380"]]);
    for _ in 0..2 {
        load(&tables, &new, "new").await;
        assert_eq!(texts(&tables, CURRENT, 2).await, [["2026-10-01", "new"]]);
        assert_eq!(texts(&tables, ROWS, 2).await, [["2026-10-01", "570"]]);
    }
    // The older stays beside it, and another content of the same release takes the place of the first.
    let all = "SELECT count(*)::text FROM icd10_master";
    assert_eq!(texts(&tables, all, 1).await, [["950"]]);
    load(&tables, &generated("2026-10-01", 3), "newer").await;
    assert_eq!(texts(&tables, CURRENT, 2).await, [["2026-10-01", "newer"]]);
    assert_eq!(texts(&tables, all, 1).await, [["1140"]]);
    tables.close().await;
}

#[tokio::test]
async fn the_same_release_is_not_copied_twice() {
    let server = server();
    let tables = tables(&server).await;
    let source = generated("2026-04-01", 1);
    load(&tables, &source, "1").await;
    let rows = "SELECT code, xmin::text FROM icd10_master ORDER BY code";
    let before = texts(&tables, rows, 2).await;
    load(&tables, &source, "1").await;
    assert_eq!(texts(&tables, rows, 2).await, before);
    tables.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loads_wait_for_one_another() {
    let server = server();
    let (one, other) = (tables(&server).await, tables(&server).await);
    let (first, second) = (generated("2026-04-01", 1), generated("2026-04-01", 2));
    let filled = fill(&one, &first, &facts(&first, "1"), &*clock(), &mut Quiet).await;
    let filled = filled.expect("it is copied");
    let loading = load(&other, &second, "2");
    tokio::pin!(loading);
    let early = tokio::time::timeout(Duration::from_secs(1), &mut loading).await;
    assert!(early.is_err(), "it did not wait");
    filled.commit().await.expect("it is kept");
    loading.await;
    assert_eq!(texts(&one, CURRENT, 2).await, [["2026-04-01", "2"]]);
    assert_eq!(texts(&one, ROWS, 2).await, [["2026-04-01", "570"]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_may_make_the_tables_at_once() {
    let server = server();
    let opened = tokio::join!(tables(&server), tables(&server), tables(&server));
    let known = "SELECT name, version::text FROM reference_version";
    assert_eq!(texts(&opened.2, known, 2).await, [["icd10", "4"]]);
}
