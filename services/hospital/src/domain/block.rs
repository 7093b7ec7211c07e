//! A block: a time at which a practitioner cannot be booked.

use medcover_contract_hospital::events::{BlockMade, BlockRemoved};
use medcover_kernel::{Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::id_taken;

events! {
    /// What can happen to a block.
    pub(crate) BlockEvent { Made(BlockMade), Removed(BlockRemoved), }
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) made: Option<BlockMade>,
    pub(crate) removed: bool,
}

impl Aggregate for Block {
    const KIND: &'static str = "block";
    type Event = BlockEvent;

    fn evolve(&mut self, event: &BlockEvent, _: Timestamp) {
        match event {
            BlockEvent::Made(made) => self.made = Some(made.clone()),
            BlockEvent::Removed(_) => self.removed = true,
        }
    }
}

impl Block {
    /// Makes it; nothing where it was made so before.
    pub(crate) fn make(&self, made: BlockMade) -> Result<Option<BlockEvent>> {
        match &self.made {
            None => Ok(Some(made.into())),
            Some(before) if *before == made => Ok(None),
            Some(_) => Err(id_taken("block")),
        }
    }

    /// Takes it back; nothing where that was done.
    pub(crate) fn remove(&self) -> Result<Option<BlockEvent>> {
        self.existing()?;
        Ok((!self.removed).then(|| BlockRemoved {}.into()))
    }

    pub(crate) fn existing(&self) -> Result<&BlockMade> {
        let made = self.made.as_ref();
        made.ok_or_else(|| Error::not_found("There is no such block."))
    }
}
