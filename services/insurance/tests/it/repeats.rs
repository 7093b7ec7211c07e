//! What sagas call may come twice, late, or after its undo.

use medcover_contract_insurance::{AuthorisationState, ClaimState, EnrolMemberRequest, Scrubbing};
use medcover_kernel::{AuthorisationId, ClaimId, MemberId};
use serde_json::json;
use uuid::Uuid;

use crate::house::{House, claim_of, read, terms, usd};

#[tokio::test]
async fn the_same_again_is_the_same_and_another_is_refused() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let api = &house.api;

    let enrol = |id: u128, relationship: &str| -> EnrolMemberRequest {
        read(
            json!({"id": Uuid::from_u128(id), "patient": Uuid::from_u128(id), "relationship": relationship, "born_on": "2015-01-01"}),
        )
    };
    let first = api
        .enrol_member(&house.call(), policy.id, enrol(70, "child"))
        .await
        .expect("made");
    let again = api
        .enrol_member(&house.call(), policy.id, enrol(70, "child"))
        .await
        .expect("same");
    assert_eq!(first, again);
    let other = api
        .enrol_member(&house.call(), policy.id, enrol(70, "other"))
        .await;
    assert_eq!(other.expect_err("another").slug(), "id-taken");

    let mut claim = claim_of(&member, "99213", 9_000);
    claim.id = Some(ClaimId::from_uuid(Uuid::from_u128(71)));
    let first = house.claim(claim.clone()).await;
    assert_eq!(house.claim(claim.clone()).await, first);
    claim.lines[0].units = 2;
    let other = api.submit_claim(&house.call(), claim).await;
    assert_eq!(other.expect_err("another").slug(), "id-taken");
    let decided = api
        .adjudicate_claim(&house.call(), first.id)
        .await
        .expect("decided");
    let again = api
        .adjudicate_claim(&house.call(), first.id)
        .await
        .expect("as it is");
    assert_eq!(decided, again);

    let reserve = json!({
        "id": Uuid::from_u128(72), "member": member.id, "service_on": "2026-05-04",
        "items": [{"procedure": "27130", "units": 1, "estimate": usd(5_000)}],
    });
    let first = house.reserve(read(reserve.clone())).await;
    assert_eq!(first.state, AuthorisationState::Approved);
    assert_eq!(house.reserve(read(reserve)).await, first);
    for _ in 0..2 {
        let active = api
            .activate_policy(&house.call(), policy.id)
            .await
            .expect("as it is");
        assert_eq!(
            active.version,
            api.policy(&house.call(), policy.id)
                .await
                .expect("there")
                .version
        );
        let reason = || read(json!({"reason": "Premium of June unpaid."}));
        api.suspend_policy(&house.call(), policy.id, reason())
            .await
            .expect("suspended");
        api.suspend_policy(&house.call(), policy.id, reason())
            .await
            .expect("as it is");
        api.reinstate_policy(&house.call(), policy.id)
            .await
            .expect("reinstated");
        api.reinstate_policy(&house.call(), policy.id)
            .await
            .expect("as it is");
    }
}

#[tokio::test]
async fn undoing_what_never_happened_closes_the_id() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let api = &house.api;
    let reason = || read(json!({"reason": "The visit is off."}));
    let (claim, hold, late) = (
        ClaimId::from_uuid(Uuid::from_u128(81)),
        AuthorisationId::from_uuid(Uuid::from_u128(82)),
        MemberId::from_uuid(Uuid::from_u128(83)),
    );
    for _ in 0..2 {
        api.void_claim(&house.call(), claim, reason())
            .await
            .expect("harmless");
        api.void_authorisation(&house.call(), hold, reason())
            .await
            .expect("harmless");
        api.unlink_member(&house.call(), policy.id, late)
            .await
            .expect("harmless");
    }
    let mut request = claim_of(&member, "99213", 9_000);
    request.id = Some(claim);
    let refused = api
        .submit_claim(&house.call(), request)
        .await
        .expect_err("closed");
    assert_eq!(refused.slug(), "id-closed");
    let request = read(json!({
        "id": hold, "member": member.id, "service_on": "2026-05-04",
        "items": [{"procedure": "27130", "units": 1, "estimate": usd(5_000)}],
    }));
    let refused = api
        .reserve_benefit(&house.call(), request)
        .await
        .expect_err("closed");
    assert_eq!(refused.slug(), "id-closed");
    let request = read(
        json!({"id": late, "patient": late, "relationship": "child", "born_on": "2015-01-01"}),
    );
    let refused = api
        .enrol_member(&house.call(), policy.id, request)
        .await
        .expect_err("closed");
    assert_eq!(refused.slug(), "id-closed");
}

/// Under one key a request has its effect once, whatever it is.
#[tokio::test]
async fn a_request_under_its_key_has_its_effect_once() {
    let house = House::in_memory();
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let call = house.call();
    let first = house
        .api
        .submit_claim(&call, claim_of(&member, "99213", 9_000))
        .await
        .expect("made");
    let again = house
        .api
        .submit_claim(&call, claim_of(&member, "99213", 9_000))
        .await
        .expect("kept");
    assert_eq!((first.state, first.id), (ClaimState::Accepted, again.id));
    let other = house
        .api
        .submit_claim(&call, claim_of(&member, "99213", 1))
        .await;
    assert_eq!(
        other.expect_err("another request").slug(),
        "idempotency-key-reused"
    );
}
