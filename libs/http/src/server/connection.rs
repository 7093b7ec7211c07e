//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;
use tower::Service as _;

use super::{Peer, Stop};
use crate::config::ServerConfig;

/// How many requests an HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 256;
/// How often a silent HTTP/2 connection is asked whether it lives.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How connections are served.
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    router: Router,
    first_request_within: Duration,
}

impl Connections {
    pub(super) fn new(config: &ServerConfig, router: Router) -> Self {
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
            first_request_within: header_timeout,
        }
    }

    /// Serves `stream` to its end, or gently ends it once `stop` says so.
    pub(super) fn serve(
        &self,
        peer: Option<Peer>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        mut stop: Stop,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (builder, router) = (self.builder.clone(), self.router.clone());
        let first_request_within = self.first_request_within;
        async move {
            let asked = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&asked);
            let service = service_fn(move |request: Request<Incoming>| {
                seen.store(true, Ordering::Relaxed);
                answer(router.clone(), peer, request)
            });
            let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
            // The library bounds the time for a request's head only once it knows the version of the protocol; a client
            // that stays silent before that would hold its connection for ever.
            let silent = sleep(first_request_within);
            let ended = tokio::select! {
                ended = connection.as_mut() => Some(ended),
                () = stop.draining() => None,
                () = silent => {
                    if !asked.load(Ordering::Relaxed) {
                        return;
                    }
                    tokio::select! {
                        ended = connection.as_mut() => Some(ended),
                        () = stop.draining() => None,
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
}

async fn answer(
    mut router: Router,
    peer: Option<Peer>,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    router.call(request.map(Body::new)).await
}
