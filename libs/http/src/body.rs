//! Reading request bodies within their bound.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::Request;
use axum::http::header::EXPECT;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::problem::Problem;

/// How much of a body is read and thrown away once it is known to be refused. A connection closed with unread bytes is
/// reset, and the client may lose the answer that tells it why.
const DISCARD_BYTES: usize = 8 * 1024 * 1024;

/// A body that fails beyond `max_bytes`, after discarding a while.
pub(crate) struct Bounded {
    inner: Body,
    read_bytes: usize,
    max_bytes: usize,
}

/// The body was larger than this many bytes.
#[derive(Debug)]
pub(crate) struct TooLarge(usize);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the body has more than {} bytes", self.0)
    }
}

impl std::error::Error for TooLarge {}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let too_large = axum::Error::new(TooLarge(self.max_bytes));
        loop {
            let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
            let over = self.read_bytes > self.max_bytes;
            let Some(Ok(frame)) = frame else {
                return Poll::Ready(if over { Some(Err(too_large)) } else { frame });
            };
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.read_bytes = self.read_bytes.saturating_add(bytes);
            if self.read_bytes <= self.max_bytes {
                return Poll::Ready(Some(Ok(frame)));
            }
            if self.read_bytes - self.max_bytes > DISCARD_BYTES {
                return Poll::Ready(Some(Err(too_large)));
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Bounds the body of `request`, or gives back the problem when its announced length is over the bound already.
pub(crate) async fn bound(
    request: Request<Body>,
    max_bytes: usize,
) -> Result<Request<Body>, Problem> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    if request.body().size_hint().lower() > max_bytes as u64 {
        discard(request).await;
        return Err(Problem::body_too_large(max_bytes));
    }
    Ok(request.map(|inner| {
        Body::new(Bounded {
            inner,
            read_bytes: 0,
            max_bytes,
        })
    }))
}

/// Reads the whole body of a bounded request.
pub(crate) async fn read(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(explain(&error)),
    }
}

fn explain(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if let Some(TooLarge(max_bytes)) = at.downcast_ref() {
            return Problem::body_too_large(*max_bytes);
        }
        cause = at.source();
    }
    medcover_kernel::Error::new(
        medcover_kernel::ErrorKind::Invalid,
        "incomplete-body",
        "The body could not be read to its end.",
    )
    .into()
}

/// Throws the body of a refused request away, unless the client waits for a word before sending it.
pub(crate) async fn discard(request: Request<Body>) {
    if request.headers().contains_key(EXPECT) {
        return;
    }
    let mut body = request.into_body();
    let mut left = DISCARD_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
