//! One request there, one answer back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Version;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse as _, Response};
use medcover_http::{Peer, Problem, Transport, Unanswered};
use medcover_kernel::{Call, Clock, Deadline, Error};
use tokio::time::timeout;

use crate::answer::Timely;
use crate::headers;
use crate::kept::Kept;

/// The way to one role.
pub(crate) struct Forward {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    kept: Option<Arc<Kept>>,
}

impl Forward {
    pub(crate) fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport,
            clock,
            kept: None,
        }
    }

    /// The same, which gives what is `kept`.
    pub(crate) fn keeping(mut self, kept: Option<Arc<Kept>>) -> Self {
        self.kept = kept;
        self
    }

    /// Gives back what is kept, or else sends `request` on and gives back what comes.
    pub(crate) async fn pass(self: Arc<Self>, request: Request) -> Response {
        let kept = self.kept.as_ref().filter(|kept| kept.concerns(&request));
        match kept {
            Some(kept) => kept.answer(request, |request| self.passed(request)).await,
            None => self.passed(request).await,
        }
    }

    async fn passed(&self, request: Request) -> Response {
        let passed = self.sent_on(request).await;
        passed.unwrap_or_else(Problem::into_response)
    }

    async fn sent_on(&self, mut request: Request) -> Result<Response, Problem> {
        let call: Call = request
            .extensions_mut()
            .remove()
            .ok_or_else(|| Error::internal("the way does not stand behind the edge"))?;
        let now = self.clock.elapsed();
        let deadline = match headers::waits(request.headers()) {
            Some(waits) => call.deadline.min(Deadline::after(now, waits)),
            None => call.deadline,
        };
        let left = deadline.left(now);
        let path = request.uri().path_and_query().cloned();
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let peer = request.extensions_mut().remove::<Peer>();
        headers::send_on(request.headers_mut(), &call, peer.map(|it| it.0), left);
        // What the caller speaks to us is no matter of those behind.
        *request.version_mut() = Version::HTTP_11;

        let answer = timeout(left, self.transport.exchange(request, path, deadline)).await;
        let answer = answer.map_err(|_| Problem::deadline_exceeded())?;
        let mut answer = answer.map_err(|error| self.unanswered(error))?;
        headers::keep_end_to_end(answer.headers_mut());
        let left = deadline.left(self.clock.elapsed());
        Ok(answer.map(|body| Body::new(Timely::new(body, left))))
    }

    /// Why there is no answer: what the caller sent, or the role.
    fn unanswered(&self, error: Unanswered) -> Problem {
        let of_body = Problem::of_body(&error);
        of_body.unwrap_or_else(|| error.into_error(&self.transport).into())
    }
}
