//! `medcover serve`: serves what is loaded.

use anyhow::Result;

use super::AtHand;
use crate::data_folder::ServerLock;
use crate::demo;
use crate::server;

pub(crate) fn run(at_hand: &AtHand) -> Result<()> {
    let settings = &at_hand.settings;
    settings.value.check_exposure()?;
    let _lock = ServerLock::take(&settings.value.data.dir)?;
    demo::check_whole(&settings.value.data.dir)?;
    let logs = server::start_logs(&settings.value, at_hand.clock)?;
    server::run(at_hand.start(&logs))
}
