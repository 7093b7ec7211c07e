//! Months come, and go.

use std::fs;
use std::io::Read as _;

use medcover_mesh::{Leading, Run};
use medcover_store::{PostgresStore, Store};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::releases::hex;
use crate::search_log::{Kept, schema};

#[tokio::test]
async fn each_row_is_in_the_partition_of_its_month_and_the_default_stays_empty() {
    let server = server();
    let log = tables(&server).await.search_log();
    // Before there is any partition nothing is lost.
    search(&log, "early", &["2026-11-30T23:59:59.999999Z"]).await;
    assert_eq!(filled(&log).await, [("default".to_owned(), 1)]);
    let (maker, clock) = maker(&log, "2026-11-15T00:00:00Z", None);
    assert_eq!(maker.run(Leading::ALONE).await.expect("it runs"), Run::Done);
    let names: Vec<_> = rows(&log).await.into_keys().collect();
    let months = [
        "2026_11", "2026_12", "2027_01", "2027_02", "2027_03", "2027_04", "2027_05",
    ];
    assert_eq!(names[..7], months);
    assert_eq!(names[7..], ["default"]);
    let moments = [
        "2026-12-01T00:00:00Z",
        "2027-05-31T12:00:00Z",
        "2027-09-09T00:00:00Z",
    ];
    for _ in 0..2 {
        // A batch whose answer was lost is written again.
        search(&log, "later", &moments).await;
    }
    let with = |last: &str| {
        [("2026_11", 1), ("2026_12", 1), ("2027_05", 1), (last, 1)]
            .map(|(name, count)| (name.to_owned(), count))
    };
    assert_eq!(filled(&log).await, with("default"));
    // The month rolls over: the next is made, and what was without one gets it, six months ahead or not.
    clock.advance(16 * DAY);
    for _ in 0..2 {
        assert_eq!(maker.run(Leading::ALONE).await.expect("it runs"), Run::Done);
        assert_eq!(filled(&log).await, with("2027_09"));
        let names: Vec<_> = rows(&log).await.into_keys().collect();
        assert_eq!(names[7..], ["2027_06", "2027_09", "default"]);
    }
}

