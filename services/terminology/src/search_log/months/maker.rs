//! The task that makes partitions ahead of their months, and retires those past their time.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Result, Timestamp};
use medcover_mesh::{Leading, Run, Task};
use medcover_store::{Bulk, ColumnKind, StoreError};

use super::month::{Month, missing, past};
use super::{MonthlyLog, schema};

/// The name of the task.
pub(super) const TASK: &str = "search-log-partitions";
/// How often it is looked whether there is something to make or to retire.
const EVERY: Duration = Duration::from_hours(1);

const PARTITIONS: &str = "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
    WHERE i.inhparent = 'search_logs_master'::regclass";
/// The months of rows that found no partition.
const STRAY: &str = "SELECT 'search_logs_' || to_char(searched_at AT TIME ZONE 'UTC', 'YYYY_MM'), count(*) \
    FROM search_logs_default GROUP BY 1";
/// Nobody may add to the rows without a partition while those of a month are moved out of there.
const HOLD_STRAY: &str = "LOCK TABLE search_logs_default IN ACCESS EXCLUSIVE MODE";
const HAS_EARLIER: &str = "SELECT to_regclass('search_logs') IS NOT NULL";
/// Pages of earlier rows that are moved in one transaction.
const PAGES: usize = 100;

/// Makes the partitions of the search log ahead of their months, and archives and drops those past their time.
pub struct PartitionMaker {
    pub(super) log: MonthlyLog,
    pub(super) kept_for: Duration,
    /// Where rows past their time go; without, they are dropped.
    pub(super) archive: Option<PathBuf>,
    pub(super) clock: Arc<dyn Clock>,
}

impl PartitionMaker {
    pub(crate) fn new(
        log: MonthlyLog,
        kept_for: Duration,
        archive: Option<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            log,
            kept_for,
            archive,
            clock,
        }
    }

    /// Its name, and how often it is done.
    pub fn task() -> Task {
        Task::new(TASK, EVERY)
    }

    /// Does it once. Done twice it is done once, and it does no harm where several do it.
    pub async fn run(&self, leading: Leading) -> Result<Run> {
        let now = self.clock.now();
        let Some(existing) = self.make(leading, now).await? else {
            return Ok(Run::Fenced);
        };
        for month in past(&existing, self.kept_for, now) {
            if self.retire(month, leading).await? == Run::Fenced {
                return Ok(Run::Fenced);
            }
        }
        Ok(Run::Done)
    }

    /// Makes what is missing; which months there are then. Nothing where a later leader has been there.
    async fn make(
        &self,
        leading: Leading,
        now: Timestamp,
    ) -> Result<Option<BTreeSet<Month>>, StoreError> {
        let Some(mut turn) = self.log.turn(TASK, leading, now).await? else {
            return Ok(None);
        };
        move_earlier(&mut turn).await?;
        turn.run(HOLD_STRAY).await?;
        let stray = stray(&mut turn).await?;
        let rows = turn.rows(PARTITIONS, Vec::new(), &[ColumnKind::Text]);
        let rows = rows.await?;
        let named = rows
            .iter()
            .filter_map(|row| Month::of_partition(row[0].as_text()?));
        let mut existing: BTreeSet<_> = named.collect();
        let made = missing(&existing, stray, now);
        for month in &made {
            turn.run(partition(*month)).await?;
        }
        turn.commit().await?;
        if !made.is_empty() {
            tracing::info!(months = ?made, "partitions of the search log were made");
        }
        existing.extend(made);
        Ok(Some(existing))
    }
}

/// Makes the partition of `month` out of the rows that were without one, and attaches it. That holds up nobody who writes to other
/// months, as `CREATE TABLE … PARTITION OF` would.
fn partition(month: Month) -> String {
    let name = month.partition();
    let (first, beyond) = (month.first(), month.next().first());
    format!(
        "CREATE TABLE {name} (LIKE search_logs_master INCLUDING ALL);
        WITH moved AS (DELETE FROM search_logs_default
            WHERE searched_at >= '{first}' AND searched_at < '{beyond}' RETURNING *)
        INSERT INTO {name} SELECT * FROM moved;
        ALTER TABLE search_logs_master ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{beyond}')"
    )
}

/// The months of rows that found no partition: there are none unless the task has not run for half a year, or just began.
async fn stray(turn: &mut Bulk) -> Result<Vec<Month>, StoreError> {
    let kinds = [ColumnKind::Text, ColumnKind::Integer];
    let rows = turn.rows(STRAY, Vec::new(), &kinds).await?;
    let mut months = Vec::new();
    for row in &rows {
        let (name, count) = (row[0].as_text().unwrap_or_default(), row[1].as_integer());
        tracing::info!(
            partition = name,
            rows = count,
            "rows of the search log get their partition"
        );
        months.extend(Month::of_partition(name));
    }
    Ok(months)
}

/// Takes over what a version before this one wrote to the table of the store, or still writes there.
async fn move_earlier(turn: &mut Bulk) -> Result<(), StoreError> {
    let has = turn.rows(HAS_EARLIER, Vec::new(), &[ColumnKind::Boolean]);
    if has.await?.first().is_none_or(|row| row[0] != true.into()) {
        return Ok(());
    }
    let sql = schema::move_earlier();
    for _ in 0..PAGES {
        if turn.execute(&sql, Vec::new()).await? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

impl std::fmt::Debug for PartitionMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionMaker")
            .field("kept_for", &self.kept_for)
            .field("archive", &self.archive)
            .finish_non_exhaustive()
    }
}
