#![doc = include_str!("../README.md")]

mod aggregate;
mod answer;
mod append;
mod audit;
mod canonical;
mod cell;
pub mod conformance;
mod context;
mod core_tables;
mod engine;
mod error;
mod event;
mod generation;
mod inbox;
pub mod limits;
mod memory;
mod metrics;
mod plan;
mod postgres;
mod projection;
mod queue;
mod rows;
mod schema;
mod showing;
mod snapshot;
mod spool;
mod sql;
mod sqlite;
mod status;
mod store;
mod stream;
mod table;
mod traced;
mod upcast;

pub use aggregate::{
    Aggregate, EventExample, Events, Loaded, Page, Repository, Tries, check_version, load, page,
};
pub use answer::{Answer, AnswerScope};
pub use append::{Append, CheckpointMove, InboxMark, Receipt, StreamVersion, StreamWrite};
pub use audit::{AuditEntry, AuditFault, AuditFaultKind, AuditOutcome, AuditRecord, AuditReport};
pub use canonical::{CanonicalError, CanonicalJson};
pub use context::Context;
pub use core_tables::CORE_VERSION;
pub use engine::{AuditHead, Held, OpenError, SqlStore, Standing};
pub use error::{CommitError, Corrupt, StoreError, later_version};
pub use event::{Event, EventPayload, NewEvent, Recorded};
pub use inbox::is_handled;
pub use memory::MemoryStore;
pub use metrics::register;
pub use postgres::{
    Bulk, CopyText, Migration, PartitionedIndex, PostgresOptions, PostgresStore, ReferenceSchema,
    ReferenceTables,
};
pub use projection::{Projection, catch_up, follow, rebuild, rebuild_incomplete};
pub use queue::{
    Claim, DeadLetter, DeadLetterChange, Delivery, NewMessage, Outcome, QueueDepth, QueuedMessage,
    Settlement,
};
pub use schema::Schema;
pub use showing::Showing;
pub use snapshot::Snapshot;
pub use spool::{SpoolFile, SpoolOptions, SpoolStatus, spool_files};
pub use sqlite::{SqliteCopy, SqliteOptions, SqliteStore};
pub use status::{DatabaseStatus, Inventory, ReplicaStanding, ReplicaStatus};
pub use store::Store;
pub use stream::{Name, Position, StreamId, Version};
pub use table::{Change, Column, ColumnKind, Listing, Row, RowChange, Select, Table, Value};
pub use traced::TracedStore;
pub use upcast::Upcaster;

#[doc(hidden)]
pub use aggregate::macros;
