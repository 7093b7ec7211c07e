//! The load of a server that has a core of its own: as fast as answers come, and at a rate whatever the server does.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{sleep, timeout};

use crate::http::exchange::{Connection, request};
use crate::random::Random;
use crate::sample::Sample;

/// The core of the servers, and that of the load.
pub const CORES: [&str; 2] = ["0", "1"];
/// A connection that nobody has used for as long is not used again: the server may be about to close it.
const STALE: Duration = Duration::from_secs(2);
/// More requests are never on their way at once; one beyond counts as failed.
pub const MOST_IN_FLIGHT: usize = 4_000;
/// A server keeps up while 99 in 100 requests are answered within that.
const KEPT_UP_WITHIN: Duration = Duration::from_millis(20);
/// How often a rate is tried.
const TRIES: usize = 3;
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

/// Which of so many connections get the most out of the server. With too few it waits for the load, and beyond what it
/// works on at once it refuses.
pub fn busiest(
    address: SocketAddr,
    requests: &[Vec<u8>],
    among: &[usize],
    length: Duration,
) -> Result<usize> {
    let mut best = (0.0_f64, 1);
    for connections in among.iter().copied() {
        let good = peak(address, requests, connections, length)?;
        if good > best.0 {
            best = (good, connections);
        }
    }
    Ok(best.1)
}

/// Good answers a second when each of so many connections asks again as soon as it is answered.
pub fn peak(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    length: Duration,
) -> Result<f64> {
    let (begin, good) = (Instant::now(), Rc::new(RefCell::new(0_u64)));
    let requests: Rc<[Vec<u8>]> = requests.into();
    let ask = |number| {
        let (requests, good) = (Rc::clone(&requests), Rc::clone(&good));
        spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            let first = number * requests.len() / connections;
            let mut requests = requests.iter().cycle().skip(first);
            while begin.elapsed() < length
                && let Some(request) = requests.next()
            {
                if connection.ask(request).await?.status == 200 {
                    *good.borrow_mut() += 1;
                }
            }
            Ok::<_, anyhow::Error>(())
        })
    };
    awake(async {
        let tasks: Vec<_> = (0..connections).map(ask).collect();
        for task in tasks {
            task.await??;
        }
        Ok::<_, anyhow::Error>(())
    })??;
    let good = *good.borrow();
    Ok(good as f64 / begin.elapsed().as_secs_f64())
}

/// The most requests a second from independent callers of which 99 in 100 are answered within [`KEPT_UP_WITHIN`], in steps of a
/// tenth. It is less than [`peak`]: what comes one by one is worked on one by one, with a wake-up each. A rate is beyond it when
/// that fails [`TRIES`] times: once may be the machine, which stood still for a moment.
pub fn saturation(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    length: Duration,
) -> Result<f64> {
    let mut rate = peak(address, requests, connections, length)? / 5.0;
    let mut kept_up = 0.0;
    loop {
        let mut keeps_up = false;
        for _ in 0..TRIES {
            let asked = at_rate(address, requests, connections, rate, length)?;
            let unanswered = asked.refused.len() + asked.failed;
            let slow = asked.admitted.timing().p99_us > KEPT_UP_WITHIN.as_secs_f64() * 1e6;
            keeps_up = !slow && unanswered == 0;
            if keeps_up {
                break;
            }
        }
        if !keeps_up {
            return Ok(kept_up);
        }
        kept_up = rate;
        rate *= 1.1;
    }
}

/// Requests in turn at `rate` a second, as they come from callers who know nothing of one another, each on a connection of
/// its own while it lasts. Beyond `connections` they wait for one.
pub fn at_rate(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    rate: f64,
    length: Duration,
) -> Result<Asked> {
    awake(pace(address, requests, connections, rate, length))
}

async fn pace(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    rate: f64,
    length: Duration,
) -> Asked {
    let requests: Rc<[Vec<u8>]> = requests.into();
    let asked = Rc::new(RefCell::new(Asked::default()));
    let idle = Rc::new(RefCell::new(Vec::<(Connection, Instant)>::new()));
    let in_flight = Rc::new(RefCell::new(0_usize));
    let free = Rc::new(Semaphore::new(connections));
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
        let (requests, asked) = (Rc::clone(&requests), Rc::clone(&asked));
        let at = sent as usize % requests.len();
        let (idle, in_flight) = (Rc::clone(&idle), Rc::clone(&in_flight));
        let free = Rc::clone(&free);
        spawn_local(async move {
            let _one = free.acquire().await;
            let kept = idle.borrow_mut().pop();
            let kept = kept.filter(|it| it.1.elapsed() < STALE).map(|it| it.0);
            let answered = timeout(PATIENCE, one(address, kept, &requests[at])).await;
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

/// Keeps all threads of a process on one core. What it starts from then on inherits that core, and counts one: a server has
/// as many threads as on a machine of one core.
pub fn on_core(process: u32, core: &str) -> Result<()> {
    let mut taskset = Command::new("taskset");
    taskset.args(["-a", "-p", "-c", core, &process.to_string()]);
    let output = taskset.output()?;
    ensure!(
        output.status.success(),
        "taskset cannot pin process {process} to core {core}"
    );
    Ok(())
}
