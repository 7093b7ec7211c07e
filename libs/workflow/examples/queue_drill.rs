//! Many messages through one group while its process is killed every few seconds: each has its effect once.
//!
//! `cargo run --release -p medcover-workflow --example queue_drill -- --messages 1000000`
//!
//! The program fills a queue in a SQLite file, then starts itself as a working process and kills it (SIGKILL) every
//! `--kill-every` seconds until one ends by itself with the queue empty, then counts. A row for each message says how
//! often it had its effect. Exit code 0 when every message had it exactly once, 1 when not.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clap::{Parser, ValueEnum};
use medcover_kernel::{
    Call, Caller, Clock, MessageId, ServiceName, SystemClock, SystemRng, TenantId,
};
use medcover_store::{
    Append, CanonicalJson, Change, Column, ColumnKind, Context, Delivery, Listing, NewMessage,
    RowChange, Schema, Select, SqliteOptions, SqliteStore, Store, Table, Value, limits,
};
use medcover_workflow::queue::{Failure, Handled, Handler, Worker, WorkerConfig};
use serde::Serialize;
use uuid::Uuid;

const QUEUE: &str = "drill";
const SERVICE: ServiceName = ServiceName::from_static("drill");
/// Messages sent in one commit.
const FILL: u64 = 500;

static APPLIED: Table = Table {
    name: "applied",
    version: 1,
    key: &[Column::of("message", ColumnKind::Id)],
    columns: &[Column::of("times", ColumnKind::Integer)],
};
static BY_TIMES: Listing = Listing {
    name: "by_times",
    table: &APPLIED,
    equal: &[],
    order: "times",
};

/// Sends messages through one group whose processes are killed again and again.
#[derive(Parser, Clone)]
struct Arguments {
    /// How many messages.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Tenants that share the queue.
    #[arg(long, default_value_t = 10)]
    tenants: u64,
    /// Seconds between kills.
    #[arg(long, default_value_t = 3.0)]
    kill_every: f64,
    /// Workers in the working process.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Messages that each worker handles at once.
    #[arg(long, default_value_t = 128)]
    concurrency: usize,
    /// Folder of the database; a temporary one unless given.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print the figures as one JSON object.
    #[arg(long)]
    json: bool,
    /// What this process does; the drill starts the others itself.
    #[arg(long, value_enum, default_value_t = Part::All, hide = true)]
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The whole drill.
    All,
    /// Handles messages until none is left.
    Work,
}

/// What came of it.
#[derive(Serialize)]
struct Figures {
    messages: u64,
    applied_once: u64,
    applied_more_often: u64,
    kills: u32,
    seconds: u64,
    messages_a_second: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.part {
        Part::Work => {
            let folder = arguments.data.as_deref().expect("the drill names it");
            work(folder, &arguments).await;
            ExitCode::SUCCESS
        }
        Part::All => drill(&arguments).await,
    }
}

