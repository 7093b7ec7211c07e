//! `cargo xtask bench tables`: the tables of terminology at full size, and the ways of using them beside plainer ones.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are what it is for"
)]

mod ask;
mod log;
mod measure;
mod ratios;
mod report;
mod server;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use medcover_kernel::SystemClock;
use medcover_scale::terms::{LEAST_ROWS, MOST_ROWS};
use medcover_simulation::machine::Machine;
use medcover_testkit::PostgresServer;
use tokio::runtime::Runtime;

use ask::{Asked, Figure};
use measure::Budget;
use ratios::Ratio;
use report::Report;
use server::Loaded;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Loads rows that are made up into a PostgreSQL of its own, asks each indexed query, and measures the ways of using the tables
/// beside plainer ones. It needs PostgreSQL 15, and on the disk about 3 KB a row.
#[derive(Parser)]
#[command(name = "cargo xtask bench tables")]
struct Arguments {
    /// Codes of the large server
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(LEAST_ROWS..=MOST_ROWS))]
    rows: u64,
    /// Codes of the small one, which has two replicas and a cache before it: about as many as ICD-10-CM has
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(LEAST_ROWS..=1_000_000))]
    small_rows: u64,
    /// How often each query is asked at most
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    asked: u64,
    /// For how long each query is asked at most, in seconds
    #[arg(long, value_name = "S", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// What rows and queries are drawn by
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Write docs/bench/tables.md and docs/bench/tables.json
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let arguments: Arguments = medcover_scale::arguments();
    if !PostgresServer::is_installed() {
        eprintln!("PostgreSQL is not installed: apt-get install postgresql-15");
        return ExitCode::FAILURE;
    }
    match run(&arguments) {
        Ok(report) => {
            println!("{}", report.page());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<Report> {
    let machine = Machine::facts();
    let clock = SystemClock::new();
    let budget = Budget {
        asked: arguments.asked as usize,
        span: Duration::from_secs(arguments.seconds),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let large = Loaded::start(arguments.rows, arguments.seed, &server::LARGE, &clock)?;
    let (queries, mut ratios) = runtime.block_on(of_large(&large, budget, arguments.seed))?;
    let loading = large.figures;
    let large_settings = server::LARGE;
    drop(large.server);
    ratios.extend(of_small(&runtime, arguments, budget)?);
    let report = Report {
        command: command(arguments),
        machine,
        settings: large_settings.to_vec(),
        small_rows: arguments.small_rows,
        budget,
        loading,
        queries,
        ratios,
    };
    if arguments.write {
        report.write()?;
    }
    Ok(report)
}

fn command(arguments: &Arguments) -> String {
    let Arguments {
        rows,
        small_rows,
        asked,
        seconds,
        seed,
        write: _,
    } = arguments;
    format!(
        "cargo xtask bench tables --write --rows {rows} --small-rows {small_rows} --asked {asked} --seconds {seconds} --seed {seed}"
    )
}

/// Each query, and what is compared over many rows.
async fn of_large(large: &Loaded, budget: Budget, seed: u64) -> Outcome<(Vec<Figure>, Vec<Ratio>)> {
    let clock = SystemClock::new();
    let samples = large.samples(budget.asked, seed).await?;
    log::fill(large, &samples).await?;
    let (queries, tables) = (large.queries().await?, large.look()?);
    let mut figures = Vec::new();
    for query in &queries {
        eprintln!("asking for {}", query.what);
        figures.push(query.measure(&tables, &samples, budget, &clock).await?);
    }
    let mut found = vec![ratios::concurrent::measure(&tables, &queries, &samples, budget).await?];
    found.extend(ratios::trigrams::measure(large, &queries, &samples, budget).await?);
    found.push(ratios::partitions::measure(large, &queries, &samples, budget).await?);
    tables.close().await;
    Ok((figures, found))
}

/// What is compared over as many rows as ICD-10-CM has.
fn of_small(runtime: &Runtime, arguments: &Arguments, budget: Budget) -> Outcome<Vec<Ratio>> {
    let clock = SystemClock::new();
    let small = Loaded::start(arguments.small_rows, arguments.seed, &server::SMALL, &clock)?;
    let replicas = [small.server.replica()?, small.server.replica()?];
    runtime.block_on(async {
        let samples = small.samples(budget.asked, arguments.seed).await?;
        let mut found = ratios::cached::measure(&small, &samples, budget, arguments.seed).await?;
        found.extend(
            ratios::connections::measure(&small.server, &replicas, &samples, budget).await?,
        );
        found.push(ratios::calls::measure(budget).await?);
        Ok(found)
    })
}

/// The query that asks for `what`.
fn find<'a>(queries: &'a [Asked], what: &str) -> Outcome<&'a Asked> {
    let found = queries.iter().find(|it| it.what == what);
    found.ok_or_else(|| format!("no query asks for {what}").into())
}
