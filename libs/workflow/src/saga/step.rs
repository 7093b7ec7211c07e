//! What a step does, and what it is told.

use async_trait::async_trait;
use medcover_kernel::{Call, SagaId};
use medcover_saga::{Direction, Outcome, StepId};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One step of a saga: how it is taken, and undone.
///
/// Both are asked at least once, so both are idempotent by [`StepCall::id`]; and an undo must hold against an action that
/// arrives after it. What each [`Outcome`] promises stands in the README of `medcover-saga`.
#[async_trait]
pub trait StepAction: Send + Sync {
    /// Takes the step.
    async fn act(&self, call: &StepCall<'_>) -> Outcome;

    /// Undoes it; asked only of a step that its definition calls compensated.
    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        Outcome::Refused(format!("step {} has no compensation", call.step))
    }
}

/// What an attempt is told.
pub struct StepCall<'a> {
    /// Which run.
    pub saga: SagaId,
    /// Name of the step.
    pub step: &'static str,
    /// Which way.
    pub direction: Direction,
    /// Number of the attempt.
    pub attempt: u32,
    /// Names this action or this undo, the same at every attempt.
    pub id: StepId,
    /// Names the action, also when it is undone: what the undo undoes.
    pub action: StepId,
    /// What the run is about.
    pub input: &'a Value,
    /// For calls of other services: of the run's tenant and undertaking, in the name of the driving service, with `id`
    /// as its idempotency key and the limit of the attempt as its deadline.
    pub call: Call,
    pub(crate) outputs: &'a (dyn Fn(&str) -> Option<Value> + Sync),
}

impl StepCall<'_> {
    /// What the step `name` gave, if it is done.
    pub fn output(&self, name: &str) -> Option<Value> {
        (self.outputs)(name)
    }

    /// The input as a `T`; a run with another input will never do better, so the outcome is a refusal.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Outcome> {
        T::deserialize(self.input)
            .map_err(|error| Outcome::Refused(format!("the input cannot be read: {error}")))
    }
}
