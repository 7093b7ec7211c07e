//! The search log on a server.

mod leading;
mod months;
mod popular;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{ManualClock, Timestamp};
use medcover_store::{ColumnKind, PostgresOptions};
use medcover_testkit::PostgresServer;
use uuid::Uuid;

use super::{MonthlyLog, PartitionMaker};
use crate::Icd10Tables;
use crate::search_log::Searched;

const DAY: Duration = Duration::from_hours(24);

fn server() -> PostgresServer {
    assert!(
        PostgresServer::is_installed(),
        "needs PostgreSQL: apt-get install postgresql-15"
    );
    PostgresServer::start().expect("it starts")
}

fn options(server: &PostgresServer) -> PostgresOptions {
    PostgresOptions::new(server.url(), "terminology", "unused.anchors")
}

async fn tables(server: &PostgresServer) -> Icd10Tables {
    let clock = Arc::new(medcover_kernel::SystemClock::new());
    let tables = Icd10Tables::open(&options(server), clock).await;
    tables.expect("they are made")
}

fn at(text: &str) -> Timestamp {
    let moment: jiff::Timestamp = text.parse().expect("a moment");
    Timestamp::from_micros(moment.as_microsecond())
}

/// A maker whose rows are kept for 90 days, at `now`.
fn maker(
    log: &MonthlyLog,
    now: &str,
    archive: Option<&Path>,
) -> (PartitionMaker, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(at(now)));
    let archive = archive.map(Path::to_owned);
    let maker = PartitionMaker::new(log.clone(), 90 * DAY, archive, clock.clone());
    (maker, clock)
}

/// A search for `query` at each of `moments`.
async fn search(log: &MonthlyLog, query: &str, moments: &[&str]) {
    let batch: Vec<_> = moments
        .iter()
        .map(|moment| {
            let searched = Searched {
                at: at(moment),
                operation: "search_icd10",
                query: query.to_owned(),
                hits: 3,
                took_us: 70,
            };
            let id = (at(moment).as_micros() as u128) << 32 | query.len() as u128;
            (Uuid::from_u128(id), searched)
        })
        .collect();
    log.write(&batch).await.expect("it is written");
}

/// The texts of the first column.
async fn texts(log: &MonthlyLog, sql: &str) -> Vec<String> {
    let rows = log.tables.rows(&sql.into(), &[], &[ColumnKind::Text]).await;
    let rows = rows.expect("it is answered").into_iter();
    rows.map(|row| row[0].as_text().unwrap_or("-").to_owned())
        .collect()
}

/// How many rows each partition has, by its name after `search_logs_`.
async fn rows(log: &MonthlyLog) -> BTreeMap<String, u64> {
    let partitions = texts(
        log,
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'search_logs_master'::regclass",
    );
    let mut found = BTreeMap::new();
    for partition in partitions.await {
        let count = texts(log, &format!("SELECT count(*)::text FROM {partition}")).await;
        let name = partition.trim_start_matches("search_logs_").to_owned();
        found.insert(name, count[0].parse().expect("a number"));
    }
    found
}

/// The same, without those that have none.
async fn filled(log: &MonthlyLog) -> Vec<(String, u64)> {
    let rows = rows(log).await.into_iter();
    rows.filter(|(_, count)| *count > 0).collect()
}
