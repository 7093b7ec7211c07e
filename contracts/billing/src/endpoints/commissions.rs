//! Agents and commissions, as addresses.

use medcover_http::{Created, Endpoint, Json, Path, Query};

use super::{IdPath, PageQuery};
use crate::permissions::{ManageCommissions, ReadCommissions};
use crate::{
    AccrueCommissionRequest, Agent, AgentList, AgentRequest, CommissionPlan, CommissionPlanList,
    CommissionPlanRequest, CommissionSettlement, Commissions, SettleCommissionRequest,
};

const TAG: &str = "Commissions";

/// [`BillingApi::make_commission_plan`](crate::BillingApi::make_commission_plan)
pub static MAKE_COMMISSION_PLAN: Endpoint<Json<CommissionPlanRequest>, Created<CommissionPlan>> =
    Endpoint::post("make_commission_plan", "/api/v1/commissions/plans")
        .summary("Makes a commission plan.")
        .tag(TAG)
        .needs::<ManageCommissions>()
        .once();

/// [`BillingApi::commission_plans`](crate::BillingApi::commission_plans)
pub static COMMISSION_PLANS: Endpoint<Query<PageQuery>, Json<CommissionPlanList>> =
    Endpoint::get("commission_plans", "/api/v1/commissions/plans")
        .summary("The commission plans.")
        .tag(TAG)
        .needs::<ReadCommissions>();

/// [`BillingApi::register_agent`](crate::BillingApi::register_agent)
pub static REGISTER_AGENT: Endpoint<Json<AgentRequest>, Created<Agent>> =
    Endpoint::post("register_agent", "/api/v1/agents")
        .summary("Registers an agent, or gives one another plan for what is collected from now on.")
        .tag(TAG)
        .needs::<ManageCommissions>()
        .once();

/// [`BillingApi::agent`](crate::BillingApi::agent)
pub static AGENT: Endpoint<Path<IdPath>, Json<Agent>> =
    Endpoint::get("agent", "/api/v1/agents/{id}")
        .summary("An agent.")
        .tag(TAG)
        .needs::<ReadCommissions>();

/// [`BillingApi::agents`](crate::BillingApi::agents)
pub static AGENTS: Endpoint<Query<PageQuery>, Json<AgentList>> =
    Endpoint::get("agents", "/api/v1/agents")
        .summary("The agents.")
        .tag(TAG)
        .needs::<ReadCommissions>();

/// [`BillingApi::commissions`](crate::BillingApi::commissions)
pub static COMMISSIONS: Endpoint<Path<IdPath>, Json<Commissions>> =
    Endpoint::get("commissions", "/api/v1/agents/{id}/commissions")
        .summary("What an agent earned.")
        .tag(TAG)
        .needs::<ReadCommissions>();

/// [`BillingApi::accrue_commission`](crate::BillingApi::accrue_commission)
pub static ACCRUE_COMMISSION: Endpoint<Json<AccrueCommissionRequest>, Json<Commissions>> =
    Endpoint::post("accrue_commission", "/api/v1/commissions/accruals")
        .summary("Lets a commission follow what was collected. It does so by itself; this is for who must not wait.")
        .tag(TAG)
        .needs::<ManageCommissions>()
        .once();

/// [`BillingApi::settle_commission`](crate::BillingApi::settle_commission)
pub static SETTLE_COMMISSION: Endpoint<
    Json<SettleCommissionRequest>,
    Created<CommissionSettlement>,
> = Endpoint::post("settle_commission", "/api/v1/commissions/settlements")
    .summary("Pays out the commissions that are payable.")
    .tag(TAG)
    .needs::<ManageCommissions>()
    .once();
