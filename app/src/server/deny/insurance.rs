//! Payers and plans, policies and members, authorisations, claims, remittances.

use serde_json::{Value, json};

use super::rows::Row::{self, Closes, Hidden, Own};
use super::rows::{LISTS, MAKES};
use super::things::{Maker, usd};

pub(super) fn rows() -> Vec<(&'static str, Row)> {
    let rows = [of_plans(), of_policies(), of_authorisations(), of_claims()];
    rows.into_iter().flatten().collect()
}

fn reason() -> Value {
    json!({"reason": "for the test"})
}

fn of_plans() -> Vec<(&'static str, Row)> {
    vec![
        ("register_payer", Own(MAKES)),
        ("payers", Own(LISTS)),
        ("payer", Hidden(&["$payer"], Value::Null)),
        (
            "set_scrubbing",
            Hidden(&["$payer"], json!({"scrubbing": "warn"})),
        ),
        ("create_product", Hidden(&[], product())),
        ("products", Own(LISTS)),
        ("product", Hidden(&["$product"], Value::Null)),
        ("create_plan", Hidden(&[], plan())),
        ("plans", Own(LISTS)),
        ("plan", Hidden(&["$plan"], Value::Null)),
        ("publish_version", Hidden(&["$plan"], version())),
        ("plan_version", Hidden(&["$plan", "1"], Value::Null)),
    ]
}

fn of_policies() -> Vec<(&'static str, Row)> {
    let member = &["$policy", "$member"];
    vec![
        ("quote_policy", Hidden(&[], policy("2"))),
        ("policies", Own(LISTS)),
        ("policy", Hidden(&["$policy"], Value::Null)),
        ("accept_policy", Hidden(&["$policy"], Value::Null)),
        ("premiums", Hidden(&["$policy"], Value::Null)),
        ("settle_premium", Hidden(&["$policy", "1"], json!({}))),
        ("activate_policy", Hidden(&["$policy"], Value::Null)),
        ("enrol_member", Hidden(&["$policy"], member_of("$twin"))),
        ("members", Hidden(&["$policy"], Value::Null)),
        ("member", Hidden(member, Value::Null)),
        (
            "check_eligibility",
            Hidden(&["?member=$member"], Value::Null),
        ),
        ("end_membership", Hidden(member, json!({"on": "$today"}))),
        (
            "unlink_member",
            Closes(&["$policy", "$guest"], Value::Null, "member"),
        ),
        ("suspend_policy", Hidden(&["$policy"], reason())),
        ("reinstate_policy", Hidden(&["$policy"], Value::Null)),
        (
            "renew_policy",
            Hidden(&["$policy"], json!({"number": "P-3"})),
        ),
        ("lapse_policy", Hidden(&["$policy"], reason())),
        ("cancel_policy", Hidden(&["$policy"], reason())),
    ]
}

fn of_authorisations() -> Vec<(&'static str, Row)> {
    let given = json!({"items": [{"sequence": 1, "units": 1, "amount": usd(100)}]});
    let place = &["$authorisation"];
    vec![
        ("reserve_benefit", Hidden(&[], reservation())),
        ("authorisations", Own(LISTS)),
        ("authorisation", Hidden(place, Value::Null)),
        ("request_information", Hidden(place, reason())),
        ("provide_information", Hidden(place, reason())),
        ("approve_authorisation", Hidden(place, given)),
        ("deny_authorisation", Hidden(place, reason())),
        (
            "void_authorisation",
            Closes(place, reason(), "authorisation"),
        ),
    ]
}

fn of_claims() -> Vec<(&'static str, Row)> {
    let place = &["$claim"];
    let remittance = json!({"payer": "$payer", "trace": "T-2", "paid_on": "$today",
        "claims": ["$claim"]});
    vec![
        ("submit_claim", Hidden(&[], claim())),
        ("claims", Own(LISTS)),
        ("claim", Hidden(place, Value::Null)),
        ("amend_claim", Hidden(place, json!({"content": claim()}))),
        ("resubmit_claim", Hidden(place, Value::Null)),
        ("pend_claim", Hidden(place, reason())),
        ("adjudicate_claim", Hidden(place, Value::Null)),
        ("explain_claim", Hidden(place, Value::Null)),
        ("issue_remittance", Hidden(&[], remittance)),
        ("remittances", Own(LISTS)),
        ("remittance", Hidden(&["$remittance"], Value::Null)),
        ("reverse_claim", Hidden(place, reason())),
        ("void_claim", Closes(place, reason(), "claim")),
    ]
}

pub(super) async fn make(maker: &mut Maker<'_>) {
    let payer = json!({"code": "87726", "name": "Northern Mutual"});
    maker.make("payer", "/api/v1/payers", payer).await;
    maker.make("product", "/api/v1/products", product()).await;
    maker.make("plan", "/api/v1/plans", plan()).await;
    maker.post("/api/v1/plans/$plan/versions", version()).await;
    let policies = "/api/v1/policies";
    maker.make("policy", policies, policy("1")).await;
    for step in ["accept", "premiums/1/settle", "activate"] {
        let body = if step.ends_with("settle") {
            json!({})
        } else {
            Value::Null
        };
        maker
            .post(&format!("{policies}/$policy/{step}"), body)
            .await;
    }
    let members = "/api/v1/policies/$policy/members";
    maker.make("member", members, member_of("$patient")).await;
    maker.make("guest", members, member_of("$double")).await;
    let ask = "/api/v1/authorisations";
    maker.make("authorisation", ask, reservation()).await;
    let claims = "/api/v1/claims";
    maker.make("claim", claims, claim()).await;
    maker
        .post("/api/v1/claims/$claim/adjudicate", Value::Null)
        .await;
    let paid =
        json!({"payer": "$payer", "trace": "T-1", "paid_on": "$today", "claims": ["$claim"]});
    maker.make("remittance", "/api/v1/remittances", paid).await;
}

fn product() -> Value {
    json!({"payer": "$payer", "name": "Family care"})
}

fn plan() -> Value {
    json!({"product": "$product", "name": "Family care silver", "currency": "USD"})
}

/// Half of what a consultation costs.
fn version() -> Value {
    let half = json!({"from_unit": 1, "copay": usd(0), "deductible_applies": false,
        "coinsurance": 5000});
    let covered = json!({"counts_to_out_of_pocket": true, "tiers": [half]});
    json!({"number": 1, "effective_from": "$today", "terms": {
        "benefits": {"id": "silver-1", "currency": "USD", "rounding": "half-even",
            "benefit_year": "calendar", "networks": [], "limits": [],
            "rules": [{"id": "consultation", "selector": {"category": "consultation"},
                "benefit": {"covered": covered}}]},
        "fees": {"99213": {"category": "consultation", "price": usd(10_000)}},
        "unlisted": "denied", "reviewed": ["consultation"]}})
}

fn policy(number: &str) -> Value {
    json!({"number": format!("P-{number}"), "plan": "$plan", "from": "$today",
        "premium": {"amount": usd(20_000), "every": "month"}})
}

fn member_of(patient: &str) -> Value {
    json!({"patient": patient, "relationship": "holder", "born_on": "1984-02-29"})
}

fn reservation() -> Value {
    json!({"member": "$member", "service_on": "$today",
        "items": [{"procedure": "99213", "units": 1, "estimate": usd(12_000)}]})
}

fn claim() -> Value {
    json!({"member": "$member", "practitioner": "$practitioner", "service_on": "$today",
        "diagnoses": ["I10"], "lines": [{"procedure": "99213", "units": 1,
            "charge": usd(12_000), "diagnoses": [1]}]})
}
