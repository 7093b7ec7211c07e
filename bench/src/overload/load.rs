//! The load: as fast as answers come, and at a rate whatever the server does.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use crate::http::exchange::{Connection, request};
use crate::sample::Sample;

/// Connections while the peak is found: the best of these. With too few the server waits for the load, and beyond what it
/// works on at once it refuses.
const AT_PEAK: [usize; 4] = [1, 2, 4, 8];
/// A connection that nobody has used for as long is not used again: the server may be about to close it.
const STALE: Duration = Duration::from_secs(2);
/// More requests are never on their way at once; one beyond counts as failed.
const MOST_IN_FLIGHT: usize = 4_000;
/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What must be answered whatever the load.
const HEALTH: &str = "/api/v1/health/live";
const PROBE_EVERY: Duration = Duration::from_millis(50);

/// What became of the requests of a load.
#[derive(Default)]
pub struct Asked {
    /// Answered well, from when they were due.
    pub admitted: Sample,
    /// Refused with 503 or 429, from when they were due.
    pub refused: Sample,
    /// Answered otherwise, or not at all.
    pub failed: usize,
}

/// What one request takes when there is no other: the mean of a hundred.
pub fn alone(address: SocketAddr, request: &[u8]) -> Result<Duration> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        for _ in 0..20 {
            connection.ask(request).await?;
        }
        let begun = Instant::now();
        for _ in 0..100 {
            let status = connection.ask(request).await?.status;
            ensure!(status == 200, "a request was answered {status}");
        }
        Ok(begun.elapsed() / 100)
    })
}

/// Good answers a second when each of a few connections asks again as soon as it is answered, `length` for each number of
/// them.
pub fn capacity(address: SocketAddr, request: &[u8], length: Duration) -> Result<f64> {
    let found = AT_PEAK.map(|connections| closed(address, request, connections, length));
    let mut best = 0.0_f64;
    for found in found {
        best = best.max(found?);
    }
    Ok(best)
}

fn closed(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    length: Duration,
) -> Result<f64> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let (begin, good) = (Instant::now(), Rc::new(RefCell::new(0_u64)));
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (request, good) = (request.to_vec(), Rc::clone(&good));
            local.spawn_local(async move {
                let mut connection = Connection::open(address).await?;
                while begin.elapsed() < length {
                    if connection.ask(&request).await?.status == 200 {
                        *good.borrow_mut() += 1;
                    }
                }
                Ok::<_, anyhow::Error>(())
            })
        })
        .collect();
    runtime.block_on(local.run_until(async {
        for task in tasks {
            task.await??;
        }
        Ok::<_, anyhow::Error>(())
    }))?;
    let good = *good.borrow();
    Ok(good as f64 / begin.elapsed().as_secs_f64())
}

/// Requests at `rate` a second, evenly, each on a connection of its own while it lasts.
pub fn at_rate(address: SocketAddr, request: &[u8], rate: f64, length: Duration) -> Result<Asked> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let asked = runtime.block_on(local.run_until(pace(address, request, rate, length)));
    Ok(asked)
}

async fn pace(address: SocketAddr, request: &[u8], rate: f64, length: Duration) -> Asked {
    let request: Rc<[u8]> = request.into();
    let asked = Rc::new(RefCell::new(Asked::default()));
    let idle = Rc::new(RefCell::new(Vec::<(Connection, Instant)>::new()));
    let in_flight = Rc::new(RefCell::new(0_usize));
    let begin = Instant::now();
    let count = (rate * length.as_secs_f64()) as usize;
    let mut sent = 0;
    while sent < count {
        let due = begin + Duration::from_secs_f64(sent as f64 / rate);
        if due > Instant::now() {
            sleep(Duration::from_millis(1)).await;
            continue;
        }
        sent += 1;
        if *in_flight.borrow() >= MOST_IN_FLIGHT {
            asked.borrow_mut().failed += 1;
            continue;
        }
        *in_flight.borrow_mut() += 1;
        let (request, asked) = (Rc::clone(&request), Rc::clone(&asked));
        let (idle, in_flight) = (Rc::clone(&idle), Rc::clone(&in_flight));
        tokio::task::spawn_local(async move {
            let kept = idle.borrow_mut().pop();
            let kept = kept.filter(|it| it.1.elapsed() < STALE).map(|it| it.0);
            let answered = timeout(PATIENCE, one(address, kept, &request)).await;
            let took = due.elapsed();
            *in_flight.borrow_mut() -= 1;
            let mut asked = asked.borrow_mut();
            match answered {
                Ok(Ok((connection, status))) => {
                    idle.borrow_mut().push((connection, Instant::now()));
                    match status {
                        200 => asked.admitted.push(took),
                        429 | 503 => asked.refused.push(took),
                        _ => asked.failed += 1,
                    }
                }
                _ => asked.failed += 1,
            }
        });
        if sent % 16 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let over = Instant::now();
    while *in_flight.borrow() > 0 && over.elapsed() < PATIENCE * 2 {
        sleep(Duration::from_millis(5)).await;
    }
    std::mem::take(&mut *asked.borrow_mut())
}

async fn one(
    address: SocketAddr,
    kept: Option<Connection>,
    request: &[u8],
) -> Result<(Connection, u16)> {
    let mut connection = match kept {
        Some(connection) => connection,
        None => Connection::open(address).await?,
    };
    let status = connection.ask(request).await?.status;
    Ok((connection, status))
}

/// What is asked beside the load, again and again.
pub struct Probes(JoinHandle<Result<(Sample, usize)>>);

impl Probes {
    pub fn begin(address: SocketAddr, length: Duration) -> Self {
        Self(thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let (mut good, mut bad) = (Sample::with_capacity(2048), 0);
                let (begin, ask) = (Instant::now(), request(HEALTH));
                let mut connection = Connection::open(address).await?;
                while begin.elapsed() < length {
                    let due = Instant::now();
                    match connection.ask(&ask).await {
                        Ok(answer) if answer.status == 200 => good.push(due.elapsed()),
                        _ => bad += 1,
                    }
                    sleep(PROBE_EVERY).await;
                }
                Ok((good, bad))
            })
        }))
    }

    /// How long health took, and how often it failed.
    pub fn end(self) -> Result<(Sample, usize)> {
        self.0.join().ok().context("the probes stopped")?
    }
}
