//! Claims through to payment: decided, explained, reversed, decided again, remitted.

use medcover_contract_insurance::{
    ClaimState, IssueRemittanceRequest, Member, ReverseClaimRequest, Scrubbing, Verdict,
};
use medcover_kernel::{Money, TenantId};
use medcover_store::{StreamId, Version};
use serde_json::{Value, json};

use crate::house::{House, claim_of, read, terms, usd};

fn reversal(version: u32) -> ReverseClaimRequest {
    ReverseClaimRequest {
        adjudication: Some(version),
        reason: "The wrong code was claimed.".to_owned(),
    }
}

/// What every account of a member holds, as callers see it.
async fn accounts(house: &House, member: &Member) -> Value {
    let query = read(json!({"member": member.id, "on": "2026-05-04"}));
    let eligible = house
        .api
        .check_eligibility(&house.call(), query)
        .await
        .expect("known");
    serde_json::to_value(eligible.accumulators).expect("JSON")
}

#[tokio::test]
async fn a_consultation_is_shared_as_the_plan_says() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let claim = house.adjudicated(claim_of(&member, "99213", 25_000)).await;
    let decision = claim.adjudication.expect("decided").decision;
    // 250 charged, 200 allowed; copay 10, deductible 50, then a fifth of 140.
    assert_eq!(decision.verdict, Verdict::Paid);
    assert_eq!(decision.totals.allowed, usd(20_000));
    assert_eq!(decision.totals.patient, usd(1_000 + 5_000 + 2_800));
    assert_eq!(decision.totals.paid, usd(11_200));
    assert_eq!(decision.totals.written_off, usd(5_000));
    let again = house.adjudicated(claim_of(&member, "99213", 20_000)).await;
    let decision = again.adjudication.expect("decided").decision;
    assert_eq!(
        decision.totals.patient,
        usd(1_000 + 3_800),
        "the deductible is paid"
    );
}

/// I4: reversing restores every account exactly, deciding again comes out the same.
#[tokio::test]
async fn a_reversal_restores_exactly_and_is_done_once() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    house.adjudicated(claim_of(&member, "99213", 9_000)).await;
    let before = accounts(&house, &member).await;
    let claim = house.adjudicated(claim_of(&member, "99213", 25_000)).await;
    let first = claim.adjudication.clone().expect("decided").decision;
    assert_ne!(accounts(&house, &member).await, before);
    for _ in 0..2 {
        let reversed = house
            .api
            .reverse_claim(&house.call(), claim.id, reversal(1))
            .await;
        assert_eq!(reversed.expect("reversed").state, ClaimState::Reversed);
        assert_eq!(accounts(&house, &member).await, before);
    }
    let again = house
        .api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect("decided");
    let again = again.adjudication.expect("decided");
    assert_eq!(again.version, 2);
    assert_eq!(again.decision.totals, first.totals);
    let late = house
        .api
        .reverse_claim(&house.call(), claim.id, reversal(1))
        .await;
    assert_eq!(
        late.expect("a repeat").state,
        ClaimState::Adjudicated,
        "version 1 is reversed already"
    );
}

/// I3: what was kept is decided again, byte for byte.
#[tokio::test]
async fn a_replay_is_identical_to_the_byte_and_explained() {
    let house = House::on_disk().await;
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    for (procedure, minor) in [
        ("99213", 25_000),
        ("27447", 3_333),
        ("97110", 6_000),
        ("1234", 100),
    ] {
        let claim = house.adjudicated(claim_of(&member, procedure, minor)).await;
        let stream = StreamId::new("claim", claim.id.as_uuid());
        let events = house
            .store
            .load(TenantId::DEFAULT, &stream, Version::NONE)
            .await;
        let events = events.expect("readable");
        let kept = events
            .iter()
            .find(|it| it.event.kind == "claim.adjudicated")
            .expect("kept");
        let kept: Value = kept.event.payload.read().expect("JSON");
        let case: medcover_adjudication::Case =
            serde_json::from_value(kept["case"].clone()).expect("a case");
        let again = medcover_adjudication::adjudicate(&case).expect("decided");
        assert_eq!(
            again.canonical_json(),
            kept["decision"].to_string(),
            "{procedure}"
        );
        let explained = house
            .api
            .explain_claim(&house.call(), claim.id)
            .await
            .expect("explained");
        assert!(explained.replayed);
        let steps: usize = explained
            .decision
            .lines
            .iter()
            .map(|line| line.explanation.len())
            .sum();
        assert!(steps > 0, "there is a chain of rules");
        assert_eq!(explained.case, kept["case"]);
    }
}

