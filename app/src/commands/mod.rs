//! The commands, one a file.

mod code;
mod config;
mod load;
mod local;
mod openapi;
mod releases;
mod search;
mod serve;
mod up;

use anyhow::Result;
use medcover_config::Loaded;
use medcover_kernel::SystemClock;

use crate::cli::{Cli, Command, Global};
use crate::settings::{Environment, Settings};

/// What a command has at hand.
pub(crate) struct AtHand {
    pub(crate) settings: Loaded<Settings>,
    pub(crate) global: Global,
    /// Began with the process, so that it measures from its start.
    pub(crate) clock: SystemClock,
}

/// Runs the command that `cli` names; `up` when it names none.
pub(crate) fn run(cli: Cli, environment: &Environment) -> Result<()> {
    let clock = SystemClock::new();
    let at_hand = AtHand {
        settings: Settings::load(&cli.global, environment)?,
        global: cli.global,
        clock,
    };
    match cli.command.unwrap_or(Command::Up) {
        Command::Up => up::run(&at_hand),
        Command::Serve => serve::run(&at_hand),
        Command::Load(load) => load::run(&at_hand, load),
        Command::Releases => releases::run(&at_hand),
        Command::Search(search) => search::run(&at_hand, &search),
        Command::Code { code } => code::run(&at_hand, &code),
        Command::Config => config::print(&at_hand),
        Command::CheckConfig => config::check(&at_hand),
        Command::Openapi => openapi::run(&at_hand),
    }
}
