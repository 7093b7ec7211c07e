//! The operations of a server in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, Json, Path, Query};
use medcover_kernel::{Call, Limit, MessageId, Result, SagaId};
use uuid::Uuid;

use crate::endpoints::{
    self as at, MessagePath, NumberedPage, PersonPath, QueuePath, RunsPage, SagaPath, ServicePath,
    TracePath, TracesPage,
};
use crate::{
    AuditVerification, CacheFigures, CacheInvalidated, Databases, DeadLetters, Disclosures,
    InvalidateCacheRequest, KeptBy, KeptTraces, NoteRequest, OperationsApi, Queues, ReplayRequest,
    Replayed, SagaRun, SagaRuns, TraceTree, Traces, Upstreams,
};

/// Asks over HTTP.
#[derive(Clone, Debug)]
pub struct OperationsClient(HttpClient);

impl OperationsClient {
    /// The server that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

fn queue_at(service: &str, queue: &str) -> Path<QueuePath> {
    Path(QueuePath {
        service: service.to_owned(),
        queue: queue.to_owned(),
    })
}

fn saga_at(service: &str, saga: SagaId) -> Path<SagaPath> {
    Path(SagaPath {
        service: service.to_owned(),
        saga: saga.as_uuid(),
    })
}

const fn numbered(after: u64, limit: Limit) -> Query<NumberedPage> {
    Query(NumberedPage {
        after,
        limit: Some(limit),
    })
}

#[async_trait]
impl OperationsApi for OperationsClient {
    async fn queues(&self, call: &Call) -> Result<Queues> {
        self.0.ask(&at::QUEUES, call, ()).await
    }

    async fn dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        after: u64,
        limit: Limit,
    ) -> Result<DeadLetters> {
        let input = (queue_at(service, queue), numbered(after, limit));
        self.0.ask(&at::DEAD_LETTERS, call, input).await
    }

    async fn replay_dead_letters(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        request: ReplayRequest,
    ) -> Result<Replayed> {
        let input = (queue_at(service, queue), Json(request));
        self.0.ask(&at::REPLAY_DEAD_LETTERS, call, input).await
    }

    async fn discard_dead_letter(
        &self,
        call: &Call,
        service: &str,
        queue: &str,
        message: MessageId,
    ) -> Result<()> {
        let input = Path(MessagePath {
            service: service.to_owned(),
            queue: queue.to_owned(),
            message: message.as_uuid(),
        });
        self.0.ask(&at::DISCARD_DEAD_LETTER, call, input).await
    }

    async fn sagas(
        &self,
        call: &Call,
        service: &str,
        state: Option<String>,
        after: Option<String>,
        limit: Limit,
    ) -> Result<SagaRuns> {
        let service = service.to_owned();
        let page = RunsPage {
            state,
            after,
            limit: Some(limit),
        };
        let input = (Path(ServicePath { service }), Query(page));
        self.0.ask(&at::SAGAS, call, input).await
    }

    async fn saga(&self, call: &Call, service: &str, saga: SagaId) -> Result<SagaRun> {
        self.0.ask(&at::SAGA, call, saga_at(service, saga)).await
    }

    async fn resume_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let input = (saga_at(service, saga), Json(request));
        self.0.ask(&at::RESUME_SAGA, call, input).await
    }

    async fn cancel_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let input = (saga_at(service, saga), Json(request));
        self.0.ask(&at::CANCEL_SAGA, call, input).await
    }

    async fn abandon_saga(
        &self,
        call: &Call,
        service: &str,
        saga: SagaId,
        request: NoteRequest,
    ) -> Result<SagaRun> {
        let input = (saga_at(service, saga), Json(request));
        self.0.ask(&at::ABANDON_SAGA, call, input).await
    }

    async fn upstreams(&self, call: &Call) -> Result<Upstreams> {
        self.0.ask(&at::UPSTREAMS, call, ()).await
    }

    async fn databases(&self, call: &Call) -> Result<Databases> {
        self.0.ask(&at::DATABASES, call, ()).await
    }

    async fn cache(&self, call: &Call) -> Result<CacheFigures> {
        self.0.ask(&at::CACHE, call, ()).await
    }

    async fn invalidate_cache(
        &self,
        call: &Call,
        request: InvalidateCacheRequest,
    ) -> Result<CacheInvalidated> {
        let invalidation = Json(request);
        self.0.ask(&at::INVALIDATE_CACHE, call, invalidation).await
    }

    async fn traces(&self, call: &Call) -> Result<Traces> {
        self.0.ask(&at::TRACES, call, ()).await
    }

    async fn kept_traces(&self, call: &Call, by: KeptBy, limit: Limit) -> Result<KeptTraces> {
        let limit = Some(limit);
        let page = Query(TracesPage { by, limit });
        self.0.ask(&at::KEPT_TRACES, call, page).await
    }

    async fn kept_trace(&self, call: &Call, trace_id: &str) -> Result<TraceTree> {
        let trace_id = trace_id.to_owned();
        let of = Path(TracePath { trace_id });
        self.0.ask(&at::KEPT_TRACE, call, of).await
    }

    async fn verify_audit(&self, call: &Call) -> Result<AuditVerification> {
        self.0.ask(&at::VERIFY_AUDIT, call, ()).await
    }

    async fn disclosures(
        &self,
        call: &Call,
        service: &str,
        person: Uuid,
        after: u64,
        limit: Limit,
    ) -> Result<Disclosures> {
        let service = service.to_owned();
        let input = (Path(PersonPath { service, person }), numbered(after, limit));
        self.0.ask(&at::DISCLOSURES, call, input).await
    }
}
