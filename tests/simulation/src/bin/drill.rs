//! `cargo xtask drill kill`: the bank's process is killed again and again, and nothing may be lost.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it finds is what it is for"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use medcover_simulation::drill::{Drill, kill, serve};

/// Kills a process that writes, and looks at what it leaves.
#[derive(Parser)]
#[command(name = "cargo xtask drill")]
struct Arguments {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Kills the process and checks, again and again.
    Kill {
        /// How often.
        #[arg(long, default_value_t = 200)]
        times: u32,
        /// Decides when, and what clients send.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Folder of the database; a temporary one in the present folder unless given.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// What is killed.
    #[command(hide = true)]
    Serve {
        #[arg(long)]
        data: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().part {
        Part::Serve { data } => serve(&data, |address| println!("http://{address}")).await,
        Part::Kill { times, seed, data } => {
            // Not where temporary files are kept by default: that may be memory, which forgets nothing when synced.
            let temporary = tempfile::tempdir_in(".").expect("a folder can be made here");
            let drill = Drill {
                program: std::env::current_exe().expect("this program has a path"),
                folder: data.unwrap_or_else(|| temporary.path().to_owned()),
                times,
                seed,
            };
            kill(&drill).await.map(|figures| {
                let text = serde_json::to_string_pretty(&figures).expect("numbers");
                println!("{text}");
            })
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(finding) => {
            eprintln!("{finding}");
            ExitCode::FAILURE
        }
    }
}
