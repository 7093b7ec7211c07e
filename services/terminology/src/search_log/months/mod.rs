//! The search log on PostgreSQL: a partition for each month.
//!
//! Whoever writes needs no turn. What changes the tables themselves, or the views over them, is done by tasks, in a transaction that
//! begins with the fencing number of whoever leads: see [`PartitionMaker`] and [`ViewRefresher`].

mod archive;
mod maker;
mod month;
mod refresher;
mod retiring;
mod schema;
#[cfg(test)]
mod tests;

use std::time::Duration;

use medcover_contract_terminology::PopularQuery;
use medcover_kernel::{Result, Timestamp};
use medcover_mesh::Leading;
use medcover_store::{Bulk, ColumnKind, ReferenceTables, StoreError, Value};
use serde_json::json;
use uuid::Uuid;

pub use maker::PartitionMaker;
pub use refresher::ViewRefresher;
pub(crate) use schema::create_search_logs;

use super::Searched;
use crate::app::counted_words;

/// A leader that stands still holds its turn no longer than this.
const IDLE: Duration = Duration::from_mins(1);
/// Changes of tables wait no longer for readers than this, because others wait behind them.
const WAIT_FOR_READERS: &str = "SET LOCAL lock_timeout = '5s'";

/// A row that is there already stays as it is, so that a batch may be written twice.
const WRITE: &str = "INSERT INTO search_logs_master (id, searched_at, operation, query, words, hits, took_us) \
    SELECT id, searched_at, operation, query, words, hits, took_us \
    FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS batch( \
        id uuid, searched_at timestamptz, operation text, query text, words text, hits bigint, took_us bigint) \
    ON CONFLICT (searched_at, id) DO NOTHING";

const POPULAR: &str = "SELECT query, search_count FROM mv_popular_searches \
    ORDER BY search_count DESC, query LIMIT $1";

/// Nothing is touched where a later leader has been there.
const FENCE: &str = "INSERT INTO task_fences (task, fence, led_at) VALUES ($1, $2, $3) \
    ON CONFLICT (task) DO UPDATE SET fence = excluded.fence, led_at = excluded.led_at \
    WHERE task_fences.fence <= excluded.fence";

/// The tables of the search log.
#[derive(Clone, Debug)]
pub(crate) struct MonthlyLog {
    tables: ReferenceTables,
}

impl MonthlyLog {
    pub(crate) const fn new(tables: ReferenceTables) -> Self {
        Self { tables }
    }

    /// Writes a batch, each row under its id.
    pub(super) async fn write(&self, batch: &[(Uuid, Searched)]) -> Result<(), StoreError> {
        let rows = batch.iter().map(|(id, it)| {
            json!({
                "id": id.to_string(),
                "searched_at": it.at.to_string(),
                "operation": it.operation,
                "query": it.query,
                "words": counted_words(&it.query),
                "hits": it.hits,
                "took_us": it.took_us,
            })
        });
        let rows = rows.collect::<serde_json::Value>().to_string();
        self.tables.repeatable(&WRITE.into(), &[rows.into()]).await
    }

    /// The `most` queries that came most often, as they were when the view was last refreshed.
    pub(crate) async fn popular(&self, most: usize) -> Result<Vec<PopularQuery>, StoreError> {
        let most = Value::Integer(i64::try_from(most).unwrap_or(i64::MAX));
        let kinds = [ColumnKind::Text, ColumnKind::Integer];
        let rows = self.tables.rows(&POPULAR.into(), &[most], &kinds).await?;
        let read = |row: &Vec<Value>| {
            Some(PopularQuery {
                query: row[0].as_text()?.to_owned(),
                search_count: u64::try_from(*row[1].as_integer()?).ok()?,
            })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Takes a turn at `task` and begins its transaction; nothing where a later leader has been there.
    async fn turn(
        &self,
        task: &str,
        leading: Leading,
        now: Timestamp,
    ) -> Result<Option<Bulk>, StoreError> {
        let mut turn = self.tables.bulk_unless_idle(IDLE).await?;
        if let Some(fence) = leading.fence() {
            let fence = Value::Integer(i64::try_from(fence).unwrap_or(i64::MAX));
            let fenced = turn.execute(FENCE, vec![task.into(), fence, now.into()]);
            if fenced.await? == 0 {
                return Ok(None);
            }
        }
        turn.run(WAIT_FOR_READERS).await?;
        Ok(Some(turn))
    }
}
