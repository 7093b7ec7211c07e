//! The load: as fast as answers come, and at a rate whatever the server does.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{sleep, timeout};

use crate::http::exchange::{Connection, request};
use crate::random::Random;
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
/// When requests come is the same in each run.
const SEED: u64 = 11;

/// What became of the requests of a load.
#[derive(Default)]
pub struct Asked {
    /// Answered well, from when they were due.
    pub admitted: Sample,
    /// Refused with 503 or 429, from when they were due.
    pub refused: Sample,
    /// Answered otherwise, or not at all.
    pub failed: usize,
    /// How long health took beside them.
    pub health: Sample,
    /// How often it was not answered well.
    pub health_failed: usize,
}

/// What one request takes when there is no other: the mean of a hundred.
pub fn alone(address: SocketAddr, request: &[u8]) -> Result<Duration> {
    awake(async {
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
    })?
}

/// What `load` comes to, on a thread that never sleeps. One that did would have to be woken for each answer, and waking
/// another core of a virtual machine costs the server, whose core sends the answer, some ten microseconds. A client on
/// another machine costs it nothing like that.
fn awake<T>(load: impl Future<Output = T>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    Ok(runtime.block_on(local.run_until(async {
        let restless = spawn_local(async {
            loop {
                yield_now().await;
            }
        });
        let comes_to = load.await;
        restless.abort();
        comes_to
    })))
}

/// Connections that get the most out of the server.
pub fn busiest(address: SocketAddr, request: &[u8], length: Duration) -> Result<usize> {
    let mut best = (0.0_f64, 1);
    for connections in AT_PEAK {
        let good = peak(address, request, connections, length)?;
        if good > best.0 {
            best = (good, connections);
        }
    }
    Ok(best.1)
}

/// Good answers a second when each of so many connections asks again as soon as it is answered.
pub fn peak(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    length: Duration,
) -> Result<f64> {
    let (begin, good) = (Instant::now(), Rc::new(RefCell::new(0_u64)));
    let ask = || {
        let (request, good) = (request.to_vec(), Rc::clone(&good));
        spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            while begin.elapsed() < length {
                if connection.ask(&request).await?.status == 200 {
                    *good.borrow_mut() += 1;
                }
            }
            Ok::<_, anyhow::Error>(())
        })
    };
    awake(async {
        let tasks: Vec<_> = (0..connections).map(|_| ask()).collect();
        for task in tasks {
            task.await??;
        }
        Ok::<_, anyhow::Error>(())
    })??;
    let good = *good.borrow();
    Ok(good as f64 / begin.elapsed().as_secs_f64())
}

/// Requests at `rate` a second, as they come from callers who know nothing of one another, each on a connection of its own
/// while it lasts.
pub fn at_rate(address: SocketAddr, request: &[u8], rate: f64, length: Duration) -> Result<Asked> {
    awake(pace(address, request, rate, length))
}

async fn pace(address: SocketAddr, request: &[u8], rate: f64, length: Duration) -> Asked {
    let request: Rc<[u8]> = request.into();
    let asked = Rc::new(RefCell::new(Asked::default()));
    let idle = Rc::new(RefCell::new(Vec::<(Connection, Instant)>::new()));
    let in_flight = Rc::new(RefCell::new(0_usize));
    let probes = spawn_local(probe(address, Rc::clone(&asked)));
    let begin = Instant::now();
    let mut chance = Random::new(SEED);
    let (mut after, mut sent) = (0.0, 0_u32);
    loop {
        let due = begin + Duration::from_secs_f64(after);
        if due >= begin + length {
            break;
        }
        if due > Instant::now() {
            yield_now().await;
            continue;
        }
        sent += 1;
        after += chance.gap() / rate;
        if *in_flight.borrow() >= MOST_IN_FLIGHT {
            asked.borrow_mut().failed += 1;
            continue;
        }
        *in_flight.borrow_mut() += 1;
        let (request, asked) = (Rc::clone(&request), Rc::clone(&asked));
        let (idle, in_flight) = (Rc::clone(&idle), Rc::clone(&in_flight));
        spawn_local(async move {
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
            yield_now().await;
        }
    }
    let over = Instant::now();
    while *in_flight.borrow() > 0 && over.elapsed() < PATIENCE * 2 {
        sleep(Duration::from_millis(5)).await;
    }
    let mut asked = asked.borrow_mut();
    // Probes end when they cannot connect, and never otherwise.
    asked.health_failed += usize::from(probes.is_finished());
    probes.abort();
    std::mem::take(&mut *asked)
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

/// What must be answered whatever the load, asked beside it until that is over: on its thread, so that neither waits for the
/// other's.
async fn probe(address: SocketAddr, asked: Rc<RefCell<Asked>>) -> Result<()> {
    let ask = request(HEALTH);
    let mut connection = Connection::open(address).await?;
    loop {
        let due = Instant::now();
        let answer = connection.ask(&ask).await;
        let (took, mut asked) = (due.elapsed(), asked.borrow_mut());
        match answer {
            Ok(answer) if answer.status == 200 => asked.health.push(took),
            _ => asked.health_failed += 1,
        }
        drop(asked);
        sleep(PROBE_EVERY).await;
    }
}
