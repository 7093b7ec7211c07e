//! Bugs that are planted to show that the simulation finds them. They lie around the store and the handlers, never in them.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::Caller;
use medcover_store::{Append, Context, Delivery, Store};
use medcover_workflow::Outcome;
use medcover_workflow::queue::{Failure, Handled, Handler};
use medcover_workflow::saga::{StepAction, StepCall};

use crate::bank::{NOTICES_QUEUE, SERVICE};
use crate::stage::Meddling;

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Bug {
    /// Now and then a commit does not look whether the account is still as it was.
    LostUpdate,
    /// Now and then a commit leaves out its message.
    SkippedMessage,
    /// A handler keeps its effects by itself, before the acknowledgement.
    DoubledHandler,
    /// A saga's hold is not given back.
    ForgottenCompensation,
}

impl Bug {
    /// What it does to commits, where it lies there.
    pub(super) fn meddling(self) -> Option<Meddling> {
        match self {
            Self::LostUpdate => Some(Meddling {
                spoil: |_, _| {},
                overlooks: |fate, stream| stream.kind == "account" && fate.happens(250),
            }),
            Self::SkippedMessage => Some(Meddling {
                spoil: |fate, append| {
                    if fate.happens(10) {
                        append.outbox.retain(|it| it.queue != NOTICES_QUEUE);
                    }
                },
                overlooks: |_, _| false,
            }),
            Self::DoubledHandler | Self::ForgottenCompensation => None,
        }
    }
}

/// A handler that keeps what it does at once, instead of leaving it to be kept with the acknowledgement.
pub(super) struct Hasty {
    pub(super) store: Arc<dyn Store>,
    pub(super) inner: Arc<dyn Handler>,
}

#[async_trait]
impl Handler for Hasty {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        if let Handled::Effects(effects) = self.inner.handle(delivery).await? {
            self.store.commit(*effects).await?;
        }
        let context = Context::handling(delivery, Caller::Service(SERVICE));
        Ok(Append::new(context).into())
    }
}

/// A step that says that it is undone and does nothing for it.
pub(super) struct Forgetful(pub(super) Arc<dyn StepAction>);

#[async_trait]
impl StepAction for Forgetful {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        self.0.act(call).await
    }

    async fn undo(&self, _: &StepCall<'_>) -> Outcome {
        Outcome::Done(serde_json::Value::Null)
    }
}
