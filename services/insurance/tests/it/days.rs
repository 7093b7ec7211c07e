//! Holds, and what happens when their day comes.

use jiff::ToSpan as _;
use jiff::civil::date;
use medcover_contract_insurance::{
    AuthorisationState, ClaimState, Member, PolicyState, PremiumState, ReserveBenefitRequest,
    ReverseClaimRequest, Scrubbing, SettlePremiumRequest,
};
use medcover_insurance::DAYS_QUEUE;
use medcover_store::{Claim as Claiming, Outcome, limits};
use medcover_workflow::queue::{Handled, Handler as _};
use serde_json::json;
use std::time::Duration;

use crate::house::{House, claim_of, read, terms, usd};

fn reserving(member: &Member, procedure: &str, minor: i64) -> ReserveBenefitRequest {
    read(json!({
        "member": member.id, "service_on": "2026-05-04", "expires_on": "2026-05-20",
        "items": [{"procedure": procedure, "units": 1, "estimate": usd(minor)}],
    }))
}

impl House {
    /// Lets happen what is due.
    async fn days_come(&self) {
        let handler = self.insurance.due_days();
        loop {
            let claim = Claiming {
                queue: DAYS_QUEUE.into(),
                worker: "test".into(),
                lease: Duration::from_secs(30),
                max: limits::CLAIMED,
            };
            let due = self.store.claim(claim).await.expect("readable");
            if due.is_empty() {
                return;
            }
            for delivery in due {
                let done = handler.handle(&delivery).await.expect("handled");
                let Handled::Effects(append) = done else {
                    panic!("it has effects");
                };
                let settled = append.settle(delivery.settled(Outcome::Done));
                self.store.commit(settled).await.expect("kept");
            }
        }
    }

    /// What is used and held of surgery.
    async fn surgery(&self, member: &Member) -> (i64, i64) {
        let query = read(json!({"member": member.id, "on": "2026-05-04"}));
        let eligible = self
            .api
            .check_eligibility(&self.call(), query)
            .await
            .expect("known");
        let all = eligible.accumulators.iter();
        let surgery = all.clone().find(|it| it.limit == 100_000).expect("there");
        (surgery.used, surgery.held)
    }
}

#[tokio::test]
async fn a_hold_is_consumed_once_returns_with_the_claim_and_at_its_end() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let held = house.reserve(reserving(&member, "27130", 90_000)).await;
    assert_eq!(held.state, AuthorisationState::Approved, "{held:?}");
    assert_eq!(house.surgery(&member).await, (0, 90_000));
    let other = house.reserve(reserving(&member, "27130", 40_000)).await;
    assert_eq!(other.state, AuthorisationState::PartiallyApproved);
    assert_eq!(
        house.surgery(&member).await,
        (0, 100_000),
        "only what remained is held"
    );
    let none = house.reserve(reserving(&member, "27130", 40_000)).await;
    assert_eq!(none.state, AuthorisationState::Denied, "nothing remains");

    let mut request = claim_of(&member, "27130", 80_000);
    request.authorisation = Some(held.id);
    let claim = house.adjudicated(request).await;
    let paid = claim.adjudication.expect("decided").decision.totals.paid;
    assert_eq!(paid, usd(80_000));
    let used = house
        .api
        .authorisation(&house.call(), held.id)
        .await
        .expect("there");
    assert_eq!(used.state, AuthorisationState::Used);
    assert_eq!(
        house.surgery(&member).await,
        (80_000, 10_000),
        "what was left of the hold returned"
    );

    let mut second = claim_of(&member, "27130", 5_000);
    second.authorisation = Some(held.id);
    let second = house.adjudicated(second).await;
    let decision = second.adjudication.expect("decided").decision;
    assert_eq!(decision.totals.paid, usd(0), "it is used up");

    let reversal = ReverseClaimRequest {
        adjudication: None,
        reason: "wrong".to_owned(),
    };
    house
        .api
        .reverse_claim(&house.call(), claim.id, reversal)
        .await
        .expect("reversed");
    let back = house
        .api
        .authorisation(&house.call(), held.id)
        .await
        .expect("there");
    assert_eq!(back.state, AuthorisationState::Approved);
    assert_eq!(house.surgery(&member).await, (0, 90_000));
    house.pass_days(17);
    house.days_come().await;
    let expired = house
        .api
        .authorisation(&house.call(), held.id)
        .await
        .expect("there");
    assert_eq!(expired.state, AuthorisationState::Expired);
    assert_eq!(house.surgery(&member).await, (0, 0), "all has returned");
}

