//! What was used and held of benefits, what was decided on claims, and what was paid for them.

mod accumulators;
mod authorised;
mod decided;
mod remitted;

use std::collections::BTreeMap;

use medcover_store::Recorded;
use uuid::Uuid;

use super::read::payload;
use accumulators::Accumulators;
use authorised::Authorised;
use decided::Decisions;
use remitted::Remitted;

pub use accumulators::Limits;
pub use decided::Decision;

/// What insurance has decided.
#[derive(Default)]
pub struct Benefits {
    accumulators: Accumulators,
    authorised: Authorised,
    decisions: Decisions,
    remitted: Remitted,
}

impl Benefits {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            accumulators: Accumulators::new(limits),
            ..Self::default()
        }
    }

    /// The decisions that stand.
    pub const fn decisions(&self) -> &BTreeMap<Uuid, Decision> {
        &self.decisions.0
    }

    /// What was paid for all claims together.
    pub fn paid(&self) -> i128 {
        self.remitted.paid()
    }

    pub(super) fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        let (thing, kind) = (recorded.event.stream.id, &*recorded.event.kind);
        let event = payload(recorded)?;
        match kind.split_once('.').map_or("", |(of, _)| of) {
            "accumulator" => self.accumulators.follow(thing, kind, &event),
            "authorisation" => self.authorised.follow(thing, kind, &event),
            "claim" => self.decisions.follow(thing, kind, &event),
            "remittance" if kind == "remittance.issued" => {
                self.remitted.issued(&event, &self.decisions.0)
            }
            _ => Ok(()),
        }
    }

    /// What must hold between any two commits.
    pub(super) fn holds(&mut self) -> Result<(), String> {
        self.accumulators.hold()
    }

    /// What is used of benefits is used by claims on which a decision stands.
    pub(super) fn agrees(&self) -> Result<(), String> {
        let mut claims = self.accumulators.claims().into_iter();
        match claims.find(|claim| !self.decisions.0.contains_key(claim)) {
            None => Ok(()),
            Some(claim) => Err(format!(
                "claim {claim} has used benefits, and no decision on it stands"
            )),
        }
    }
}