async fn drill(arguments: &Arguments) -> ExitCode {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.data.as_deref().unwrap_or(temporary.path());
    let clock = SystemClock::new();
    fill(folder, arguments).await;
    let filled = clock.elapsed();
    eprintln!("{} messages sent in {filled:.1?}", arguments.messages);
    let kills = work_under_kills(folder, arguments, &clock).await;
    let seconds = clock.elapsed().saturating_sub(filled).as_secs().max(1);
    let figures = count(folder, arguments, kills, seconds).await;
    if arguments.json {
        let text = serde_json::to_string(&figures).expect("numbers");
        println!("{text}");
    } else {
        println!(
            "{} of {} messages applied once, {} more often; {} kills, {} s, {} messages a second",
            figures.applied_once,
            figures.messages,
            figures.applied_more_often,
            figures.kills,
            figures.seconds,
            figures.messages_a_second
        );
    }
    if figures.applied_once == figures.messages && figures.applied_more_often == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn open(folder: &Path) -> SqliteStore {
    let schema = Schema::new().table(&APPLIED, &[&BY_TIMES]);
    let options = SqliteOptions::new(folder.join("drill.sqlite")).batch(256);
    let clock = Arc::new(SystemClock::new());
    let store = SqliteStore::open(options, schema, clock).await;
    store.unwrap_or_else(|error| panic!("{error}"))
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

async fn fill(folder: &Path, arguments: &Arguments) {
    let store = open(folder).await;
    for first in (0..arguments.messages).step_by(FILL as usize) {
        let tenant = tenant(first / FILL % arguments.tenants);
        let mut append = Append::new(Context::of(&Call::for_tests().for_tenant(tenant)));
        let last = (first + FILL).min(arguments.messages);
        append.outbox = (first..last).map(message).collect();
        store.commit(append).await.expect("messages are sent");
    }
    store.close().await;
}

fn message(number: u64) -> NewMessage {
    NewMessage {
        id: MessageId::from_uuid(Uuid::from_u128(u128::from(number) + 1)),
        queue: QUEUE.into(),
        key: None,
        payload: CanonicalJson::empty(),
        not_before: None,
    }
}

/// Starts working processes and kills each; returns how many were killed before one came to the end.
async fn work_under_kills(folder: &Path, arguments: &Arguments, clock: &SystemClock) -> u32 {
    let mut kills = 0;
    loop {
        let mut child = worker_process(folder, arguments);
        let end = clock.elapsed() + Duration::from_secs_f64(arguments.kill_every);
        while clock.elapsed() < end {
            if has_ended(&mut child) {
                return kills;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill().expect("the process is ours");
        child.wait().expect("the process is ours");
        kills += 1;
    }
}

fn has_ended(child: &mut Child) -> bool {
    let status = child.try_wait().expect("the process is ours");
    let status = status.map(|status| status.success());
    assert_ne!(status, Some(false), "a working process failed by itself");
    status.is_some()
}

fn worker_process(folder: &Path, arguments: &Arguments) -> Child {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command
        .args(["--part", "work", "--data"])
        .arg(folder)
        .args(["--workers", &arguments.workers.to_string()])
        .args(["--concurrency", &arguments.concurrency.to_string()]);
    command.spawn().expect("this program starts once more")
}

/// Notes in the message's row that it had its effect once more.
struct Apply;

#[async_trait]
impl Handler for Apply {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let append = Append::new(Context::handling(delivery, Caller::Service(SERVICE)));
        let noted = append.row(RowChange {
            tenant: delivery.tenant(),
            table: &APPLIED,
            key: vec![Value::Id(delivery.id.as_uuid())],
            change: Change::Patch {
                set: Vec::new(),
                add: vec![("times", 1)],
            },
        });
        Ok(noted.into())
    }
}

async fn work(folder: &Path, arguments: &Arguments) {
    let store: Arc<dyn Store> = Arc::new(open(folder).await);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut workers = tokio::task::JoinSet::new();
    for number in 0..arguments.workers {
        let name = format!("{}-{number}", std::process::id());
        let config = WorkerConfig {
            // Short, so that what a killed process held does not hold the drill up.
            lease: Duration::from_secs(2),
            concurrency: arguments.concurrency,
            look_every: Duration::from_millis(100),
            ..WorkerConfig::new(QUEUE, name, SERVICE)
        };
        let (store, clock) = (Arc::clone(&store), Arc::clone(&clock));
        let watched = Arc::clone(&store);
        let worker = Worker::new(store, clock, Arc::new(SystemRng), Arc::new(Apply), config);
        workers.spawn(async move { worker.run(is_empty(watched)).await });
    }
    while workers.join_next().await.is_some() {}
}

/// Ready once nothing is left in the queue.
async fn is_empty(store: Arc<dyn Store>) {
    loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let depths = store.queues().await.expect("the queue can be counted");
        if depths.iter().all(|depth| depth.ready + depth.waiting == 0) {
            return;
        }
    }
}

async fn count(folder: &Path, arguments: &Arguments, kills: u32, seconds: u64) -> Figures {
    let store = open(folder).await;
    let (mut once, mut more) = (0, 0);
    for number in 0..arguments.tenants {
        let mut after = None;
        loop {
            let first = Select::first(&BY_TIMES, tenant(number), Vec::new(), limits::PAGE);
            let select = Select { after, ..first };
            let rows = store.select(&select).await.expect("rows");
            for times in rows.iter().filter_map(|row| row.get("times").as_integer()) {
                if *times == 1 {
                    once += 1;
                } else {
                    more += 1;
                }
            }
            match rows.last() {
                Some(last) if rows.len() == limits::PAGE => after = Some(last.cursor(&BY_TIMES)),
                _ => break,
            }
        }
    }
    store.close().await;
    Figures {
        messages: arguments.messages,
        applied_once: once,
        applied_more_often: more,
        kills,
        seconds,
        messages_a_second: arguments.messages / seconds,
    }
}
