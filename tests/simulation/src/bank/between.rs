//! The saga `transfer-between-banks`: money is held here and announced there, leaves here, and is booked there.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{Allowed, ErrorKind, TenantId};
use medcover_workflow::saga::{RegistryError, Saga, StepAction, StepCall};
use medcover_workflow::{Definition, Outcome, Retry, Step};
use serde_json::Value;

use super::account::{Command, Entry};
use super::accounts::Accounts;
use super::{MoveMoney, TransferBetweenBanks};

/// The name of the saga.
pub const BETWEEN_BANKS: &str = "transfer-between-banks";

/// Few enough that a bank that stays away is soon given up.
const FORWARD: Retry = Retry::times(4);
const UNDO: Retry = Retry::times(6);

/// The saga, its steps bound to `accounts`.
pub(super) fn between_banks(accounts: &Arc<Accounts>) -> Result<Saga, RegistryError> {
    let definition = Definition::named(BETWEEN_BANKS, 1)
        .step(Step::compensated("hold").retry(FORWARD).undo_retry(UNDO))
        .step(Step::compensated("credit").retry(FORWARD).undo_retry(UNDO))
        .step(Step::pivot("settle").retry(FORWARD))
        .step(Step::forward("book").retry(FORWARD))
        .build()
        .expect("the definition is sound");
    let step = |side, act, undo| MoveStep {
        accounts: Arc::clone(accounts),
        side,
        act,
        undo,
    };
    Saga::of(definition)
        .action("hold", step(Side::Here, Entry::Hold, Entry::Release))
        .action(
            "credit",
            step(Side::There, Entry::Announce, Entry::Withdraw),
        )
        .action("settle", step(Side::Here, Entry::Settle, Entry::Settle))
        .action("book", step(Side::There, Entry::Book, Entry::Book))
        .build()
}

/// Which of the two accounts a step is about.
#[derive(Clone, Copy)]
enum Side {
    Here,
    There,
}

/// A step that moves money in one of the two accounts.
struct MoveStep {
    accounts: Arc<Accounts>,
    side: Side,
    act: Entry,
    /// Never asked of a step that is not compensated.
    undo: Entry,
}

#[async_trait]
impl StepAction for MoveStep {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        self.take(call, self.act).await
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        self.take(call, self.undo).await
    }
}

impl MoveStep {
    /// The account remembers by the run's id what it did in its course, so that asking again changes nothing.
    async fn take(&self, step: &StepCall<'_>, entry: Entry) -> Outcome {
        let input: TransferBetweenBanks = match step.input() {
            Ok(input) => input,
            Err(refused) => return refused,
        };
        let (call, account) = match self.side {
            Side::Here => (step.call.clone(), input.from),
            Side::There => {
                let there = TenantId::from_uuid(input.bank);
                (step.call.clone().for_tenant(there), input.to)
            }
        };
        let allowed = match Allowed::<MoveMoney>::by(&call) {
            Ok(allowed) => allowed,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let command = Command::Move(entry, step.saga.as_uuid(), input.amount_minor);
        match self
            .accounts
            .change(&allowed, &[(account, command)], Ok)
            .await
        {
            Ok(_) => Outcome::Done(Value::Null),
            // Nothing was ever begun in an account that is not there.
            Err(error) if is_missing(&error) && entry == Entry::Withdraw => {
                Outcome::Done(Value::Null)
            }
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Refused => Outcome::Refused(error.to_string()),
                _ => Outcome::Failed(error.to_string()),
            },
        }
    }
}

fn is_missing(error: &medcover_kernel::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}
