//! `cargo xtask drill upstream`: instances behind a door are harmed in turn under steady load.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it finds is what it is for"
)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use medcover_e2e::UpstreamDrill;

/// Kills, slows, breaks and partitions one of four processes after the other while clients ask.
#[derive(Parser)]
#[command(name = "cargo xtask drill upstream")]
struct Arguments {
    /// How long each harm lasts, in seconds.
    #[arg(long, default_value_t = 20)]
    phase_s: u64,
    /// The load, in hundredths of the capacity.
    #[arg(long, default_value_t = 70)]
    load_percent: u32,
    /// How long a breaker stays open, in seconds.
    #[arg(long, default_value_t = 60)]
    recovery_s: u64,
    /// How long is waited for an instance to be used again that was slow or failed, in seconds; 0: not at all.
    #[arg(long, default_value_t = 120)]
    patience_s: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let drill = UpstreamDrill {
        phase: Duration::from_secs(arguments.phase_s),
        measure_s: 5,
        load_percent: arguments.load_percent,
        recovery: Duration::from_secs(arguments.recovery_s),
        patience: Duration::from_secs(arguments.patience_s),
    };
    match drill.run(&|line| println!("{line}")) {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(findings) => {
            for finding in &findings {
                eprintln!("{finding}");
            }
            ExitCode::FAILURE
        }
    }
}
