//! Reading request bodies within their bound.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::EXPECT;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep, timeout};

use crate::problem::Problem;

/// How much of a body is read and thrown away once it is known to be refused. A connection closed with unread bytes is
/// reset, and the client may lose the answer that tells it why.
const DISCARD_BYTES: usize = 8 * 1024 * 1024;

/// How long is waited for such a body.
const DISCARD_WITHIN: Duration = Duration::from_secs(2);

/// What bounds a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_bytes: usize,
    pub(crate) within: Duration,
}

/// A body that fails beyond its bounds: at once in time, and in size after discarding a while.
struct Bounded {
    inner: Body,
    read_bytes: usize,
    bounds: Bounds,
    /// Started when the body is first waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The body did not end in time.
#[derive(Debug)]
struct TooSlow;

impl std::fmt::Display for TooSlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body did not end in time")
    }
}

impl std::error::Error for TooSlow {}

/// The body was larger than this many bytes.
#[derive(Debug)]
struct TooLarge(usize);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the body has more than {} bytes", self.0)
    }
}

impl std::error::Error for TooLarge {}

impl Bounded {
    fn poll_inner(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let within = self.bounds.within;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(within)));
        timer
            .as_mut()
            .poll(cx)
            .map(|()| Some(Err(axum::Error::new(TooSlow))))
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let max_bytes = self.bounds.max_bytes;
        let too_large = || Poll::Ready(Some(Err(axum::Error::new(TooLarge(max_bytes)))));
        loop {
            let frame = ready!(self.poll_inner(cx));
            let Some(Ok(frame)) = frame else {
                let over = self.read_bytes > max_bytes;
                return if over {
                    too_large()
                } else {
                    Poll::Ready(frame)
                };
            };
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.read_bytes = self.read_bytes.saturating_add(bytes);
            if self.read_bytes <= max_bytes {
                return Poll::Ready(Some(Ok(frame)));
            }
            if self.read_bytes - max_bytes > DISCARD_BYTES {
                return too_large();
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The problem with a body whose announced length is over the bound already.
pub(crate) fn refusal(body: &Body, bounds: Bounds) -> Option<Problem> {
    let announced = body.size_hint().lower();
    (announced > bounds.max_bytes as u64).then(|| Problem::body_too_large(bounds.max_bytes))
}

/// Bounds the body of `request`, if it has one.
pub(crate) fn bound(request: Request<Body>, bounds: Bounds) -> Request<Body> {
    if request.body().is_end_stream() {
        return request;
    }
    request.map(|inner| {
        Body::new(Bounded {
            inner,
            read_bytes: 0,
            bounds,
            timer: None,
        })
    })
}

/// Reads the whole body of a bounded request.
pub(crate) async fn read(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(beyond_bounds(&error).unwrap_or_else(incomplete)),
    }
}

/// The problem with the body that broke its bounds, if that is among the causes of `error`.
pub(crate) fn beyond_bounds(error: &(dyn std::error::Error + 'static)) -> Option<Problem> {
    std::iter::successors(Some(error), |at| at.source()).find_map(|at| {
        if let Some(TooLarge(max_bytes)) = at.downcast_ref() {
            return Some(Problem::body_too_large(*max_bytes));
        }
        at.is::<TooSlow>().then(Problem::body_too_slow)
    })
}

fn incomplete() -> Problem {
    medcover_kernel::Error::new(
        medcover_kernel::ErrorKind::Invalid,
        "incomplete-body",
        "The body could not be read to its end.",
    )
    .into()
}

/// Throws the body of a refused request away, unless the client waits for a word before sending it.
pub(crate) async fn discard(request: Request<Body>) {
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return;
    }
    let mut body = request.into_body();
    let mut left = DISCARD_BYTES;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // Whether it came to its end makes no difference to the answer.
    let _ = timeout(DISCARD_WITHIN, reading).await;
}
