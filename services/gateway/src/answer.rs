//! The body of an answer on its way back.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A body that is cut off once nobody waits for it any more. What is cut off is seen to be: the connection ends before the
/// body does.
pub(crate) struct Timely {
    inner: body::Body,
    within: Duration,
    /// Started when the body is first waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    /// `inner`, if it ends `within` from now.
    pub(crate) const fn new(inner: body::Body, within: Duration) -> Self {
        Self {
            inner,
            within,
            timer: None,
        }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Cause::from)));
        }
        let within = self.within;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(within)));
        let late = || Some(Err("the answer did not end before its deadline".into()));
        timer.as_mut().poll(cx).map(|()| late())
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
