//! What the endpoints ask for.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Looks into queues, and at the messages that were set aside.
    pub ReadQueues = "queues.read";
    /// Queues messages again that were set aside, or drops them.
    pub ReplayMessages = "queues.replay";
    /// Looks at runs of sagas and their steps.
    pub ReadSagas = "sagas.read";
    /// Resumes, cancels and abandons runs of sagas.
    pub ControlSagas = "sagas.control";
    /// Looks at the services elsewhere and their instances. Of the default tenant only.
    pub ReadUpstreams = "upstreams.read";
    /// Looks at the servers that keep state. Of the default tenant only.
    pub ReadDatabases = "databases.read";
    /// Looks at what processes keep for a while. Of the default tenant only.
    pub ReadCache = "cache.read";
    /// Invalidates what processes keep for a while. Of the default tenant only.
    pub InvalidateCache = "cache.invalidate";
    /// Looks at where processes spend their time. Of the default tenant only.
    pub ReadTraces = "traces.read";
    /// Reads to whom a person's data was disclosed.
    pub ReadDisclosures = "audit.disclosures";
    /// Checks that the audit trails are whole. Of the default tenant only.
    pub VerifyAudit = "audit.verify";
}

/// Every permission of operators.
pub const PERMISSIONS: &[PermissionInfo] = &[
    ReadQueues::INFO,
    ReplayMessages::INFO,
    ReadSagas::INFO,
    ControlSagas::INFO,
    ReadUpstreams::INFO,
    ReadDatabases::INFO,
    ReadCache::INFO,
    InvalidateCache::INFO,
    ReadTraces::INFO,
    ReadDisclosures::INFO,
    VerifyAudit::INFO,
];
