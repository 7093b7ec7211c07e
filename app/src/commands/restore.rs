//! `medcover restore`.

use std::sync::Arc;

use anyhow::Result;
use medcover_kernel::Clock;

use super::AtHand;
use super::backup::{folder, runtime, tell};
use crate::backups::{Restoring, Target, find};
use crate::cli::Restore;

pub(crate) fn run(at_hand: &AtHand, asked: &Restore) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
    let restoring = Restoring {
        settings: &at_hand.settings.value,
        clock: &clock,
    };
    let target = asked.at.unwrap_or(Target::Copied);
    let found = find(&folder(at_hand), asked.backup.as_deref(), target)?;
    let restored = restoring.restore(found, &asked.into, asked.replace);
    let restored = runtime()?.block_on(restored)?;
    tell(at_hand, &restored, Some(&asked.into))
}
