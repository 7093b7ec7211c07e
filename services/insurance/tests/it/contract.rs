//! What every form of `InsuranceApi` promises: one suite, in this process, over a file, over PostgreSQL, over HTTP, and
//! over HTTP in a fleet of two processes over PostgreSQL.

use medcover_contract_insurance::endpoints::{AuthorisationsQuery, ClaimsQuery, RemittancesQuery};
use medcover_contract_insurance::{
    AuthorisationState, ClaimState, EndMembershipRequest, EnrolMemberRequest, PolicyState,
    Scrubbing,
};
use medcover_kernel::{ErrorKind, Limit, PatientId};
use serde_json::json;
use uuid::Uuid;

use crate::house::{House, claim_of, read, terms, usd};

/// Runs each promise over each form.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod in_process {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(crate::house::House::in_memory()).await;
            })+
        }
        mod on_disk {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(crate::house::House::on_disk().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(crate::house::House::on_postgres().await).await;
            })+
        }
        mod in_a_fleet {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(crate::house::House::in_a_fleet().await).await;
            })+
        }
        mod over_http {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(crate::house::House::over_http().await).await;
            })+
        }
    };
}

promises! {
    plans_are_made_and_listed,
    policies_live_and_end,
    members_come_and_go,
    eligibility_says_what_a_service_needs,
    authorisations_are_asked_for_and_taken_back,
    claims_go_all_the_way,
    refusals_keep_their_kind,
}

const ONE: Option<Limit> = None;

async fn plans_are_made_and_listed(house: House) {
    let (payer, plan) = house.plan(terms(), Scrubbing::BlockWarnings).await;
    let (_, other) = house.plan(terms(), Scrubbing::default()).await;
    let api = &house.api;
    assert_eq!(
        api.payer(&house.call(), payer)
            .await
            .expect("there")
            .scrubbing,
        Scrubbing::BlockWarnings
    );
    let limit = Limit::new(1).expect("a limit");
    let first = api
        .payers(&house.call(), None, limit)
        .await
        .expect("a page");
    let second = api
        .payers(&house.call(), first.next.clone(), limit)
        .await
        .expect("a page");
    assert_ne!(first.payers, second.payers);
    assert_eq!(second.next, None);
    let plans = api
        .plans(&house.call(), None, Limit::DEFAULT)
        .await
        .expect("a page")
        .plans;
    assert_eq!(plans.len(), 2);
    assert!(plans.iter().any(|it| it.id == other && it.latest == 1));
    let products = api
        .products(&house.call(), None, Limit::DEFAULT)
        .await
        .expect("a page")
        .products;
    assert_eq!(
        api.product(&house.call(), products[0].id)
            .await
            .expect("there"),
        products[0]
    );
    let version = api
        .plan_version(&house.call(), plan, 1)
        .await
        .expect("there");
    assert_eq!(
        serde_json::to_value(&version.terms).expect("JSON")["reviewed"],
        json!(["physiotherapy"])
    );
    let gap = json!({"number": 3, "effective_from": "2027-01-01", "terms": terms()});
    let refused = api
        .publish_version(&house.call(), plan, read(gap))
        .await
        .expect_err("two is missing");
    assert_eq!(refused.faults()[0].pointer, "/number");
}

