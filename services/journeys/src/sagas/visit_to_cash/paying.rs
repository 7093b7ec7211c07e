//! The patient's share: from its collection on there is no way back.

use async_trait::async_trait;
use medcover_contract_journeys::VisitToCash;
use medcover_workflow::saga::StepCall;
use serde_json::Value;

use super::{invoice, visit};
use crate::sagas::collecting::{accrue, allocate, collect};
use crate::sagas::taking::{Peers, Step, Taken, call_of, given, gives};

/// Takes the money, once. What is declined stays owed.
pub(super) struct Collect;

#[async_trait]
impl Step for Collect {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: VisitToCash = step.input()?;
        let from = input.patient;
        gives(&collect(peers, step, invoice(step), from, input.collection).await?)
    }
}

/// Puts it against the invoice.
pub(super) struct Allocate;

#[async_trait]
impl Step for Allocate {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        allocate(peers, step, given(step, "collect")?, invoice(step)).await
    }
}

/// Lets the agent earn.
pub(super) struct Commission;

#[async_trait]
impl Step for Commission {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        accrue(peers, step, given(step, "collect")?, invoice(step)).await
    }
}

/// Notes at the visit that its charges are taken down.
pub(super) struct Bill;

#[async_trait]
impl Step for Bill {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        peers
            .hospital
            .mark_billed(&call_of(step), visit(step)?)
            .await?;
        Ok(Value::Null)
    }
}
