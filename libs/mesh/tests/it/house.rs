//! Scripted instances, and an upstream before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use medcover_http::{Transport as _, Unanswered};
use medcover_kernel::{Clock, Deadline, SeededRng, SystemClock};
use medcover_mesh::{Addresses, Deps, Registry, Upstream, UpstreamConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What an instance does with a request that it has read.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with this status, these further lines of the head, and this body.
    Answer(u16, &'static str, String),
    /// Answers 200 after a while.
    Slow(Duration),
    /// Says nothing, and keeps the connection.
    Never,
    /// Closes the connection without a word.
    Reset,
    /// Announces a body of so many bytes, sends half of them, and closes.
    HalfBody(usize),
}

pub(crate) fn good() -> Act {
    Act::Answer(200, "", "good".to_owned())
}

pub(crate) fn status(status: u16) -> Act {
    Act::Answer(status, "", "bad".to_owned())
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// How many the instance had read before.
    pub(crate) number: usize,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// An instance that reads requests and does what its script says.
pub(crate) struct Scripted {
    pub(crate) base: String,
    read: Arc<AtomicUsize>,
}

impl Scripted {
    pub(crate) async fn start(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let read = Arc::new(AtomicUsize::new(0));
        let (counted, script) = (Arc::clone(&read), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (counted, script) = (Arc::clone(&counted), Arc::clone(&script));
                tokio::spawn(async move { serve(stream, &counted, &*script).await });
            }
        });
        Self { base, read }
    }

    /// An instance that always does the same.
    pub(crate) async fn always(act: Act) -> Self {
        Self::start(move |_| act.clone()).await
    }

    /// How many requests it has read.
    pub(crate) fn read(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, counted: &AtomicUsize, script: &impl Fn(&Asked) -> Act) {
    while let Some((head, body)) = request(&mut stream).await {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let asked = Asked { number, head, body };
        let (head, body) = match script(&asked) {
            Act::Answer(status, lines, body) => (
                format!("{status} X\r\n{lines}content-length: {}", body.len()),
                body,
            ),
            Act::Slow(pause) => {
                sleep(pause).await;
                ("200 X\r\ncontent-length: 4".to_owned(), "slow".to_owned())
            }
            Act::Never => return sleep(Duration::from_hours(1)).await,
            Act::Reset => return,
            Act::HalfBody(length) => {
                let head = format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n");
                let half = head + &"x".repeat(length / 2);
                let _ = stream.write_all(half.as_bytes()).await;
                return;
            }
        };
        let answer = format!("HTTP/1.1 {head}\r\n\r\n{body}");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request: its head, and its body to the end.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head);
    let head = String::from_utf8(bytes).ok()?.to_lowercase();
    let value = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse().ok())
    };
    let length: usize = value("content-length:").unwrap_or(0);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

/// Settings under which a test need not wait: short pauses, long tries.
pub(crate) fn config() -> UpstreamConfig {
    UpstreamConfig {
        wait_ms: 100,
        check_ms: 50,
        discover_ms: 50,
        ..UpstreamConfig::default()
    }
}

/// An upstream with a clock of its own.
pub(crate) struct House {
    pub(crate) upstream: Upstream,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A whole answer: its status and body.
pub(crate) type Answer = Result<(u16, String), Unanswered>;

impl House {
    pub(crate) fn before(instances: &[&Scripted], config: UpstreamConfig) -> Self {
        let bases: Vec<_> = instances.iter().map(|it| it.base.clone()).collect();
        let addresses: Addresses = bases.join(",").parse().expect("addresses");
        Self::of(addresses.registry(), config)
    }

    pub(crate) fn of(registry: Arc<dyn Registry>, config: UpstreamConfig) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let deps = Deps {
            registry,
            config,
            clock: Arc::clone(&clock),
            rng: Arc::new(SeededRng::new(7)),
        };
        let upstream = Upstream::new("test-service", deps).expect("settings that work");
        Self { upstream, clock }
    }

    pub(crate) async fn get(&self) -> Answer {
        self.ask("GET", &[], Body::empty()).await
    }

    pub(crate) async fn ask(&self, method: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        self.ask_within(method, headers, body, Duration::from_secs(20))
            .await
    }

    pub(crate) async fn ask_within(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        body: Body,
        within: Duration,
    ) -> Answer {
        let request = Request::builder().method(method);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.body(body).expect("a request");
        let path = "/x".parse().expect("a path");
        let deadline = Deadline::after(self.clock.elapsed(), within);
        let answer = self.upstream.exchange(request, path, deadline).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(Unanswered::unknown)?;
        let body = String::from_utf8(body.to_bytes().to_vec()).expect("text");
        Ok((head.status.as_u16(), body))
    }

    /// Calls on their way to all instances.
    pub(crate) fn in_flight(&self) -> u32 {
        let status = self.upstream.status();
        status.instances.iter().map(|it| it.in_flight).sum()
    }
}

/// The status of an answer that came.
pub(crate) fn status_of(answer: &Answer) -> u16 {
    match answer {
        Ok((status, _)) => *status,
        Err(error) => panic!("{error}"),
    }
}
