//! `cargo xtask drill kill`: the bank's process is killed again and again, and nothing may be lost.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it finds is what it is for"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use medcover_simulation::drill::{Drill, Kept, kill, serve};
use medcover_testkit::PostgresServer;

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
        /// Keeps the data in PostgreSQL, which is started for it and crashes too.
        #[arg(long)]
        postgres: bool,
    },
    /// What is killed.
    #[command(hide = true)]
    Serve {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        postgres: Option<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().part {
        Part::Serve { data, postgres } => {
            let kept = Kept {
                folder: data,
                postgres,
            };
            serve(&kept, |address| println!("http://{address}")).await
        }
        Part::Kill {
            times,
            seed,
            data,
            postgres,
        } => {
            // Not where temporary files are kept by default: that may be memory, which forgets nothing when synced.
            let temporary = tempfile::tempdir_in(".").expect("a folder can be made here");
            let server = postgres
                .then(|| Arc::new(PostgresServer::start().expect("PostgreSQL can be started")));
            let drill = Drill {
                program: std::env::current_exe().expect("this program has a path"),
                folder: data.unwrap_or_else(|| temporary.path().to_owned()),
                server,
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
