//! `medcover openapi`.

use anyhow::Result;

use super::AtHand;
use crate::server;
use crate::terminal;

/// Prints the description of what a server with these settings answers.
pub(crate) fn run(at_hand: &AtHand) -> Result<()> {
    let description = server::describe_api(&at_hand.settings.value)?;
    terminal::print_json(&description)?;
    Ok(())
}
