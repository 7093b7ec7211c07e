//! Agents, plans, and commissions that follow the money.

use medcover_contract_billing::endpoints::PageQuery;
use medcover_contract_billing::events::{
    AgentAccountOpened, AgentPlanAssigned, AgentRegistered, CommissionOpened, CommissionPlanMade,
    CommissionSettlementMade,
};
use medcover_contract_billing::permissions::{ManageCommissions, ReadCommissions};
use medcover_contract_billing::{
    AccrueCommissionRequest, Agent, AgentId, AgentList, AgentRequest, AllocationId,
    CommissionAccount, CommissionPlan, CommissionPlanId, CommissionPlanList, CommissionPlanRequest,
    CommissionSettlement, Commissions, SettleCommissionRequest, endpoints,
};
use medcover_kernel::{Allowed, Error, Money, Result, TenantId, Timestamp};
use medcover_store::{Aggregate as _, Append, Loaded};

use super::service::BillingService;
use crate::domain::agent::{self, AccountKey, AgentEvent};
use crate::domain::commission::{Collected, Commission, CommissionEvent, Settlement};
use crate::domain::payment::{Allocation, Payment};
use crate::domain::plan::{self, Plan};
use crate::domain::rules::{self, money};
use crate::store;

/// Makes a plan, whose terms never change.
pub(super) async fn make_commission_plan(
    service: &BillingService,
    allowed: Allowed<'_, ManageCommissions>,
    request: CommissionPlanRequest,
) -> Result<CommissionPlan> {
    rules::text("/name", &request.name)?;
    plan::check(&request.terms)?;
    let (call, operation) = (allowed.call(), endpoints::MAKE_COMMISSION_PLAN.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let id = request.id.as_uuid();
        let mut plan: Loaded<Plan> = service.repository.by_id(allowed.tenant, id).await?;
        let made = CommissionPlanMade {
            name: request.name.clone(),
            terms: request.terms.clone(),
        };
        let append = match &plan.state.0 {
            Some(known) if *known == made => append,
            Some(_) => return Err(rules::content_differs("plan")),
            None => {
                let action = "commission-plan.made";
                service.change(append, &mut plan, [made.into()], action, None)?
            }
        };
        Ok((append, plan_view(request.id, &plan.state)?))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

fn plan_view(id: CommissionPlanId, plan: &Plan) -> Result<CommissionPlan> {
    let made = plan.0.clone();
    let made = made.ok_or_else(|| Error::internal("a plan that is listed was made"))?;
    Ok(CommissionPlan {
        id,
        name: made.name,
        terms: made.terms,
    })
}

/// A page of plans.
pub(super) async fn commission_plans(
    service: &BillingService,
    allowed: Allowed<'_, ReadCommissions>,
    page: PageQuery,
) -> Result<CommissionPlanList> {
    let listing = &store::PLANS_BY_NAME;
    let (ids, next) = service
        .ids(allowed.call(), listing, Vec::new(), &page)
        .await?;
    let mut plans = Vec::with_capacity(ids.len());
    for id in ids {
        let plan: Loaded<Plan> = service.repository.by_id(allowed.tenant, id).await?;
        plans.push(plan_view(CommissionPlanId::from_uuid(id), &plan.state)?);
    }
    Ok(CommissionPlanList { plans, next })
}

/// Registers an agent, or gives one another plan.
pub(super) async fn register_agent(
    service: &BillingService,
    allowed: Allowed<'_, ManageCommissions>,
    request: AgentRequest,
) -> Result<Agent> {
    rules::text("/name", &request.name)?;
    let (call, operation) = (allowed.call(), endpoints::REGISTER_AGENT.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let (tenant, plan) = (allowed.tenant, request.plan);
        let known: Loaded<Plan> = service.repository.by_id(tenant, plan.as_uuid()).await?;
        if !known.exists() {
            return Err(Error::invalid("/plan", "there is no such plan"));
        }
        let id = request.id.as_uuid();
        let mut agent: Loaded<agent::Agent> = service.repository.by_id(tenant, id).await?;
        let name = request.name.clone();
        let event: Option<AgentEvent> = match &agent.state.registered {
            None => Some(AgentRegistered { name, plan }.into()),
            Some(known) if known.name != name => return Err(rules::content_differs("agent")),
            Some(_) if agent.state.plan == Some(plan) => None,
            Some(_) => Some(AgentPlanAssigned { plan }.into()),
        };
        let append = service.change(append, &mut agent, event, "agent.registered", None)?;
        Ok((append, agent_view(request.id, &agent)?))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

fn agent_view(id: AgentId, agent: &Loaded<agent::Agent>) -> Result<Agent> {
    let missing = || Error::not_found("There is no such agent.");
    let registered = agent.state.registered.as_ref().ok_or_else(missing)?;
    Ok(Agent {
        id,
        version: agent.version.get(),
        name: registered.name.clone(),
        plan: agent.state.plan.ok_or_else(missing)?,
    })
}

/// An agent.
pub(super) async fn agent(
    service: &BillingService,
    allowed: Allowed<'_, ReadCommissions>,
    id: AgentId,
) -> Result<Agent> {
    let loaded = service.repository.by_id(allowed.tenant, id.as_uuid());
    agent_view(id, &loaded.await?)
}

/// A page of agents.
pub(super) async fn agents(
    service: &BillingService,
    allowed: Allowed<'_, ReadCommissions>,
    page: PageQuery,
) -> Result<AgentList> {
    let listing = &store::AGENTS_BY_NAME;
    let (ids, next) = service
        .ids(allowed.call(), listing, Vec::new(), &page)
        .await?;
    let mut agents = Vec::with_capacity(ids.len());
    for id in ids {
        agents.push(agent(service, allowed, AgentId::from_uuid(id)).await?);
    }
    Ok(AgentList { agents, next })
}

/// What an agent earned.
pub(super) async fn commissions(
    service: &BillingService,
    allowed: Allowed<'_, ReadCommissions>,
    id: AgentId,
) -> Result<Commissions> {
    earned(service, allowed.tenant, id).await
}

async fn earned(service: &BillingService, tenant: TenantId, id: AgentId) -> Result<Commissions> {
    let agent: Loaded<agent::Agent> = service.repository.by_id(tenant, id.as_uuid()).await?;
    agent_view(id, &agent)?;
    let today = service.today();
    let mut accounts = Vec::new();
    for key in &agent.state.accounts {
        let account = account(service, tenant, id, *key).await?.state;
        let (accrued, settled) = (account.accrued(), account.settled());
        let payable = account.payable(today)?;
        let left = accrued.minus(settled).map_err(money)?;
        accounts.push(CommissionAccount {
            plan: key.plan,
            year: key.year,
            collected: account.total_collected()?,
            accrued,
            settled,
            payable,
            held: left.minus(payable).map_err(money)?,
        });
    }
    Ok(Commissions {
        agent: id,
        accounts,
    })
}

/// Lets the commission of an allocation follow what stands of it now.
pub(super) async fn accrue_commission(
    service: &BillingService,
    allowed: Allowed<'_, ManageCommissions>,
    request: AccrueCommissionRequest,
) -> Result<Commissions> {
    let (call, operation) = (allowed.call(), endpoints::ACCRUE_COMMISSION.operation);
    let request = &request;
    let work = async |keep: medcover_idempotency::Keep| {
        let payment = service.payment(allowed.tenant, request.payment).await?;
        let allocation = payment.state.allocation(request.allocation);
        let missing = || Error::not_found("The payment has no such allocation.");
        let agent = allocation.ok_or_else(missing)?.agent;
        let agent = agent.ok_or_else(|| {
            rules::refused("no-agent", "Nobody earns a commission on that invoice.")
        })?;
        let following = |append: Append| async move {
            let payment = service.payment(allowed.tenant, request.payment).await?;
            let append = follow(service, append, &payment, request.allocation).await?;
            Ok((append, ()))
        };
        service.decisions.decide(call, following).await?;
        let answer = earned(service, allowed.tenant, agent).await?;
        let (keep, kept) = (&keep, &answer);
        let answering = |append: Append| async move { Ok((keep.answer(append, 200, kept)?, ())) };
        service.decisions.decide(call, answering).await?;
        Ok(answer)
    };
    service
        .decisions
        .once_in_steps(call, operation, request, work)
        .await
}

/// `append` with what an allocation of `payment` earns its agent now; nothing where that is known.
pub(super) async fn follow(
    service: &BillingService,
    append: Append,
    payment: &Loaded<Payment>,
    allocation: AllocationId,
) -> Result<Append> {
    let Some(known) = payment.state.allocation(allocation) else {
        return Ok(append);
    };
    let Some(id) = known.agent else {
        return Ok(append);
    };
    let tenant = append.context.tenant;
    let mut agent: Loaded<agent::Agent> = service.repository.by_id(tenant, id.as_uuid()).await?;
    let (key, mut account) = account_of(service, tenant, id, &agent.state, known).await?;
    let (append, today) = service.booking_day(append, None).await?;
    let mut events: Vec<CommissionEvent> = Vec::new();
    let mut ahead = account.state.clone();
    if ahead.opened.is_none() {
        let opened = opening(service, tenant, id, key).await?;
        ahead.evolve(&opened, Timestamp::from_micros(0));
        events.push(opened);
    }
    let collected = Collected {
        payment: payment.state.request().id,
        allocation,
        invoice: known.invoice,
        amount: known.amount,
        on: known.on,
    };
    let Some(event) = ahead.follow(account.stream.id, collected, today)? else {
        return Ok(append);
    };
    let new = account.state.opened.is_none();
    events.push(event);
    // What stands may change meanwhile, and its own event would then find nothing to do.
    let append = payment.relied_on(append);
    let action = "commission.followed";
    let append = service.change(append, &mut account, events, action, None)?;
    if !new {
        return Ok(append);
    }
    let opened = AgentAccountOpened {
        plan: key.plan,
        currency: key.currency,
        year: key.year,
    };
    service
        .repository
        .write(append, &mut agent, [opened.into()])
}

/// The account in which an allocation is known, or else the one under the agent's present plan.
async fn account_of(
    service: &BillingService,
    tenant: TenantId,
    id: AgentId,
    agent: &agent::Agent,
    allocation: &Allocation,
) -> Result<(AccountKey, Loaded<Commission>)> {
    let (currency, year) = (allocation.asked.currency(), allocation.on.year());
    let of_year = agent.accounts.iter().copied();
    for key in of_year.filter(|it| (it.currency, it.year) == (currency, year)) {
        let account = account(service, tenant, id, key).await?;
        if account.state.collected.contains_key(&allocation.id) {
            return Ok((key, account));
        }
    }
    let plan = agent
        .plan
        .ok_or_else(|| Error::internal("an agent has a plan"))?;
    let key = AccountKey {
        plan,
        currency,
        year,
    };
    Ok((key, account(service, tenant, id, key).await?))
}

async fn opening(
    service: &BillingService,
    tenant: TenantId,
    agent: AgentId,
    key: AccountKey,
) -> Result<CommissionEvent> {
    let plan: Loaded<Plan> = service.repository.by_id(tenant, key.plan.as_uuid()).await?;
    let made = plan.state.0;
    let made = made.ok_or_else(|| Error::internal("a plan that is assigned was made"))?;
    Ok(CommissionOpened {
        agent,
        plan: key.plan,
        currency: key.currency,
        year: key.year,
        terms: made.terms,
    }
    .into())
}

async fn account(
    service: &BillingService,
    tenant: TenantId,
    agent: AgentId,
    key: AccountKey,
) -> Result<Loaded<Commission>> {
    let (agent, plan, year) = (
        agent.to_string(),
        key.plan.to_string(),
        key.year.to_string(),
    );
    let parts = [&*agent, &*plan, key.currency.code(), &*year];
    service.repository.by_key(tenant, &parts).await
}

/// Pays out what is payable to an agent, over all of their accounts of a currency.
pub(super) async fn settle_commission(
    service: &BillingService,
    allowed: Allowed<'_, ManageCommissions>,
    request: SettleCommissionRequest,
) -> Result<CommissionSettlement> {
    let (call, operation) = (allowed.call(), endpoints::SETTLE_COMMISSION.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let (tenant, id) = (allowed.tenant, request.id.as_uuid());
        let mut settlement: Loaded<Settlement> = service.repository.by_id(tenant, id).await?;
        if let Some(made) = &settlement.state.0 {
            let same = (made.agent, made.amount.currency()) == (request.agent, request.currency);
            if !same {
                return Err(rules::content_differs("settlement"));
            }
            return Ok((append, settlement_view(request, made.amount)));
        }
        let (append, amount) = settling(service, append, request).await?;
        let made = CommissionSettlementMade {
            agent: request.agent,
            amount,
        };
        let action = "commission.settled";
        let append = service.change(append, &mut settlement, [made.into()], action, None)?;
        Ok((append, settlement_view(request, amount)))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

const fn settlement_view(request: &SettleCommissionRequest, amount: Money) -> CommissionSettlement {
    CommissionSettlement {
        id: request.id,
        agent: request.agent,
        amount,
    }
}

async fn settling(
    service: &BillingService,
    append: Append,
    request: &SettleCommissionRequest,
) -> Result<(Append, Money)> {
    let (mut append, today) = service.booking_day(append, None).await?;
    let tenant = append.context.tenant;
    let agent: Loaded<agent::Agent> = service
        .repository
        .by_id(tenant, request.agent.as_uuid())
        .await?;
    agent_view(request.agent, &agent)?;
    append = agent.relied_on(append);
    let mut amount = Money::zero(request.currency);
    let of_currency = agent.state.accounts.iter().copied();
    for key in of_currency.filter(|it| it.currency == request.currency) {
        let mut account = account(service, tenant, request.agent, key).await?;
        let payable = account.state.payable(today)?;
        amount = amount.plus(payable).map_err(money)?;
        let event = account.state.settle(account.stream.id, request.id, today)?;
        append = service.repository.write(append, &mut account, event)?;
    }
    if amount.is_positive() {
        return Ok((append, amount));
    }
    Err(rules::refused(
        "nothing-payable",
        "Nothing is payable to the agent: not earned, held back, or clawed back since.",
    ))
}
