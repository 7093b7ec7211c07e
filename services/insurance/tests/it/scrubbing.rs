//! Findings stand on the claim, and block or warn as the payer wishes; what is claimed twice is not taken.

use medcover_contract_insurance::{
    AmendClaimRequest, ClaimState, FindingSeverity, Scrubbing, ScrubbingRequest,
};
use medcover_kernel::ErrorKind;
use serde_json::json;

use crate::house::{House, claim_of, read, terms};
use ClaimState::{Accepted, ScrubFailed};

#[tokio::test]
async fn findings_stand_on_the_claim_and_block_as_the_payer_wishes() {
    let house = House::in_memory();
    let (payer, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let with = |code: &str| {
        let mut request = claim_of(&member, "99213", 9_000);
        request.diagnoses = vec![code.to_owned()];
        request
    };
    for (scrubbing, error, warning) in [
        (Scrubbing::BlockErrors, ScrubFailed, Accepted),
        (Scrubbing::BlockWarnings, ScrubFailed, ScrubFailed),
        (Scrubbing::Warn, Accepted, Accepted),
    ] {
        let set = ScrubbingRequest {
            version: None,
            scrubbing,
        };
        house
            .api
            .set_scrubbing(&house.call(), payer, set)
            .await
            .expect("set");
        for (code, state, severity) in [
            ("Z99.9", error, FindingSeverity::Error),
            ("R69", warning, FindingSeverity::Warning),
        ] {
            let claim = house.claim(with(code)).await;
            assert_eq!(claim.state, state, "{code} {scrubbing:?}");
            assert_eq!(claim.findings[0].severity, severity);
            assert_eq!(claim.findings[0].places, ["/diagnoses/0"]);
            assert!(!claim.findings[0].mend.is_empty());
        }
    }
}

#[tokio::test]
async fn a_blocked_claim_is_mended_and_sent() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut request = claim_of(&member, "99213", 9_000);
    request.diagnoses = vec!["Z99.9".to_owned()];
    let claim = house.claim(request.clone()).await;
    let early = house
        .api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect_err("not sent");
    assert_eq!(early.slug(), "illegal-transition");
    assert!(early.message().contains("`scrub-failed`") && early.message().contains("`amend`"));
    request.diagnoses = vec!["E11.9".to_owned()];
    let on = |version| AmendClaimRequest {
        version: Some(version),
        content: request.content(),
    };
    let late = on(claim.version - 1);
    let late = house.api.amend_claim(&house.call(), claim.id, late).await;
    assert_eq!(late.expect_err("overtaken").slug(), "version-changed");
    let amended = on(claim.version);
    let amended = house
        .api
        .amend_claim(&house.call(), claim.id, amended)
        .await;
    assert_eq!(amended.expect("written").state, ClaimState::Draft);
    let sent = house
        .api
        .resubmit_claim(&house.call(), claim.id)
        .await
        .expect("sent");
    assert_eq!(sent.state, ClaimState::Accepted);
    assert_eq!(sent.findings, []);
}

#[tokio::test]
async fn nothing_is_sent_unseen_when_the_codes_cannot_be_looked_through() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::Warn).await;
    let (_, member) = house.covered(plan).await;
    let mut request = claim_of(&member, "99213", 9_000);
    request.diagnoses = vec!["A00".to_owned()];
    let away = house
        .api
        .submit_claim(&house.call(), request)
        .await
        .expect_err("away");
    assert_eq!(away.kind(), ErrorKind::Unavailable);
}

/// I7, also at once: one active claim for each service, provider, member and day.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_service_is_claimed_once() {
    let house = std::sync::Arc::new(House::in_memory());
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut request = claim_of(&member, "99213", 9_000);
    request.lines[0].distinct = false;
    let sending: Vec<_> = (0..8)
        .map(|_| {
            let (house, request) = (std::sync::Arc::clone(&house), request.clone());
            tokio::spawn(async move { house.claim(request).await })
        })
        .collect();
    let mut claims = Vec::new();
    for sent in sending {
        claims.push(sent.await.expect("no panic"));
    }
    let accepted: Vec<_> = claims
        .iter()
        .filter(|it| it.state == ClaimState::Accepted)
        .collect();
    assert_eq!(accepted.len(), 1);
    for claim in claims.iter().filter(|it| it.state != ClaimState::Accepted) {
        assert_eq!(claim.state, ClaimState::Rejected);
        let rejection = claim.rejection.as_ref().expect("it says why");
        assert_eq!(
            (&*rejection.rule, rejection.claim),
            ("duplicate", Some(accepted[0].id))
        );
    }
    let reason = read(json!({"reason": "Made in error."}));
    house
        .api
        .void_claim(&house.call(), accepted[0].id, reason)
        .await
        .expect("taken back");
    let rejected = claims
        .iter()
        .find(|it| it.state == ClaimState::Rejected)
        .expect("seven");
    let sent = house
        .api
        .resubmit_claim(&house.call(), rejected.id)
        .await
        .expect("sent");
    assert_eq!(
        sent.state,
        ClaimState::Accepted,
        "the service is free again"
    );
}

#[tokio::test]
async fn a_line_that_stands_twice_is_found() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let mut request = claim_of(&member, "99213", 9_000);
    request.lines[0].distinct = false;
    request.lines.push(request.lines[0].clone());
    let claim = house.claim(request).await;
    assert_eq!(claim.state, ClaimState::ScrubFailed);
    assert_eq!(claim.findings[0].rule, "duplicate-line");
    assert_eq!(claim.findings[0].places, ["/lines/0", "/lines/1"]);
}

/// A payer that only warns takes such a claim; it can be taken back, and its service claimed again.
#[tokio::test]
async fn a_claim_in_which_a_line_stands_twice_can_be_taken_back() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::Warn).await;
    let (_, member) = house.covered(plan).await;
    let mut request = claim_of(&member, "99213", 9_000);
    request.lines[0].distinct = false;
    request.lines.push(request.lines[0].clone());
    let claim = house.claim(request.clone()).await;
    assert_eq!(claim.state, ClaimState::Accepted);
    let reason = read(json!({"reason": "Made in error."}));
    house
        .api
        .void_claim(&house.call(), claim.id, reason)
        .await
        .expect("taken back");
    request.id = None;
    let again = house.claim(request).await;
    assert_eq!(again.state, ClaimState::Accepted);
}
