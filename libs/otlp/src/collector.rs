//! One request to a collector, over a connection of its own.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::http::uri::{Authority, Scheme};
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use medcover_telemetry::ExportError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::tls::Tls;

/// An answer larger than this is no collector's.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A collector, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Where it is: `http://`, or `https://` for an encrypted connection, a host and a port unless that is 80 or 443.
    pub address: &'a str,
    /// A file of authorities, as PEM, one of which must speak for it where the connection is encrypted; the system's otherwise.
    pub ca: Option<&'a Path>,
    /// How long it may take to take a batch.
    pub within: Duration,
}

/// The way to a collector.
pub(crate) struct Collector {
    scheme: Scheme,
    authority: Authority,
    wire: Wire,
    tls: Option<Tls>,
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

/// Why nothing can be sent to a collector: its address is none, or nobody can be believed to speak for it.
#[derive(Debug)]
pub struct BadCollector(Cow<'static, str>);

impl Wire {
    /// How it is asked for within TLS.
    pub(crate) const fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

impl BadCollector {
    pub(crate) fn of(detail: impl Into<Cow<'static, str>>) -> Self {
        Self(detail.into())
    }
}

impl Collector {
    pub(crate) fn at(target: Target<'_>, wire: Wire) -> Result<Self, BadCollector> {
        let address = target.address;
        let bad = || {
            BadCollector::of(format!(
                "{address:?} is no address of a collector, such as http://127.0.0.1:4318"
            ))
        };
        let parts = address.parse::<Uri>().map_err(|_| bad())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(bad());
        };
        let tls = match scheme.as_str() {
            "http" => None,
            "https" => Some(Tls::to(host(&authority), target.ca, wire)?),
            _ => return Err(bad()),
        };
        let path = parts.path_and_query.as_ref().map_or("", |it| it.path());
        Ok(Self {
            scheme,
            authority,
            wire,
            tls,
            base: path.trim_end_matches('/').to_owned(),
            within: target.within,
            runtime: None,
        })
    }

    /// The address of `path` there.
    pub(crate) fn uri(&self, path: &str) -> Result<Uri, ExportError> {
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}", self.base));
        Ok(uri.build()?)
    }

    /// What goes into `Host`.
    pub(crate) fn host(&self) -> &str {
        self.authority.as_str()
    }

    /// Sends `request`, and gives the whole answer; fails once the time is over.
    pub(crate) fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, ExportError> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => runtime()?,
        };
        let asked = async { timeout(self.within, self.exchange(request)).await };
        let answer = runtime.block_on(asked);
        self.runtime = Some(runtime);
        answer.unwrap_or_else(|_| Err("the collector does not answer in time".into()))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ExportError> {
        let usual = if self.tls.is_some() { 443 } else { 80 };
        let port = self.authority.port_u16().unwrap_or(usual);
        let stream = TcpStream::connect((host(&self.authority), port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(tls) => spoken(self.wire, tls.over(stream).await?, request).await,
            None => spoken(self.wire, stream, request).await,
        }
    }
}

/// Without the brackets of an IPv6 address.
fn host(authority: &Authority) -> &str {
    authority.host().trim_matches(['[', ']'])
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

async fn spoken<S>(
    wire: Wire,
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ExportError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
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

impl fmt::Display for BadCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadCollector {}
