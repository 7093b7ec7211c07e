//! A small bank and the saga that moves money in it: hold, reserve, capture, tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use medcover_kernel::{Rng as _, SeededRng};
use medcover_workflow::saga::{Saga, StepAction, StepCall};
use medcover_workflow::{Definition, Outcome, Retry, Step, StepId};
use serde_json::{Value, json};

/// A fault planted in the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// The undo of a reservation does nothing.
    ForgottenUndo,
    /// A hold that is asked for twice is made twice.
    DoubledEffect,
    /// A hold that is released twice is given back twice.
    DoubledUndo,
    /// A hold that arrives after its release is made.
    LateArrival,
    /// A capture that was made before is refused when asked for again.
    AmnesicPivot,
}

/// Accounts, and what was done to them under which id.
pub(crate) struct Bank {
    books: Mutex<Books>,
    bug: Bug,
    /// Draws which answers get lost, after the effect.
    flaky: Option<SeededRng>,
}

#[derive(Default)]
struct Books {
    balances: BTreeMap<&'static str, i64>,
    notices: u32,
    done: BTreeSet<StepId>,
    closed: BTreeSet<StepId>,
    /// Steps that fail for now, and how.
    failing: BTreeMap<&'static str, Outcome>,
    asked: Vec<String>,
}

impl Bank {
    pub(crate) fn new(bug: Bug) -> Arc<Self> {
        Self::with(bug, None)
    }

    /// A bank of which one answer in five gets lost, and one in ten takes a while.
    pub(crate) fn flaky(seed: u64) -> Arc<Self> {
        Self::with(Bug::None, Some(SeededRng::new(seed)))
    }

    fn with(bug: Bug, flaky: Option<SeededRng>) -> Arc<Self> {
        let books = Books {
            balances: BTreeMap::from([("payer", 100), ("held", 0), ("promised", 0), ("payee", 0)]),
            ..Books::default()
        };
        Arc::new(Self {
            books: Mutex::new(books),
            bug,
            flaky,
        })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books
            .lock()
            .expect("no step panics with the books open")
    }

    /// Has `step` answer this until told otherwise.
    pub(crate) fn fail(&self, step: &'static str, outcome: Outcome) {
        self.books().failing.insert(step, outcome);
    }

    pub(crate) fn mend(&self) {
        self.books().failing.clear();
    }

    /// The accounts, and whether the payee was told.
    pub(crate) fn picture(&self) -> String {
        let books = self.books();
        format!("{:?}, {} notices", books.balances, books.notices)
    }

    pub(crate) fn balance(&self, account: &str) -> i64 {
        self.books().balances[account]
    }

    /// What was asked of the bank, in order: `hold`, `undo hold`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.books().asked.clone()
    }

    /// What arrives of an answer.
    async fn answer(&self, outcome: Outcome) -> Outcome {
        let Some(chance) = &self.flaky else {
            return outcome;
        };
        tokio::time::sleep(Duration::from_millis(chance.below(50))).await;
        match chance.below(10) {
            0 | 1 => Outcome::Failed("the line is bad".to_owned()),
            2 => Outcome::Waiting(Duration::from_millis(chance.below(2_000))),
            _ => outcome,
        }
    }

    fn act(&self, call: &StepCall<'_>) -> Outcome {
        let mut books = self.books();
        books.asked.push(call.step.to_owned());
        if let Some(outcome) = books.failing.get(call.step) {
            return outcome.clone();
        }
        let amount = match call.input["amount_minor"].as_i64() {
            Some(amount) if amount <= 100 => amount,
            _ => return Outcome::Refused("no such amount".to_owned()),
        };
        if books.closed.contains(&call.action) && self.bug != Bug::LateArrival {
            return Outcome::Refused("it was undone".to_owned());
        }
        let again = !books.done.insert(call.action);
        if again && call.step == "capture" && self.bug == Bug::AmnesicPivot {
            return Outcome::Refused("no hold".to_owned());
        }
        if !again || (call.step == "hold" && self.bug == Bug::DoubledEffect) {
            books.apply(call.step, amount);
        }
        Outcome::Done(
            json!({ "step": call.step, "key": call.call.idempotency.as_ref().map(ToString::to_string) }),
        )
    }

    fn undo(&self, call: &StepCall<'_>) -> Outcome {
        let mut books = self.books();
        books.asked.push(format!("undo {}", call.step));
        if let Some(outcome) = books.failing.get(&*format!("undo {}", call.step)) {
            return outcome.clone();
        }
        books.closed.insert(call.action);
        let was_done = books.done.contains(&call.action);
        if self.bug != Bug::DoubledUndo {
            books.done.remove(&call.action);
        }
        let forgotten = call.step == "reserve" && self.bug == Bug::ForgottenUndo;
        if was_done && !forgotten {
            let amount = call.input["amount_minor"].as_i64().unwrap_or_default();
            books.apply(call.step, -amount);
        }
        Outcome::Done(Value::Null)
    }
}

impl Books {
    fn apply(&mut self, step: &str, amount: i64) {
        let moves: &[(&str, i64)] = match step {
            "hold" => &[("payer", -1), ("held", 1)],
            "reserve" => &[("promised", 1)],
            "capture" => &[("held", -1), ("promised", -1), ("payee", 1)],
            _ => &[],
        };
        for (account, sign) in moves {
            *self.balances.get_mut(account).expect("an account") += sign * amount;
        }
        if step == "tell" {
            self.notices += 1;
        }
    }
}

/// A step of the bank.
struct Asks(Arc<Bank>);

#[async_trait]
impl StepAction for Asks {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        self.0.answer(self.0.act(call)).await
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        self.0.answer(self.0.undo(call)).await
    }
}

const FEW: Retry = Retry::times(3);

pub(crate) fn transfer(bank: &Arc<Bank>) -> Saga {
    let definition = Definition::named("transfer", 1)
        .step(Step::without_undo("check", "it only reads").retry(FEW))
        .step(Step::compensated("hold").retry(FEW).undo_retry(FEW))
        .step(Step::compensated("reserve").retry(FEW).undo_retry(FEW))
        .step(Step::pivot("capture").retry(FEW))
        .step(Step::forward("tell").retry(FEW))
        .build();
    with_actions(bank, definition.expect("sound"))
}

/// The bank does every step of the definition that does something.
pub(crate) fn with_actions(bank: &Arc<Bank>, definition: Definition) -> Saga {
    let steps: Vec<_> = definition.steps().to_vec();
    let actions = steps
        .iter()
        .filter(|step| matches!(step.kind(), medcover_workflow::StepKind::Action));
    let builder = actions.fold(Saga::of(definition), |builder, step| {
        builder.action(step.name(), Asks(Arc::clone(bank)))
    });
    builder.build().expect("every step has its action")
}

/// A visit that is waited for, and a pause after it: every kind of step, and no pivot.
pub(crate) fn visit(bank: &Arc<Bank>) -> Saga {
    let definition = Definition::named("visit", 1)
        .step(Step::compensated("hold").retry(FEW).undo_retry(FEW))
        .step(Step::signal("seen").within(Duration::from_hours(24)))
        .step(Step::pause("cool-off", Duration::from_mins(10)))
        .step(Step::compensated("reserve").retry(FEW).undo_retry(FEW))
        .build();
    with_actions(bank, definition.expect("sound"))
}
