//! The simulation finds what is planted: a test that finds nothing proves nothing.

use medcover_simulation::world::{Bug, Plan, run};

/// The finding of the first seed that has one.
fn found(bug: Bug) -> String {
    let seeds = (0..1_000).map(|seed| run(&Plan::of_seed(seed).with(bug)));
    let mut findings = seeds.filter_map(|report| report.finding);
    findings.next().expect("one seed in a thousand finds it")
}

#[test]
fn finds_a_lost_update() {
    let finding = found(Bug::LostUpdate);
    assert!(
        finding.contains("is in") || finding.contains("the row of"),
        "{finding}"
    );
}

#[test]
fn finds_a_skipped_message() {
    let finding = found(Bug::SkippedMessage);
    assert!(
        finding.contains("the notice of it do not match"),
        "{finding}"
    );
}

#[test]
fn finds_a_doubled_handler() {
    let finding = found(Bug::DoubledHandler);
    assert!(finding.contains("was told 2 times"), "{finding}");
}

#[test]
fn finds_a_forgotten_compensation() {
    let finding = found(Bug::ForgottenCompensation);
    assert!(finding.contains("stands half done"), "{finding}");
}
