//! An agent.

use medcover_contract_billing::CommissionPlanId;
use medcover_contract_billing::events::{AgentAccountOpened, AgentPlanAssigned, AgentRegistered};
use medcover_kernel::{Currency, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to an agent.
    pub(crate) AgentEvent {
        Registered(AgentRegistered), PlanAssigned(AgentPlanAssigned), AccountOpened(AgentAccountOpened),
    }
}

/// Which of an agent's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountKey {
    pub(crate) plan: CommissionPlanId,
    pub(crate) currency: Currency,
    pub(crate) year: i16,
}

/// An agent as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agent {
    pub(crate) registered: Option<AgentRegistered>,
    pub(crate) plan: Option<CommissionPlanId>,
    pub(crate) accounts: Vec<AccountKey>,
}

impl Aggregate for Agent {
    const KIND: &'static str = "agent";
    type Event = AgentEvent;

    fn evolve(&mut self, event: &AgentEvent, _: Timestamp) {
        match event {
            AgentEvent::Registered(event) => {
                self.plan = Some(event.plan);
                self.registered = Some(event.clone());
            }
            AgentEvent::PlanAssigned(event) => self.plan = Some(event.plan),
            AgentEvent::AccountOpened(event) => self.accounts.push(AccountKey {
                plan: event.plan,
                currency: event.currency,
                year: event.year,
            }),
        }
    }
}
