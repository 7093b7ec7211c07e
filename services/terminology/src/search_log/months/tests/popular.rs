//! The searches that came most often, over all processes.

use medcover_kernel::SystemClock;
use medcover_mesh::{Leading, Run};
use medcover_store::MemoryStore;
use serde_json::json;

use super::super::ViewRefresher;
use super::super::refresher::REFRESH;
use super::*;
use crate::Worker;
use crate::releases::publish_source;
use crate::search_log::schema;
use crate::testing::{Served, icd10cm};

/// A process that keeps its search log on the server.
async fn process(server: &PostgresServer) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    publish_source(folder.path(), &icd10cm("2026-04-01"), &SystemClock::new());
    // Something is kept; where, the tables say.
    let store = MemoryStore::new(schema(), Arc::new(SystemClock::new()));
    Served::over_all(folder, Some(Arc::new(store)), Some(tables(server).await))
}

/// Writes what was handed in.
async fn drain(served: &Served) {
    let (stopper, stop) = medcover_http::stop();
    stopper.drain();
    for worker in served.terminology.workers() {
        if matches!(worker, Worker::SearchLog(_)) {
            let run = tokio::time::timeout(Duration::from_secs(30), worker.run(stop.clone()));
            run.await.expect("it stops");
        }
    }
}

fn refresher(log: &MonthlyLog) -> ViewRefresher {
    ViewRefresher::new(log.clone(), DAY, Arc::new(SystemClock::new()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_count_together_and_each_by_itself_without_the_server() {
    let server = server();
    let (one, other) = (process(&server).await, process(&server).await);
    for path in ["icd10?q=Asthma", "icd10?q=cough", "unified?q=%20cough%20"] {
        one.client().get(&format!("/api/v1/search/{path}")).await;
    }
    for path in ["icd10?q=asthma", "icd10?q=ASTHMA"] {
        other.client().get(&format!("/api/v1/search/{path}")).await;
    }
    drain(&one).await;
    drain(&other).await;
    let log = tables(&server).await.search_log();
    let words = "SELECT words FROM search_logs_master ORDER BY words";
    assert_eq!(
        texts(&log, words).await,
        ["asthma", "asthma", "asthma", "cough", "cough"]
    );
    assert_eq!(
        refresher(&log).run(Leading::ALONE).await.expect("it runs"),
        Run::Done
    );
    let together =
        json!([{"query": "asthma", "search_count": 3}, {"query": "cough", "search_count": 2}]);
    for process in [&one, &other] {
        let popular = process.client().get("/api/v1/stats/popular").await.json();
        assert_eq!(popular, together);
    }
    let tasks = one.terminology.shared_tasks().len();
    assert_eq!(tasks, 2, "partitions and views");
    drop(server);
    let alone = one.client().get("/api/v1/stats/popular").await.json();
    assert_eq!(
        alone,
        json!([{"query": "cough", "search_count": 2}, {"query": "asthma", "search_count": 1}])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_views_are_read_while_they_are_refreshed() {
    let server = server();
    let tables = tables(&server).await;
    let log = tables.search_log();
    search(&log, "asthma", &["2026-11-15T00:00:00Z"]).await;
    assert_eq!(
        refresher(&log).run(Leading::ALONE).await.expect("it runs"),
        Run::Done
    );
    search(
        &log,
        "cough",
        &["2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z"],
    )
    .await;
    let turn = log.turn(
        "terminology-views",
        Leading::ALONE,
        at("2026-11-17T00:00:00Z"),
    );
    let mut turn = turn.await.expect("a turn").expect("nobody leads");
    turn.run(REFRESH).await.expect("it is refreshed");
    // Nothing is kept yet, and nobody waits.
    let read = async || {
        let read = tokio::time::timeout(Duration::from_secs(20), log.popular(10));
        let found = read
            .await
            .expect("it does not wait")
            .expect("it is answered");
        found
            .into_iter()
            .map(|it| (it.query, it.search_count))
            .collect::<Vec<_>>()
    };
    assert_eq!(read().await, [("asthma".to_owned(), 1)]);
    assert_eq!(
        texts(&log, "SELECT chapter::text FROM mv_chapter_stats")
            .await
            .len(),
        0
    );
    turn.commit().await.expect("it is kept");
    assert_eq!(
        read().await,
        [("cough".to_owned(), 2), ("asthma".to_owned(), 1)]
    );
}

#[tokio::test]
async fn the_figures_of_chapters_follow_what_somebody_changed_in_sql() {
    let server = server();
    let tables = tables(&server).await;
    let log = tables.search_log();
    let mut turn = tables.bulk().await.expect("a turn");
    turn.run("INSERT INTO icd10_master VALUES ('1', 'E11.9', 1, 3, NULL, 4, true, true, 'a', 'a', NULL, '{}')")
        .await
        .expect("a row");
    turn.commit().await.expect("it is kept");
    let figures = "SELECT chapter || ' ' || total_codes FROM mv_chapter_stats";
    assert!(texts(&log, figures).await.is_empty());
    assert_eq!(
        refresher(&log).run(Leading::ALONE).await.expect("it runs"),
        Run::Done
    );
    assert_eq!(texts(&log, figures).await, ["4 1"]);
}
