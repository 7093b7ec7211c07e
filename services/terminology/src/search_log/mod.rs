//! The search log: one row for each search, written beside the requests, without anybody's identity.
//!
//! A request only puts its row into a bounded channel. Where more is searched than the log may write, rows are left out
//! and counted: the log never slows a search, and never fills the disk faster than [`keeper`] says.

mod keeper;
mod kept;
mod months;
mod table;

use medcover_kernel::Timestamp;
use medcover_store::Schema;
use medcover_telemetry::Metrics;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::mpsc;

pub use keeper::SearchLogKeeper;
pub(crate) use keeper::Source;
pub(crate) use kept::Kept;
pub(crate) use months::{MonthlyLog, create_search_logs};
pub use months::{PartitionMaker, ViewRefresher};
use table::{SEARCH_LOGS, SEARCHES_BY_TIME};

/// Rows that wait to be written.
const WAITING: usize = 2_048;
/// Longest query that is kept, in bytes; a longer one is cut.
const QUERY_BYTES: usize = 512;

/// What the service keeps in its store.
pub fn schema() -> Schema {
    Schema::new().table(&SEARCH_LOGS, &[&SEARCHES_BY_TIME])
}

/// One search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Searched {
    pub(crate) at: Timestamp,
    /// The use case.
    pub(crate) operation: &'static str,
    /// The words, as typed.
    pub(crate) query: String,
    /// Hits on the page.
    pub(crate) hits: u32,
    pub(crate) took_us: u64,
}

/// Where searches are handed in.
#[derive(Debug)]
pub(crate) struct SearchLog {
    rows: mpsc::Sender<Searched>,
    left_out: Counter,
}

impl SearchLog {
    /// A log and what writes it to where it is `kept`.
    pub(crate) fn new(kept: Kept, metrics: &Metrics) -> (Self, Source) {
        let (rows, waiting) = mpsc::channel(WAITING);
        let left_out = Counter::default();
        metrics.register(|registry| {
            registry.register(
                "medcover_search_log_left_out",
                "Searches that the search log left out because more were made than it may write",
                left_out.clone(),
            );
        });
        (Self { rows, left_out }, Source { waiting, kept })
    }

    /// Hands in one search, unless too many wait.
    pub(crate) fn offer(&self, searched: impl FnOnce() -> Searched) {
        match self.rows.try_reserve() {
            Ok(place) => place.send(searched()),
            Err(_) => {
                self.left_out.inc();
            }
        }
    }
}