async fn policies_live_and_end(house: House) {
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, _) = house.covered(plan).await;
    let (api, id) = (&house.api, policy.id);
    assert_eq!(
        (policy.state, policy.to.to_string()),
        (PolicyState::Active, "2026-12-31".to_owned())
    );
    let reason = || read(json!({"reason": "The premium is unpaid."}));
    let suspended = api
        .suspend_policy(&house.call(), id, reason())
        .await
        .expect("suspended");
    assert_eq!(suspended.state, PolicyState::Suspended);
    let refused = api
        .renew_policy(&house.call(), id, read(json!({"number": "N-2"})))
        .await;
    let refused = refused.expect_err("not so");
    assert_eq!(
        (refused.kind(), refused.slug()),
        (ErrorKind::Conflict, "illegal-transition")
    );
    assert!(refused.message().contains("`suspended`") && refused.message().contains("`reinstate`"));
    api.reinstate_policy(&house.call(), id)
        .await
        .expect("reinstated");
    let next = api
        .renew_policy(&house.call(), id, read(json!({"number": "N-2"})))
        .await
        .expect("quoted");
    assert_eq!(
        (next.state, next.from.to_string()),
        (PolicyState::Quoted, "2027-01-01".to_owned())
    );
    let renewed = api.policy(&house.call(), id).await.expect("there");
    assert_eq!(
        (renewed.state, renewed.renewed_by),
        (PolicyState::Renewed, Some(next.id))
    );
    let cancel = || read(json!({"reason": "Moved abroad."}));
    let cancelled = api
        .cancel_policy(&house.call(), next.id, cancel())
        .await
        .expect("cancelled");
    assert_eq!(cancelled.state, PolicyState::Cancelled);
    let lapsed = house.quote(plan).await.id;
    api.accept_policy(&house.call(), lapsed)
        .await
        .expect("accepted");
    let lapsed = api
        .lapse_policy(&house.call(), lapsed, reason())
        .await
        .expect("lapsed");
    assert_eq!(lapsed.state, PolicyState::Expired);
    let list = api
        .policies(&house.call(), None, Limit::DEFAULT)
        .await
        .expect("a page");
    assert_eq!(list.policies.len(), 3);
    assert_eq!(
        api.premiums(&house.call(), id)
            .await
            .expect("there")
            .premiums
            .len(),
        12
    );
}

async fn members_come_and_go(house: House) {
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let api = &house.api;
    let child: EnrolMemberRequest = read(json!({
        "patient": Uuid::from_u128(2), "relationship": "child", "born_on": "2020-05-05", "from": "2026-05-01",
    }));
    let child = api
        .enrol_member(&house.call(), policy.id, child)
        .await
        .expect("enrolled");
    let on = "2026-05-31".parse().expect("a day");
    let ended = api
        .end_membership(
            &house.call(),
            policy.id,
            child.id,
            EndMembershipRequest { on },
        )
        .await;
    assert_eq!(ended.expect("ended").to, Some(on));
    let members = api
        .members(&house.call(), policy.id, None, Limit::DEFAULT)
        .await
        .expect("a page");
    assert_eq!(members.members.len(), 2);
    api.unlink_member(&house.call(), policy.id, child.id)
        .await
        .expect("unlinked");
    let members = api
        .members(&house.call(), policy.id, None, Limit::DEFAULT)
        .await
        .expect("a page");
    assert_eq!(members.members, std::slice::from_ref(&member));
    let there = api
        .member(&house.call(), policy.id, member.id)
        .await
        .expect("there");
    assert_eq!(there, member);
}

async fn eligibility_says_what_a_service_needs(house: House) {
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (policy, member) = house.covered(plan).await;
    let patient = PatientId::from_uuid(Uuid::from_u128(1));
    let query = read(json!({"patient": patient, "on": "2026-05-04", "procedure": "27130"}));
    let told = house
        .api
        .check_eligibility(&house.call(), query)
        .await
        .expect("known");
    assert!(told.eligible);
    assert_eq!((told.member, told.policy), (member.id, policy.id));
    let service = told.service.expect("it was asked");
    assert!(service.covered && service.authorisation_required);
    assert_eq!((service.allowed, service.paid), (usd(90_000), usd(90_000)));
    assert!(
        told.accumulators
            .iter()
            .any(|it| it.limit == 5_000 && it.remaining == 5_000)
    );
    let later = read(json!({"member": member.id, "on": "2027-02-01"}));
    let told = house
        .api
        .check_eligibility(&house.call(), later)
        .await
        .expect("known");
    assert!(!told.eligible && !told.reasons.is_empty());
}

