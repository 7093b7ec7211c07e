//! One request to a collector, over a connection of its own.

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::http::uri::{Authority, Scheme};
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use medcover_telemetry::ExportError;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// An answer larger than this is no collector's.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where a collector is, and how long it may take.
pub(crate) struct Collector {
    authority: Authority,
    /// What stands before the paths of the protocol; empty, or `/something`.
    base: String,
    within: Duration,
    /// Made where it is used, by the thread of the exporter: a runtime must not end within another.
    runtime: Option<Runtime>,
}

/// What a collector answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wire {
    Http1,
    Http2,
}

/// That an address is not one of a collector: `http://`, a host, and a port unless that is 80.
#[derive(Debug)]
pub struct BadAddress(String);

impl Collector {
    pub(crate) fn at(address: &str, within: Duration) -> Result<Self, BadAddress> {
        let bad = || BadAddress(address.to_owned());
        let parts = address.parse::<Uri>().map_err(|_| bad())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(bad());
        };
        if scheme != Scheme::HTTP {
            return Err(bad());
        }
        let path = parts.path_and_query.as_ref().map_or("", |it| it.path());
        Ok(Self {
            authority,
            base: path.trim_end_matches('/').to_owned(),
            within,
            runtime: None,
        })
    }

    /// The address of `path` there.
    pub(crate) fn uri(&self, path: &str) -> Result<Uri, ExportError> {
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}", self.base));
        Ok(uri.build()?)
    }

    /// What goes into `Host`.
    pub(crate) fn host(&self) -> &str {
        self.authority.as_str()
    }

    /// Sends `request`, and gives the whole answer; fails once the time is over.
    pub(crate) fn ask(
        &mut self,
        wire: Wire,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, ExportError> {
        let place = (self.authority.host(), self.authority.port_u16());
        let (host, port) = (place.0.trim_matches(['[', ']']), place.1.unwrap_or(80));
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => runtime()?,
        };
        let runtime = self.runtime.insert(runtime);
        let asked = exchange(wire, (host, port), request);
        let asked = async { timeout(self.within, asked).await };
        runtime
            .block_on(asked)
            .unwrap_or_else(|_| Err("the collector does not answer in time".into()))
    }
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

async fn exchange(
    wire: Wire,
    to: (&str, u16),
    request: Request<Full<Bytes>>,
) -> Result<Answer, ExportError> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let stream = TokioIo::new(stream);
    // A connection ends with its sender; an error of its own shows in the answer, too.
    let response = match wire {
        Wire::Http1 => {
            let (mut sender, connection) = http1::handshake(stream).await?;
            tokio::spawn(connection);
            sender.send_request(request).await?
        }
        Wire::Http2 => {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            sender.send_request(request).await?
        }
    };
    whole(response).await
}

async fn whole(response: Response<Incoming>) -> Result<Answer, ExportError> {
    let (head, body) = response.into_parts();
    let collected = Limited::new(body, MAX_ANSWER_BYTES).collect().await?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: collected.to_bytes(),
        trailers,
    })
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no address of a collector, such as http://127.0.0.1:4318",
            self.0
        )
    }
}

impl std::error::Error for BadAddress {}
