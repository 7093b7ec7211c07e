//! `claim-reversal`: a decision is taken back, and all that followed from it follows again.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_contract_billing::endpoints::PaymentQuery;
use medcover_contract_billing::{
    AccrueCommissionRequest, Payment, RefundId, RefundRequest, WithdrawAdjudicationRequest,
};
use medcover_contract_insurance::{ClaimState, ReasonRequest, ReverseClaimRequest};
use medcover_contract_journeys::{AfterReversal, ClaimReversal, Saga as Name};
use medcover_kernel::{Call, InvoiceId, Limit, PatientId};
use medcover_workflow::saga::{RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::amounts::{is_decided, shares};
use super::remittance_posting::invoice_of;
use super::taking::{Bound, Peers, Step, Stop, Taken, call_of, given, gives, if_there, made};
use super::{A_MINUTE, PATIENT};

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    // Benefits that return may be used by another claim at once, so a reversal is not undone.
    let definition = Definition::named(Name::ClaimReversal.name(), 1)
        .step(Of::without_undo("examine", "it only reads"))
        .step(Of::pivot("reverse").retry(PATIENT))
        .step(Of::forward("decide").retry(PATIENT))
        .step(Of::forward("apply").retry(PATIENT))
        .step(Of::forward("refund").retry(PATIENT))
        .step(Of::forward("commission").retry(PATIENT))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("examine", Bound::to(peers, Examine))
        .action("reverse", Bound::to(peers, Reverse))
        .action("decide", Bound::to(peers, Decide))
        .action("apply", Bound::to(peers, Apply))
        .action("refund", Bound::to(peers, Refund))
        .action("commission", Bound::to(peers, Commission))
        .build()
}

/// What is taken back.
#[derive(Serialize, Deserialize)]
struct Examined {
    version: u32,
    invoice: InvoiceId,
    patient: PatientId,
}

/// Finds the decision that stands, and the invoice that it gave its shares.
struct Examine;

#[async_trait]
impl Step for Examine {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: ClaimReversal = step.input()?;
        let call = call_of(step);
        let claim = peers.insurance.claim(&call, input.claim).await?;
        let stands = claim
            .adjudication
            .as_ref()
            .filter(|_| is_decided(claim.state));
        let version = stands.map(|it| it.version);
        let version = version.ok_or_else(|| Stop::refused("no decision on the claim stands"))?;
        let invoice = invoice_of(peers, &call, &claim).await?;
        let patient = peers.billing.invoice(&call, invoice).await?.patient;
        gives(&Examined {
            version,
            invoice,
            patient,
        })
    }
}

/// Takes it back; what it used of benefits returns.
struct Reverse;

#[async_trait]
impl Step for Reverse {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: ClaimReversal = step.input()?;
        let request = ReverseClaimRequest {
            adjudication: Some(given::<Examined>(step, "examine")?.version),
            reason: input.reason,
        };
        peers
            .insurance
            .reverse_claim(&call_of(step), input.claim, request)
            .await?;
        Ok(Value::Null)
    }
}

/// Lets the payer decide anew, or takes the claim itself back.
struct Decide;

#[async_trait]
impl Step for Decide {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: ClaimReversal = step.input()?;
        let (call, id) = (call_of(step), input.claim);
        if input.then == AfterReversal::Void {
            let request = ReasonRequest {
                reason: input.reason,
            };
            peers.insurance.void_claim(&call, id, request).await?;
            return Ok(Value::Null);
        }
        let mut claim = peers.insurance.claim(&call, id).await?;
        // Somebody may have taken it back meanwhile, or a decision may wait for what is there by now.
        if claim.state != ClaimState::Voided && !is_decided(claim.state) {
            claim = peers.insurance.adjudicate_claim(&call, id).await?;
        }
        if claim.state != ClaimState::Voided && !is_decided(claim.state) {
            return Err(Stop::waiting(A_MINUTE));
        }
        Ok(Value::Null)
    }
}

/// Gives the invoice the difference.
struct Apply;

#[async_trait]
impl Step for Apply {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let (input, found) = (
            step.input::<ClaimReversal>()?,
            given::<Examined>(step, "examine")?,
        );
        let call = call_of(step);
        let claim = peers.insurance.claim(&call, input.claim).await?;
        if claim.state == ClaimState::Voided {
            let request = WithdrawAdjudicationRequest {
                claim: input.claim,
                version: found.version,
            };
            peers
                .billing
                .withdraw_adjudication(&call, found.invoice, request)
                .await?;
            return Ok(Value::Null);
        }
        let decided = shares(&claim)?.ok_or_else(|| Stop::refused("no decision was made"))?;
        peers
            .billing
            .apply_adjudication(&call, found.invoice, decided)
            .await?;
        Ok(Value::Null)
    }
}

/// Asks that the patient gets back what they have paid too much; another person approves.
struct Refund;

#[async_trait]
impl Step for Refund {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let (input, found) = (
            step.input::<ClaimReversal>()?,
            given::<Examined>(step, "examine")?,
        );
        let call = call_of(step);
        let mut refunds = Vec::new();
        for payment in payments(peers, &call, &found).await? {
            let name = format!("refund/{}", payment.id);
            let id = Uuid::new_v5(&made(step.saga, "refund"), name.as_bytes());
            let id = RefundId::from_uuid(id);
            let left = payment.unapplied.minus(payment.held).ok();
            let left = left.filter(|left| left.is_positive());
            let known = if_there(peers.billing.refund(&call, id).await)?;
            if let (None, Some(amount)) = (&known, left) {
                let reason = input.reason.clone();
                let request = RefundRequest {
                    id,
                    payment: payment.id,
                    amount,
                    reason,
                };
                peers.billing.request_refund(&call, request).await?;
                refunds.push(id);
            } else if known.is_some() {
                refunds.push(id);
            }
        }
        gives(&refunds)
    }
}

/// The patient's payments for the invoice.
async fn payments(peers: &Peers, call: &Call, found: &Examined) -> Taken<Vec<Payment>> {
    let mut of_invoice = Vec::new();
    let mut query = PaymentQuery {
        party: Some(found.patient.as_uuid()),
        limit: Some(Limit::MAX),
        ..PaymentQuery::default()
    };
    loop {
        let page = peers.billing.payments(call, query.clone()).await?;
        let is_meant = |payment: &Payment| {
            let stands = payment
                .allocations
                .iter()
                .any(|it| it.invoice == found.invoice);
            stands || payment.invoice == Some(found.invoice)
        };
        of_invoice.extend(page.payments.into_iter().filter(is_meant));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(of_invoice),
        }
    }
}

/// Lets the commission follow what stands against the invoice now.
struct Commission;

#[async_trait]
impl Step for Commission {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let found: Examined = given(step, "examine")?;
        let call = call_of(step);
        if peers
            .billing
            .invoice(&call, found.invoice)
            .await?
            .agent
            .is_none()
        {
            return Ok(Value::Null);
        }
        for payment in payments(peers, &call, &found).await? {
            let stands = payment
                .allocations
                .iter()
                .filter(|it| it.invoice == found.invoice);
            for allocation in stands {
                let request = AccrueCommissionRequest {
                    payment: payment.id,
                    allocation: allocation.id,
                };
                peers.billing.accrue_commission(&call, request).await?;
            }
        }
        Ok(Value::Null)
    }
}
