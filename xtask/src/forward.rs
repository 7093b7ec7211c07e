//! Commands that are programs of their own, compiled in release mode, because they measure.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::steps;
use crate::workspace;

#[derive(Args)]
pub(crate) struct Relevance {
    /// A file of queries with accepted codes, and options of the program.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "FILE"
    )]
    arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Bench {
    subject: Subject,
    /// Options of the benchmark.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// the index in process, beside Tantivy and PostgreSQL
    Search,
    /// the server over HTTP, beside a bare one
    Http,
    /// transfers over HTTP, beside single-row transactions
    Writes,
}

#[derive(Args)]
pub(crate) struct Simulate {
    /// Options of the simulation: --seeds N, --from S, --seed X.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Drill {
    subject: Drilled,
    /// Options of the drill: --times N, --messages N.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Drilled {
    /// a process that writes is killed again and again
    Kill,
    /// the consumers of a queue are killed every few seconds
    Queue,
}

/// The crate that simulates, drills and measures writes.
const SIMULATION: &str = "medcover-simulation";

pub(crate) fn relevance(options: &Relevance) -> Result<()> {
    let program = ["-p", "medcover-terminology", "--bin", "relevance"];
    run_released(&program, &[], &options.arguments)
}

pub(crate) fn bench(options: &Bench) -> Result<()> {
    let peers = ["--manifest-path", "bench/Cargo.toml"];
    let arguments = &options.arguments;
    match options.subject {
        Subject::Search => run_released(&peers, &["search"], arguments),
        Subject::Http => run_released(&peers, &["http"], arguments),
        Subject::Writes => {
            run_released(&["-p", SIMULATION, "--bin", "bench-writes"], &[], arguments)
        }
    }
}

pub(crate) fn simulate(options: &Simulate) -> Result<()> {
    let program = ["-p", SIMULATION, "--bin", "simulate"];
    run_released(&program, &[], &options.arguments)
}

pub(crate) fn drill(options: &Drill) -> Result<()> {
    let arguments = &options.arguments;
    match options.subject {
        Drilled::Kill => run_released(&["-p", SIMULATION, "--bin", "drill"], &["kill"], arguments),
        Drilled::Queue => {
            let program = ["-p", "medcover-workflow", "--example", "queue_drill"];
            run_released(&program, &[], arguments)
        }
    }
}

/// Compiles a program in release mode and runs it.
fn run_released(program: &[&str], first: &[&str], rest: &[String]) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--release", "--locked"]).args(program);
    steps::run(cargo.arg("--").args(first).args(rest))
}
