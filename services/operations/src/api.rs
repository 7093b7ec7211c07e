//! The contract, for callers in this process: each method shows its permission and calls the use case.

use async_trait::async_trait;
use medcover_contract_operations::{
    AuditVerification, CacheFigures, CacheInvalidated, Databases, DeadLetters, Disclosures,
    InvalidateCacheRequest, KeptBy, KeptTraces, NoteRequest, OperationsApi, Queues, ReplayRequest,
    Replayed, SagaRun, SagaRuns, TraceTree, Traces, Upstreams,
};
use medcover_kernel::{Allowed, Call, Limit, MessageId, Result, SagaId};
use uuid::Uuid;

use crate::sagas::Step;
use crate::{Operations, audit, cache, databases, queues, sagas, traces, upstreams};

#[async_trait]
impl OperationsApi for Operations {
    async fn queues(&self, call: &Call) -> Result<Queues> {
        queues::depths(self, Allowed::by(call)?).await
    }

    async fn dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        after: u64,
        limit: Limit,
    ) -> Result<DeadLetters> {
        let at = (service, queue);
        queues::dead_letters(self, Allowed::by(call)?, at, after, limit).await
    }

    async fn replay_dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        request: ReplayRequest,
    ) -> Result<Replayed> {
        queues::replay(self, Allowed::by(call)?, (service, queue), request).await
    }

    async fn discard_dead_letter(
        &self,
        call: &Call,
        service: &str,
        _queue: &str,
        message: MessageId,
    ) -> Result<()> {
        queues::discard(self, Allowed::by(call)?, service, message).await
    }

    async fn sagas(
        &self,
        call: &Call,
        service: &str,
        state: Option<String>,
        after: Option<String>,
        limit: Limit,
    ) -> Result<SagaRuns> {
        let (state, after) = (state.as_deref(), after.as_deref());
        sagas::runs(self, Allowed::by(call)?, service, state, after, limit).await
    }

    async fn saga(&self, call: &Call, service: &str, saga: SagaId) -> Result<SagaRun> {
        sagas::run(self, Allowed::by(call)?, service, saga).await
    }

    async fn resume_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let (allowed, at) = (Allowed::by(call)?, (service, saga));
        sagas::control(self, allowed, at, Step::Resume, &request).await
    }

    async fn cancel_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let (allowed, at) = (Allowed::by(call)?, (service, saga));
        sagas::control(self, allowed, at, Step::Cancel, &request).await
    }

    async fn abandon_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let (allowed, at) = (Allowed::by(call)?, (service, saga));
        sagas::control(self, allowed, at, Step::Abandon, &request).await
    }

    async fn upstreams(&self, call: &Call) -> Result<Upstreams> {
        upstreams::list(self, Allowed::by(call)?)
    }

    async fn databases(&self, call: &Call) -> Result<Databases> {
        databases::list(self, Allowed::by(call)?)
    }

    async fn cache(&self, call: &Call) -> Result<CacheFigures> {
        cache::figures(self, Allowed::by(call)?).await
    }

    async fn invalidate_cache(
        &self,
        call: &Call,
        request: InvalidateCacheRequest,
    ) -> Result<CacheInvalidated> {
        cache::invalidate(self, Allowed::by(call)?, &request).await
    }

    async fn traces(&self, call: &Call) -> Result<Traces> {
        traces::figures(self, Allowed::by(call)?)
    }

    async fn kept_traces(&self, call: &Call, by: KeptBy, limit: Limit) -> Result<KeptTraces> {
        traces::kept(self, Allowed::by(call)?, by, limit)
    }

    async fn kept_trace(&self, call: &Call, trace_id: &str) -> Result<TraceTree> {
        traces::tree(self, Allowed::by(call)?, trace_id)
    }

    async fn verify_audit(&self, call: &Call) -> Result<AuditVerification> {
        audit::verify(self, Allowed::by(call)?).await
    }

    async fn disclosures(
        &self,
        call: &Call,
        service: &str,
        person: Uuid,
        after: u64,
        limit: Limit,
    ) -> Result<Disclosures> {
        let at = (service, person);
        audit::disclosures(self, Allowed::by(call)?, at, after, limit).await
    }
}
