//! Every address, as data.

use medcover_http::{Endpoint, Json, NoContent, Path, Priority, Query};
use medcover_kernel::Limit;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::permissions::{
    ControlSagas, InvalidateCache, ReadCache, ReadDatabases, ReadDisclosures, ReadQueues,
    ReadSagas, ReadTraces, ReadUpstreams, ReplayMessages, VerifyAudit,
};
use crate::{
    AuditVerification, CacheFigures, CacheInvalidated, Databases, DeadLetters, Disclosures,
    InvalidateCacheRequest, KeptBy, KeptTraces, NoteRequest, Queues, ReplayRequest, Replayed,
    SagaRun, SagaRuns, TraceTree, Traces, Upstreams,
};

const TAG: &str = "Operations";

/// A queue in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct QueuePath {
    /// The service whose queue it is.
    #[param(example = "auth")]
    pub service: String,
    /// Its name.
    #[param(example = "sagas")]
    pub queue: String,
}

/// A message in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct MessagePath {
    /// The service whose queue it is.
    #[param(example = "auth")]
    pub service: String,
    /// The name of the queue.
    #[param(example = "sagas")]
    pub queue: String,
    /// The id of the message.
    pub message: Uuid,
}

/// A service in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct ServicePath {
    /// Its name.
    #[param(example = "auth")]
    pub service: String,
}

/// A run in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct SagaPath {
    /// The service that runs it.
    #[param(example = "auth")]
    pub service: String,
    /// Its id.
    pub saga: Uuid,
}

/// A person in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct PersonPath {
    /// The service whose trail is asked for.
    #[param(example = "auth")]
    pub service: String,
    /// Whose data.
    pub person: Uuid,
}

