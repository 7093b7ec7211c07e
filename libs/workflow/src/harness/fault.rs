//! What is done to the steps of a saga under trial.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use medcover_saga::{Direction, Outcome};

use crate::saga::{StepAction, StepCall};

/// How the way forward ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// No step fails.
    #[default]
    Whole,
    /// This step is refused.
    Refused(&'static str),
    /// This step takes effect, and nobody hears of it however often it is asked.
    Lost(&'static str),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("no step fails"),
            Self::Refused(step) => write!(f, "{step} refused"),
            Self::Lost(step) => write!(f, "{step} unheard of"),
        }
    }
}

/// What is done, until it is lifted.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) ending: Ending,
    pub(super) repeat: bool,
    pub(super) late: bool,
    pub(super) stuck: Option<&'static str>,
    pub(super) lifted: AtomicBool,
}

impl Plan {
    /// Somebody has set right what was wrong.
    pub(super) fn lift(&self) {
        self.lifted.store(true, Ordering::SeqCst);
    }

    fn holds(&self) -> bool {
        !self.lifted.load(Ordering::SeqCst)
    }
}

/// A step with a plan around it.
pub(super) struct Faulty {
    pub(super) name: &'static str,
    pub(super) inner: Arc<dyn StepAction>,
    pub(super) plan: Arc<Plan>,
}

#[async_trait]
impl StepAction for Faulty {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        if self.plan.holds() && self.plan.ending == Ending::Refused(self.name) {
            return Outcome::Refused("the trial says no".to_owned());
        }
        let mut outcome = self.inner.act(call).await;
        if self.plan.repeat {
            outcome = self.inner.act(call).await;
        }
        if self.plan.holds() && self.plan.ending == Ending::Lost(self.name) {
            return Outcome::Failed("the trial lost the answer".to_owned());
        }
        outcome
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        if self.plan.holds() && self.plan.stuck == Some(self.name) {
            return Outcome::Failed("the trial keeps it from being undone".to_owned());
        }
        let mut outcome = self.inner.undo(call).await;
        if self.plan.repeat {
            outcome = self.inner.undo(call).await;
        }
        if self.plan.late && matches!(outcome, Outcome::Done(_)) {
            let late = StepCall {
                direction: Direction::Forward,
                id: call.action,
                call: call.call.clone(),
                ..*call
            };
            // Nobody waits for what it answers.
            let _ = self.inner.act(&late).await;
        }
        outcome
    }
}
