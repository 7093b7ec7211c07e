//! How full the queues are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use medcover_kernel::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::cells::{bind, statement};
use super::{Core, unavailable};
use crate::{Name, QueueDepth, StoreError};

pub(super) async fn queues(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<Vec<QueueDepth>, StoreError> {
    let fixed = &core.statements.fixed;
    let mut depths = BTreeMap::new();
    let query = bind(statement(&fixed.depths), &core.clock.now().into());
    let rows = query.fetch_all(&mut *connection).await;
    for row in rows.map_err(|error| unavailable(&error))? {
        let depth = of_messages(&row).map_err(|error| unavailable(&error))?;
        depths.insert(depth.queue.clone(), depth);
    }
    let rows = statement(&fixed.dead).fetch_all(connection).await;
    for row in rows.map_err(|error| unavailable(&error))? {
        let read = || Ok((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?));
        let (queue, dead) = read().map_err(|error| unavailable(&error))?;
        let queue: Name = Cow::Owned(queue);
        let depth = depths.entry(queue.clone());
        depth.or_insert_with(|| QueueDepth::empty(queue)).dead = dead.unsigned_abs();
    }
    Ok(depths.into_values().collect())
}

fn of_messages(row: &SqliteRow) -> Result<QueueDepth, sqlx::Error> {
    let since: Option<i64> = row.try_get(3)?;
    Ok(QueueDepth {
        ready: row.try_get::<i64, _>(1)?.unsigned_abs(),
        waiting: row.try_get::<i64, _>(2)?.unsigned_abs(),
        ready_since: since.map(Timestamp::from_micros),
        ..QueueDepth::empty(Cow::Owned(row.try_get(0)?))
    })
}
