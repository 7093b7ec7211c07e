//! `medcover`: reads the command line and the environment, composes what the command needs, and runs it.

mod backups;
mod callers;
mod cli;
mod commands;
mod coverage;
mod data_folder;
mod demo;
mod exit;
mod health;
mod messages;
mod parts;
mod peers;
mod policies;
mod roles;
mod server;
mod settings;
mod shared;
mod state;
mod stores;
mod tasks;
mod terminal;
mod traces;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;
use settings::Environment;

/// Requests make and drop many small values on all threads at once, which this allocator does sooner and with fewer pauses
/// than that of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let environment = Environment::of_process();
    match commands::run(Cli::parse(), &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
