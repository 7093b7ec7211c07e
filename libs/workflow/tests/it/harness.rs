//! The harness passes sound sagas and finds the faults planted in others.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::Clock;
use medcover_store::{MemoryStore, Store};
use medcover_workflow::harness::{Ground, Report, Scenario, World, examine, prove};
use medcover_workflow::saga::{Registry, Saga};
use serde_json::{Value, json};

use crate::ground::schema;
use crate::transfer::{Bank, Bug, transfer, visit};

/// A saga of the bank, with a fault in the bank.
struct Banking {
    name: &'static str,
    saga: fn(&Arc<Bank>) -> Saga,
    bug: Bug,
}

struct BankWorld {
    bank: Arc<Bank>,
    saga: Saga,
    store: Arc<dyn Store>,
}

#[async_trait]
impl Scenario for Banking {
    fn saga(&self) -> (&'static str, u16) {
        (self.name, 1)
    }

    async fn open(&self, ground: Ground) -> Box<dyn World> {
        let bank = Bank::new(self.bug);
        let clock = ground.clock as Arc<dyn Clock>;
        Box::new(BankWorld {
            saga: (self.saga)(&bank),
            bank,
            store: Arc::new(MemoryStore::new(schema(), clock)),
        })
    }
}

#[async_trait]
impl World for BankWorld {
    fn saga(&self) -> Saga {
        self.saga.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn input(&self) -> Value {
        json!({"amount_minor": 30})
    }

    async fn observe(&self) -> String {
        self.bank.picture()
    }
}

const fn a_transfer(bug: Bug) -> Banking {
    Banking {
        name: "transfer",
        saga: transfer,
        bug,
    }
}

const fn a_visit(bug: Bug) -> Banking {
    Banking {
        name: "visit",
        saga: visit,
        bug,
    }
}

fn registry() -> Registry {
    let bank = Bank::new(Bug::None);
    let registry = Registry::new().with(transfer(&bank));
    registry
        .and_then(|it| it.with(visit(&bank)))
        .expect("two sagas")
}

fn trials_that_found(report: &Report) -> Vec<&str> {
    report
        .findings
        .iter()
        .map(|finding| &*finding.trial)
        .collect()
}

#[tokio::test]
async fn sound_sagas_pass_every_trial() {
    let scenarios: [&dyn Scenario; 2] = [&a_transfer(Bug::None), &a_visit(Bug::None)];
    let report = prove(&registry(), &scenarios).await;
    report.assert_sound();
    assert!(report.trials > 250, "{} trials", report.trials);
}

#[tokio::test]
async fn a_saga_without_a_scenario_is_found() {
    let report = prove(&registry(), &[&a_transfer(Bug::None)]).await;
    assert_eq!(report.findings.len(), 1);
    assert_eq!(
        report.findings[0].to_string(),
        "visit 1, registry: no scenario puts it under the harness"
    );
}

#[tokio::test]
async fn a_forgotten_compensation_is_found_wherever_the_run_turns_after_it() {
    let report = examine(&a_transfer(Bug::ForgottenUndo)).await;
    let trials = trials_that_found(&report);
    assert!(trials.contains(&"capture refused"), "{trials:?}");
    assert!(trials.contains(&"reserve unheard of"), "{trials:?}");
    assert!(!trials.contains(&"hold refused"), "{trials:?}");
}

#[tokio::test]
async fn a_doubled_effect_is_found_by_repetition_and_by_crashes() {
    let report = examine(&a_transfer(Bug::DoubledEffect)).await;
    let trials = trials_that_found(&report);
    assert!(trials.contains(&"every step repeated"), "{trials:?}");
    let crash = |trial: &&str| trial.starts_with("no step fails, crash at write");
    assert!(trials.iter().any(crash), "{trials:?}");
}

#[tokio::test]
async fn a_doubled_undo_is_found() {
    let report = examine(&a_transfer(Bug::DoubledUndo)).await;
    let trials = trials_that_found(&report);
    let repeated = |trial: &&str| *trial == "capture refused, everything repeated";
    assert!(trials.iter().any(repeated), "{trials:?}");
}

#[tokio::test]
async fn an_undo_that_does_not_hold_against_a_late_arrival_is_found() {
    let report = examine(&a_transfer(Bug::LateArrival)).await;
    let trials = trials_that_found(&report);
    assert!(!trials.is_empty());
    let late = |trial: &&str| trial.ends_with("undone steps arrive again");
    assert!(trials.iter().all(late), "{trials:?}");
}

#[tokio::test]
async fn a_pivot_that_forgets_what_it_did_is_found() {
    let report = examine(&a_transfer(Bug::AmnesicPivot)).await;
    let trials = trials_that_found(&report);
    let crash = |trial: &&str| trial.contains("crash at write");
    assert!(trials.iter().any(crash), "{trials:?}");
}
