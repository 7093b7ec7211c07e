//! `medcover config` and `medcover check-config`.

use anyhow::Result;
use serde_json::json;

use super::AtHand;
use crate::terminal;

/// Prints every setting in force with its origin.
pub(crate) fn print(at_hand: &AtHand) -> Result<()> {
    if at_hand.global.json {
        terminal::print_json(&at_hand.settings.to_json())?;
    } else {
        terminal::print(&at_hand.settings.to_text())?;
    }
    Ok(())
}

/// Says that a server would take this configuration; had it faults, they would have been told already.
pub(crate) fn check(at_hand: &AtHand) -> Result<()> {
    at_hand.settings.value.check_exposure()?;
    if at_hand.global.json {
        terminal::print_json(&json!({"ok": true}))?;
    } else {
        terminal::print("the configuration works\n")?;
    }
    Ok(())
}
