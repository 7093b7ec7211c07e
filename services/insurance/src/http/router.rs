//! Every address of the service.

use std::sync::Arc;

use medcover_contract_insurance::endpoints::{self as at, PageQuery};
use medcover_contract_insurance::{InsuranceApi as _, PayerId, PlanId, ProductId};
use medcover_http::{IfMatch, Json, Path, Query, Routes};
use medcover_kernel::{AuthorisationId, Call, ClaimId, Limit, MemberId, PolicyId, RemittanceId};

use crate::app::InsuranceService;

type App = Arc<InsuranceService>;

/// The addresses with what answers them.
pub(crate) fn router(service: App) -> Routes<App> {
    let routes = of_policies(of_plans(Routes::new(service)));
    of_remittances(of_claims(of_authorisations(of_members(routes))))
}

fn of_plans(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::REGISTER_PAYER,
            async |app: App, call: Call, Json(request)| app.register_payer(&call, request).await,
        )
        .answer(&at::PAYERS, async |app: App, call: Call, Query(page)| {
            app.payers(&call, page.after.clone(), limit(&page)).await
        })
        .answer(&at::PAYER, async |app: App, call: Call, Path(at)| {
            app.payer(&call, PayerId::from_uuid(at.id)).await
        })
        .answer(
            &at::SET_SCRUBBING,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.set_scrubbing(&call, PayerId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::CREATE_PRODUCT,
            async |app: App, call: Call, Json(request)| app.create_product(&call, request).await,
        )
        .answer(&at::PRODUCTS, async |app: App, call: Call, Query(page)| {
            app.products(&call, page.after.clone(), limit(&page)).await
        })
        .answer(&at::PRODUCT, async |app: App, call: Call, Path(at)| {
            app.product(&call, ProductId::from_uuid(at.id)).await
        })
        .answer(
            &at::CREATE_PLAN,
            async |app: App, call: Call, Json(request)| app.create_plan(&call, request).await,
        )
        .answer(&at::PLANS, async |app: App, call: Call, Query(page)| {
            app.plans(&call, page.after.clone(), limit(&page)).await
        })
        .answer(&at::PLAN, async |app: App, call: Call, Path(at)| {
            app.plan(&call, PlanId::from_uuid(at.id)).await
        })
        .answer(
            &at::PUBLISH_VERSION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.publish_version(&call, PlanId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(&at::PLAN_VERSION, async |app: App, call: Call, Path(at)| {
            app.plan_version(&call, PlanId::from_uuid(at.id), at.number)
                .await
        })
}

fn of_policies(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::QUOTE_POLICY,
            async |app: App, call: Call, Json(request)| app.quote_policy(&call, request).await,
        )
        .answer(&at::POLICIES, async |app: App, call: Call, Query(page)| {
            app.policies(&call, page.after.clone(), limit(&page)).await
        })
        .answer(&at::POLICY, async |app: App, call: Call, Path(at)| {
            app.policy(&call, PolicyId::from_uuid(at.id)).await
        })
        .answer(
            &at::ACCEPT_POLICY,
            async |app: App, call: Call, Path(at)| {
                app.accept_policy(&call, PolicyId::from_uuid(at.id)).await
            },
        )
        .answer(&at::PREMIUMS, async |app: App, call: Call, Path(at)| {
            app.premiums(&call, PolicyId::from_uuid(at.id)).await
        })
        .answer(
            &at::SETTLE_PREMIUM,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.settle_premium(&call, PolicyId::from_uuid(at.id), at.number, request)
                    .await
            },
        )
        .answer(
            &at::ACTIVATE_POLICY,
            async |app: App, call: Call, Path(at)| {
                app.activate_policy(&call, PolicyId::from_uuid(at.id)).await
            },
        )
        .answer(
            &at::SUSPEND_POLICY,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.suspend_policy(&call, PolicyId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::REINSTATE_POLICY,
            async |app: App, call: Call, Path(at)| {
                app.reinstate_policy(&call, PolicyId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::LAPSE_POLICY,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.lapse_policy(&call, PolicyId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::CANCEL_POLICY,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.cancel_policy(&call, PolicyId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::RENEW_POLICY,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.renew_policy(&call, PolicyId::from_uuid(at.id), request)
                    .await
            },
        )
}

fn of_members(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::ENROL_MEMBER,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.enrol_member(&call, PolicyId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::MEMBERS,
            async |app: App, call: Call, (Path(at), Query(page))| {
                app.members(
                    &call,
                    PolicyId::from_uuid(at.id),
                    page.after.clone(),
                    limit(&page),
                )
                .await
            },
        )
        .answer(&at::MEMBER, async |app: App, call: Call, Path(at)| {
            app.member(
                &call,
                PolicyId::from_uuid(at.id),
                MemberId::from_uuid(at.member),
            )
            .await
        })
        .answer(
            &at::END_MEMBERSHIP,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.end_membership(
                    &call,
                    PolicyId::from_uuid(at.id),
                    MemberId::from_uuid(at.member),
                    request,
                )
                .await
            },
        )
        .answer(
            &at::UNLINK_MEMBER,
            async |app: App, call: Call, Path(at)| {
                app.unlink_member(
                    &call,
                    PolicyId::from_uuid(at.id),
                    MemberId::from_uuid(at.member),
                )
                .await
            },
        )
        .answer(
            &at::CHECK_ELIGIBILITY,
            async |app: App, call: Call, Query(query)| app.check_eligibility(&call, query).await,
        )
}

fn of_authorisations(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::RESERVE_BENEFIT,
            async |app: App, call: Call, Json(request)| app.reserve_benefit(&call, request).await,
        )
        .answer(
            &at::AUTHORISATIONS,
            async |app: App, call: Call, Query(query)| app.authorisations(&call, query).await,
        )
        .answer(
            &at::AUTHORISATION,
            async |app: App, call: Call, Path(at)| {
                app.authorisation(&call, AuthorisationId::from_uuid(at.id))
                    .await
            },
        )
        .answer(
            &at::APPROVE_AUTHORISATION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.approve_authorisation(&call, AuthorisationId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::DENY_AUTHORISATION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.deny_authorisation(&call, AuthorisationId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::REQUEST_INFORMATION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.request_information(&call, AuthorisationId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::PROVIDE_INFORMATION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.provide_information(&call, AuthorisationId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::VOID_AUTHORISATION,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.void_authorisation(&call, AuthorisationId::from_uuid(at.id), request)
                    .await
            },
        )
}

fn of_claims(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::SUBMIT_CLAIM,
            async |app: App, call: Call, Json(request)| app.submit_claim(&call, request).await,
        )
        .answer(&at::CLAIMS, async |app: App, call: Call, Query(query)| {
            app.claims(&call, query).await
        })
        .answer(&at::CLAIM, async |app: App, call: Call, Path(at)| {
            app.claim(&call, ClaimId::from_uuid(at.id)).await
        })
        .answer(
            &at::AMEND_CLAIM,
            async |app: App, call: Call, (Path(at), IfMatch(request))| {
                app.amend_claim(&call, ClaimId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::RESUBMIT_CLAIM,
            async |app: App, call: Call, Path(at)| {
                app.resubmit_claim(&call, ClaimId::from_uuid(at.id)).await
            },
        )
        .answer(
            &at::PEND_CLAIM,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.pend_claim(&call, ClaimId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::ADJUDICATE_CLAIM,
            async |app: App, call: Call, Path(at)| {
                app.adjudicate_claim(&call, ClaimId::from_uuid(at.id)).await
            },
        )
        .answer(
            &at::REVERSE_CLAIM,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.reverse_claim(&call, ClaimId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::VOID_CLAIM,
            async |app: App, call: Call, (Path(at), Json(request))| {
                app.void_claim(&call, ClaimId::from_uuid(at.id), request)
                    .await
            },
        )
        .answer(
            &at::EXPLAIN_CLAIM,
            async |app: App, call: Call, Path(at)| {
                app.explain_claim(&call, ClaimId::from_uuid(at.id)).await
            },
        )
}

fn of_remittances(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::ISSUE_REMITTANCE,
            async |app: App, call: Call, Json(request)| app.issue_remittance(&call, request).await,
        )
        .answer(
            &at::REMITTANCES,
            async |app: App, call: Call, Query(query)| app.remittances(&call, query).await,
        )
        .answer(&at::REMITTANCE, async |app: App, call: Call, Path(at)| {
            app.remittance(&call, RemittanceId::from_uuid(at.id)).await
        })
}

fn limit(page: &PageQuery) -> Limit {
    page.limit.unwrap_or(Limit::DEFAULT)
}
