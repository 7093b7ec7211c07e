//! Ids of steps, derived so that every node names a step alike.

use std::fmt;

use medcover_kernel::SagaId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Direction;

/// Names one step of one run, or its undo: UUID version 5 of the run's id and the step's name. It stays the same over
/// every attempt and every node, so that the service that is asked can recognise a repetition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(Uuid);

impl StepId {
    /// The id of `step` of the run `saga`, or of its undo.
    pub fn of(saga: SagaId, step: &str, direction: Direction) -> Self {
        let name = match direction {
            Direction::Forward => step.to_owned(),
            // No step name holds a slash, so this never meets another step's id.
            Direction::Backward => format!("{step}/undo"),
        };
        Self(Uuid::new_v5(&saga.as_uuid(), name.as_bytes()))
    }

    /// The id as a UUID.
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl fmt::Debug for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_derives_the_same_id_and_an_undo_has_its_own() {
        let saga = SagaId::from_uuid(Uuid::from_u128(7));
        let action = StepId::of(saga, "hold", Direction::Forward);
        assert_eq!(action, StepId::of(saga, "hold", Direction::Forward));
        assert_ne!(action, StepId::of(saga, "hold", Direction::Backward));
        assert_ne!(action, StepId::of(saga, "book", Direction::Forward));
        let other = SagaId::from_uuid(Uuid::from_u128(8));
        assert_ne!(action, StepId::of(other, "hold", Direction::Forward));
    }
}
