//! `premium`: what is paid for a policy, and what the policy becomes when it is, or is not.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_contract_billing::{
    AgentId, InvoiceKind, InvoiceLine, InvoiceRequest, ReasonRequest as Reason,
};
use medcover_contract_insurance::{
    PolicyState, Premium, PremiumState, ReasonRequest, SettlePremiumRequest,
};
use medcover_contract_journeys::{PremiumCollection, Saga as Name, Unpaid};
use medcover_kernel::InvoiceId;
use medcover_workflow::saga::{RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};
use serde_json::Value;

use super::PATIENT;
use super::collecting::{Collected, accrue, allocate, collect};
use super::taking::{Bound, Peers, Step, Stop, Taken, call_of, given, gives, made};

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    let definition = Definition::named(Name::Premium.name(), 1)
        .step(Of::compensated("invoice"))
        .step(Of::pivot("collect").retry(PATIENT))
        .step(Of::forward("allocate").retry(PATIENT))
        .step(Of::forward("settle").retry(PATIENT))
        .step(Of::forward("cover").retry(PATIENT))
        .step(Of::forward("commission").retry(PATIENT))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("invoice", Bound::to(peers, Invoice))
        .action("collect", Bound::to(peers, Collect))
        .action("allocate", Bound::to(peers, Allocate))
        .action("settle", Bound::to(peers, Settle))
        .action("cover", Bound::to(peers, Cover))
        .action("commission", Bound::to(peers, Commission))
        .build()
}

/// Issues the invoice of the premium.
struct Invoice;

#[async_trait]
impl Step for Invoice {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PremiumCollection = step.input()?;
        let call = call_of(step);
        let policy = peers.insurance.policy(&call, input.policy).await?;
        let premium = premium(peers, step, &input).await?;
        match premium.state {
            PremiumState::Due => {}
            PremiumState::Scheduled => return Err(Stop::refused("the premium is not due yet")),
            PremiumState::Settled => return Err(Stop::refused("the premium is paid")),
        }
        let agent = input.agent.or(policy.agent).map(AgentId::from_uuid);
        let request = InvoiceRequest {
            id: invoice(step),
            kind: InvoiceKind::Premium,
            patient: input.holder,
            encounter: None,
            policy: Some(input.policy),
            payer: None,
            agent,
            series: None,
            lines: vec![InvoiceLine {
                description: format!("Premium {} of policy {}", premium.number, policy.number),
                code: None,
                units: 1,
                unit_price: premium.amount,
            }],
            covers_from: Some(premium.covers_from),
            covers_to: Some(premium.covers_to),
            on: None,
            due_on: Some(premium.due_on),
        };
        peers.billing.issue_invoice(&call, request).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        withdraw(peers, step, "The collection of the premium was called off.").await
    }
}

async fn withdraw(peers: &Peers, step: &StepCall<'_>, reason: &str) -> Taken<()> {
    let request = Reason {
        reason: reason.to_owned(),
    };
    let billing = &peers.billing;
    Ok(billing
        .withdraw_invoice(&call_of(step), invoice(step), request)
        .await?)
}

async fn premium(peers: &Peers, step: &StepCall<'_>, input: &PremiumCollection) -> Taken<Premium> {
    let premiums = peers
        .insurance
        .premiums(&call_of(step), input.policy)
        .await?
        .premiums;
    let found = premiums.into_iter().find(|it| it.number == input.number);
    found.ok_or_else(|| Stop::refused("the policy has no premium of that number"))
}

/// Takes the money, once.
struct Collect;

#[async_trait]
impl Step for Collect {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PremiumCollection = step.input()?;
        let holder = input.holder;
        gives(&collect(peers, step, invoice(step), holder, input.collection).await?)
    }
}

/// Puts it against the invoice; an invoice that was not paid is withdrawn, so that the premium can be asked for again.
struct Allocate;

#[async_trait]
impl Step for Allocate {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let collected: Collected = given(step, "collect")?;
        if let Collected::Declined { .. } = collected {
            withdraw(peers, step, "The premium was not paid.").await?;
        }
        allocate(peers, step, collected, invoice(step)).await
    }
}

/// Notes at the policy that the premium is paid.
struct Settle;

#[async_trait]
impl Step for Settle {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PremiumCollection = step.input()?;
        let payment = match given(step, "collect")? {
            Collected::Paid { payment, .. } => Some(payment),
            Collected::Nothing => None,
            Collected::Declined { .. } => return Ok(Value::Null),
        };
        let request = SettlePremiumRequest {
            invoice: Some(invoice(step)),
            payment,
        };
        let call = call_of(step);
        peers
            .insurance
            .settle_premium(&call, input.policy, input.number, request)
            .await?;
        Ok(Value::Null)
    }
}

/// Lets the policy begin or cover again; or, unpaid, what was asked for.
struct Cover;

#[async_trait]
impl Step for Cover {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PremiumCollection = step.input()?;
        let (call, id) = (call_of(step), input.policy);
        let unpaid = matches!(given(step, "collect")?, Collected::Declined { .. });
        let state = peers.insurance.policy(&call, id).await?.state;
        let reason = || ReasonRequest {
            reason: format!("Premium {} is not paid.", input.number),
        };
        let insurance = &peers.insurance;
        match (unpaid, state, input.unpaid) {
            (false, PolicyState::Ready, _) => insurance.activate_policy(&call, id).await?,
            (false, PolicyState::Suspended, _) => insurance.reinstate_policy(&call, id).await?,
            (true, PolicyState::Active, Unpaid::Suspend) => {
                insurance.suspend_policy(&call, id, reason()).await?
            }
            (true, PolicyState::Active | PolicyState::Suspended, Unpaid::Lapse) => {
                insurance.lapse_policy(&call, id, reason()).await?
            }
            _ => return gives(&state),
        };
        gives(&insurance.policy(&call, id).await?.state)
    }
}

/// Lets the agent earn.
struct Commission;

#[async_trait]
impl Step for Commission {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        accrue(peers, step, given(step, "collect")?, invoice(step)).await
    }
}

fn invoice(step: &StepCall<'_>) -> InvoiceId {
    InvoiceId::from_uuid(made(step.saga, "invoice"))
}
