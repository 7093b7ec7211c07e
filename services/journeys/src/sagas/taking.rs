//! What every step of this service is: calls of peers, and what is made of their answers.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use medcover_contract_billing::BillingApi;
use medcover_contract_hospital::HospitalApi;
use medcover_contract_insurance::InsuranceApi;
use medcover_kernel::{Call, Clock, Error, ErrorKind, IdempotencyKey, Result, SagaId};
use medcover_workflow::saga::{OwnSagas, StepAction, StepCall};
use medcover_workflow::{Direction, Outcome, StepId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// The services that sagas ask.
pub(crate) struct Peers {
    pub(crate) hospital: Arc<dyn HospitalApi>,
    pub(crate) insurance: Arc<dyn InsuranceApi>,
    pub(crate) billing: Arc<dyn BillingApi>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The sagas themselves, for a run that ends another; set once they are put together.
    pub(crate) sagas: OnceLock<OwnSagas>,
}

/// A step over the peers, as the domain thinks of it: `?` stops it with what the error means for the run.
#[async_trait]
pub(crate) trait Step: Send + Sync + 'static {
    /// Takes the step.
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken;

    /// Undoes it; asked only of a step that its definition calls compensated.
    async fn undo(&self, _: &Peers, _: &StepCall<'_>) -> Taken<()> {
        Ok(())
    }
}

/// What a step gives, or how it stops.
pub(crate) type Taken<T = Value> = Result<T, Stop>;

/// How a step ends that is not done.
#[derive(Debug)]
pub(crate) struct Stop(Outcome);

impl Stop {
    /// It took no effect and never will.
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self(Outcome::Refused(reason.into()))
    }

    /// Somebody else has to do something first; look again after this time.
    pub(crate) const fn waiting(pause: Duration) -> Self {
        Self(Outcome::Waiting(pause))
    }
}

impl From<Outcome> for Stop {
    fn from(outcome: Outcome) -> Self {
        Self(outcome)
    }
}

impl From<Error> for Stop {
    /// A refusal by a rule took no effect and takes none later. Whatever else went wrong, nobody knows.
    fn from(error: Error) -> Self {
        let reason = format!("{}: {}", error.slug(), error.message());
        Self(match error.kind() {
            ErrorKind::Conflict if error.slug() == "still-running" => Outcome::Failed(reason),
            ErrorKind::Invalid
            | ErrorKind::Refused
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::PreconditionFailed
            | ErrorKind::TooLarge => Outcome::Refused(reason),
            ErrorKind::Limited
            | ErrorKind::Unavailable
            | ErrorKind::DeadlineExceeded
            | ErrorKind::Internal => Outcome::Failed(reason),
        })
    }
}

/// A step bound to the peers that it asks.
pub(crate) struct Bound<S> {
    peers: Arc<Peers>,
    step: S,
}

impl<S: Step> Bound<S> {
    /// `step`, asking `peers`.
    pub(crate) fn to(peers: &Arc<Peers>, step: S) -> Self {
        let peers = Arc::clone(peers);
        Self { peers, step }
    }
}

#[async_trait]
impl<S: Step> StepAction for Bound<S> {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        match self.step.act(&self.peers, call).await {
            Ok(output) => Outcome::Done(output),
            Err(Stop(outcome)) => outcome,
        }
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        match self.step.undo(&self.peers, call).await {
            Ok(()) => Outcome::Done(Value::Null),
            // What is refused now may be in a state to be undone a moment later; a person looks only after many tries.
            Err(Stop(Outcome::Refused(reason))) => Outcome::Failed(reason),
            Err(Stop(outcome)) => outcome,
        }
    }
}

/// The id of the thing that the step `name` of a run makes.
pub(crate) fn made(saga: SagaId, name: &str) -> Uuid {
    StepId::of(saga, name, Direction::Forward).as_uuid()
}

/// The call of an attempt. Each attempt has a key of its own: a peer keeps refusals under a key, and what was refused may be
/// allowed once a person has set right what was wrong. That it happens once is by the id of the thing, not by the key.
pub(crate) fn call_of(step: &StepCall<'_>) -> Call {
    let key: IdempotencyKey = format!("{}-{}", step.id, step.attempt)
        .parse()
        .expect("a UUID and a number are a key");
    step.call.clone().with_idempotency(key)
}

/// What the step `name` gave.
pub(crate) fn given<T: DeserializeOwned>(step: &StepCall<'_>, name: &str) -> Taken<T> {
    let output = step.output(name).unwrap_or(Value::Null);
    serde_json::from_value(output)
        .map_err(|error| Stop::refused(format!("what {name} gave cannot be read: {error}")))
}

/// A step gives this.
pub(crate) fn gives(output: &impl Serialize) -> Taken {
    serde_json::to_value(output).map_err(|error| Stop::refused(error.to_string()))
}

/// Nothing instead of an error that there is no such thing.
pub(crate) fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(thing) => Ok(Some(thing)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_had_no_effect_is_a_refusal() {
        let outcome = |kind, slug: &'static str| Stop::from(Error::new(kind, slug, "…")).0;
        let refused = |kind| matches!(outcome(kind, "x"), Outcome::Refused(_));
        assert!(refused(ErrorKind::Refused) && refused(ErrorKind::Conflict));
        assert!(refused(ErrorKind::NotFound) && refused(ErrorKind::Forbidden));
        assert!(!refused(ErrorKind::Unavailable) && !refused(ErrorKind::DeadlineExceeded));
        assert!(!refused(ErrorKind::Internal) && !refused(ErrorKind::Limited));
        assert!(matches!(
            outcome(ErrorKind::Conflict, "still-running"),
            Outcome::Failed(_)
        ));
    }
}
