//! Load: closed (each connection asks again as soon as it is answered) and open (at a rate, whatever the server does).

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::exchange::Connection;
use crate::sample::Sample;

/// Connections of every load.
pub const CONNECTIONS: usize = 64;
/// Threads that drive them.
const THREADS: usize = 2;
/// How often the clock of an open load looks for requests that are due. What it is late counts against the server.
const TICK: Duration = Duration::from_micros(100);

/// Requests in the order in which they rotate.
pub type Inputs = Arc<Vec<Vec<u8>>>;

/// Requests of one connection.
#[derive(Default)]
struct Answered {
    /// Latencies of those that count.
    counted: Sample,
    /// How many there were, those of the warm-up included.
    asked: u64,
}

/// What a load found.
pub struct Outcome {
    pub requests_per_s: f64,
    /// Requests altogether, those of the warm-up included.
    pub asked: u64,
    pub latency: Sample,
}

/// How long a load runs, and how long before it that is not counted.
#[derive(Clone, Copy)]
pub struct Length {
    pub warm_up: Duration,
    pub counted: Duration,
}

/// As fast as the server answers [`CONNECTIONS`] connections.
pub fn closed(address: SocketAddr, inputs: &Inputs, length: Length) -> Result<Outcome> {
    let begin = Instant::now() + length.warm_up;
    let end = begin + length.counted;
    let answered = on_threads(|number, runtime, tasks: &mut JoinSet<Result<Answered>>| {
        for at in own_connections(number) {
            let inputs = Arc::clone(inputs);
            let task = async move {
                let mut connection = Connection::open(address).await?;
                let mut answered = Answered::default();
                for request in rotating(&inputs, at) {
                    let start = Instant::now();
                    if start >= end {
                        break;
                    }
                    ensure!(
                        connection.ask(request).await?.status == 200,
                        "a request failed"
                    );
                    answered.asked += 1;
                    if start >= begin {
                        answered.counted.push(start.elapsed());
                    }
                }
                Ok(answered)
            };
            tasks.spawn_on(task, runtime.handle());
        }
    })?;
    Ok(outcome(answered, length))
}

/// At `requests_per_s`, evenly; a latency begins when the request was due, even if its connection was still busy.
pub fn open(
    address: SocketAddr,
    inputs: &Inputs,
    length: Length,
    requests_per_s: f64,
) -> Result<Outcome> {
    let (dues, queues): (Vec<_>, Vec<_>) = (0..CONNECTIONS).map(|_| unbounded_channel()).unzip();
    let mut queues: Vec<_> = queues.into_iter().map(Some).collect();
    let start = Instant::now() + Duration::from_millis(50);
    let begin = start + length.warm_up;
    let pacer = thread::spawn(move || {
        pace(
            &dues,
            start,
            length.warm_up + length.counted,
            requests_per_s,
        )
    });
    let answered = on_threads(|number, runtime, tasks: &mut JoinSet<Result<Answered>>| {
        for at in own_connections(number) {
            let due = queues[at].take().expect("each queue has one connection");
            let inputs = Arc::clone(inputs);
            tasks.spawn_on(
                answer_due(address, inputs, at, due, begin),
                runtime.handle(),
            );
        }
    })?;
    pacer.join().ok().context("the clock of the load stopped")?;
    Ok(outcome(answered, length))
}

fn outcome(answered: Answered, length: Length) -> Outcome {
    Outcome {
        requests_per_s: answered.counted.len() as f64 / length.counted.as_secs_f64(),
        asked: answered.asked,
        latency: answered.counted,
    }
}

impl Answered {
    fn append(&mut self, other: Self) {
        self.counted.append(other.counted);
        self.asked += other.asked;
    }
}

async fn answer_due(
    address: SocketAddr,
    inputs: Inputs,
    at: usize,
    mut due: UnboundedReceiver<Instant>,
    begin: Instant,
) -> Result<Answered> {
    let mut connection = Connection::open(address).await?;
    let mut answered = Answered::default();
    let mut requests = rotating(&inputs, at);
    while let Some(due) = due.recv().await {
        let request = requests.next().context("requests rotate for ever")?;
        ensure!(
            connection.ask(request).await?.status == 200,
            "a request failed"
        );
        answered.asked += 1;
        if due >= begin {
            answered.counted.push(due.elapsed());
        }
    }
    Ok(answered)
}

fn pace(dues: &[UnboundedSender<Instant>], start: Instant, length: Duration, requests_per_s: f64) {
    let count = (length.as_secs_f64() * requests_per_s) as usize;
    let mut number = 0;
    while number < count {
        let now = Instant::now();
        loop {
            let due = start + Duration::from_secs_f64(number as f64 / requests_per_s);
            if due > now || number >= count {
                break;
            }
            // A connection that failed takes no more; its error is told when its thread is joined.
            let _ = dues[number % dues.len()].send(due);
            number += 1;
        }
        thread::sleep(TICK);
    }
}

/// Runs the tasks that `spawn` gives each thread, and gathers what they found.
fn on_threads(
    mut spawn: impl FnMut(usize, &Runtime, &mut JoinSet<Result<Answered>>),
) -> Result<Answered> {
    let mut threads = Vec::new();
    for number in 0..THREADS {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut tasks = JoinSet::new();
        spawn(number, &runtime, &mut tasks);
        threads.push(thread::spawn(move || {
            runtime.block_on(async {
                let mut all = Answered::default();
                while let Some(answered) = tasks.join_next().await {
                    all.append(answered??);
                }
                Ok::<_, anyhow::Error>(all)
            })
        }));
    }
    let mut all = Answered::default();
    for thread in threads {
        all.append(
            thread
                .join()
                .ok()
                .context("a thread of the load stopped")??,
        );
    }
    Ok(all)
}

fn own_connections(thread: usize) -> impl Iterator<Item = usize> {
    (thread..CONNECTIONS).step_by(THREADS)
}

/// All inputs in turn, for ever; each connection begins at another.
fn rotating(inputs: &Inputs, connection: usize) -> impl Iterator<Item = &[u8]> {
    let first = connection * inputs.len() / CONNECTIONS;
    inputs.iter().cycle().skip(first).map(Vec::as_slice)
}
