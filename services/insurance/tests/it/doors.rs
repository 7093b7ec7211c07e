//! Every address, tried without credentials, without permission, and by another tenant.

use medcover_contract_insurance::Scrubbing;
use medcover_http::Spec;
use medcover_kernel::ErrorKind;
use medcover_testkit::Client;

use crate::house::{House, claim_of, terms};

fn address(endpoint: &Spec) -> String {
    let id = "00000000-0000-0000-0000-000000000009";
    let path = endpoint.path.replace("{id}", id).replace("{member}", id);
    path.replace("{number}", "1")
}

#[tokio::test]
async fn no_address_answers_strangers_or_those_who_may_not() {
    let house = House::in_memory();
    let client = Client::new(house.router());
    let endpoints = house.insurance.router().endpoints();
    assert!(endpoints.len() > 40);
    for endpoint in endpoints {
        let method = endpoint.method.as_str();
        assert!(!endpoint.is_public(), "{}", endpoint.operation);
        assert_eq!(endpoint.once, method == "POST", "{}", endpoint.operation);
        let nobody = client.ask(method, &address(endpoint), &[], "").await;
        assert_eq!(nobody.status, 401, "{}", endpoint.operation);
        let weak = [("authorization", "Bearer nobody"), ("idempotency-key", "1")];
        let refused = client.ask(method, &address(endpoint), &weak, "").await;
        assert_eq!(refused.status, 403, "{}", endpoint.operation);
        let needed = endpoint.permission().expect("not public").name;
        assert!(refused.text().contains(needed), "{}", endpoint.operation);
    }
}

#[tokio::test]
async fn another_tenants_things_are_not_there() {
    let house = House::in_memory();
    let (payer, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let claim = house
        .adjudicated(claim_of(&member, "99213", 9_000))
        .await
        .id;
    let (api, call) = (&house.api, house.stranger());
    let told = [
        api.payer(&call, payer).await.map(drop),
        api.plan(&call, plan).await.map(drop),
        api.plan_version(&call, plan, 1).await.map(drop),
        api.policy(&call, policy.id).await.map(drop),
        api.premiums(&call, policy.id).await.map(drop),
        api.member(&call, policy.id, member.id).await.map(drop),
        api.claim(&call, claim).await.map(drop),
        api.explain_claim(&call, claim).await.map(drop),
        api.adjudicate_claim(&house.stranger(), claim)
            .await
            .map(drop),
        api.submit_claim(&house.stranger(), claim_of(&member, "99213", 1))
            .await
            .map(drop),
    ];
    for (at, told) in told.into_iter().enumerate() {
        assert_eq!(
            told.expect_err("not there").kind(),
            ErrorKind::NotFound,
            "{at}"
        );
    }
}
