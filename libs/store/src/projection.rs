//! Read models: rows that follow from events.

use crate::{Event, RowChange, Table};

/// What makes rows of events. The same code runs in the commit, beside the log, and when tables are rebuilt.
///
/// A projection whose rows each depend on one stream runs in the commit ([`Append::project`](crate::Append::project)).
/// One that draws several streams together follows the log with a checkpoint.
pub trait Projection: Send + Sync {
    /// The name of its checkpoint.
    fn name(&self) -> &'static str;

    /// The tables that it alone writes.
    fn tables(&self) -> &'static [&'static Table];

    /// What the event changes; it must follow from the event alone.
    fn apply(&self, event: &Event) -> Vec<RowChange>;
}
