//! How fast commits are written: `cargo run --release -p medcover-store --example write_rate [-- SECONDS]`.
//!
//! Thirty-two tasks make transfers: two events, two rows, a message, an answer under a key, an audit record. The peer is
//! thirty-two tasks that each insert one row in a transaction of its own, with the same driver and durability, through one
//! connection, as a plain program would. Both run in turn, in the same run, and so does our path with a batch of one.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::{
    Call, Caller, Clock, EventId, MessageId, Rng, SeededRng, SystemClock, TenantId, Timestamp,
};
use medcover_store::{
    Answer, AnswerScope, Append, AuditEntry, AuditOutcome, CanonicalJson, Change, Column,
    ColumnKind, Context, NewEvent, NewMessage, RowChange, Schema, SqliteOptions, SqliteStore,
    Store, StreamId, Table, Value, Version,
};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};
use uuid::Uuid;

const TASKS: usize = 32;
const ROUNDS: usize = 3;

static ACCOUNTS: Table = Table {
    name: "account",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("owner", ColumnKind::Text),
        Column::of("balance", ColumnKind::Integer),
        Column::of("moved_at", ColumnKind::Timestamp),
    ],
};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(2), |it| it.parse())?;
    let span = Duration::from_secs(seconds);
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        rates[0].push(single_rows(span).await?);
        rates[1].push(transfers(span, medcover_store::limits::BATCH).await?);
        rates[2].push(transfers(span, 1).await?);
    }
    let [rows, batched, alone] = rates.map(median);
    println!("{TASKS} tasks, {seconds} s a run, median of {ROUNDS} runs");
    println!("single-row transactions   {rows}");
    println!("transfers, batched        {batched}");
    println!("transfers, batch of one   {alone}");
    let (of_rows, of_alone) = (batched.rate / rows.rate, batched.rate / alone.rate);
    println!("batched / single rows     {of_rows:.2}");
    println!("batched / batch of one    {of_alone:.2}");
    let reached = of_rows >= 0.7 && of_alone >= 2.0;
    Ok(if reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Clone, Copy)]
struct Figure {
    rate: f64,
    median: Duration,
    p99: Duration,
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:>8.0} a second   p50 {:>7.2} ms   p99 {:>7.2} ms",
            self.rate,
            self.median.as_secs_f64() * 1e3,
            self.p99.as_secs_f64() * 1e3
        )
    }
}

fn median(mut figures: Vec<Figure>) -> Figure {
    figures.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    figures[figures.len() / 2]
}

fn figure(mut times: Vec<Duration>, took: Duration) -> Figure {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied();
    Figure {
        rate: times.len() as f64 / took.as_secs_f64(),
        median: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
    }
}

/// Runs `act` over and over in each task until `span` has passed.
async fn measure<F, A>(span: Duration, act: F) -> Result<Figure, Box<dyn std::error::Error>>
where
    F: Fn(u64) -> A + Clone + Send + 'static,
    A: Future<Output = Result<(), String>> + Send,
{
    let clock = SystemClock::new();
    let number = Arc::new(AtomicU64::new(1));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (act, number) = (act.clone(), Arc::clone(&number));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while clock.elapsed() < span {
                    let began = clock.elapsed();
                    act(number.fetch_add(1, Ordering::Relaxed)).await?;
                    times.push(clock.elapsed().saturating_sub(began));
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(figure(times, clock.elapsed()))
}

async fn single_rows(span: Duration) -> Result<Figure, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("peer.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_mins(1))
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    sqlx::query("CREATE TABLE event (id BLOB PRIMARY KEY, payload TEXT NOT NULL) WITHOUT ROWID")
        .execute(&pool)
        .await?;
    let figure = measure(span, {
        let pool = pool.clone();
        move |number| single_row(pool.clone(), number)
    })
    .await;
    pool.close().await;
    figure
}

async fn single_row(pool: SqlitePool, number: u64) -> Result<(), String> {
    let insert = async {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT INTO event (id, payload) VALUES (?, ?)")
            .bind(Uuid::from_u128(u128::from(number)).as_bytes().to_vec())
            .bind(r#"{"amount_minor":100,"currency":"EUR"}"#)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    };
    insert.await.map_err(|error: sqlx::Error| error.to_string())
}

async fn transfers(span: Duration, batch: usize) -> Result<Figure, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let options = SqliteOptions::new(folder.path().join("bank.db")).batch(batch);
    let schema = Schema::new().table(&ACCOUNTS, &[]);
    let store = SqliteStore::open(options, schema, Arc::new(SystemClock::new())).await?;
    let store = Arc::new(store);
    let rng = Arc::new(SeededRng::new(7));
    let figure = measure(span, {
        let store = Arc::clone(&store);
        move |number| transfer(Arc::clone(&store), Arc::clone(&rng), number)
    })
    .await;
    let report = store.verify_audit().await?;
    assert_eq!(report.faults, []);
    if let Ok(store) = Arc::try_unwrap(store) {
        store.close().await;
    }
    figure
}

async fn transfer(store: Arc<SqliteStore>, rng: Arc<SeededRng>, number: u64) -> Result<(), String> {
    let append = made(&*rng, number).map_err(|error| error.to_string())?;
    let kept = store.commit(append).await;
    kept.map(drop).map_err(|error| error.to_string())
}

/// One transfer between two accounts that nobody else touches at that moment.
fn made(rng: &dyn Rng, number: u64) -> Result<Append, Box<dyn std::error::Error>> {
    let clock = SystemClock::new();
    let mut append = Append::new(Context::of(&Call::for_tests()));
    for amount in [-100, 100] {
        let event = NewEvent {
            id: EventId::new(&clock, rng),
            kind: "account.moved".into(),
            schema: 1,
            occurred_at: clock.now(),
            payload: CanonicalJson::of(&json!({"amount_minor": amount, "currency": "EUR"}))?,
        };
        let account = EventId::new(&clock, rng).as_uuid();
        let row = RowChange {
            tenant: TenantId::DEFAULT,
            table: &ACCOUNTS,
            key: vec![account.into()],
            change: Change::Put(vec![
                "Ada Lovelace".into(),
                Value::Integer(amount),
                Timestamp::from_micros(7).into(),
            ]),
        };
        append = append
            .write(StreamId::new("account", account), Version::NONE, [event])
            .row(row);
    }
    let scope = AnswerScope {
        tenant: TenantId::DEFAULT,
        caller: Caller::Operator,
        route: "POST /transfers".into(),
        key: EventId::new(&clock, rng).to_string().parse()?,
    };
    let answer = Answer {
        fingerprint: [3; 32],
        status: 201,
        body: CanonicalJson::of(&json!({"transfer": number.to_string()}))?,
    };
    let message = NewMessage {
        id: MessageId::new(&clock, rng),
        queue: "receipts".into(),
        key: None,
        payload: CanonicalJson::of(&json!({"transfer": number.to_string()}))?,
        not_before: None,
    };
    let audit = AuditEntry {
        action: "transfer.made".into(),
        subject: format!("transfer/{number}"),
        data_subject: None,
        outcome: AuditOutcome::Done,
        details: CanonicalJson::of(&json!({"amount_minor": 100}))?,
    };
    Ok(append.answer(scope, answer).send(message).audit(audit))
}
