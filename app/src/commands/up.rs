//! `medcover up`: loads what is missing, then serves.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use medcover_terminology::Releases;

use super::AtHand;
use crate::data_folder::ServerLock;
use crate::demo;
use crate::roles::Role;
use crate::server;

pub(crate) fn run(at_hand: &AtHand) -> Result<()> {
    let settings = &at_hand.settings;
    settings.value.check_exposure()?;
    let _lock = ServerLock::take(&settings.value.data.dir)?;
    demo::check_whole(&settings.value.data.dir)?;
    let logs = server::start_logs(&settings.value, at_hand.clock)?;
    load_missing(at_hand)?;
    server::run(at_hand.start(&logs))
}

/// Loads ICD-10-CM where it is needed and not there.
pub(super) fn load_missing(at_hand: &AtHand) -> Result<()> {
    let settings = &at_hand.settings;
    if settings.value.roles()?.has(Role::Terminology) && !is_loaded(at_hand) {
        tracing::info!("ICD-10-CM is not loaded yet: loading it");
        load(at_hand)?;
    }
    Ok(())
}

fn is_loaded(at_hand: &AtHand) -> bool {
    let releases = Releases::open(&at_hand.settings.value.data.dir, &at_hand.clock);
    releases.load().icd10cm().is_ok()
}

/// Runs `medcover load icd10cm` as a process of its own: compiling a release takes several times the memory of serving
/// it, and a process that ended has given all of it back.
///
/// Without ICD-10-CM there is nothing to serve, so that it cannot be had is a failure; the other process has said why.
fn load(at_hand: &AtHand) -> Result<()> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    let mut command = Command::new(program);
    command.args(["load", "icd10cm", "--data"]);
    command.arg(&at_hand.settings.value.data.dir);
    if let Some(file) = &at_hand.global.config {
        command.arg("--config").arg(file);
    }
    let status = command.status().context("cannot start `medcover load`")?;
    if !status.success() {
        bail!("there is nothing to serve");
    }
    Ok(())
}
