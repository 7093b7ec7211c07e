//! The task that refreshes the views.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Result};
use medcover_mesh::{Leading, Run, Task};

use super::MonthlyLog;

/// The name of the task.
const TASK: &str = "terminology-views";
/// Readers go on with what was there before until the transaction ends.
pub(super) const REFRESH: &str = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_popular_searches; \
    REFRESH MATERIALIZED VIEW CONCURRENTLY mv_chapter_stats";

/// Refreshes the popular searches and the figures of chapters.
pub struct ViewRefresher {
    log: MonthlyLog,
    every: Duration,
    clock: Arc<dyn Clock>,
}

impl ViewRefresher {
    pub(crate) const fn new(log: MonthlyLog, every: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { log, every, clock }
    }

    /// Its name, and how often it is done.
    pub fn task(&self) -> Task {
        Task::new(TASK, self.every)
    }

    /// Does it once, for whoever reads afterwards.
    pub async fn run(&self, leading: Leading) -> Result<Run> {
        let turn = self.log.turn(TASK, leading, self.clock.now()).await?;
        let Some(mut turn) = turn else {
            return Ok(Run::Fenced);
        };
        turn.run(REFRESH).await?;
        turn.commit().await?;
        Ok(Run::Done)
    }
}

impl std::fmt::Debug for ViewRefresher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewRefresher")
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}