async fn authorisations_are_asked_for_and_taken_back(house: House) {
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let api = &house.api;
    let request = |procedure: &str| {
        read(json!({
            "member": member.id, "service_on": "2026-05-04",
            "items": [{"procedure": procedure, "units": 1, "estimate": usd(50_000)}],
        }))
    };
    let given = house.reserve(request("27130")).await;
    assert_eq!(given.state, AuthorisationState::Approved);
    let pended = house.reserve(request("97110")).await;
    assert_eq!(pended.state, AuthorisationState::Pended);
    let reason = || read(json!({"reason": "Not needed."}));
    let denied = api
        .deny_authorisation(&house.call(), pended.id, reason())
        .await
        .expect("denied");
    assert_eq!(denied.state, AuthorisationState::Denied);
    api.void_authorisation(&house.call(), given.id, reason())
        .await
        .expect("taken back");
    let there = api
        .authorisation(&house.call(), given.id)
        .await
        .expect("there");
    assert_eq!(there.state, AuthorisationState::Cancelled);
    let query = AuthorisationsQuery {
        member: Some(member.id),
        after: None,
        limit: ONE,
    };
    let list = api
        .authorisations(&house.call(), query)
        .await
        .expect("a page")
        .authorisations;
    assert_eq!(list.len(), 2);
}

async fn claims_go_all_the_way(house: House) {
    let (payer, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let api = &house.api;
    let mut draft = claim_of(&member, "99213", 25_000);
    draft.draft = true;
    let claim = house.claim(draft).await;
    assert_eq!(claim.state, ClaimState::Draft);
    let sent = api
        .resubmit_claim(&house.call(), claim.id)
        .await
        .expect("sent");
    assert_eq!(sent.state, ClaimState::Accepted);
    let wait = read(json!({"reason": "A report is missing."}));
    let pended = api
        .pend_claim(&house.call(), claim.id, wait)
        .await
        .expect("pended");
    assert_eq!(pended.state, ClaimState::Pended);
    let decided = api
        .adjudicate_claim(&house.call(), claim.id)
        .await
        .expect("decided");
    assert_eq!(decided.state, ClaimState::Adjudicated);
    assert!(
        api.explain_claim(&house.call(), claim.id)
            .await
            .expect("explained")
            .replayed
    );
    let remit = read(
        json!({"payer": payer, "trace": "T-1", "paid_on": "2026-05-31", "claims": [claim.id]}),
    );
    let issued = api
        .issue_remittance(&house.call(), remit)
        .await
        .expect("issued");
    assert_eq!(
        api.remittance(&house.call(), issued.id)
            .await
            .expect("there"),
        issued
    );
    let in_state = |state| ClaimsQuery {
        state: Some(state),
        ..ClaimsQuery::default()
    };
    let list = api
        .claims(&house.call(), in_state(ClaimState::Finalized))
        .await
        .expect("a page");
    assert_eq!(
        list.claims.iter().map(|it| it.id).collect::<Vec<_>>(),
        [claim.id]
    );
    let list = api
        .claims(&house.call(), in_state(ClaimState::Accepted))
        .await
        .expect("a page");
    assert_eq!(list.claims, []);
    let of_payer = RemittancesQuery {
        payer: Some(payer),
        ..RemittancesQuery::default()
    };
    let list = api
        .remittances(&house.call(), of_payer)
        .await
        .expect("a page")
        .remittances;
    assert_eq!(list[0].total, issued.total);
}

async fn refusals_keep_their_kind(house: House) {
    let (_, plan) = house.plan(terms(), Scrubbing::default()).await;
    let (_, member) = house.covered(plan).await;
    let api = &house.api;
    let mut wrong = claim_of(&member, "99213", 100);
    wrong.lines[0].diagnoses = vec![2];
    let invalid = api
        .submit_claim(&house.call(), wrong)
        .await
        .expect_err("no such diagnosis");
    assert_eq!(invalid.kind(), ErrorKind::Invalid);
    assert_eq!(invalid.faults()[0].pointer, "/lines/0/diagnoses");
    let claim = house.claim(claim_of(&member, "99213", 100)).await;
    let early = read(json!({"reason": "wrong"}));
    let conflict = api
        .reverse_claim(&house.call(), claim.id, early)
        .await
        .expect_err("not decided");
    assert_eq!(
        (conflict.kind(), conflict.slug()),
        (ErrorKind::Conflict, "illegal-transition")
    );
    let mut keyless = house.call();
    keyless.idempotency = None;
    let keyless = api
        .submit_claim(&keyless, claim_of(&member, "99213", 100))
        .await;
    assert_eq!(
        keyless.expect_err("no key").slug(),
        "idempotency-key-missing"
    );
}
