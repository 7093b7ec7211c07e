//! The bounds of the store, each in one place.

use std::time::Duration;

/// The longest payload of an event or message, in bytes of canonical JSON.
pub const EVENT_BYTES: usize = 256 * 1024;
/// The longest stored answer, in bytes of canonical JSON.
pub const ANSWER_BYTES: usize = 1024 * 1024;
/// The longest snapshot, in bytes of canonical JSON; things keep no more than that in one commit together.
pub const SNAPSHOT_BYTES: usize = 2 * 1024 * 1024;
/// The longest text or JSON in a column of a row, in bytes.
pub const COLUMN_BYTES: usize = 64 * 1024;
/// The longest name of a stream kind, event kind, queue, consumer, route and the like, in bytes.
pub const NAME_BYTES: usize = 255;
/// Events, rows, messages and the like in one commit, together.
pub const COMMIT_ITEMS: usize = 1_000;
/// The payloads of one commit together, in bytes of canonical JSON.
pub const COMMIT_BYTES: usize = 4 * 1024 * 1024;
/// Events that [`Store::load`](crate::Store::load) returns; a longer stream is read from a snapshot.
pub const LOADED_EVENTS: usize = 10_000;
/// Events, rows, records or messages on one page.
pub const PAGE: usize = 1_000;
/// Commits that the writer takes into one transaction.
pub const BATCH: usize = 64;
/// Commits that wait for the writer. Who comes later waits before entering, so that memory stays bounded.
pub const WAITING: usize = 1_024;
/// Messages in one claim.
pub const CLAIMED: usize = 256;
/// Tenants that one claim looks at before it gives up for this time.
pub const TENANTS_A_CLAIM: usize = 256;
/// Chains that a tenant's audit trail is spread over, so that commits do not queue for one. It must never change: records
/// about a person are looked for in the chain that follows from it.
pub const AUDIT_PARTITIONS: u16 = 4;
/// How long an answer under an idempotency key is kept.
pub const ANSWER_KEPT: Duration = Duration::from_hours(7 * 24);
/// How long a consumer's mark on a handled event is kept.
pub const INBOX_KEPT: Duration = Duration::from_hours(30 * 24);
/// How often a use case decides again after a conflict before it answers 503. Within a process those who lost
/// let one another pass; of several processes one wins each time, so where four are at it, one request in ten thousand is told to
/// come again.
pub const DECISIONS: usize = 32;
/// The longest reason kept with a failed message, in bytes; a longer one is cut.
pub const REASON_BYTES: usize = 4 * 1024;
/// How long a writer stands still at most while copies of several stores are begun at the same moment.
pub const HELD: Duration = Duration::from_secs(3);
/// How long a record of the audit trail may wait until an anchor covers it.
pub const ANCHOR_AFTER: Duration = Duration::from_secs(1);
/// Events by which read models are taken along the log in one transaction, while other processes wait for their turn to write.
pub const CAUGHT_UP: usize = 256;
/// How often a process says which generation of read models it uses.
pub const GENERATION_CLAIMED: Duration = Duration::from_hours(1);
/// How long a generation of read models is kept that no process says it uses: time enough to go back to the version before.
pub const GENERATION_UNUSED: Duration = Duration::from_hours(7 * 24);
