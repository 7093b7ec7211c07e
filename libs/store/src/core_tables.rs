//! The tables that every store has, declared like those of read models, so that both are written by the same statements.

use medcover_kernel::TenantId;
use uuid::Uuid;

use crate::ColumnKind::{Bytes, Canonical, Id, Integer, Text, Timestamp};
use crate::{Column, Table};

/// The owner of rows that belong to the service as a whole.
pub(crate) const SERVICE: TenantId = TenantId::from_uuid(Uuid::nil());

/// The version of the tables that every store has. A change adds a migration to every engine.
pub const CORE_VERSION: u16 = 1;

/// The events, in the order of [`crate::Position`]. Alone among the tables its key is the position without the tenant.
pub(crate) static LOG: Table = Table {
    name: "log",
    version: CORE_VERSION,
    key: &[Column::of("position", Integer)],
    columns: &[
        Column::of("stream_kind", Text),
        Column::of("stream_id", Id),
        Column::of("version", Integer),
        Column::of("id", Id),
        Column::of("kind", Text),
        Column::of("schema", Integer),
        Column::of("occurred_at", Timestamp),
        Column::of("recorded_at", Timestamp),
        Column::of("actor", Text),
        Column::of("purpose", Text),
        Column::of("correlation", Id),
        Column::maybe("causation", Id),
        Column::maybe("traceparent", Text),
        Column::of("payload", Canonical),
    ],
};

/// Numbers that are given out once.
pub(crate) static COUNTER: Table = Table {
    name: "counter",
    version: CORE_VERSION,
    key: &[Column::of("name", Text)],
    columns: &[Column::of("value", Integer)],
};

/// The versions of streams.
pub(crate) static STREAM: Table = Table {
    name: "stream",
    version: CORE_VERSION,
    key: &[Column::of("kind", Text), Column::of("id", Id)],
    columns: &[Column::of("version", Integer)],
};

/// States of streams.
pub(crate) static SNAPSHOT: Table = Table {
    name: "snapshot",
    version: CORE_VERSION,
    key: &[
        Column::of("kind", Text),
        Column::of("id", Id),
        Column::of("reducer", Integer),
    ],
    columns: &[
        Column::of("version", Integer),
        Column::of("state", Canonical),
    ],
};

/// Messages that are queued.
pub(crate) static MESSAGE: Table = Table {
    name: "message",
    version: CORE_VERSION,
    key: &[Column::of("id", Id)],
    columns: &[
        Column::of("queue", Text),
        Column::of("sequence", Integer),
        Column::maybe("ordering_key", Text),
        Column::of("payload", Canonical),
        Column::of("actor", Text),
        Column::of("purpose", Text),
        Column::of("correlation", Id),
        Column::maybe("causation", Id),
        Column::maybe("traceparent", Text),
        Column::of("sent_at", Timestamp),
        Column::of("available_at", Timestamp),
        Column::of("attempts", Integer),
        Column::of("token", Integer),
        Column::maybe("worker", Text),
        Column::maybe("failure", Text),
    ],
};

/// Messages that were set aside.
pub(crate) static DEAD_LETTER: Table = Table {
    name: "dead_letter",
    version: CORE_VERSION,
    key: &[Column::of("id", Id)],
    columns: &[
        Column::of("queue", Text),
        Column::of("sequence", Integer),
        Column::maybe("ordering_key", Text),
        Column::of("payload", Canonical),
        Column::of("actor", Text),
        Column::of("purpose", Text),
        Column::of("correlation", Id),
        Column::maybe("causation", Id),
        Column::maybe("traceparent", Text),
        Column::of("sent_at", Timestamp),
        Column::of("available_at", Timestamp),
        Column::of("attempts", Integer),
        Column::of("token", Integer),
        Column::maybe("worker", Text),
        Column::maybe("failure", Text),
        Column::of("reason", Text),
        Column::of("died_at", Timestamp),
    ],
};

/// Events that consumers have handled.
pub(crate) static INBOX: Table = Table {
    name: "inbox",
    version: CORE_VERSION,
    key: &[Column::of("consumer", Text), Column::of("event", Id)],
    columns: &[Column::of("handled_at", Timestamp)],
};

/// How far consumers of the log have come.
pub(crate) static CHECKPOINT: Table = Table {
    name: "checkpoint",
    version: CORE_VERSION,
    key: &[Column::of("consumer", Text)],
    columns: &[Column::of("position", Integer)],
};

/// Answers under callers' keys.
pub(crate) static ANSWER: Table = Table {
    name: "answer",
    version: CORE_VERSION,
    key: &[
        Column::of("caller", Text),
        Column::of("route", Text),
        Column::of("request_key", Text),
    ],
    columns: &[
        Column::of("fingerprint", Bytes),
        Column::of("status", Integer),
        Column::of("body", Canonical),
        Column::of("expires_at", Timestamp),
    ],
};

/// The audit trail.
pub(crate) static AUDIT: Table = Table {
    name: "audit",
    version: CORE_VERSION,
    key: &[
        Column::of("chain", Integer),
        Column::of("sequence", Integer),
    ],
    columns: &[
        Column::maybe("data_subject", Id),
        Column::of("record", Canonical),
        Column::of("hash", Bytes),
    ],
};

/// The last record of each audit chain.
pub(crate) static AUDIT_HEAD: Table = Table {
    name: "audit_head",
    version: CORE_VERSION,
    key: &[Column::of("chain", Integer)],
    columns: &[Column::of("sequence", Integer), Column::of("hash", Bytes)],
};

/// What the heads of audit chains have been, as written to the anchor file too.
pub(crate) static AUDIT_ANCHOR: Table = Table {
    name: "audit_anchor",
    version: CORE_VERSION,
    key: &[
        Column::of("chain", Integer),
        Column::of("sequence", Integer),
    ],
    columns: &[
        Column::of("hash", Bytes),
        Column::of("anchored_at", Timestamp),
    ],
};

/// In which version each read-model table is there, and whether it is complete (1) or to be rebuilt (0).
pub(crate) static READ_MODEL: Table = Table {
    name: "read_model",
    version: CORE_VERSION,
    key: &[Column::of("name", Text)],
    columns: &[
        Column::of("version", Integer),
        Column::of("complete", Integer),
    ],
};

/// Read models of programs of several versions, side by side on one server. It is there beside the core, in whatever version.
pub(crate) static GENERATION: Table = Table {
    name: "view_generation",
    version: 1,
    key: &[Column::of("name", Text)],
    columns: &[
        // The tables and the consumers of the log that are of it, with spaces between them.
        Column::of("tables", Text),
        Column::of("consumers", Text),
        // When a process last said that it uses it.
        Column::of("used_at", Timestamp),
    ],
};

/// Every table but [`LOG`] and [`GENERATION`].
pub(crate) static KEYED: [&Table; 12] = [
    &COUNTER,
    &STREAM,
    &SNAPSHOT,
    &MESSAGE,
    &DEAD_LETTER,
    &INBOX,
    &CHECKPOINT,
    &ANSWER,
    &AUDIT,
    &AUDIT_HEAD,
    &AUDIT_ANCHOR,
    &READ_MODEL,
];
