//! Every address, and the method of the contract that answers it.

use medcover_contract_operations::OperationsApi as _;
use medcover_contract_operations::endpoints::{
    self as at, MessagePath, NumberedPage, PersonPath, QueuePath, RunsPage, SagaPath, ServicePath,
    TracePath, TracesPage,
};
use medcover_contract_operations::{
    AuditVerification, CacheFigures, CacheInvalidated, Databases, DeadLetters, Disclosures,
    InvalidateCacheRequest, KeptTraces, NoteRequest, Queues, ReplayRequest, Replayed, SagaRun,
    SagaRuns, TraceTree, Traces, Upstreams,
};
use medcover_http::{Json, Path, Query, Routes};
use medcover_kernel::{Call, Limit, MessageId, Result, SagaId};

use crate::Operations;

pub(crate) fn routes(operations: Operations) -> Routes<Operations> {
    Routes::new(operations)
        .answer(&at::QUEUES, queues)
        .answer(&at::DEAD_LETTERS, dead_letters)
        .answer(&at::REPLAY_DEAD_LETTERS, replay)
        .answer(&at::DISCARD_DEAD_LETTER, discard)
        .answer(&at::SAGAS, sagas)
        .answer(&at::SAGA, saga)
        .answer(&at::RESUME_SAGA, resume)
        .answer(&at::CANCEL_SAGA, cancel)
        .answer(&at::ABANDON_SAGA, abandon)
        .answer(&at::UPSTREAMS, upstreams)
        .answer(&at::DATABASES, databases)
        .answer(&at::CACHE, cache)
        .answer(&at::INVALIDATE_CACHE, invalidate_cache)
        .answer(&at::TRACES, traces)
        .answer(&at::KEPT_TRACES, kept_traces)
        .answer(&at::KEPT_TRACE, kept_trace)
        .answer(&at::VERIFY_AUDIT, verify_audit)
        .answer(&at::DISCLOSURES, disclosures)
}

async fn queues(it: Operations, call: Call, (): ()) -> Result<Queues> {
    it.queues(&call).await
}

async fn dead_letters(
    it: Operations,
    call: Call,
    (Path(of), Query(page)): (Path<QueuePath>, Query<NumberedPage>),
) -> Result<DeadLetters> {
    let limit = page.limit.unwrap_or(Limit::DEFAULT);
    it.dead_letters(&call, &of.service, &of.queue, page.after, limit)
        .await
}

async fn replay(
    it: Operations,
    call: Call,
    (Path(of), Json(request)): (Path<QueuePath>, Json<ReplayRequest>),
) -> Result<Replayed> {
    it.replay_dead_letters(&call, &of.service, &of.queue, request)
        .await
}

async fn discard(it: Operations, call: Call, Path(of): Path<MessagePath>) -> Result<()> {
    let message = MessageId::from_uuid(of.message);
    it.discard_dead_letter(&call, &of.service, &of.queue, message)
        .await
}

async fn sagas(
    it: Operations,
    call: Call,
    (Path(of), Query(page)): (Path<ServicePath>, Query<RunsPage>),
) -> Result<SagaRuns> {
    let limit = page.limit.unwrap_or(Limit::DEFAULT);
    it.sagas(&call, &of.service, page.state, page.after, limit)
        .await
}

async fn saga(it: Operations, call: Call, Path(of): Path<SagaPath>) -> Result<SagaRun> {
    it.saga(&call, &of.service, SagaId::from_uuid(of.saga))
        .await
}

type Noted = (Path<SagaPath>, Json<NoteRequest>);

async fn resume(it: Operations, call: Call, (Path(of), Json(request)): Noted) -> Result<SagaRun> {
    let saga = SagaId::from_uuid(of.saga);
    it.resume_saga(&call, &of.service, saga, request).await
}

async fn cancel(it: Operations, call: Call, (Path(of), Json(request)): Noted) -> Result<SagaRun> {
    let saga = SagaId::from_uuid(of.saga);
    it.cancel_saga(&call, &of.service, saga, request).await
}

async fn abandon(it: Operations, call: Call, (Path(of), Json(request)): Noted) -> Result<SagaRun> {
    let saga = SagaId::from_uuid(of.saga);
    it.abandon_saga(&call, &of.service, saga, request).await
}

async fn databases(it: Operations, call: Call, (): ()) -> Result<Databases> {
    it.databases(&call).await
}

async fn upstreams(it: Operations, call: Call, (): ()) -> Result<Upstreams> {
    it.upstreams(&call).await
}

async fn cache(it: Operations, call: Call, (): ()) -> Result<CacheFigures> {
    it.cache(&call).await
}

async fn invalidate_cache(
    it: Operations,
    call: Call,
    Json(request): Json<InvalidateCacheRequest>,
) -> Result<CacheInvalidated> {
    it.invalidate_cache(&call, request).await
}

async fn traces(it: Operations, call: Call, (): ()) -> Result<Traces> {
    it.traces(&call).await
}

async fn kept_traces(
    it: Operations,
    call: Call,
    Query(page): Query<TracesPage>,
) -> Result<KeptTraces> {
    let limit = page.limit.unwrap_or(Limit::DEFAULT);
    it.kept_traces(&call, page.by, limit).await
}

async fn kept_trace(it: Operations, call: Call, Path(of): Path<TracePath>) -> Result<TraceTree> {
    it.kept_trace(&call, &of.trace_id).await
}

async fn verify_audit(it: Operations, call: Call, (): ()) -> Result<AuditVerification> {
    it.verify_audit(&call).await
}

async fn disclosures(
    it: Operations,
    call: Call,
    (Path(of), Query(page)): (Path<PersonPath>, Query<NumberedPage>),
) -> Result<Disclosures> {
    let limit = page.limit.unwrap_or(Limit::DEFAULT);
    it.disclosures(&call, &of.service, of.person, page.after, limit)
        .await
}
