//! `cargo xtask drill journey`: the program is killed again and again on its way from visit to cash.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it finds is what it is for"
)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use medcover_e2e::Drill;

/// One fault may show in a hundred places.
const MOST_TOLD: usize = 20;

/// Kills the program while clients take patients from registration to refund, and looks at what is left.
#[derive(Parser)]
#[command(name = "cargo xtask drill journey")]
struct Arguments {
    /// How often.
    #[arg(long, default_value_t = 200)]
    times: u32,
    /// Clients that send at once.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// The longest life of the program after it has begun to listen, in milliseconds.
    #[arg(long, default_value_t = 2_500)]
    life_ms: u64,
    /// Decides when, and what clients do.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed;
    let drill = Drill {
        kills: arguments.times,
        clients: arguments.clients,
        life: Duration::from_millis(arguments.life_ms),
        seed,
    };
    match drill.run(&|line| println!("{line}")) {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(findings) => {
            for finding in findings.iter().take(MOST_TOLD) {
                eprintln!("{finding}");
            }
            eprintln!("{} findings; seed {seed}", findings.len());
            ExitCode::FAILURE
        }
    }
}