/// The words of a query as they are kept.
pub(crate) fn kept(query: &str) -> String {
    query[..query.floor_char_boundary(QUERY_BYTES)].replace('\0', "")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use medcover_kernel::{Clock as _, ManualClock, SeededRng, SystemClock};
    use medcover_store::{MemoryStore, Row, Select, Store};

    use super::table::{OWNER, put};
    use super::*;
    use crate::releases::publish_source;
    use crate::testing::{Served, icd10cm};
    use crate::{SearchLogKeeper, Worker};

    fn store() -> Arc<dyn Store> {
        Arc::new(MemoryStore::new(schema(), Arc::new(SystemClock::new())))
    }

    fn served(store: &Arc<dyn Store>) -> Served {
        let folder = tempfile::tempdir().expect("a folder");
        publish_source(folder.path(), &icd10cm("2026-04-01"), &SystemClock::new());
        Served::over_store(folder, Some(Arc::clone(store)))
    }

    fn keeper(served: &Served) -> SearchLogKeeper {
        let keeper = served
            .terminology
            .workers()
            .into_iter()
            .find_map(|it| match it {
                Worker::SearchLog(keeper) => Some(keeper),
                Worker::Watch(_) => None,
            });
        keeper.expect("it has a store")
    }

    async fn rows(store: &Arc<dyn Store>) -> Vec<Row> {
        let page = Select::first(&SEARCHES_BY_TIME, OWNER, Vec::new(), 100);
        store.select(&page).await.expect("the memory holds")
    }

    /// Lets the keeper run until what was handed in is written.
    async fn keep(keeper: SearchLogKeeper) {
        let (stopper, stop) = medcover_http::stop();
        stopper.drain();
        tokio::time::timeout(Duration::from_secs(10), keeper.run(stop))
            .await
            .expect("it stops");
    }

    #[tokio::test]
    async fn every_search_leaves_one_row_and_completion_none() {
        let store = store();
        let served = served(&store);
        let client = served.client();
        let first = client
            .get("/api/v1/search/icd10?q=diabetes&limit=1")
            .await
            .json();
        let next = first["next"].as_str().expect("more follow");
        client
            .get(&format!(
                "/api/v1/search/icd10?q=diabetes&limit=1&cursor={next}"
            ))
            .await;
        client.get("/api/v1/search/autocomplete?q=dia").await;
        client.get("/api/v1/search/unified?q=asthma").await;
        client.get("/api/v1/search/icd10?q=").await;
        keep(keeper(&served)).await;
        let rows = rows(&store).await;
        let kept: Vec<_> = rows
            .iter()
            .map(|row| (row.get("operation").as_text(), row.get("query").as_text()))
            .collect();
        assert_eq!(
            kept,
            [
                (Some("search_icd10"), Some("diabetes")),
                (Some("unified_search"), Some("asthma"))
            ]
        );
        assert_eq!(rows[0].get("hits").as_integer(), Some(&1));
        assert_eq!(
            rows[0].get("took_us").as_integer().copied(),
            first["took_us"].as_i64()
        );
    }

    #[tokio::test]
    async fn popular_searches_outlive_the_process() {
        let store = store();
        {
            let served = served(&store);
            served.client().get("/api/v1/search/icd10?q=asthma").await;
            keep(keeper(&served)).await;
        }
        let served = served(&store);
        keep(keeper(&served)).await;
        let popular = served.client().get("/api/v1/stats/popular").await.json();
        assert_eq!(popular[0]["query"], "asthma", "{popular}");
    }

    #[tokio::test]
    async fn what_is_more_than_may_be_written_is_left_out_and_counted() {
        let (log, source) = SearchLog::new(Kept::Store(store()), &Metrics::default());
        let searched = |number: usize| Searched {
            at: Timestamp::from_micros(0),
            operation: "search_icd10",
            query: number.to_string(),
            hits: 0,
            took_us: 0,
        };
        for number in 0..WAITING + 3 {
            log.offer(|| searched(number));
        }
        assert_eq!(log.left_out.get(), 3);
        assert_eq!(source.waiting.len(), WAITING);
    }

    #[tokio::test]
    async fn rows_past_their_time_are_removed() {
        let store = store();
        let served = served(&store);
        let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
        let (log, source) = SearchLog::new(Kept::Store(Arc::clone(&store)), &Metrics::default());
        drop(log);
        let day = Duration::from_hours(24);
        let old = Searched {
            at: Timestamp::from_micros(clock.now().as_micros() - day.as_micros() as i64 - 1),
            operation: "search_icd10",
            query: "old".to_owned(),
            hits: 0,
            took_us: 0,
        };
        let new = Searched {
            at: clock.now(),
            query: "new".to_owned(),
            ..old.clone()
        };
        let rows_of =
            [(1, &old), (2, &new)].map(|(id, searched)| put(uuid::Uuid::from_u128(id), searched));
        let append = rows_of.into_iter().fold(
            medcover_store::Append::new(kept::context()),
            medcover_store::Append::row,
        );
        store.commit(append).await.expect("the memory holds");
        let service = served.terminology.service();
        let keeper = SearchLogKeeper::new(source, service, day, clock, Arc::new(SeededRng::new(1)));
        let (_stopper, stop) = medcover_http::stop();
        // Nobody hands anything in any more, so it ends once it has looked.
        keeper.run(stop).await;
        let left = rows(&store).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].get("query").as_text(), Some("new"));
    }

    #[test]
    fn a_long_query_is_cut_between_letters() {
        assert_eq!(kept(&"ß".repeat(400)).len(), QUERY_BYTES);
        assert_eq!(kept("a\0b"), "ab");
    }
}
