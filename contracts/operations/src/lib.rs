#![doc = include_str!("../README.md")]

mod audit;
mod cache;
mod client;
mod databases;
pub mod endpoints;
pub mod permissions;
mod queues;
mod sagas;
mod traces;
mod upstreams;

pub use audit::{AuditFault, AuditVerification, Disclosure, Disclosures, TrailReport};
pub use cache::{
    CacheFigures, CacheInvalidated, CacheInvalidations, CacheSpace, InvalidateCacheRequest,
    MAX_INVALIDATED, RedisFigures, RedisMemory, RedisReplica,
};
pub use client::OperationsClient;
pub use databases::{Database, Databases, Replica, ReplicaState};
pub use queues::{DeadLetter, DeadLetters, Queue, Queues, ReplayRequest, Replayed};
pub use sagas::{NoteRequest, SagaRun, SagaRuns, SagaStep, SagaSummary};
pub use traces::{
    KeptBy, KeptTrace, KeptTraces, LayerTime, TraceSpan, TraceSummary, TraceTree, TracedOperation,
    Traces, TreeSpan,
};
pub use upstreams::{BreakerState, Counted, Upstream, UpstreamInstance, Upstreams};

use async_trait::async_trait;
use medcover_kernel::{Call, Limit, MessageId, Result, SagaId};
use uuid::Uuid;

/// Fewest characters of a note on why a run is resumed, cancelled or abandoned.
pub const MIN_NOTE_CHARS: usize = 3;
/// Most characters of such a note.
pub const MAX_NOTE_CHARS: usize = 500;

/// What operators ask. `service` is a service by name; `NotFound` when this installation runs none of that name.
///
/// Lists go on after the entry that `after` names: the `next` of the page before.
#[async_trait]
pub trait OperationsApi: Send + Sync {
    /// How full each queue is, over all tenants.
    async fn queues(&self, call: &Call) -> Result<Queues>;

    /// Messages of a queue that were set aside.
    async fn dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        after: u64,
        limit: Limit,
    ) -> Result<DeadLetters>;

    /// Queues messages again, their attempts at zero: one, or all that are set aside now.
    async fn replay_dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        request: ReplayRequest,
    ) -> Result<Replayed>;

    /// Drops a message for good.
    async fn discard_dead_letter(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        message: MessageId,
    ) -> Result<()>;

    /// Runs of sagas, the last first; those in `state` only, where given.
    async fn sagas(
        &self,
        call: &Call,
        service: &str,
        state: Option<String>,
        after: Option<String>,
        limit: Limit,
    ) -> Result<SagaRuns>;

    /// A run with its steps.
    async fn saga(&self, call: &Call, service: &str, saga: SagaId) -> Result<SagaRun>;

    /// Lets a parked run go on in its direction with fresh attempts.
    async fn resume_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun>;

    /// Has a run turn and undo what it did. Refused from the pivot on.
    async fn cancel_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun>;

    /// Ends a run as it stands; whoever asks takes over what is left of it.
    async fn abandon_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun>;

    /// How the services do that other processes run, each instance as the process sees it that is asked.
    async fn upstreams(&self, call: &Call) -> Result<Upstreams>;

    /// How the servers do that keep the state of services, each as the process sees it that is asked.
    async fn databases(&self, call: &Call) -> Result<Databases>;

    /// What the process that is asked keeps for a while, and how often that served.
    async fn cache(&self, call: &Call) -> Result<CacheFigures>;

    /// Invalidates what the process that is asked keeps. When it has returned, nothing of it is shown any more.
    async fn invalidate_cache(
        &self,
        call: &Call,
        request: InvalidateCacheRequest,
    ) -> Result<CacheInvalidated>;

    /// Where the process that is asked spends its time, as far as its traces are recorded.
    async fn traces(&self, call: &Call) -> Result<Traces>;

    /// Traces that the process that is asked keeps, so many at most.
    async fn kept_traces(&self, call: &Call, by: KeptBy, limit: Limit) -> Result<KeptTraces>;

    /// All that the process that is asked keeps of one trace, by its id. `NotFound` where it keeps nothing of it.
    async fn kept_trace(&self, call: &Call, trace_id: &str) -> Result<TraceTree>;

    /// Reads every audit trail and says where it is not what it was.
    async fn verify_audit(&self, call: &Call) -> Result<AuditVerification>;

    /// To whom the data of `person` was disclosed, and why.
    async fn disclosures(
        &self,
        call: &Call,
        service: &str,
        person: Uuid,
        after: u64,
        limit: Limit,
    ) -> Result<Disclosures>;
}