#[tokio::test]
async fn a_person_decides_where_the_plan_says_so() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut request = reserving(&member, "97110", 42_000);
    request.items[0].units = 7;
    let asked = house.reserve(request).await;
    assert_eq!(asked.state, AuthorisationState::Pended);
    let (api, reason) = (&house.api, || read(json!({"reason": "How long for?"})));
    let mut waiting = claim_of(&member, "97110", 6_000);
    waiting.authorisation = Some(asked.id);
    let claim = house.claim(waiting).await;
    let claim = api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect("it waits");
    assert_eq!(
        claim.state,
        ClaimState::Pended,
        "nothing is decided of it before"
    );
    api.request_information(&house.call(), asked.id, reason())
        .await
        .expect("asked");
    api.provide_information(&house.call(), asked.id, reason())
        .await
        .expect("told");
    let give = |units: u32| {
        read(json!({"items": [{"sequence": 1, "units": units, "amount": usd(30_000)}]}))
    };
    let more = api
        .approve_authorisation(&house.call(), asked.id, give(7))
        .await;
    assert_eq!(
        more.expect_err("the plan has five").slug(),
        "benefit-exhausted"
    );
    let given = api
        .approve_authorisation(&house.call(), asked.id, give(5))
        .await
        .expect("given");
    assert_eq!(given.state, AuthorisationState::PartiallyApproved);
    let claim = api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect("decided");
    assert_eq!(claim.state, ClaimState::Adjudicated);
    assert_eq!(
        claim.adjudication.expect("decided").decision.totals.paid,
        usd(6_000)
    );
    let left = api
        .authorisation(&house.call(), asked.id)
        .await
        .expect("there");
    assert_eq!(
        (left.items[0].used_units, left.items[0].used_amount),
        (1, usd(6_000))
    );
}

#[tokio::test]
async fn a_policy_begins_falls_due_and_ends_by_itself() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let request = json!({
        "number": "N-1", "plan": plan, "from": "2026-06-01", "to": "2026-08-31",
        "premium": {"amount": usd(31_000), "every": "month"},
    });
    let policy = house
        .api
        .quote_policy(&house.call(), read(request))
        .await
        .expect("quoted")
        .id;
    house
        .api
        .accept_policy(&house.call(), policy)
        .await
        .expect("accepted");
    house
        .api
        .settle_premium(&house.call(), policy, 1, SettlePremiumRequest::default())
        .await
        .expect("paid");
    let state = async || {
        house
            .api
            .policy(&house.call(), policy)
            .await
            .expect("there")
            .state
    };
    let ready = house
        .api
        .activate_policy(&house.call(), policy)
        .await
        .expect("not yet");
    assert_eq!(ready.state, PolicyState::Ready);
    house.days_come().await;
    assert_eq!(state().await, PolicyState::Ready);
    house.pass_days(28);
    house.days_come().await;
    assert_eq!(state().await, PolicyState::Active);
    house.pass_days(31);
    house.days_come().await;
    let premiums = house
        .api
        .premiums(&house.call(), policy)
        .await
        .expect("there")
        .premiums;
    let states: Vec<_> = premiums.iter().map(|it| it.state).collect();
    assert_eq!(
        states,
        [
            PremiumState::Settled,
            PremiumState::Due,
            PremiumState::Scheduled
        ]
    );
    house.pass_days(62);
    house.days_come().await;
    assert_eq!(state().await, PolicyState::Expired);
}

/// An authorisation for a service of long ago is open from the day on which it was asked for; sent again later, it is the same.
#[tokio::test]
async fn what_is_asked_for_afterwards_can_still_be_claimed() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    house.pass_days(120);
    let mut request = reserving(&member, "27130", 90_000);
    request.expires_on = None;
    request.id = Some(medcover_kernel::AuthorisationId::from_uuid(
        uuid::Uuid::from_u128(77),
    ));
    let held = house.reserve(request.clone()).await;
    let asked = date(2026, 5, 4).saturating_add(120.days());
    assert_eq!(held.expires_on, asked.saturating_add(90.days()));
    house.pass_days(1);
    house.days_come().await;
    assert_eq!(house.reserve(request).await.expires_on, held.expires_on);
    let mut claim = claim_of(&member, "27130", 80_000);
    claim.authorisation = Some(held.id);
    let claim = house.adjudicated(claim).await;
    let paid = claim.adjudication.expect("decided").decision.totals.paid;
    assert_eq!(paid, usd(80_000));
}
