//! What developers and CI run: `cargo xtask --help`.
//!
//! It stays small and depends on no other crate of the workspace, so that it compiles in seconds whatever else is broken.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its terminal"
)]

mod arrows;
mod claims;
mod deny;
mod forward;
mod links;
mod lint;
mod purity;
mod reasons;
mod rules;
mod schemathesis;
mod source;
mod steps;
mod system;
mod test;
mod unused;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check format, lints, docs, dependencies, arrows, claims and house rules.
    Lint(lint::Options),
    /// Install what the tests need, or say what is missing, and run every test.
    Test(test::Options),
    /// Measure search relevance and compare it with docs/bench/relevance.json.
    Relevance(forward::Relevance),
    /// Measure speed beside named peers, in release mode.
    Bench(forward::Bench),
    /// Simulate the model service under faults, seed after seed.
    Simulate(forward::Simulate),
    /// Kill real processes while they work, and see that nothing is lost.
    Drill(forward::Drill),
    /// A whole installation in many processes on this machine, to look at and to harm.
    Fleet(forward::Fleet),
    /// Make up data for measurements.
    Generate(forward::Generate),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Lint(options) => lint::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Relevance(options) => forward::relevance(&options),
        Command::Bench(options) => forward::bench(&options),
        Command::Simulate(options) => forward::simulate(&options),
        Command::Drill(options) => forward::drill(&options),
        Command::Fleet(options) => forward::fleet(&options),
        Command::Generate(options) => forward::generate(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
