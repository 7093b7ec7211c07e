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
}

pub(crate) fn relevance(options: &Relevance) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args([
        "run",
        "--release",
        "--locked",
        "-p",
        "medcover-terminology",
        "--bin",
        "relevance",
        "--",
    ]);
    steps::run(cargo.args(&options.arguments))
}

pub(crate) fn bench(options: &Bench) -> Result<()> {
    let subject = match options.subject {
        Subject::Search => "search",
        Subject::Http => "http",
    };
    let mut cargo = workspace::cargo();
    cargo.args([
        "run",
        "--release",
        "--locked",
        "--manifest-path",
        "bench/Cargo.toml",
        "--",
        subject,
    ]);
    steps::run(cargo.args(&options.arguments))
}
