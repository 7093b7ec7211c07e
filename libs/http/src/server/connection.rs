//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONNECTION, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, Request, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;
use tower::Service as _;

use super::tls::Certificates;
use super::{Encrypted, Peer, Stop, lingered};
use crate::config::ServerConfig;

/// How many requests an HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 256;
/// How often a silent HTTP/2 connection is asked whether it lives.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How connections are served.
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    router: Router,
    certificates: Option<Certificates>,
    first_request_within: Duration,
    linger: Duration,
}

/// What is known of a connection.
struct Known {
    peer: Option<Peer>,
    /// What every answer tells browsers, where the connection is encrypted.
    strict: Option<HeaderValue>,
    encrypted: bool,
    /// Whether the server is about to stop.
    leaving: AtomicBool,
}

impl Connections {
    pub(super) fn new(
        config: &ServerConfig,
        router: Router,
        certificates: Option<Certificates>,
    ) -> Self {
        let header_timeout = Duration::from_millis(config.header_timeout_ms);
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(header_timeout)
            .max_buf_size(config.max_header_bytes);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(config.max_header_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(header_timeout);
        Self {
            builder,
            router,
            certificates,
            first_request_within: header_timeout,
            linger: config.linger(),
        }
    }

    /// Serves `stream` to its end, or gently ends it once `stop` says so. A connection that is not encrypted in time is let go.
    pub(super) async fn serve(
        self: Arc<Self>,
        peer: Option<Peer>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        stop: Stop,
    ) {
        let known = Known {
            peer,
            strict: self.certificates.as_ref().and_then(strict),
            encrypted: self.certificates.is_some(),
            leaving: AtomicBool::new(stop.is_draining()),
        };
        match &self.certificates {
            None => self.answer_all(stream, known, stop).await,
            Some(certificates) => {
                if let Some(stream) = certificates.accept(stream).await {
                    self.answer_all(stream, known, stop).await;
                }
            }
        }
    }

    async fn answer_all(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        known: Known,
        mut stop: Stop,
    ) {
        let known = Arc::new(known);
        let asked = Arc::new(AtomicBool::new(false));
        let (seen, router) = (Arc::clone(&asked), self.router.clone());
        let of_all = Arc::clone(&known);
        let over = async {
            stop.draining().await;
            known.leaving.store(true, Ordering::Relaxed);
            lingered(stop, self.linger).await;
        };
        let service = service_fn(move |request: Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            answer(router.clone(), Arc::clone(&of_all), request)
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        // The library bounds the time for a request's head only once it knows the version of the protocol; a client
        // that stays silent before that would hold its connection for ever.
        let silent = sleep(self.first_request_within);
        let mut over = pin!(over);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = over.as_mut() => None,
            () = silent => {
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
                tokio::select! {
                    ended = connection.as_mut() => Some(ended),
                    () = over.as_mut() => None,
                }
            }
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            connection.await
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

fn strict(certificates: &Certificates) -> Option<HeaderValue> {
    let seconds = certificates.strict_s();
    let text = format!("max-age={seconds}");
    (seconds > 0).then(|| HeaderValue::from_str(&text).expect("a number is visible ASCII"))
}

async fn answer(
    mut router: Router,
    known: Arc<Known>,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    if let Some(peer) = known.peer {
        request.extensions_mut().insert(peer);
    }
    if known.encrypted {
        request.extensions_mut().insert(Encrypted);
    }
    let has_connection_header = request.version() <= Version::HTTP_11;
    let Ok(mut response) = router.call(request.map(Body::new)).await;
    if let Some(strict) = known.strict.clone() {
        let headers = response.headers_mut();
        headers.insert(STRICT_TRANSPORT_SECURITY, strict);
    }
    // Whoever asks again does so on another connection, which is then another server's.
    if known.leaving.load(Ordering::Relaxed) && has_connection_header {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    Ok(response)
}
