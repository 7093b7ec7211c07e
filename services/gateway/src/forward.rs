//! One request there, one answer back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Version;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse as _, Response};
use medcover_http::{Encrypted, Peer, Problem, Transport, Unanswered};
use medcover_kernel::{Call, Clock, Deadline, Error};
use tokio::time::timeout;

use crate::answer::Timely;
use crate::away::Away;
use crate::headers::{self, Came};
use crate::kept::ByPath;

/// The way to one role.
pub(crate) struct Forward {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    kept: Option<Arc<ByPath>>,
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
    pub(crate) fn keeping(mut self, kept: Option<Arc<ByPath>>) -> Self {
        self.kept = kept;
        self
    }

    /// Gives back what is kept, or else sends `request` on and gives back what comes.
    pub(crate) async fn pass(self: Arc<Self>, request: Request) -> Response {
        let kept = self.kept.as_ref();
        let kept = kept.and_then(|kept| Some((kept, kept.asked(&request)?)));
        let Some((kept, asked)) = kept else {
            return self.passed(request).await;
        };
        kept.answer(asked, request, |request| self.passed(request))
            .await
    }

    async fn passed(&self, request: Request) -> Response {
        let passed = self.sent_on(request).await;
        let mut response = passed.unwrap_or_else(Problem::into_response);
        Away::mark(&mut response);
        response
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
        let extensions = request.extensions_mut();
        let encrypted = extensions.remove::<Encrypted>().is_some();
        let peer = extensions.remove::<Peer>();
        let came = peer.map(|Peer(from)| Came { from, encrypted });
        headers::send_on(request.headers_mut(), &call, came, left);
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
