//! Every saga fails at each step, has each step repeated, and crashes at each write of its log.

use medcover_contract_journeys::Saga as Name;
use medcover_journey_tests::Clinic;
use medcover_kernel::{ManualClock, SeededRng, Timestamp};
use medcover_workflow::harness::{Scenario as _, examine};
use std::sync::Arc;

use crate::worlds::Tried;

async fn stands_every_trial(name: Name, at_least: usize) {
    let report = examine(&Tried(name)).await;
    report.assert_sound();
    assert!(report.trials >= at_least, "{} trials", report.trials);
}

#[tokio::test(start_paused = true)]
async fn patient_registration_stands_every_trial() {
    stands_every_trial(Name::PatientRegistration, 50).await;
}

#[tokio::test(start_paused = true)]
async fn visit_to_cash_stands_every_trial() {
    stands_every_trial(Name::VisitToCash, 500).await;
}

#[tokio::test(start_paused = true)]
async fn cancellation_and_no_show_stands_every_trial() {
    stands_every_trial(Name::CancellationAndNoShow, 50).await;
}

#[tokio::test(start_paused = true)]
async fn remittance_posting_stands_every_trial() {
    stands_every_trial(Name::RemittancePosting, 50).await;
}

#[tokio::test(start_paused = true)]
async fn claim_reversal_stands_every_trial() {
    stands_every_trial(Name::ClaimReversal, 50).await;
}

#[tokio::test(start_paused = true)]
async fn premium_stands_every_trial() {
    stands_every_trial(Name::Premium, 50).await;
}

#[test]
fn every_registered_saga_is_tried() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let clinic = Clinic::open(clock, &Arc::new(SeededRng::new(1)));
    let registry = clinic.journeys.sagas().registry().clone();
    let registered: Vec<_> = registry
        .all()
        .map(|saga| saga.definition().name())
        .collect();
    let mut tried: Vec<_> = Name::ALL.map(|name| Tried(name).saga().0).into();
    tried.sort_unstable();
    assert_eq!(registered, tried);
}
