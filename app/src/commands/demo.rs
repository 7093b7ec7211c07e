//! `medcover up --demo`: makes a small clinic where there is none, then serves it.

use anyhow::{Context as _, Result};

use super::{AtHand, up};
use crate::cli::Global;
use crate::data_folder::ServerLock;
use crate::demo;
use crate::exit::Refused;
use crate::server;
use crate::settings::{Environment, Settings};

/// Names the demo's own data folder, unless `--data` names one.
pub(super) fn keep_apart(global: &mut Global, environment: &Environment) -> Result<()> {
    if global.data.is_none() {
        let usual = Settings::load(global, environment)?.value.data.dir;
        global.data = Some(demo::beside(&usual));
    }
    Ok(())
}

pub(super) fn run(at_hand: &AtHand, reset: bool) -> Result<()> {
    let settings = &at_hand.settings.value;
    settings.check_exposure()?;
    demo::check(settings)?;
    let _lock = ServerLock::take(&settings.data.dir).map_err(|held| {
        Refused::new(
            held.to_string(),
            "A demo is neither made nor made anew beneath a server.",
        )
    })?;
    let logs = server::start_logs(settings, at_hand.clock)?;
    up::load_missing(at_hand)?;
    let password = at_hand.password.clone();
    tokio::runtime::Runtime::new()
        .context("cannot start the threads of the services")?
        .block_on(demo::ensure(settings, password, at_hand.clock, reset))?;
    server::run(at_hand.start(&logs))
}
