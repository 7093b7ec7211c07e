//! Calling a service in another process, by its endpoints.

mod answer;
mod transport;
mod way;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use medcover_kernel::{Call, Clock, Credential, Error, ErrorKind, Result};
use medcover_telemetry::{Layer, Outcome, Span, TracePlace, attributes};
use tokio::time::timeout;

use crate::edge::{TRACEPARENT, TRACESTATE};
use crate::endpoint::{Endpoint, Spec};
use crate::identify::{API_KEY, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, PURPOSE, TIMEOUT_MS};
use crate::input::{Input, Outgoing};
use crate::output::Output;
use transport::late;
pub use transport::{Refusal, Transport, Unanswered, Why};
pub use way::Way;

/// An answer larger than this is an error: no endpoint gives such.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// Gives credentials to calls that carry none, such as those of a worker. It is asked again, once, where those that it gave
/// are refused.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// What to show for `call`.
    async fn of(&self, call: &Call) -> Result<Credential>;
}

/// A service in another process. Cloning is cheap, and clones share their connections.
#[derive(Clone)]
pub struct HttpClient {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credentials: Option<Arc<dyn Credentials>>,
}

impl HttpClient {
    /// A client of the service at `base`, such as `http://127.0.0.1:3005`; `clock` is the one that deadlines are on.
    ///
    /// `Invalid` when `base` is no such address.
    pub fn new(base: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self::over(Arc::new(Way::over_network(base)?), clock))
    }

    /// A client of the service that `transport` reaches.
    pub fn over(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport,
            clock,
            credentials: None,
        }
    }

    /// A client of the server of this machine that listens on the socket at `path`.
    pub fn through_socket(path: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self::over(Arc::new(Way::through_socket(path)), clock)
    }

    /// Shows what `credentials` gives for calls that carry nothing to show.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Arc<dyn Credentials>) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Asks `endpoint` and waits for its answer until the deadline of `call`.
    ///
    /// Fails as the use case would in this process; besides, with `Unavailable` when the service cannot be reached and
    /// `DeadlineExceeded` when its answer does not come in time. Whether a request that failed so had its effect is not
    /// known: repeat it under its key.
    pub async fn ask<I: Input, O: Output>(
        &self,
        endpoint: &Endpoint<I, O>,
        call: &Call,
        input: I,
    ) -> Result<O::Value> {
        let elapsed = self.clock.elapsed();
        call.deadline.check(elapsed)?;
        let left = call.deadline.left(elapsed);
        let span = Span::child(Layer::Client, endpoint.operation);
        let exchange = async {
            let exchange = self.exchange(endpoint, call, input, left);
            let answer = timeout(left, exchange).await;
            answer.unwrap_or_else(|_| Err(late()))
        };
        let body = span.around(exchange, told).await?;
        O::read(&body)
    }

    async fn exchange<I: Input>(
        &self,
        spec: &Spec,
        call: &Call,
        input: I,
        left: Duration,
    ) -> Result<Bytes> {
        let mut out = Outgoing::to(spec.path);
        input.write(&mut out)?;
        let mut headers = headers_of(call, left);
        if !spec.is_public() {
            self.show(call, &mut headers).await?;
            // Whoever asks may decide on the answer.
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        let shows_own =
            !spec.is_public() && call.credential.is_none() && self.credentials.is_some();
        let answer = self.send(spec, call, &out, headers.clone()).await;
        match answer {
            // What is good once is used up where an attempt got there whose answer did not come.
            Err(error) if shows_own && error.kind() == ErrorKind::Unauthenticated => {
                self.show(call, &mut headers).await?;
                self.send(spec, call, &out, headers).await
            }
            answer => answer,
        }
    }

    async fn send(
        &self,
        spec: &Spec,
        call: &Call,
        out: &Outgoing,
        headers: HeaderMap,
    ) -> Result<Bytes> {
        let path: PathAndQuery = out.path_and_query.parse().map_err(Error::internal)?;
        let request = request(spec, out.body.clone(), headers);
        let response = self.transport.exchange(request, path, call.deadline).await;
        let (head, body) = response
            .map_err(|error| error.into_error(&self.transport))?
            .into_parts();
        let whole = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let bytes = whole
            .map_err(|error| Unanswered::unknown(error).into_error(&self.transport))?
            .to_bytes();
        if let Some(replay) = &call.replay
            && head.headers.contains_key(IDEMPOTENCY_REPLAYED)
        {
            replay.note();
        }
        if head.status.is_success() {
            Ok(bytes)
        } else {
            Err(answer::error_of(head.status, &head.headers, &bytes))
        }
    }

    /// Shows who asks: what the caller showed here, or what this process has to show for itself.
    async fn show(&self, call: &Call, headers: &mut HeaderMap) -> Result<()> {
        let own = match (&call.credential, &self.credentials) {
            (None, Some(credentials)) => Some(credentials.of(call).await?),
            _ => None,
        };
        let (name, text) = match own.as_ref().or(call.credential.as_ref()) {
            Some(Credential::Bearer(token)) => (AUTHORIZATION, format!("Bearer {token}")),
            Some(Credential::ApiKey(key)) => (API_KEY, key.to_string()),
            None => return Ok(()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(Error::internal)?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpClient({})", self.transport)
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// What the span of a call says of what came of it.
fn told<T>(span: &mut Span, answer: &Result<T>) -> Outcome {
    let Err(error) = answer else {
        return Outcome::Done;
    };
    span.set(attributes::ERROR, error.slug().to_owned());
    match error.kind() {
        ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::DeadlineExceeded => {
            Outcome::Failed
        }
        _ => Outcome::Refused,
    }
}

fn request(spec: &Spec, body: Option<Bytes>, headers: HeaderMap) -> Request<Body> {
    let has_body = body.is_some();
    let mut request = Request::new(Body::from(body.unwrap_or_default()));
    *request.method_mut() = spec.method.on_the_wire();
    *request.headers_mut() = headers;
    if has_body {
        request.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    request
}

/// What travels of `call` beside who makes it. The request gets an id of its own where it arrives.
fn headers_of(call: &Call, left: Duration) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    let mut put = |name, text: &str| {
        let value = HeaderValue::from_str(text).expect("ids, numbers and keys are visible ASCII");
        headers.insert(name, value);
    };
    put(ACCEPT, "application/json");
    put(TRACEPARENT, &TracePlace::parent_of(call).to_string());
    if let Some(state) = TracePlace::current().state() {
        put(TRACESTATE, state);
    }
    put(CORRELATION_ID, &call.correlation.to_string());
    put(PURPOSE, call.purpose.as_str());
    put(TIMEOUT_MS, &left.as_millis().to_string());
    if let Some(key) = &call.idempotency {
        put(IDEMPOTENCY_KEY, key.as_str());
    }
    headers
}
