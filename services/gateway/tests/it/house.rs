//! A gateway before a role that tests play.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use medcover_cache::Cache;
use medcover_gateway::{Gateway, RemoteRole};
use medcover_http::{Edge, EdgeConfig, Way};
use medcover_kernel::{Clock, SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use medcover_testkit::TestServer;

/// Where the role is.
pub(crate) const PREFIX: &str = "/api/v1/patients";

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) head: axum::http::response::Parts,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.head.headers.get(name);
        value.map_or("", |value| value.to_str().expect("plain text"))
    }

    pub(crate) fn problem(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/problem+json");
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// The gateway, served, with the way to it.
pub(crate) struct Door {
    pub(crate) server: TestServer,
    pub(crate) way: Way,
}

impl Door {
    /// A gateway with settings as shipped, before the role at `base`.
    pub(crate) async fn before(base: &str) -> Self {
        Self::with(EdgeConfig::default(), base).await
    }

    pub(crate) async fn with(config: EdgeConfig, base: &str) -> Self {
        Self::over(config, base, None).await
    }

    /// A gateway which keeps in `cache` what is the same for everybody.
    pub(crate) async fn keeping(cache: &Cache, base: &str) -> Self {
        Self::over(EdgeConfig::default(), base, Some(cache)).await
    }

    async fn over(config: EdgeConfig, base: &str, cache: Option<&Cache>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let metrics = Arc::new(Metrics::default());
        let edge = Edge::new(config, metrics, clock.clone(), Arc::new(SystemRng));
        let role = RemoteRole {
            name: "hospital",
            prefixes: &[PREFIX],
            transport: Arc::new(Way::over_network(base).expect("an address")),
        };
        let kept = cache.map(|cache| (cache, &[PREFIX][..]));
        let gateway = Gateway::new(&edge, &clock, [role], kept);
        let router = Router::new().fallback(move |request: Request| {
            let passage = gateway.passage(request.uri().path()).cloned();
            async move {
                match passage {
                    Some(passage) => passage.pass(request).await,
                    None => "here".into_response(),
                }
            }
        });
        let server = TestServer::start(router).await;
        let way = Way::over_network(&at(&server)).expect("an address");
        Self { server, way }
    }

    /// The answer as it begins.
    pub(crate) async fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Response<Incoming> {
        let request = Request::builder().method(method);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.body(body).expect("a well-formed request");
        let path = path.parse().expect("a path");
        self.way.send(request, path).await.expect("it answers")
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let answer = self.begin(method, path, headers, body.into()).await;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("it ends well").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Answer { head, body }
    }
}

pub(crate) fn at(server: &TestServer) -> String {
    format!("http://{}", server.addr)
}

/// A body that says `words`, one each time `pause` has passed, and tells no length.
pub(crate) fn slowly(words: &'static [&'static str], pause: Duration) -> Body {
    use axum::body::Bytes;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::time::{Interval, interval};

    struct Slow(&'static [&'static str], Interval);
    impl hyper::body::Body for Slow {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            let Some((word, rest)) = self.0.split_first() else {
                return Poll::Ready(None);
            };
            self.1.poll_tick(cx).map(|_| {
                self.0 = rest;
                Some(Ok(hyper::body::Frame::data(Bytes::from_static(
                    word.as_bytes(),
                ))))
            })
        }
    }
    Body::new(Slow(words, interval(pause)))
}
