//! `cargo xtask drill fleet`: a fleet is harmed in every way while it works.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it finds is what it is for"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use medcover_e2e::{FleetDrill, Harms, Spread};

/// One fault may show in a hundred places.
const MOST_TOLD: usize = 30;

/// Harms a fleet in every way while clients take patients from registration to refund, and looks at what is left.
#[derive(Parser)]
#[command(name = "cargo xtask drill fleet")]
struct Arguments {
    /// One harm of each kind only.
    #[arg(long)]
    few: bool,
    /// One harm of each kind and then any, for so many minutes.
    #[arg(long, conflicts_with = "few")]
    minutes: Option<u64>,
    /// Drain and start again every process, one after the other, and harm nothing else.
    #[arg(long, conflicts_with_all = ["few", "minutes"])]
    upgrade: bool,
    /// As what this program makes of it, and then back.
    #[arg(long, requires = "upgrade")]
    to: Option<PathBuf>,
    /// Every role in processes of its own.
    #[arg(long)]
    roles: bool,
    /// How long each harm lasts, and how long it is calm before the next, in milliseconds.
    #[arg(long, default_value_t = 5_000)]
    phase_ms: u64,
    /// Clients that send at once.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Decides what clients do.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let harms = match arguments.minutes {
        Some(minutes) => Harms::Random(Duration::from_mins(minutes)),
        None if arguments.few => Harms::Few,
        None if arguments.upgrade => Harms::Rolling(arguments.to),
        None => Harms::All,
    };
    let drill = FleetDrill {
        spread: if arguments.roles {
            Spread::Roles
        } else {
            Spread::Groups
        },
        harms,
        phase: Duration::from_millis(arguments.phase_ms),
        clients: arguments.clients,
        seed: arguments.seed,
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
            eprintln!("{} findings; seed {}", findings.len(), arguments.seed);
            ExitCode::FAILURE
        }
    }
}
