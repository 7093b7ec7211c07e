//! What stands in when nobody answers, as a policy wants it.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use medcover_http::{Answering, Keep, Keeping, Pass, Passage};
use medcover_policy::{FallbackRules, FixedAnswer};

use crate::away::{Away, FALLBACK, reason};

/// The ways to the upstreams that a policy names.
pub type Ways = Arc<dyn Fn(&str) -> Option<Passage> + Send + Sync>;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Stands around what keeps answers, so that an older answer of whoever should have answered is preferred to a fixed one, and
/// what another upstream answers now to both.
pub(super) struct Fallback {
    pub(super) rules: FallbackRules,
    pub(super) route: Option<Arc<str>>,
    pub(super) ways: Ways,
    pub(super) kept: Option<Keeping>,
}

impl Fallback {
    /// What answers `request` by these rules; `kept` alone where there are none, or where the request does not only read.
    pub(super) fn around(self, request: &Request) -> Option<Keeping> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads || !request.body().is_end_stream() {
            return self.kept;
        }
        Some(Keeping(Arc::new(self)))
    }

    /// What `pass` gives, or else what the other upstream does.
    async fn live(self: Arc<Self>, request: Request, pass: Pass) -> Response {
        let other = self.rules.to.as_deref().and_then(|to| (self.ways)(to));
        let Some(other) = other else {
            return pass(request).await;
        };
        let copy = copy_of(&request);
        let first = pass(request).await;
        if !Away::is(&first) {
            return first;
        }
        let second = other.hand_on(copy).await;
        if second.status().is_server_error() {
            return first;
        }
        self.tell("upstream", &first);
        stands_in(second, "upstream")
    }

    fn fixed(&self, answer: &FixedAnswer, away: &Response) -> Response {
        self.tell("fixed", away);
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut response = (status, answer.body.clone()).into_response();
        // A policy that was checked has a value that is well-formed.
        if let Ok(kind) = HeaderValue::from_str(&answer.content_type) {
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        stands_in(response, "fixed")
    }

    fn tell(&self, fallback: &'static str, away: &Response) {
        let (route, reason) = (self.route.as_deref(), reason(away));
        tracing::warn!(
            route,
            fallback,
            reason,
            "something stands in for an answer that nobody gave"
        );
    }
}

impl Keep for Fallback {
    fn answer(self: Arc<Self>, request: Request, pass: Pass) -> Answering {
        let live: Pass = {
            let fallback = Arc::clone(&self);
            Box::new(move |request| Box::pin(fallback.live(request, pass)))
        };
        Box::pin(async move {
            let response = match &self.kept {
                Some(Keeping(kept)) => Arc::clone(kept).answer(request, live).await,
                None => live(request).await,
            };
            match &self.rules.answer {
                Some(answer) if Away::is(&response) => self.fixed(answer, &response),
                _ => response,
            }
        })
    }
}

/// Nobody keeps what stands in for a while for longer than that.
fn stands_in(mut response: Response, fallback: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(FALLBACK, HeaderValue::from_static(fallback));
    headers.insert(CACHE_CONTROL, NO_STORE);
    response
}

/// The same request, which has no body, as the edge let it through.
fn copy_of(request: &Request) -> Request {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    copy.headers_mut().clone_from(request.headers());
    copy.extensions_mut().clone_from(request.extensions());
    copy
}
