//! A body that is read up to a bound.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{self, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use medcover_kernel::{Error, Result};

/// What came of reading.
pub(super) enum Body {
    /// All of it.
    Whole(Bytes),
    /// More than was wanted: the body as it was.
    TooLong(body::Body),
}

/// Reads `body` up to `most` bytes. `Unavailable` when it breaks off.
pub(super) async fn read(mut body: body::Body, most: usize) -> Result<Body> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |error| {
            Error::unavailable("An answer that was needed broke off; try again.").with_source(error)
        };
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        read.extend_from_slice(&data);
        if read.len() > most {
            let first = Some(read.freeze());
            return Ok(Body::TooLong(body::Body::new(Begun { first, rest: body })));
        }
    }
    Ok(Body::Whole(read.freeze()))
}

/// A body whose beginning was read.
struct Begun {
    first: Option<Bytes>,
    rest: body::Body,
}

impl HttpBody for Begun {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // What is left of it is all that is known for certain, and all that is needed here.
        SizeHint::default()
    }
}
