//! Many at once against what is left of one benefit.

use std::sync::Arc;

use medcover_contract_insurance::{ClaimState, InsuranceApi, Scrubbing};
use medcover_kernel::Money;
use serde_json::json;

use crate::house::{House, claim_of, read, terms, usd};

const CLAIMS: usize = 64;

/// Sixty-four claims of 30.00 each, at once, against 1,000.00: together they are paid exactly 1,000.00.
async fn pay_exactly_the_limit(house: House) {
    let house = Arc::new(house);
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut claims = Vec::with_capacity(CLAIMS);
    for _ in 0..CLAIMS {
        let claim = house.claim(claim_of(&member, "27447", 3_000)).await;
        assert_eq!(claim.state, ClaimState::Accepted);
        claims.push(claim.id);
    }
    let deciding: Vec<_> = claims
        .into_iter()
        .map(|id| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.api.adjudicate_claim(&house.call(), id).await })
        })
        .collect();
    let mut paid = usd(0);
    let mut full = 0;
    for decided in deciding {
        let claim = decided
            .await
            .expect("no panic")
            .expect("decided, without another try");
        let totals = claim.adjudication.expect("it is decided").decision.totals;
        full += usize::from(totals.paid == usd(3_000));
        paid = paid.plus(totals.paid).expect("small");
        let parts = [
            totals.paid,
            totals.patient,
            totals.written_off,
            totals.other,
        ];
        let sum = Money::sum(totals.billed.currency(), parts);
        assert_eq!(sum.expect("small"), totals.billed, "I1: nothing is lost");
    }
    assert_eq!((full, paid), (33, usd(100_000)));
    let query = read(json!({"member": member.id, "on": "2026-05-04"}));
    let eligible = house
        .api
        .check_eligibility(&house.call(), query)
        .await
        .expect("known");
    let used: Vec<_> = eligible
        .accumulators
        .iter()
        .map(|it| (it.limit, it.used))
        .collect();
    assert!(used.contains(&(100_000, 100_000)), "{used:?}");
    assert!(
        eligible
            .accumulators
            .iter()
            .all(|it| it.used + it.held <= it.limit)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_claims_pay_exactly_the_limit_in_memory() {
    pay_exactly_the_limit(House::in_memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_claims_pay_exactly_the_limit_on_disk() {
    pay_exactly_the_limit(House::on_disk().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_claims_pay_exactly_the_limit_in_a_fleet() {
    pay_exactly_the_limit(House::in_a_fleet().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_do_not_overdraw_either() {
    let house = House::on_disk().await;
    let other = house.another_process().api();
    two_at_once(house, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_of_a_fleet_do_not_overdraw_either() {
    let house = House::in_a_fleet().await;
    let by_turns = Arc::clone(&house.api);
    two_at_once(house, by_turns).await;
}

/// Two processes over one store: neither waits for the other, so the version alone decides, and who loses tries again.
async fn two_at_once(house: House, other: Arc<dyn InsuranceApi>) {
    let house = Arc::new(house);
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut claims = Vec::new();
    for _ in 0..40 {
        claims.push(house.claim(claim_of(&member, "27447", 3_000)).await.id);
    }
    let deciding: Vec<_> = claims
        .into_iter()
        .enumerate()
        .map(|(at, id)| {
            let house = Arc::clone(&house);
            let api = if at % 2 == 0 {
                Arc::clone(&house.api)
            } else {
                Arc::clone(&other)
            };
            tokio::spawn(async move {
                // Who finds no end of others being faster is told to come again.
                for _ in 0..50 {
                    match api.adjudicate_claim(&house.call(), id).await {
                        Ok(claim) => return claim,
                        Err(error) => assert_eq!(error.slug(), "unavailable", "{error}"),
                    }
                }
                panic!("never decided")
            })
        })
        .collect();
    let mut paid = usd(0);
    for decided in deciding {
        let claim = decided.await.expect("no panic");
        let decision = claim.adjudication.expect("it is decided").decision;
        paid = paid.plus(decision.totals.paid).expect("small");
    }
    assert_eq!(paid, usd(100_000));
}

/// Sixteen authorisations and as many claims at once: what is used and held never exceeds the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn holds_and_claims_at_once_share_what_there_is() {
    let house = Arc::new(House::in_memory());
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut tasks = Vec::new();
    for at in 0..32 {
        let (house, member) = (Arc::clone(&house), member.clone());
        tasks.push(tokio::spawn(async move {
            if at % 2 == 0 {
                house.adjudicated(claim_of(&member, "27447", 3_000)).await;
            } else {
                let request = json!({
                    "member": member.id, "service_on": "2026-05-20",
                    "items": [{"procedure": "27130", "units": 1, "estimate": usd(10_000)}],
                });
                house.reserve(read(request)).await;
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    let query = read(json!({"member": member.id, "on": "2026-05-04"}));
    let eligible = house
        .api
        .check_eligibility(&house.call(), query)
        .await
        .expect("known");
    let surgery = eligible
        .accumulators
        .iter()
        .find(|it| it.limit == 100_000)
        .expect("there");
    assert!(surgery.used > 0 && surgery.held > 0);
    assert!(surgery.used + surgery.held <= surgery.limit, "{surgery:?}");
}
