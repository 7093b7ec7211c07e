//! A request that may have to be sent again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, Request};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use medcover_http::{IDEMPOTENCY_KEY, TIMEOUT_MS, Unanswered};
use medcover_resilience::Repeat;

/// A body up to this is kept until the answer is there. A larger one, or one that tells no length, is sent once.
const KEPT_BYTES: u64 = 64 * 1024;

/// A request with what is needed to send it once more.
pub(crate) struct Outbound {
    head: Parts,
    path: PathAndQuery,
    body: Kept,
}

enum Kept {
    Whole(Bytes),
    Once(Once),
}

impl Outbound {
    /// Keeps what can be kept: reads a small body whole.
    pub(crate) async fn of(request: Request<Body>, path: PathAndQuery) -> Result<Self, Unanswered> {
        let (head, body) = request.into_parts();
        let fits = |bytes: u64| bytes <= KEPT_BYTES;
        let body = if body.is_end_stream() {
            Kept::Whole(Bytes::new())
        } else if HttpBody::size_hint(&body).exact().is_some_and(fits) {
            let whole = body.collect().await.map_err(Unanswered::unsent)?;
            Kept::Whole(whole.to_bytes())
        } else {
            Kept::Once(Once::of(body))
        };
        Ok(Self { head, path, body })
    }

    /// Whether doing it twice does no harm: by its method (RFC 9110, section 9.2.2), or by its key. A change that names the
    /// version it is based on would be refused the second time, though the first had its effect.
    pub(crate) fn repeat(&self) -> Repeat {
        let Parts {
            method, headers, ..
        } = &self.head;
        let conditional = !method.is_safe() && headers.contains_key(IF_MATCH);
        if headers.contains_key(IDEMPOTENCY_KEY) || (method.is_idempotent() && !conditional) {
            Repeat::Safe
        } else {
            Repeat::Unsafe
        }
    }

    /// Whether it is a question that may be asked of two at once.
    pub(crate) fn is_question(&self) -> bool {
        let asks = matches!(self.head.method, Method::GET | Method::HEAD);
        asks && matches!(&self.body, Kept::Whole(body) if body.is_empty())
    }

    /// Whether it can be sent again as it was.
    pub(crate) fn is_replayable(&self) -> bool {
        match &self.body {
            Kept::Whole(_) => true,
            Kept::Once(once) => !once.is_begun(),
        }
    }

    /// The request, telling whoever gets it what is left of the time for it.
    pub(crate) fn request(&self, left: Duration) -> (Request<Body>, PathAndQuery) {
        let body = match &self.body {
            Kept::Whole(body) if body.is_empty() => Body::empty(),
            Kept::Whole(body) => Body::from(body.clone()),
            Kept::Once(once) => Body::new(once.clone()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.version_mut() = self.head.version;
        *request.headers_mut() = self.head.headers.clone();
        let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let headers = request.headers_mut();
        headers.insert(TIMEOUT_MS, HeaderValue::from(millis));
        (request, self.path.clone())
    }
}

/// A body that is sent once. As long as nobody has begun to read it, it can still go to another instance.
#[derive(Clone)]
struct Once(Arc<Mutex<Stream>>);

struct Stream {
    body: Body,
    begun: bool,
    hint: SizeHint,
}

impl Once {
    fn of(body: Body) -> Self {
        let hint = HttpBody::size_hint(&body);
        let begun = false;
        Self(Arc::new(Mutex::new(Stream { body, begun, hint })))
    }

    fn is_begun(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).begun
    }
}

impl HttpBody for Once {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.begun = true;
        Pin::new(&mut stream.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outbound(method: Method, header: Option<(&str, &str)>, body: Body) -> Outbound {
        let mut request = Request::builder().method(method);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(body).expect("a request");
        let path = PathAndQuery::from_static("/x");
        Outbound::of(request, path).await.expect("it can be read")
    }

    async fn repeat(method: Method, header: Option<(&str, &str)>) -> Repeat {
        outbound(method, header, Body::empty()).await.repeat()
    }

    #[tokio::test]
    async fn a_change_without_a_key_is_not_done_twice_unless_its_method_says_so() {
        let keyed = Some(("idempotency-key", "k"));
        let based = Some(("if-match", "\"1\""));
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            assert_eq!(repeat(method, None).await, Repeat::Safe);
        }
        for method in [Method::POST, Method::PATCH] {
            assert_eq!(repeat(method.clone(), None).await, Repeat::Unsafe);
            assert_eq!(repeat(method, keyed).await, Repeat::Safe);
        }
        assert_eq!(repeat(Method::PUT, based).await, Repeat::Unsafe);
        assert_eq!(repeat(Method::DELETE, based).await, Repeat::Unsafe);
        assert_eq!(repeat(Method::GET, based).await, Repeat::Safe);
    }

    #[tokio::test]
    async fn a_small_body_is_kept_and_a_large_one_only_until_it_is_begun() {
        let second = Duration::from_secs(1);
        let small = outbound(Method::POST, None, Body::from(vec![b'x'; 65_536])).await;
        for _ in 0..2 {
            let (request, _) = small.request(second);
            let body = request.into_body().collect().await.expect("whole");
            assert_eq!(body.to_bytes().len(), 65_536);
        }
        assert!(small.is_replayable());
        let large = outbound(Method::POST, None, Body::from(vec![b'x'; 65_537])).await;
        drop(large.request(second));
        assert!(large.is_replayable(), "nobody has read of it");
        let (request, _) = large.request(second);
        assert_eq!(request.headers()[TIMEOUT_MS], "1000");
        let body = request.into_body().collect().await.expect("whole");
        assert_eq!(body.to_bytes().len(), 65_537);
        assert!(!large.is_replayable());
    }
}
