//! The proof that every saga passes: it fails at each step, repeats each step, crashes at each write of its log, and the
//! world must be as it was, or as it should be, each effect once.
//!
//! A saga gets a [`Scenario`], which opens a fresh [`World`] for every trial. [`examine`] runs all trials of one saga;
//! [`prove`] those of a whole registry, and finds the sagas that no scenario covers.

mod cut;
mod examine;
mod fault;
mod trial;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{ManualClock, Rng, SeededRng, Timestamp};
use medcover_store::Store;
use serde_json::Value;

use crate::saga::{Registry, Saga};
pub use examine::examine;

/// One saga in a small world of its own.
#[async_trait]
pub trait Scenario: Send + Sync {
    /// Name and version of the saga.
    fn saga(&self) -> (&'static str, u16);

    /// A fresh world at the start, always the same.
    async fn open(&self, ground: Ground) -> Box<dyn World>;
}

/// Time and chance of a trial.
#[derive(Clone)]
pub struct Ground {
    /// The clock, which the trial moves.
    pub clock: Arc<ManualClock>,
    /// The generator, which starts alike in every trial.
    pub rng: Arc<SeededRng>,
}

/// What a saga may touch.
#[async_trait]
pub trait World: Send + Sync {
    /// The saga, its steps bound to this world.
    fn saga(&self) -> Saga;

    /// Where the log of the run is kept; its schema has the tables of [`saga::schema`](crate::saga::schema).
    fn store(&self) -> Arc<dyn Store>;

    /// What the run is about.
    fn input(&self) -> Value;

    /// What the signal `step` brings.
    fn signal(&self, step: &str) -> Value {
        let _ = step;
        Value::Null
    }

    /// Everything that the saga may change and that an undo has to bring back, in one text that is equal when the world
    /// is. What may stay after an undo (a notice that was sent) is left out.
    async fn observe(&self) -> String;
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Trials that were run.
    pub trials: usize,
    /// What is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

/// Something wrong with a saga.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Name and version of the saga.
    pub saga: String,
    /// What was done to it.
    pub trial: String,
    /// What is wrong then.
    pub fault: String,
}

impl Report {
    /// Panics with every finding, if there is one.
    pub fn assert_sound(&self) {
        let findings: Vec<_> = self.findings.iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.findings.extend(other.findings);
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.saga, self.trial, self.fault)
    }
}

/// Examines every saga of `registry`; one without a scenario is a finding.
pub async fn prove(registry: &Registry, scenarios: &[&dyn Scenario]) -> Report {
    let mut report = Report::default();
    for saga in registry.all() {
        let definition = saga.definition();
        let id = (definition.name(), definition.version());
        match scenarios.iter().find(|scenario| scenario.saga() == id) {
            Some(scenario) => report.add(examine(*scenario).await),
            None => report.findings.push(Finding {
                saga: format!("{} {}", id.0, id.1),
                trial: "registry".to_owned(),
                fault: "no scenario puts it under the harness".to_owned(),
            }),
        }
    }
    report
}

/// Every trial begins at the same moment and with the same chance.
fn ground() -> Ground {
    Ground {
        clock: Arc::new(ManualClock::at(Timestamp::from_micros(
            1_767_225_600_000_000,
        ))),
        rng: Arc::new(SeededRng::new(1)),
    }
}

impl Ground {
    /// The generator as others take it.
    pub fn chance(&self) -> Arc<dyn Rng> {
        Arc::clone(&self.rng) as Arc<dyn Rng>
    }
}
