//! How full the queues are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Core;
use super::session::{Fetch, cells};
use crate::ColumnKind::{Integer, Text, Timestamp};
use crate::{Name, QueueDepth, StoreError, Value};

pub(super) async fn queues(
    core: &Core,
    session: &mut dyn Fetch,
) -> Result<Vec<QueueDepth>, StoreError> {
    let fixed = &core.statements.fixed;
    let mut depths = BTreeMap::new();
    let kinds = [Text, Integer, Integer, Timestamp];
    let now = vec![core.clock.now().into()];
    for row in cells(session, &fixed.depths, now, &kinds).await? {
        let depth = QueueDepth {
            ready: count(&row[1]),
            waiting: count(&row[2]),
            ready_since: row[3].as_timestamp().copied(),
            ..QueueDepth::empty(name(&row[0]))
        };
        depths.insert(depth.queue.clone(), depth);
    }
    for row in cells(session, &fixed.dead, Vec::new(), &[Text, Integer]).await? {
        let queue = name(&row[0]);
        let depth = depths.entry(queue.clone());
        depth.or_insert_with(|| QueueDepth::empty(queue)).dead = count(&row[1]);
    }
    Ok(depths.into_values().collect())
}

fn name(cell: &Value) -> Name {
    Cow::Owned(cell.as_text().unwrap_or_default().to_owned())
}

fn count(cell: &Value) -> u64 {
    cell.as_integer().map_or(0, |count| count.unsigned_abs())
}
