//! The commands, one a file.

mod audit;
mod backup;
mod check;
mod code;
mod config;
mod dead_letters;
mod demo;
mod indexes;
mod load;
mod local;
mod notes;
mod openapi;
mod policy;
mod reach;
mod releases;
mod restore;
mod search;
mod serve;
mod tenant;
mod traces;
mod up;

use anyhow::Result;
use medcover_config::Loaded;
use medcover_identity::SecretText;
use medcover_kernel::SystemClock;
use medcover_telemetry::Logs;

use crate::cli::{self, Cli, Command, Global};
use crate::server::Start;
use crate::settings::{Environment, Settings};

/// What a command has at hand.
pub(crate) struct AtHand {
    pub(crate) settings: Loaded<Settings>,
    pub(crate) global: Global,
    /// Began with the process, so that it measures from its start.
    pub(crate) clock: SystemClock,
    /// What `MEDCOVER_ADMIN_PASSWORD` says.
    password: Option<SecretText>,
}

impl AtHand {
    /// What a server is started with.
    fn start<'a>(&'a self, logs: &'a Logs) -> Start<'a> {
        Start {
            settings: &self.settings,
            password: self.password.clone(),
            clock: self.clock,
            logs,
        }
    }
}

/// Runs the command that `cli` names; `up` when it names none.
pub(crate) fn run(cli: Cli, environment: &Environment) -> Result<()> {
    let clock = SystemClock::new();
    let command = cli.command.unwrap_or(Command::Up(cli::Up::default()));
    let mut global = cli.global;
    if matches!(command, Command::Up(up) if up.demo) {
        demo::keep_apart(&mut global, environment)?;
    }
    let at_hand = AtHand {
        settings: Settings::load(&global, environment)?,
        global,
        clock,
        password: environment
            .get("MEDCOVER_ADMIN_PASSWORD")
            .map(SecretText::new),
    };
    match command {
        Command::Up(cli::Up { demo: false, .. }) => up::run(&at_hand),
        Command::Up(cli::Up { demo: true, reset }) => demo::run(&at_hand, reset),
        Command::Serve => serve::run(&at_hand),
        Command::Load(load) => load::run(&at_hand, load),
        Command::Releases(cli::Releases { notes: false }) => releases::run(&at_hand),
        Command::Releases(cli::Releases { notes: true }) => notes::run(&at_hand),
        Command::Search(search) => search::run(&at_hand, &search),
        Command::Code { code } => code::run(&at_hand, &code),
        Command::Check(check) => check::run(&at_hand, check),
        Command::Indexes(which) => indexes::run(&at_hand, &which),
        Command::Config => config::print(&at_hand),
        Command::CheckConfig => config::check(&at_hand),
        Command::Openapi => openapi::run(&at_hand),
        Command::Policy(policy) => policy::run(&at_hand, policy),
        Command::Tenant(tenant) => tenant::run(&at_hand, tenant),
        Command::Audit(audit) => audit::run(&at_hand, &audit),
        Command::Backup(backup) => backup::run(&at_hand, backup),
        Command::Restore(restore) => restore::run(&at_hand, &restore),
        Command::Traces(traces) => traces::run(&at_hand, &traces),
        Command::DeadLetters(letters) => dead_letters::run(&at_hand, letters),
    }
}
