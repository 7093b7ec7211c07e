//! The way to a service: over the network, or through a socket of this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use medcover_kernel::{Error, Result};

use crate::server;

/// How long connecting may take; what is left of the deadline then serves for another try elsewhere.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long a connection is kept that nobody uses: less than servers keep it, so that it is rarely they who end it.
const IDLE_WITHIN: Duration = Duration::from_secs(10);
/// How many unused connections to one service are kept.
const MAX_IDLE: usize = 32;

type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
pub(super) enum Way {
    Network(Arc<Network>),
    /// A connection for each request: whoever comes this way asks little.
    Local(Arc<Path>),
}

pub(super) struct Network {
    scheme: Scheme,
    authority: Authority,
    connections: Client<HttpConnector, Full<Bytes>>,
}

impl Way {
    pub(super) fn over_network(base: &str) -> Result<Self> {
        let parts = base.parse::<Uri>().map(Uri::into_parts);
        let Ok((Some(scheme), Some(authority))) = parts.map(|it| (it.scheme, it.authority)) else {
            let detail = format!("must be an address such as http://127.0.0.1:3005, not {base:?}");
            return Err(Error::invalid("/base", detail));
        };
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        connector.set_nodelay(true);
        let connections = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_WITHIN)
            .pool_max_idle_per_host(MAX_IDLE)
            .build(connector);
        Ok(Self::Network(Arc::new(Network {
            scheme,
            authority,
            connections,
        })))
    }

    pub(super) fn through_socket(path: PathBuf) -> Self {
        Self::Local(path.into())
    }

    /// Sends `request`, whose address is a path so far.
    pub(super) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        path: PathAndQuery,
    ) -> Result<Response<Incoming>, Cause> {
        match self {
            Self::Network(network) => {
                let uri = Uri::builder()
                    .scheme(network.scheme.clone())
                    .authority(network.authority.clone())
                    .path_and_query(path);
                *request.uri_mut() = uri.build()?;
                Ok(network.connections.request(request).await?)
            }
            Self::Local(socket) => {
                *request.uri_mut() = path.into();
                let host = HeaderValue::from_static("localhost");
                request.headers_mut().insert(HOST, host);
                let stream = server::connect(socket).await?;
                let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
                // It ends with the answer; an error of its own shows in the answer, too.
                tokio::spawn(connection);
                Ok(sender.send_request(request).await?)
            }
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(to) => write!(f, "{}://{}", to.scheme, to.authority),
            Self::Local(socket) => write!(f, "{}", socket.display()),
        }
    }
}
