//! Policies: quoted, looked at, moved on, renewed.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_insurance::events::{PolicyNumberTaken, PolicyPremiumSettled, PolicyQuoted};
use medcover_contract_insurance::permissions::{ManageCoverage, ReadCoverage};
use medcover_contract_insurance::{
    CancelPolicyRequest, Policy, PolicyList, Premium, PremiumList, PremiumState,
    QuotePolicyRequest, ReasonRequest, RenewPolicyRequest, SettlePremiumRequest,
};
use medcover_kernel::{Allowed, Call, Error, Limit, PolicyId, Result};
use medcover_store::{Append, Loaded};
use serde::Serialize;

use super::pending::Pending;
use super::service::{InsuranceService, done, existing};
use crate::domain::plan::Plan;
use crate::domain::policy::{self, Command, decide};
use crate::domain::premiums::instalments;
use crate::domain::taken::PolicyNumber;
use crate::domain::{check, refusal};
use crate::store::POLICIES_BY_NUMBER;

type Managing<'a> = Allowed<'a, ManageCoverage>;

/// Offers a policy.
pub(super) async fn quote_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    request: QuotePolicyRequest,
) -> Result<Policy> {
    let call = allowed.call();
    let id = request
        .id
        .unwrap_or_else(|| PolicyId::from_uuid(service.repository.new_id()));
    let request = &request;
    let quote = service.decisions.once(
        call,
        ("quote_policy", 201),
        request,
        |append: Append| async move { quote(service, call, append, id, request).await },
    );
    quote.await
}

async fn quote(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    id: PolicyId,
    request: &QuotePolicyRequest,
) -> Result<(Append, Policy)> {
    let kept = &service.repository;
    check::name(&request.number, "/number")?;
    let plan: Loaded<Plan> = kept.by_id(call.tenant, request.plan.as_uuid()).await?;
    let quoted = quoted(&existing(plan, "plan")?.state, request)?;
    let mut policy: Pending<policy::Policy> = service.pending(call.tenant, id.as_uuid()).await?;
    policy.then(decide(&policy.state, Command::Quote(Box::new(quoted)))?);
    if !policy.changes() {
        return Ok((append, view(&policy)?));
    }
    let mut number: Loaded<PolicyNumber> = kept.by_key(call.tenant, &[&request.number]).await?;
    if number.state.0.is_some() {
        return Err(refusal::name_taken("There is a policy of that number."));
    }
    let append = kept.write(
        append,
        &mut number,
        [PolicyNumberTaken { policy: id }.into()],
    )?;
    kept_with_alarm(service, append, &mut policy, "policy.quoted")
}

fn quoted(plan: &Plan, request: &QuotePolicyRequest) -> Result<PolicyQuoted> {
    let created = plan.created.as_ref().expect("the plan exists");
    let no_version = || {
        let message = "No version of the plan is effective on that day.";
        Error::invalid("/from", message)
    };
    let plan_version = plan.version_on(request.from).ok_or_else(no_version)?;
    let year = || request.from.saturating_add(1.year()).yesterday();
    let to = match request.to {
        Some(to) => to,
        None => year().map_err(|_| Error::invalid("/from", "must be a day in this age"))?,
    };
    if to < request.from {
        return Err(Error::invalid("/to", "must not be before `from`"));
    }
    let amount = request.premium.amount;
    if !amount.is_positive() || amount.currency() != created.currency {
        let rule = format!("must be more than nothing, in {}", created.currency);
        return Err(Error::invalid("/premium/amount", rule));
    }
    Ok(PolicyQuoted {
        number: request.number.clone(),
        payer: created.payer,
        plan: request.plan,
        plan_version,
        from: request.from,
        to,
        premium: request.premium,
        agent: request.agent,
    })
}

/// The offer is accepted.
pub(super) async fn accept_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
) -> Result<Policy> {
    change(service, allowed, "accept_policy", id, &(), |_| {
        Ok(Command::Accept)
    })
    .await
}

/// A premium is paid.
pub(super) async fn settle_premium(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
    number: u32,
    request: SettlePremiumRequest,
) -> Result<Policy> {
    let settled = PolicyPremiumSettled {
        number,
        invoice: request.invoice,
        payment: request.payment,
    };
    let asked = (number, request);
    let command = |_| Ok(Command::Settle(settled.clone()));
    change(service, allowed, "settle_premium", id, &asked, command).await
}

/// Lets a policy that is ready cover.
pub(super) async fn activate_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
) -> Result<Policy> {
    let command = |today| Ok(Command::Activate(today));
    change(service, allowed, "activate_policy", id, &(), command).await
}

/// Lets an active policy not cover for the time being.
pub(super) async fn suspend_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
    request: ReasonRequest,
) -> Result<Policy> {
    check::reason(&request.reason)?;
    let command = |today| Ok(Command::Suspend(today, request.reason.clone()));
    change(service, allowed, "suspend_policy", id, &request, command).await
}

/// Lets a suspended policy cover again.
pub(super) async fn reinstate_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
) -> Result<Policy> {
    let command = |_| Ok(Command::Reinstate);
    change(service, allowed, "reinstate_policy", id, &(), command).await
}

/// Ends a policy for want of payment.
pub(super) async fn lapse_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
    request: ReasonRequest,
) -> Result<Policy> {
    check::reason(&request.reason)?;
    let command = |today| Ok(Command::Lapse(today, request.reason.clone()));
    change(service, allowed, "lapse_policy", id, &request, command).await
}

/// Ends a policy before its term.
pub(super) async fn cancel_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
    request: CancelPolicyRequest,
) -> Result<Policy> {
    check::reason(&request.reason)?;
    let command = |today| {
        let on = request.on.unwrap_or(today);
        Ok(Command::Cancel(on, request.reason.clone()))
    };
    change(service, allowed, "cancel_policy", id, &request, command).await
}

