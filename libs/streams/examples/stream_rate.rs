//! How fast messages go through one group, beside bare `XADD` and `XREADGROUP COUNT 10` through the same client, while one of its
//! three consumers after the other is killed.
//!
//! `cargo run --release -p medcover-streams --example stream_rate -- 1000000 [HOST:PORT]`; without an address it starts a
//! server of its own, which keeps nothing on disk. Keys of an earlier run are deleted.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Clock, SystemClock, SystemRng};
use medcover_redis::redis::{Value, cmd, pipe};
use medcover_redis::{Ask, Redis, RedisConfig};
use medcover_store::{Name, Position};
use medcover_streams::{
    Consumer, Delivery, Handler, Message, Progress, Record, RecordError, RecordPage, Relay,
    StreamsConfig,
};
use medcover_testkit::RedisServer;
use medcover_workflow::queue::Failure;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

const PAYLOAD: &[u8] = b"payment.completed";
const BARE: &str = "medcover:bare";
/// Commands in a pipeline of the bare way, as many as the other way sends at once.
const DEPTH: u64 = 256;

/// So many messages.
struct Numbers(watch::Receiver<Position>);

/// How often a consumer is killed, and another begins in its place.
const KILL_EVERY: Duration = Duration::from_secs(2);

/// Counts, and marks each message as a consumer would.
struct Marked {
    marks: Vec<AtomicU64>,
    all: watch::Sender<u64>,
    /// Deliveries of what was marked already.
    again: AtomicU64,
}

/// What came of the messages.
struct Carried {
    /// Until all had their effect.
    took: Duration,
    killed: u64,
    again: u64,
}

/// A task that is killed when it is dropped.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Kept in memory: what is measured is Redis.
#[derive(Default)]
struct Applied(AtomicU64);

#[async_trait]
impl Record for Numbers {
    async fn read(&self, after: Position, limit: usize) -> Result<RecordPage, RecordError> {
        let all = self.0.borrow().get();
        let end = all.min(after.get() + limit as u64);
        let numbers = after.get() + 1..=end;
        let messages = numbers.map(|number| Message {
            position: Position::new(number),
            event: Uuid::from_u128(u128::from(number)),
            payload: PAYLOAD.to_vec(),
        });
        Ok(RecordPage {
            messages: messages.collect(),
            end: Position::new(end),
        })
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.clone()
    }
}

#[async_trait]
impl Progress for Applied {
    async fn applied(&self, _group: &str) -> Result<Position, RecordError> {
        Ok(Position::new(self.0.load(Ordering::Relaxed)))
    }