/// I8: a claim keeps the version of the plan that it was made with.
#[tokio::test]
async fn a_later_version_changes_no_claim_that_was_made_before() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let claim = house.claim(claim_of(&member, "99213", 20_000)).await;
    let mut dearer = terms();
    dearer["benefits"]["rules"][0]["benefit"]["covered"]["tiers"][0]["copay"] = json!(usd(9_000));
    let next = json!({"number": 2, "effective_from": "2026-02-01", "terms": dearer});
    house
        .api
        .publish_version(&house.call(), plan, read(next))
        .await
        .expect("published");
    let decided = house
        .api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect("decided");
    assert_eq!((policy.plan_version, decided.coverage.plan_version), (1, 1));
    let copay = &decided.adjudication.expect("decided").decision.lines[0].adjustments;
    assert!(copay.iter().any(|it| it.amount == usd(1_000)), "{copay:?}");
    let other = house.quote(plan).await;
    assert_eq!(
        other.plan_version, 1,
        "its first day is before the second version"
    );
}

fn remittance(
    payer: medcover_contract_insurance::PayerId,
    trace: &str,
    claims: &[medcover_kernel::ClaimId],
    kept: i64,
) -> IssueRemittanceRequest {
    let kept = if kept == 0 {
        json!([])
    } else {
        json!([{"reason": "overpayment", "amount": usd(kept)}])
    };
    read(
        json!({"payer": payer, "trace": trace, "paid_on": "2026-05-31", "claims": claims, "provider_adjustments": kept}),
    )
}

#[tokio::test]
async fn a_remittance_balances_settles_and_is_issued_once() {
    let house = House::in_memory();
    let (payer, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut claims = Vec::new();
    for _ in 0..3 {
        claims.push(
            house
                .adjudicated(claim_of(&member, "99213", 25_000))
                .await
                .id,
        );
    }
    let request = remittance(payer, "EFT-1", &claims, 500);
    let issued = house
        .api
        .issue_remittance(&house.call(), request)
        .await
        .expect("issued");
    let sum = Money::sum(
        issued.total.currency(),
        issued.claims.iter().map(|it| it.payment),
    );
    assert_eq!(
        sum.expect("small").minus(usd(500)).expect("small"),
        issued.total
    );
    for id in &claims {
        let claim = house.api.claim(&house.call(), *id).await.expect("there");
        assert_eq!(
            (claim.state, claim.remittance),
            (ClaimState::Finalized, Some(issued.id))
        );
    }
    let twice = house
        .api
        .issue_remittance(&house.call(), remittance(payer, "EFT-1", &claims, 500))
        .await;
    assert_eq!(twice.expect_err("the trace is used").slug(), "name-taken");
    let resent = house
        .api
        .issue_remittance(&house.call(), remittance(payer, "EFT-2", &claims, 500))
        .await;
    assert_eq!(
        resent.expect_err("they are paid").slug(),
        "illegal-transition"
    );
    let mut same = remittance(payer, "EFT-1", &claims, 500);
    same.id = Some(issued.id);
    assert_eq!(
        house
            .api
            .issue_remittance(&house.call(), same)
            .await
            .expect("the same"),
        issued
    );
}

#[tokio::test]
async fn what_was_paid_is_taken_back_after_a_reversal() {
    let house = House::in_memory();
    let (payer, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let first = house.adjudicated(claim_of(&member, "99213", 25_000)).await;
    let paid = first.adjudication.expect("decided").decision.totals.paid;
    let request = remittance(payer, "EFT-1", &[first.id], 0);
    house
        .api
        .issue_remittance(&house.call(), request)
        .await
        .expect("issued");
    house
        .api
        .reverse_claim(&house.call(), first.id, reversal(1))
        .await
        .expect("reversed");
    let alone = house
        .api
        .issue_remittance(&house.call(), remittance(payer, "EFT-2", &[first.id], 0))
        .await;
    assert_eq!(
        alone.expect_err("it is negative").slug(),
        "remittance-negative"
    );
    let mut with = vec![first.id];
    for _ in 0..2 {
        with.push(
            house
                .adjudicated(claim_of(&member, "99213", 25_000))
                .await
                .id,
        );
    }
    let second = house
        .api
        .issue_remittance(&house.call(), remittance(payer, "EFT-3", &with, 0))
        .await;
    let second = second.expect("issued");
    assert!(second.claims[0].reversal);
    assert_eq!(second.claims[0].payment, paid.negated());
    let claim = house
        .api
        .claim(&house.call(), first.id)
        .await
        .expect("there");
    assert_eq!(claim.state, ClaimState::Reversed, "it may be decided again");
    let reason = read(json!({"reason": "Not to be claimed."}));
    house
        .api
        .void_claim(&house.call(), first.id, reason)
        .await
        .expect("nothing is paid for it");
}
