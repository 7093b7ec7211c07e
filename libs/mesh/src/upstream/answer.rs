//! The body of an answer that is not whole yet, and the lease that goes back with its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use axum::http::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::going::READ_WHOLE_BYTES;
use super::lease::Lease;
use super::verdict::Verdict;

/// The answer, whose instance is busy until it ends. One that breaks off is a failure of the instance; whoever reads it
/// sees it break off, too.
pub(super) fn carried(answer: Response<Body>, lease: Lease) -> Response<Body> {
    if answer.body().is_end_stream() || is_whole(answer.body()) {
        let verdict = Verdict::of_answer(&answer);
        lease.end(verdict);
        return answer;
    }
    answer.map(|inner| {
        Body::new(Carried {
            inner,
            lease: Some(lease),
        })
    })
}

/// Whether all of it has been read already.
fn is_whole(body: &Body) -> bool {
    let length = HttpBody::size_hint(body).exact();
    length.is_some_and(|length| length <= READ_WHOLE_BYTES)
}

struct Carried {
    inner: Body,
    lease: Option<Lease>,
}

impl Carried {
    fn end(&mut self, verdict: Verdict) {
        if let Some(lease) = self.lease.take() {
            lease.end(verdict);
        }
    }
}

impl HttpBody for Carried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &frame {
            None => self.end(Verdict::Answered),
            Some(Err(_)) => self.end(Verdict::Failed),
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Carried {
    /// A server stops reading a body once it knows that nothing more comes.
    fn drop(&mut self) {
        if self.inner.is_end_stream() {
            self.end(Verdict::Answered);
        }
    }
}