    async fn advance(&self, _group: &str, to: Position) -> Result<(), RecordError> {
        self.0.fetch_max(to.get(), Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Handler for Marked {
    async fn handle(&self, delivery: &Delivery) -> Result<(), Failure> {
        let number = delivery.position.get();
        let (word, bit) = (number / 64, 1 << (number % 64));
        let before = self.marks[word as usize].fetch_or(bit, Ordering::Relaxed);
        if before & bit == 0 {
            self.all.send_modify(|all| *all += 1);
        } else {
            self.again.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let messages: u64 = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let own = RedisServer::start(&[]).expect("a Redis server can be started");
    let address = arguments.next().unwrap_or_else(|| own.address());
    let config = RedisConfig {
        address,
        timeout_ms: 20_000,
        ..RedisConfig::default()
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let redis = Redis::follow(&config, Arc::clone(&clock), Arc::new(SystemRng));
    let redis = redis.expect("its settings work");
    assert!(redis.ready(Duration::from_secs(10)).await, "no Redis");
    let keys = ["medcover:stream:rate", "medcover:stream:rate:from", BARE];
    let delete = |_: &_| cmd("DEL").arg(&keys).to_owned().into();
    let _: u64 = redis.ask(Ask::PRIMARY, delete).await.expect("it deletes");

    let bare = timed(&*clock, bare(&redis, messages)).await;
    print("bare XADD, XREADGROUP COUNT 10, XACK", messages, bare);
    let carried = Box::pin(carried(&redis, &clock, messages)).await;
    print("relay and consumers", messages, carried.took);
    println!(
        "ratio {:.2}; {} consumers were killed, {} messages came again and had no effect again",
        bare.as_secs_f64() / carried.took.as_secs_f64(),
        carried.killed,
        carried.again
    );
}

async fn timed(clock: &dyn Clock, work: impl Future<Output = ()>) -> Duration {
    let began = clock.elapsed();
    work.await;
    clock.elapsed().saturating_sub(began)
}

fn print(what: &str, messages: u64, time: Duration) {
    let rate = messages as f64 / time.as_secs_f64();
    println!("{messages} messages, {what}: {time:.2?}, {rate:.0} a second");
}

/// Adds in pipelines and reads ten at a time, side by side, as the other way does.
async fn bare(redis: &Redis, messages: u64) {
    let make = |_: &_| {
        let mut make = cmd("XGROUP");
        make.arg("CREATE")
            .arg(BARE)
            .arg("group")
            .arg("0")
            .arg("MKSTREAM");
        make.into()
    };
    let _: Value = redis.ask(Ask::ONCE, make).await.expect("a group is made");
    let add = async {
        for first in (0..messages).step_by(DEPTH as usize) {
            let add = |_: &_| {
                let mut commands = pipe();
                for number in first..messages.min(first + DEPTH) {
                    let event = Uuid::from_u128(u128::from(number));
                    let add = commands.cmd("XADD").arg(BARE).arg("*");
                    add.arg("e").arg(event.as_bytes()).arg("p").arg(PAYLOAD);
                }
                commands.into()
            };
            let _: Value = redis.ask(Ask::ONCE, add).await.expect("it is added");
        }
    };
    let read = async {
        let opened = redis.connect(Duration::from_secs(10)).await;
        let mut connection = opened.expect("it connects");
        let mut seen = 0;
        while seen < messages {
            let mut reading = cmd("XREADGROUP");
            reading
                .arg("GROUP")
                .arg("group")
                .arg("bare")
                .arg("COUNT")
                .arg(10);
            reading
                .arg("BLOCK")
                .arg(1_000)
                .arg("STREAMS")
                .arg(BARE)
                .arg(">");
            let answer = connection.send(&reading.into()).await.expect("it is read");
            let mut acknowledge = cmd("XACK");
            acknowledge.arg(BARE).arg("group");
            let ids = ids(answer);
            if !ids.is_empty() {
                acknowledge.arg(&ids);
                let acknowledged = connection.send(&acknowledge.into()).await;
                acknowledged.expect("they are acknowledged");
            }
            seen += ids.len() as u64;
        }
    };
    tokio::join!(add, read);
}

fn ids(answer: Value) -> Vec<Vec<u8>> {
    let Value::Map(streams) = answer else {
        return Vec::new();
    };
    let entries = streams.into_iter().flat_map(|(_, entries)| list(entries));
    let ids = entries.filter_map(|entry| list(entry).into_iter().next());
    ids.filter_map(|id| match id {
        Value::BulkString(id) => Some(id),
        _ => None,
    })
    .collect()
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

/// The same messages by a relay and three consumers, of which one after the other is killed, each marked once.
async fn carried(redis: &Redis, clock: &Arc<dyn Clock>, messages: u64) -> Carried {
    let (_grows, numbers) = watch::channel(Position::new(messages));
    let (all, mut heard) = watch::channel(0);
    let marks = (0..=messages / 64).map(|_| AtomicU64::new(0));
    let handler = Arc::new(Marked {
        marks: marks.collect(),
        all,
        again: AtomicU64::new(0),
    });
    let progress: Arc<dyn Progress> = Arc::new(Applied::default());
    // What a dead consumer had in hand is claimed after three seconds, not a minute.
    let config = StreamsConfig {
        concurrency: 1_024,
        handle_ms: 2_000,
        claim_ms: 3_000,
        longest_pause_ms: 3_000,
        ..StreamsConfig::default()
    };
    let relay = Relay::new(
        redis.clone(),
        Arc::clone(clock),
        Arc::new(Numbers(numbers)),
        Arc::clone(&progress),
        "rate",
        [Name::from("group")],
        config.clone(),
    );
    let start = || {
        let consumer = Consumer::new(
            redis.clone(),
            Arc::clone(clock),
            Arc::new(SystemRng),
            Arc::<Marked>::clone(&handler),
            Arc::clone(&progress),
            "rate",
            "group",
            "example",
            config.clone(),
        );
        Running(tokio::spawn(async move {
            consumer.run(std::future::pending()).await;
        }))
    };
    let began = clock.elapsed();
    let _relay = Running(tokio::spawn(async move {
        relay.run(std::future::pending()).await;
    }));
    let mut consumers = [start(), start(), start()];
    let mut killed = 0;
    let all_had = async {
        let heard = heard.wait_for(|it| *it == messages).await;
        heard.expect("somebody hears");
    };
    let mut all_had = std::pin::pin!(all_had);
    while timeout(KILL_EVERY, &mut all_had).await.is_err() {
        consumers[killed % 3] = start();
        killed += 1;
    }
    Carried {
        took: clock.elapsed().saturating_sub(began),
        killed: killed as u64,
        again: handler.again.load(Ordering::Relaxed),
    }
}