/// What `command` says happens to a policy on this day.
async fn change(
    service: &InsuranceService,
    allowed: Managing<'_>,
    operation: &'static str,
    id: PolicyId,
    request: &(impl Serialize + Sync),
    command: impl Fn(Date) -> Result<Command> + Sync,
) -> Result<Policy> {
    let call = allowed.call();
    let (asked, command) = ((id, request), &command);
    let change = service.decisions.once(
        call,
        (operation, 200),
        &asked,
        |append: Append| async move {
            let mut policy: Pending<policy::Policy> =
                service.pending(call.tenant, id.as_uuid()).await?;
            policy.then(decide(&policy.state, command(service.today())?)?);
            if !policy.changes() {
                return Ok((append, view(&policy)?));
            }
            kept_with_alarm(service, append, &mut policy, action(operation))
        },
    );
    change.await
}

/// What the trail calls an operation.
fn action(operation: &'static str) -> &'static str {
    match operation {
        "accept_policy" => "policy.accepted",
        "settle_premium" => "policy.premium-settled",
        "activate_policy" => "policy.activated",
        "suspend_policy" => "policy.suspended",
        "reinstate_policy" => "policy.reinstated",
        "lapse_policy" => "policy.lapsed",
        "cancel_policy" => "policy.cancelled",
        other => other,
    }
}

/// Quotes the policy that follows another, from the day after that one ends.
pub(super) async fn renew_policy(
    service: &InsuranceService,
    allowed: Managing<'_>,
    id: PolicyId,
    request: RenewPolicyRequest,
) -> Result<Policy> {
    let call = allowed.call();
    let next = request
        .id
        .unwrap_or_else(|| PolicyId::from_uuid(service.repository.new_id()));
    let request = &request;
    let asked = (id, request);
    let renew = service.decisions.once(
        call,
        ("renew_policy", 201),
        &asked,
        |append: Append| async move {
            let mut policy: Pending<policy::Policy> =
                service.pending(call.tenant, id.as_uuid()).await?;
            policy.then(decide(&policy.state, Command::Renew(next))?);
            let before = policy
                .state
                .quoted
                .clone()
                .expect("a policy that is renewed was quoted");
            let from = policy
                .state
                .to(&before)
                .tomorrow()
                .map_err(Error::internal)?;
            let quote_next = QuotePolicyRequest {
                id: Some(next),
                number: request.number.clone(),
                plan: before.plan,
                from,
                to: None,
                premium: request.premium.unwrap_or(before.premium),
                agent: before.agent,
            };
            if !policy.changes() {
                return quote(service, call, append, next, &quote_next).await;
            }
            let append = policy.keep(&service.repository, append)?;
            let append = append.audit(done("policy.renewed", policy.stream(), None));
            quote(service, call, append, next, &quote_next).await
        },
    );
    renew.await
}

/// The commit with what happens to the policy, and an alarm for the next day on which something happens by itself.
fn kept_with_alarm(
    service: &InsuranceService,
    append: Append,
    policy: &mut Pending<policy::Policy>,
    action: &'static str,
) -> Result<(Append, Policy)> {
    let answer = view(policy)?;
    let append = policy.keep(&service.repository, append)?;
    let append = append.audit(done(action, policy.stream(), None));
    let append = service.alarm_of_policy(append, policy.stream().id, &policy.state)?;
    Ok((append, answer))
}

/// A page of policies, by number.
pub(super) async fn policies(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    after: Option<String>,
    limit: Limit,
) -> Result<PolicyList> {
    let page = service.listed(
        allowed.tenant,
        &POLICIES_BY_NUMBER,
        Vec::new(),
        (after, limit),
    );
    let (policies, next) = page.await?;
    let views = policies
        .into_iter()
        .map(|it| view(&Pending::new(it, service.now())));
    Ok(PolicyList {
        policies: views.collect::<Result<_>>()?,
        next,
    })
}

/// One policy.
pub(super) async fn policy(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    id: PolicyId,
) -> Result<Policy> {
    view(&service.pending(allowed.tenant, id.as_uuid()).await?)
}

/// The premiums of a policy.
pub(super) async fn premiums(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    id: PolicyId,
) -> Result<PremiumList> {
    let policy = service.policy(allowed.tenant, id).await?.state;
    let quoted = policy.quoted.as_ref().expect("the policy exists");
    let all = instalments(&quoted.premium, quoted.from, quoted.to);
    let premiums = all.map(|it| Premium {
        number: it.number,
        due_on: it.covers_from,
        covers_from: it.covers_from,
        covers_to: it.covers_to,
        amount: quoted.premium.amount,
        state: match it.number {
            number if policy.settled.contains(&number) => PremiumState::Settled,
            number if number <= policy.due => PremiumState::Due,
            _ => PremiumState::Scheduled,
        },
    });
    Ok(PremiumList {
        premiums: premiums.collect(),
    })
}

/// A policy as others see it.
fn view(policy: &Pending<policy::Policy>) -> Result<Policy> {
    let absent = || Error::not_found("There is no such policy.");
    let quoted = policy.state.quoted.as_ref().ok_or_else(absent)?;
    Ok(Policy {
        id: PolicyId::from_uuid(policy.stream().id),
        number: quoted.number.clone(),
        state: policy.state.state,
        payer: quoted.payer,
        plan: quoted.plan,
        plan_version: quoted.plan_version,
        from: quoted.from,
        to: policy.state.to(quoted),
        premium: quoted.premium,
        agent: quoted.agent,
        renewed_by: policy.state.renewed_by,
        version: policy.version().get(),
    })
}
