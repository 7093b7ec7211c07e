//! Calls between processes as medcover sends them, over connections that are kept and balanced over two instances, beside plain ones:
//! a new connection for each call, to one instance, with nothing around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use medcover_http::Transport as _;
use medcover_kernel::{Clock as _, Deadline, SystemClock, SystemRng};
use medcover_mesh::{Addresses, Deps, Upstream, UpstreamConfig};
use medcover_testkit::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Ratio;
use super::rounds::{ROUNDS, faster, middle, round};
use crate::Outcome;
use crate::measure::Budget;

/// About what the details of a code are.
const ANSWER: usize = 2_000;
const PATH: &str = "/codes";
const WITHIN: Duration = Duration::from_secs(10);

pub(crate) async fn measure(budget: Budget) -> Outcome<Ratio> {
    eprintln!("kept and balanced calls between processes, and plain ones");
    let answer = || Router::new().route(PATH, get(|| async { "x".repeat(ANSWER) }));
    let servers = [
        TestServer::start(answer()).await,
        TestServer::start(answer()).await,
    ];
    let clock = SystemClock::new();
    let addresses: Addresses = servers
        .each_ref()
        .map(|server| format!("http://{}", server.addr))
        .join(",")
        .parse()?;
    let upstream = Upstream::new(
        "bench",
        Deps {
            registry: addresses.registry(),
            config: UpstreamConfig::default(),
            clock: Arc::new(clock),
            rng: Arc::new(SystemRng),
        },
    )?;
    let address = servers[0].addr;
    let span = budget.span / (ROUNDS * 4);
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(round(span, move |_| plainly(address)).await?);
        let upstream = upstream.clone();
        let ask = move |_| {
            let upstream = upstream.clone();
            async move { through(&upstream, clock).await }
        };
        ours.push(round(span, ask).await?);
    }
    for server in servers {
        server.stop().await;
    }
    let plain = middle(plain, "a new connection for each call, to one instance");
    let ours = middle(
        ours,
        "kept connections, the better of two instances each time",
    );
    Ok(Ratio {
        what: "kept and balanced calls between processes ÷ plain ones",
        stated: "60 % faster",
        found: faster(&ours, &plain),
        why: format!(
            "on one machine a new connection costs no round trip of a network, which is most of what keeping one saves; ours parses the \
             answer and has deadline, budget, breaker and balancer around each call, the plain one reads {ANSWER} bytes and looks at \
             nothing. Callers and both instances share the same cores, so that a second one adds none"
        ),
        plain,
        ours,
        parts: Vec::new(),
    })
}

/// A call as the shortest program would send it.
async fn plainly(address: SocketAddr) -> Outcome<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(ANSWER * 2);
    stream.read_to_end(&mut answer).await?;
    check(answer.starts_with(b"HTTP/1.1 200") && answer.len() > ANSWER)
}

/// A call as medcover sends it.
async fn through(upstream: &Upstream, clock: SystemClock) -> Outcome<()> {
    let request = Request::builder().body(Body::empty())?;
    let deadline = Deadline::after(clock.elapsed(), WITHIN);
    let answer = upstream.exchange(request, PATH.parse()?, deadline).await;
    let answer = answer.map_err(|error| error.into_error(upstream))?;
    let good = answer.status().is_success();
    let body = to_bytes(answer.into_body(), ANSWER * 2).await?;
    check(good && body.len() == ANSWER)
}

fn check(good: bool) -> Outcome<()> {
    if good {
        return Ok(());
    }
    Err("an instance did not answer as it should".into())
}