/// A page of a list in the order of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NumberedPage {
    /// The `next` of the page before.
    #[serde(default)]
    pub after: u64,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsPage {
    /// Only runs in this state.
    #[serde(default)]
    #[param(example = "parked")]
    pub state: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// Which traces to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TracesPage {
    /// `newest`, `failed` or `slowest`.
    #[serde(default)]
    #[param(inline)]
    pub by: KeptBy,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A trace in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct TracePath {
    /// Its id: 32 hexadecimal digits.
    #[param(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: String,
}

/// [`OperationsApi::queues`](crate::OperationsApi::queues)
pub static QUEUES: Endpoint<(), Json<Queues>> = Endpoint::get("queues", "/api/v1/queues")
    .summary("How full each queue is, over all tenants.")
    .tag(TAG)
    .needs::<ReadQueues>();

/// [`OperationsApi::dead_letters`](crate::OperationsApi::dead_letters)
pub static DEAD_LETTERS: Endpoint<(Path<QueuePath>, Query<NumberedPage>), Json<DeadLetters>> =
    Endpoint::get(
        "dead_letters",
        "/api/v1/queues/{service}/{queue}/dead-letters",
    )
    .summary("Messages that were set aside, and why.")
    .tag(TAG)
    .needs::<ReadQueues>();

/// [`OperationsApi::replay_dead_letters`](crate::OperationsApi::replay_dead_letters)
///
/// It needs no key: a message queued again is set aside no more.
pub static REPLAY_DEAD_LETTERS: Endpoint<(Path<QueuePath>, Json<ReplayRequest>), Json<Replayed>> =
    Endpoint::post(
        "replay_dead_letters",
        "/api/v1/queues/{service}/{queue}/dead-letters/replay",
    )
    .summary("Queues messages again that were set aside: one, or all.")
    .tag(TAG)
    .needs::<ReplayMessages>();

/// [`OperationsApi::discard_dead_letter`](crate::OperationsApi::discard_dead_letter)
pub static DISCARD_DEAD_LETTER: Endpoint<Path<MessagePath>, NoContent> = Endpoint::delete(
    "discard_dead_letter",
    "/api/v1/queues/{service}/{queue}/dead-letters/{message}",
)
.summary("Drops a message for good that was set aside.")
.tag(TAG)
.needs::<ReplayMessages>();

/// [`OperationsApi::sagas`](crate::OperationsApi::sagas)
pub static SAGAS: Endpoint<(Path<ServicePath>, Query<RunsPage>), Json<SagaRuns>> =
    Endpoint::get("sagas", "/api/v1/sagas/{service}")
        .summary("Runs of sagas, the last first.")
        .tag(TAG)
        .needs::<ReadSagas>();

/// [`OperationsApi::saga`](crate::OperationsApi::saga)
pub static SAGA: Endpoint<Path<SagaPath>, Json<SagaRun>> =
    Endpoint::get("saga", "/api/v1/sagas/{service}/{saga}")
        .summary("A run with its steps.")
        .tag(TAG)
        .needs::<ReadSagas>();

/// [`OperationsApi::resume_saga`](crate::OperationsApi::resume_saga)
///
/// Neither this nor the next two need a key: asked again, they find the run in the state they asked for.
pub static RESUME_SAGA: Endpoint<(Path<SagaPath>, Json<NoteRequest>), Json<SagaRun>> =
    Endpoint::post("resume_saga", "/api/v1/sagas/{service}/{saga}/resume")
        .summary("Lets a parked run go on with fresh attempts.")
        .tag(TAG)
        .needs::<ControlSagas>();

/// [`OperationsApi::cancel_saga`](crate::OperationsApi::cancel_saga)
pub static CANCEL_SAGA: Endpoint<(Path<SagaPath>, Json<NoteRequest>), Json<SagaRun>> =
    Endpoint::post("cancel_saga", "/api/v1/sagas/{service}/{saga}/cancel")
        .summary("Has a run turn and undo what it did.")
        .tag(TAG)
        .needs::<ControlSagas>();

/// [`OperationsApi::abandon_saga`](crate::OperationsApi::abandon_saga)
pub static ABANDON_SAGA: Endpoint<(Path<SagaPath>, Json<NoteRequest>), Json<SagaRun>> =
    Endpoint::post("abandon_saga", "/api/v1/sagas/{service}/{saga}/abandon")
        .summary("Ends a run as it stands; whoever asks takes over what is left.")
        .tag(TAG)
        .needs::<ControlSagas>();

/// [`OperationsApi::upstreams`](crate::OperationsApi::upstreams)
pub static UPSTREAMS: Endpoint<(), Json<Upstreams>> =
    Endpoint::get("upstreams", "/api/v1/upstreams")
        .summary("How the services elsewhere do, each instance as this process sees it.")
        .tag(TAG)
        .needs::<ReadUpstreams>();

/// [`OperationsApi::databases`](crate::OperationsApi::databases)
pub static DATABASES: Endpoint<(), Json<Databases>> =
    Endpoint::get("databases", "/api/v1/databases")
        .summary("How the servers do that keep the state of services, and their replicas.")
        .tag(TAG)
        .needs::<ReadDatabases>();

/// [`OperationsApi::cache`](crate::OperationsApi::cache)
pub static CACHE: Endpoint<(), Json<CacheFigures>> = Endpoint::get("cache", "/api/v1/cache")
    .summary("What this process keeps for a while, and how often that served.")
    .tag(TAG)
    .needs::<ReadCache>();

/// [`OperationsApi::invalidate_cache`](crate::OperationsApi::invalidate_cache)
pub static INVALIDATE_CACHE: Endpoint<Json<InvalidateCacheRequest>, Json<CacheInvalidated>> =
    Endpoint::post("invalidate_cache", "/api/v1/cache/invalidation")
        .summary("Invalidates what this process keeps, by pattern and by tag.")
        .tag(TAG)
        .needs::<InvalidateCache>();

/// [`OperationsApi::traces`](crate::OperationsApi::traces)
pub static TRACES: Endpoint<(), Json<Traces>> = Endpoint::get("traces", "/api/v1/traces")
    .summary("Where this process spends its time, as far as its traces are recorded.")
    .tag(TAG)
    .needs::<ReadTraces>();

/// [`OperationsApi::kept_traces`](crate::OperationsApi::kept_traces)
pub static KEPT_TRACES: Endpoint<Query<TracesPage>, Json<KeptTraces>> = Endpoint::get(
    "kept_traces",
    "/api/v1/traces/kept",
)
.summary("Recorded traces that this process keeps: the newest, those that failed, or the slowest.")
.tag(TAG)
.needs::<ReadTraces>();

/// [`OperationsApi::kept_trace`](crate::OperationsApi::kept_trace)
pub static KEPT_TRACE: Endpoint<Path<TracePath>, Json<TraceTree>> =
    Endpoint::get("kept_trace", "/api/v1/traces/kept/{trace_id}")
        .summary("All that this process keeps of one trace, as a tree.")
        .tag(TAG)
        .needs::<ReadTraces>();

/// [`OperationsApi::verify_audit`](crate::OperationsApi::verify_audit)
pub static VERIFY_AUDIT: Endpoint<(), Json<AuditVerification>> =
    Endpoint::post("verify_audit", "/api/v1/audit/verification")
        .summary("Reads every audit trail and says where it is not what it was.")
        .tag(TAG)
        .needs::<VerifyAudit>()
        .weight_percent(10_000)
        .priority(Priority::Background);

/// [`OperationsApi::disclosures`](crate::OperationsApi::disclosures)
pub static DISCLOSURES: Endpoint<(Path<PersonPath>, Query<NumberedPage>), Json<Disclosures>> =
    Endpoint::get(
        "disclosures",
        "/api/v1/audit/{service}/disclosures/{person}",
    )
    .summary("To whom a person's data was disclosed, and why.")
    .tag(TAG)
    .needs::<ReadDisclosures>();
