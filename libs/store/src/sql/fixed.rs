//! Statements that do not follow from a table alone. Their text is the same in both dialects.

use super::Sql;
use super::table::selected;
use crate::core_tables::{AUDIT, AUDIT_ANCHOR, AUDIT_HEAD, DEAD_LETTER, LOG, MESSAGE};

/// The indexes of the core. Three do not begin with the tenant, since those who ask serve all tenants: the turn of tenants
/// in a queue, and the two that remove what is out of date.
pub(super) const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX log_by_stream ON log (tenant_id, stream_kind, stream_id, version)",
    "CREATE INDEX message_due ON message (queue, tenant_id, available_at, sequence)",
    "CREATE INDEX message_by_key ON message (tenant_id, queue, ordering_key, sequence) \
     WHERE ordering_key IS NOT NULL",
    "CREATE INDEX dead_letter_by_queue ON dead_letter (tenant_id, queue, sequence)",
    "CREATE INDEX audit_by_data_subject ON audit (tenant_id, data_subject, sequence) \
     WHERE data_subject IS NOT NULL",
    "CREATE INDEX answer_expiring ON answer (expires_at)",
    "CREATE INDEX inbox_handled ON inbox (handled_at)",
];

/// The table of each of [`INDEXES`].
pub(super) fn indexed() -> impl Iterator<Item = &'static str> {
    let tables = INDEXES.iter().filter_map(|it| it.split_once(" ON "));
    tables.filter_map(|(_, on)| on.split(' ').next())
}

macro_rules! fixed {
    ($($(#[doc = $doc:literal])* $name:ident = $text:expr;)*) => {
        /// Statements that stand alone. The parameters are named in the order of their numbers.
        #[derive(Debug)]
        pub(crate) struct Fixed {
            $($(#[doc = $doc])* pub(crate) $name: Sql,)*
        }

        impl Fixed {
            pub(super) fn new() -> Self {
                Self { $($name: Sql::from($text),)* }
            }

            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<&Sql> {
                vec![$(&self.$name),*]
            }
        }
    };
}

fixed! {
    /// Tenant, stream kind, stream id, version after which, limit.
    load = format!(
        "SELECT {} FROM log WHERE tenant_id = $1 AND stream_kind = $2 AND stream_id = $3 AND version > $4 \
         ORDER BY version LIMIT $5",
        selected(&LOG)
    );
    /// Position after which, limit.
    read_log = format!(
        "SELECT {} FROM log WHERE position > $1 ORDER BY position LIMIT $2",
        selected(&LOG)
    );
    /// Queue.
    first_tenant = "SELECT tenant_id FROM message WHERE queue = $1 ORDER BY tenant_id LIMIT 1";
    /// Queue, tenant after which.
    next_tenant =
        "SELECT tenant_id FROM message WHERE queue = $1 AND tenant_id > $2 ORDER BY tenant_id LIMIT 1";
    /// Queue, tenant, now, limit. Of an ordering key only the first message is due.
    due = format!(
        "SELECT {} FROM message WHERE queue = $1 AND tenant_id = $2 AND available_at <= $3 \
         AND (ordering_key IS NULL OR NOT EXISTS (SELECT 1 FROM message AS earlier \
         WHERE earlier.tenant_id = message.tenant_id AND earlier.queue = message.queue \
         AND earlier.ordering_key = message.ordering_key AND earlier.sequence < message.sequence)) \
         ORDER BY available_at, sequence LIMIT $4",
        selected(&MESSAGE)
    );
    /// Tenant, queue, sequence after which, limit.
    messages = format!(
        "SELECT {} FROM message WHERE tenant_id = $1 AND queue = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
        selected(&MESSAGE)
    );
    /// Tenant, queue, sequence after which, limit.
    dead_letters = format!(
        "SELECT {} FROM dead_letter WHERE tenant_id = $1 AND queue = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
        selected(&DEAD_LETTER)
    );
    /// Now.
    depths = "SELECT queue, COUNT(CASE WHEN available_at <= $1 THEN 1 END), \
        COUNT(CASE WHEN available_at > $1 THEN 1 END), MIN(CASE WHEN available_at <= $1 THEN available_at END) \
        FROM message GROUP BY queue ORDER BY queue";
    /// Nothing.
    dead = "SELECT queue, COUNT(*) FROM dead_letter GROUP BY queue ORDER BY queue";
    /// Tenant, chain, sequence after which, limit.
    audit = format!(
        "SELECT {} FROM audit WHERE tenant_id = $1 AND chain = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
        selected(&AUDIT)
    );
    /// Tenant, data subject, sequence after which, limit.
    disclosures = format!(
        "SELECT {} FROM audit WHERE tenant_id = $1 AND data_subject = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
        selected(&AUDIT)
    );
    /// Nothing. Every chain that records, heads or anchors tell of.
    chains = "SELECT tenant_id, chain FROM audit_head UNION SELECT tenant_id, chain FROM audit_anchor \
        UNION SELECT DISTINCT tenant_id, chain FROM audit ORDER BY 1, 2";
    /// Tenant, chain, sequence after which, limit.
    anchors = format!(
        "SELECT {} FROM audit_anchor WHERE tenant_id = $1 AND chain = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
        selected(&AUDIT_ANCHOR)
    );
    /// Nothing. Heads, for the first anchoring after a start.
    heads = format!("SELECT {} FROM audit_head ORDER BY tenant_id, chain", selected(&AUDIT_HEAD));
    /// Now, limit.
    expired_answers = "DELETE FROM answer WHERE (tenant_id, caller, route, request_key) IN \
        (SELECT tenant_id, caller, route, request_key FROM answer WHERE expires_at <= $1 LIMIT $2)";
    /// The moment before which, limit.
    old_marks = "DELETE FROM inbox WHERE (tenant_id, consumer, event) IN \
        (SELECT tenant_id, consumer, event FROM inbox WHERE handled_at <= $1 LIMIT $2)";
    /// Nothing. Where the counters stand: whoever follows a database that others write to asks again and again.
    counters = "SELECT name, value FROM counter";
    /// Nothing. The position of the last event.
    head = "SELECT COALESCE(MAX(position), 0) FROM log";
}
