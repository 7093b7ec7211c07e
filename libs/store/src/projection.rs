//! Read models: rows that follow from events.

use medcover_kernel::{Caller, CorrelationId, Purpose, ServiceName};
use uuid::Uuid;

use crate::core_tables::SERVICE;
use crate::{
    Append, CheckpointMove, CommitError, Context, Event, Position, RowChange, Store, Table, limits,
};

/// What makes rows of events. The same code runs in the commit, beside the log, and when tables are rebuilt.
///
/// A projection whose rows each depend on one stream runs in the commit ([`Append::project`]). One that draws several
/// streams together [follows](follow) the log with a checkpoint.
pub trait Projection: Send + Sync {
    /// The name of its checkpoint.
    fn name(&self) -> &'static str;

    /// The tables that it alone writes.
    fn tables(&self) -> &'static [&'static Table];

    /// What the event changes; it must follow from the event alone.
    fn apply(&self, event: &Event) -> Vec<RowChange>;

    /// Whether it [follows](follow) the log with a checkpoint, rather than to run in every commit.
    fn follows(&self) -> bool {
        false
    }
}

/// Takes `projection` one step along the log: rows and checkpoint in one commit, so that each event counts once. Returns
/// how many events it took; 0 when it has reached the end.
pub async fn follow(store: &dyn Store, projection: &dyn Projection) -> Result<usize, CommitError> {
    let from = store.checkpoint(projection.name()).await?;
    let events = store.read_log(from, limits::PAGE).await?;
    let mut append = Append::new(own_context());
    let (mut to, mut taken) = (from, 0);
    for recorded in &events {
        let changes = projection.apply(&recorded.event);
        // The rest is left for the next step, unless one event alone is too much: then the commit says so.
        if taken > 0 && append.rows.len() + changes.len() > limits::COMMIT_ITEMS {
            break;
        }
        append.rows.extend(changes);
        (to, taken) = (recorded.position, taken + 1);
    }
    if taken > 0 {
        let consumer = projection.name().into();
        append.checkpoint = Some(CheckpointMove { consumer, from, to });
        store.commit(append).await?;
    }
    Ok(taken)
}

/// Makes the tables of `projection` again from the log. Nobody may write to them meanwhile: it belongs before the service
/// takes commands. Returns the position up to which it has come.
pub async fn rebuild(
    store: &dyn Store,
    projection: &dyn Projection,
) -> Result<Position, CommitError> {
    store.clear(projection.tables(), projection.name()).await?;
    while follow(store, projection).await? > 0 {}
    store.complete(projection.tables()).await?;
    Ok(store.checkpoint(projection.name()).await?)
}

/// Rebuilds those of `projections` that have a table which is not complete; returns their names.
pub async fn rebuild_incomplete(
    store: &dyn Store,
    projections: &[&dyn Projection],
) -> Result<Vec<&'static str>, CommitError> {
    let incomplete = store.incomplete().await?;
    let mut rebuilt = Vec::new();
    for projection in projections {
        if projection.tables().iter().any(|it| incomplete.contains(it)) {
            rebuild(store, *projection).await?;
            rebuilt.push(projection.name());
        }
    }
    Ok(rebuilt)
}

/// Takes everything that `projections` make along the log to its end, where the store keeps their tables for several versions
/// of the program side by side ([`Schema::projected_by`](crate::Schema::projected_by)); how many events that took. Others may
/// write, and do the same, at the same time.
pub async fn catch_up(
    store: &dyn Store,
    projections: &[&dyn Projection],
) -> Result<u64, CommitError> {
    let mut taken = store.catch_up().await?;
    for projection in projections.iter().filter(|it| it.follows()) {
        loop {
            match follow(store, *projection).await {
                Ok(0) => break,
                Ok(events) => taken += events as u64,
                // Another process has taken this step.
                Err(CommitError::CheckpointMoved { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(taken)
}

/// In what context projections commit: for the service as a whole.
pub(crate) fn own_context() -> Context {
    Context {
        tenant: SERVICE,
        actor: Caller::Service(ServiceName::from_static("projection")),
        purpose: Purpose::Operations,
        correlation: CorrelationId::from_uuid(Uuid::nil()),
        causation: None,
        traceparent: None,
    }
}
