//! `cargo xtask bench writes`: transfers over HTTP beside single-row transactions of the same driver.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are what it is for"
)]

mod measure;
mod peer;
mod report;
mod transfers;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use medcover_simulation::machine::Machine;
use medcover_store::limits;

use measure::{Figure, median};
use report::Report;

/// Tasks that write at once.
const CLIENTS: usize = 32;

/// Measures how fast commits are written.
#[derive(Parser)]
#[command(name = "cargo xtask bench writes")]
struct Arguments {
    /// Seconds a run.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Rounds; each figure is the median of them.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Folder for the databases, on the disk that is to be measured.
    #[arg(long, default_value = "target")]
    data: PathBuf,
    /// Write docs/bench/writes.md and docs/bench/writes.json.
    #[arg(long)]
    write: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let machine = Machine::facts();
    let (span, data) = (Duration::from_secs(arguments.seconds), &arguments.data);
    let mut figures: [Vec<Figure>; 4] = Default::default();
    // In turn, so that whatever else the machine does strikes all of them.
    for _ in 0..arguments.rounds {
        figures[0].push(peer::single_rows(data, span).await?);
        figures[1].push(transfers::in_process(data, span).await?);
        figures[2].push(transfers::over_http(data, span, limits::BATCH).await?);
        figures[3].push(transfers::over_http(data, span, 1).await?);
    }
    let [single_rows, in_process, batched, alone] = figures.map(median);
    let report = Report {
        command: "cargo xtask bench writes --write",
        machine,
        clients: CLIENTS,
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        single_rows,
        in_process,
        batched,
        alone,
    };
    println!("{}", report.page());
    if arguments.write {
        report.write().map_err(|error| error.to_string())?;
    }
    Ok(())
}
