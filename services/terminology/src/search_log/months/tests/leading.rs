//! Who is late does no harm.

use medcover_mesh::{Leading, Run};

use super::super::ViewRefresher;
use super::super::maker::TASK;
use super::*;

#[tokio::test]
async fn a_leader_that_comes_late_is_refused_and_changes_nothing() {
    let server = server();
    let log = tables(&server).await.search_log();
    let folder = tempfile::tempdir().expect("a folder");
    let (now, _) = maker(&log, "2026-11-15T00:00:00Z", Some(folder.path()));
    let later = Leading::with_fence(2);
    assert_eq!(now.run(later).await.expect("it runs"), Run::Done);
    search(&log, "asthma", &["2026-11-15T00:00:00Z"]).await;
    let before = rows(&log).await;
    // By its clock all of this would be made or be past its time.
    let (stalled, _) = maker(&log, "2028-01-01T00:00:00Z", Some(folder.path()));
    let late = Leading::with_fence(1);
    assert_eq!(stalled.run(late).await.expect("it is told"), Run::Fenced);
    let month = super::super::month::Month::of(at("2026-11-15T00:00:00Z"));
    assert_eq!(
        stalled.retire(month, late).await.expect("it is told"),
        Run::Fenced
    );
    assert_eq!(rows(&log).await, before);
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
    // Tasks are led one by one, and the leader itself goes on.
    let clock = Arc::new(ManualClock::at(at("2026-11-15T00:00:00Z")));
    let refresher = ViewRefresher::new(log.clone(), DAY, clock);
    assert_eq!(refresher.run(late).await.expect("it runs"), Run::Done);
    assert_eq!(now.run(later).await.expect("it runs"), Run::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_stands_still_within_its_transaction_loses_it_to_the_next() {
    let server = server();
    let log = tables(&server).await.search_log();
    let first = maker(&log, "2026-11-15T00:00:00Z", None).0;
    assert_eq!(
        first.run(Leading::with_fence(1)).await.expect("it runs"),
        Run::Done
    );
    search(&log, "asthma", &["2026-11-15T00:00:00Z"]).await;
    // As `turn` does, but for how long it is waited for.
    let mut stalled = log
        .tables
        .bulk_unless_idle(Duration::from_secs(3))
        .await
        .expect("a turn");
    let fence = "INSERT INTO task_fences VALUES ('search-log-partitions', 1, now()) \
        ON CONFLICT (task) DO UPDATE SET fence = 1";
    assert_eq!(TASK, "search-log-partitions");
    stalled.run(fence).await.expect("it still leads");
    stalled
        .run("DROP TABLE search_logs_2026_11")
        .await
        .expect("it may");
    // It stands still. The next leader gets its turn all the same, and what the first one did is undone.
    let next = maker(&log, "2026-12-15T00:00:00Z", None).0;
    assert_eq!(
        next.run(Leading::with_fence(2)).await.expect("it runs"),
        Run::Done
    );
    assert!(stalled.commit().await.is_err(), "its connection is gone");
    assert_eq!(filled(&log).await, [("2026_11".to_owned(), 1)]);
    assert!(rows(&log).await.contains_key("2027_06"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_do_it_at_once_and_it_is_done_once() {
    let server = server();
    let log = tables(&server).await.search_log();
    let folder = tempfile::tempdir().expect("a folder");
    search(&log, "old", &["2026-07-01T00:00:00Z"]).await;
    let makers = [(); 4].map(|()| maker(&log, "2026-11-29T12:00:00Z", Some(folder.path())).0);
    let [a, b, c, d] = &makers;
    let alone = Leading::ALONE;
    let runs = tokio::join!(a.run(alone), b.run(alone), c.run(alone), d.run(alone));
    for run in [runs.0, runs.1, runs.2, runs.3] {
        assert_eq!(run.expect("it runs"), Run::Done);
    }
    let archives = "SELECT file FROM search_log_archives";
    assert_eq!(texts(&log, archives).await, ["search_logs_2026_07.csv.gz"]);
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 2);
    assert_eq!(rows(&log).await.len(), 8);
}
