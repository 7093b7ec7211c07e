//! Noticing what other processes have written.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use crate::engine::session::cells;
use crate::engine::{Announcements, Core};
use crate::plan::LOG_COUNTER;
use crate::{ColumnKind, Position, StoreError, Value};

/// Asks `every` so often how far the log and the queues have come, and announces it; for as long as there is `pool`.
pub(super) async fn follow(
    core: Arc<Core>,
    pool: PgPool,
    announcements: Arc<Announcements>,
    every: Duration,
) {
    let mut known = Vec::new();
    while !pool.is_closed() {
        tokio::time::sleep(every).await;
        // A server that does not answer is asked again; those who read and write learn of it themselves.
        let Ok(counters) = counters(&core, &pool).await else {
            continue;
        };
        if counters == known {
            continue;
        }
        announcements.reached(log(&counters));
        announcements.work_is_due();
        known = counters;
    }
}

async fn counters(core: &Core, pool: &PgPool) -> Result<Vec<Vec<Value>>, StoreError> {
    let reader = pool.acquire().await;
    let mut reader = reader.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let kinds = [ColumnKind::Text, ColumnKind::Integer];
    let sql = &core.statements.fixed.counters;
    let mut counters = cells(&mut *reader, sql, Vec::new(), &kinds).await?;
    counters.sort();
    Ok(counters)
}

fn log(counters: &[Vec<Value>]) -> Position {
    let log = counters
        .iter()
        .find(|row| row[0].as_text() == Some(LOG_COUNTER));
    let value = log.and_then(|row| row[1].as_integer().copied());
    Position::new(value.unwrap_or_default().unsigned_abs())
}
