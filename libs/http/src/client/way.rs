//! The way to a server: over the network, or through a socket of this machine.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use medcover_kernel::{Deadline, Error, Result};
use tokio::runtime::{self, Handle};

use super::transport::{Transport, Unanswered};
use crate::server;

/// How long connecting may take; what is left of the deadline then serves for another try elsewhere.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long a connection is kept that nobody uses: less than servers keep it, so that it is rarely they who end it.
const IDLE_WITHIN: Duration = Duration::from_secs(10);
/// How many unused connections to one service a runtime keeps: as many as requests are likely to be on their way at once. With fewer,
/// a burst throws connections away and makes them anew with each request, takes several times as long for it, and so goes on.
const MAX_IDLE: usize = 1_024;

/// A way to one server, for requests and answers as they are. Cloning is cheap, and clones share their connections, of which
/// each runtime has its own.
///
/// Nothing is sent twice: a request whose kept connection turns out to be closed goes over another one only when no byte of
/// it had left.
#[derive(Clone)]
pub struct Way(Kind);

#[derive(Clone)]
enum Kind {
    Network(Arc<Network>),
    /// A connection for each request: whoever comes this way asks little.
    Local(Arc<Path>),
}

struct Network {
    scheme: Scheme,
    authority: Authority,
    connections: Connections,
}

/// The kept connections to one server. A request takes one of the runtime that it runs on: with another's, it would be handed
/// to a thread of that one and its answer back, and each of the two wakes a thread. What was kept for a runtime that has ended is a
/// few hundred bytes without a connection: a process has the same few runtimes from its start to its end.
struct Connections {
    connector: HttpConnector,
    of: RwLock<HashMap<runtime::Id, Kept>>,
}

type Kept = Client<HttpConnector, Body>;

impl Way {
    /// The way to the server at `base`, such as `http://127.0.0.1:3005`.
    ///
    /// `Invalid` when `base` is no such address.
    pub fn over_network(base: &str) -> Result<Self> {
        let parts = base.parse::<Uri>().map(Uri::into_parts);
        let Ok((Some(scheme), Some(authority))) = parts.map(|it| (it.scheme, it.authority)) else {
            let detail = format!("must be an address such as http://127.0.0.1:3005, not {base:?}");
            return Err(Error::invalid("/base", detail));
        };
        Ok(Self(Kind::Network(Arc::new(Network {
            scheme,
            authority,
            connections: Connections::none(),
        }))))
    }

    /// The way to the server of this machine that listens on the socket at `path`.
    pub fn through_socket(path: PathBuf) -> Self {
        Self(Kind::Local(path.into()))
    }

    /// Sends `request` to `path` there; the request's own address does not count.
    pub async fn send(
        &self,
        mut request: Request<Body>,
        path: PathAndQuery,
    ) -> Result<Response<Incoming>, Unanswered> {
        match &self.0 {
            Kind::Network(network) => {
                let uri = Uri::builder()
                    .scheme(network.scheme.clone())
                    .authority(network.authority.clone())
                    .path_and_query(path);
                *request.uri_mut() = uri.build().map_err(Unanswered::unsent)?;
                let answer = network.connections.request(request).await;
                answer.map_err(|error| {
                    if error.is_connect() {
                        Unanswered::unsent(error)
                    } else {
                        Unanswered::unknown(error)
                    }
                })
            }
            Kind::Local(socket) => {
                *request.uri_mut() = path.into();
                let host = HeaderValue::from_static("localhost");
                request.headers_mut().insert(HOST, host);
                let stream = server::connect(socket).await;
                let stream = TokioIo::new(stream.map_err(Unanswered::unsent)?);
                let (mut sender, connection) =
                    handshake(stream).await.map_err(Unanswered::unsent)?;
                // It ends with the answer; an error of its own shows in the answer, too.
                tokio::spawn(connection);
                let answer = sender.send_request(request).await;
                answer.map_err(Unanswered::unknown)
            }
        }
    }
}

impl Connections {
    fn none() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        connector.set_nodelay(true);
        Self {
            connector,
            of: RwLock::default(),
        }
    }

    fn request(&self, request: Request<Body>) -> ResponseFuture {
        let here = Handle::current().id();
        let of = self.of.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = of.get(&here) {
            return kept.request(request);
        }
        drop(of);
        let mut of = self.of.write().unwrap_or_else(PoisonError::into_inner);
        of.entry(here)
            .or_insert_with(|| self.kept())
            .request(request)
    }

    fn kept(&self) -> Kept {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_WITHIN)
            .pool_max_idle_per_host(MAX_IDLE)
            .build(self.connector.clone())
    }
}

#[async_trait]
impl Transport for Way {
    /// Whoever asks stops waiting at the deadline.
    async fn exchange(
        &self,
        request: Request<Body>,
        path: PathAndQuery,
        _: Deadline,
    ) -> Result<Response<Body>, Unanswered> {
        let answer = self.send(request, path).await?;
        Ok(answer.map(Body::new))
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Network(to) => write!(f, "{}://{}", to.scheme, to.authority),
            Kind::Local(socket) => write!(f, "{}", socket.display()),
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Way({self})")
    }
}