#[tokio::test]
async fn months_past_their_time_are_archived_with_a_checksum_and_dropped() {
    let server = server();
    let log = tables(&server).await.search_log();
    let folder = tempfile::tempdir().expect("a folder");
    let july = ["2026-07-01T00:00:00Z", "2026-07-31T23:59:59.999999Z"];
    search(&log, "heart attack, \"old\"", &july).await;
    search(
        &log,
        "asthma",
        &["2026-08-31T23:59:59Z", "2026-11-29T00:00:00Z"],
    )
    .await;
    let (maker, clock) = maker(&log, "2026-11-29T12:00:00Z", Some(folder.path()));
    assert_eq!(maker.run(Leading::ALONE).await.expect("it runs"), Run::Done);
    let left = [("2026_08".to_owned(), 1), ("2026_11".to_owned(), 1)];
    assert_eq!(filled(&log).await, left);
    assert!(!rows(&log).await.contains_key("2026_07"));
    let gone = texts(&log, "SELECT to_regclass('search_logs_2026_07')::text").await;
    assert_eq!(gone, ["-"], "it is dropped, not only detached");
    let file = fs::read(folder.path().join("search_logs_2026_07.csv.gz")).expect("a file");
    let sum = hex(&Sha256::digest(&file));
    let beside = fs::read_to_string(folder.path().join("search_logs_2026_07.csv.gz.sha256"));
    assert_eq!(
        beside.expect("text"),
        format!("{sum}  search_logs_2026_07.csv.gz\n")
    );
    let recorded = "SELECT file || ' ' || rows || ' ' || sha256 FROM search_log_archives";
    assert_eq!(
        texts(&log, recorded).await,
        [format!("search_logs_2026_07.csv.gz 2 {sum}")]
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(&file[..])
        .read_to_string(&mut text)
        .expect("text");
    let archived = csv::Reader::from_reader(text.as_bytes()).into_records();
    let archived: Vec<_> = archived.map(|row| row.expect("a row")).collect();
    let of = |column: usize| {
        archived
            .iter()
            .map(|row| row[column].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(0), ["2026-07-01T00:00:00.000000Z", july[1]]);
    assert_eq!(of(3), ["heart attack, \"old\""; 2]);
    assert_eq!(
        (of(4), of(5)),
        (vec!["3".to_owned(); 2], vec!["70".to_owned(); 2])
    );
    // A day later August is past its time too. A row of July that comes late makes a file of its own.
    search(&log, "late", &["2026-07-02T00:00:00Z"]).await;
    clock.advance(DAY);
    assert_eq!(maker.run(Leading::ALONE).await.expect("it runs"), Run::Done);
    assert_eq!(filled(&log).await, left[1..]);
    let names = texts(&log, "SELECT file FROM search_log_archives ORDER BY 1").await;
    assert_eq!(
        names,
        [
            "search_logs_2026_07-2.csv.gz",
            "search_logs_2026_07.csv.gz",
            "search_logs_2026_08.csv.gz"
        ]
    );
    // Each with its checksum, and nothing half-done.
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 6);
}

#[tokio::test]
async fn rows_stay_where_they_cannot_be_archived_and_go_where_they_need_not_be() {
    let server = server();
    let log = tables(&server).await.search_log();
    search(&log, "old", &["2026-07-01T00:00:00Z"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let taken = folder.path().join("taken");
    fs::write(&taken, "a file where a folder should be").expect("it is written");
    let now = "2026-11-29T12:00:00Z";
    let refused = maker(&log, now, Some(&taken)).0.run(Leading::ALONE).await;
    let told = refused.expect_err("there is no folder").to_string();
    assert!(
        told.contains("cannot be archived in") && told.contains("taken"),
        "{told}"
    );
    assert_eq!(filled(&log).await, [("2026_07".to_owned(), 1)]);
    let run = maker(&log, now, None).0.run(Leading::ALONE).await;
    assert_eq!(run.expect("it runs"), Run::Done);
    assert!(filled(&log).await.is_empty());
}

#[tokio::test]
async fn what_an_earlier_version_wrote_is_taken_over() {
    let server = server();
    let clock = Arc::new(medcover_kernel::SystemClock::new());
    let folder = tempfile::tempdir().expect("a folder");
    let options = PostgresOptions {
        anchors: folder.path().join("anchors"),
        ..options(&server)
    };
    let store = PostgresStore::open(options, schema(), clock).await;
    let store: Arc<dyn Store> = Arc::new(store.expect("it opens"));
    let searched = |moment: &str, query: &str| Searched {
        at: at(moment),
        operation: "unified_search",
        query: query.to_owned(),
        hits: 1,
        took_us: 2,
    };
    let earlier = [
        (
            Uuid::from_u128(1),
            searched("2026-11-01T00:00:00Z", " Heart  Attack "),
        ),
        (Uuid::from_u128(2), searched("2026-10-01T00:00:00Z", " ")),
    ];
    Kept::Store(store)
        .write(&earlier)
        .await
        .expect("it is written");
    let log = tables(&server).await.search_log();
    let run = maker(&log, "2026-11-15T00:00:00Z", None)
        .0
        .run(Leading::ALONE)
        .await;
    assert_eq!(run.expect("it runs"), Run::Done);
    assert_eq!(
        filled(&log).await,
        [("2026_10".to_owned(), 1), ("2026_11".to_owned(), 1)]
    );
    let words = "SELECT words FROM search_logs_master ORDER BY searched_at";
    assert_eq!(texts(&log, words).await, ["-", "heart attack"]);
    assert_eq!(
        texts(&log, "SELECT count(*)::text FROM search_logs").await,
        ["0"]
    );
}

#[tokio::test]
async fn a_question_about_a_month_looks_at_its_partition_alone_and_by_its_index() {
    let server = server();
    let log = tables(&server).await.search_log();
    let run = maker(&log, "2026-11-15T00:00:00Z", None)
        .0
        .run(Leading::ALONE)
        .await;
    assert_eq!(run.expect("it runs"), Run::Done);
    let mut turn = log.tables.bulk().await.expect("a turn");
    turn.run(
        "INSERT INTO search_logs_master SELECT gen_random_uuid(), \
            TIMESTAMPTZ '2026-11-01 00:00:00+00' + n * INTERVAL '10 minutes', 'search_icd10', 'q' || n, 'q' || n, 1, 1 \
        FROM generate_series(0, 20000) n; ANALYZE search_logs_master; \
        REFRESH MATERIALIZED VIEW mv_popular_searches; ANALYZE mv_popular_searches",
    )
    .await
    .expect("it is filled");
    turn.commit().await.expect("it is kept");
    assert_eq!(rows(&log).await["default"], 0);
    let plan = async |sql: &str| texts(&log, &format!("EXPLAIN {sql}")).await.join("\n");
    let month = plan(
        "SELECT * FROM search_logs_master WHERE searched_at >= '2027-01-01 00:00:00+00' AND searched_at < '2027-02-01 00:00:00+00'",
    )
    .await;
    assert!(month.contains("search_logs_2027_01"), "{month}");
    assert_eq!(month.matches(" on ").count(), 1, "{month}");
    let hour = plan(
        "SELECT * FROM search_logs_master WHERE searched_at >= '2027-01-05 10:00:00+00' AND searched_at < '2027-01-05 11:00:00+00'",
    )
    .await;
    assert!(
        hour.contains("Index Scan using search_logs_2027_01_pkey"),
        "{hour}"
    );
    let popular = plan("SELECT query, search_count FROM mv_popular_searches ORDER BY search_count DESC, query LIMIT 50").await;
    assert!(
        popular.contains("using idx_mv_popular_searches_count"),
        "{popular}"
    );
    assert!(!popular.contains("Sort"), "{popular}");
}
