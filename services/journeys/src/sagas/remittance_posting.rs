//! `remittance-posting`: what a payer has paid, on the invoices of its claims, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_adjudication::Group;
use medcover_contract_billing::{
    ClaimAdjustment, ClaimPayment, InvoiceState, ProviderAdjustment, RemittanceRequest,
    RemittanceState,
};
use medcover_contract_insurance::{Claim, RemittedClaim};
use medcover_contract_journeys::{RemittancePosting, Saga as Name};
use medcover_kernel::{Call, InvoiceId, RemittanceId};
use medcover_workflow::saga::{RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};
use serde_json::Value;

use super::PATIENT;
use super::amounts::{is_decided, shares};
use super::taking::{Bound, Peers, Step, Stop, Taken, call_of, given, gives, made};

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    let definition = Definition::named(Name::RemittancePosting.name(), 1)
        .step(Of::without_undo("read", "it only reads"))
        .step(Of::without_undo(
            "shares",
            "what was decided is owed, whether or not it is paid",
        ))
        .step(Of::pivot("post").retry(PATIENT))
        .step(Of::forward("clear").retry(PATIENT))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("read", Bound::to(peers, Read))
        .action("shares", Bound::to(peers, MoveShares))
        .action("post", Bound::to(peers, Post))
        .action("clear", Bound::to(peers, Clear))
        .build()
}

/// Reads the remittance and finds the invoice of each claim, so that what is posted is settled before anything is.
struct Read;

#[async_trait]
impl Step for Read {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: RemittancePosting = step.input()?;
        let call = call_of(step);
        let remittance = peers.insurance.remittance(&call, input.remittance).await?;
        let mut claims = Vec::new();
        let mut kept_back: Vec<_> = remittance
            .provider_adjustments
            .iter()
            .map(|it| ProviderAdjustment {
                reason: it.reason.clone(),
                amount_minor: it.amount.minor(),
            })
            .collect();
        for remitted in &remittance.claims {
            if remitted.payment.is_negative() {
                // What is taken back for a claim is kept back from the payment for the others.
                kept_back.push(ProviderAdjustment {
                    reason: TAKEN_BACK.to_owned(),
                    amount_minor: remitted.payment.negated().minor(),
                });
                continue;
            }
            let claim = peers.insurance.claim(&call, remitted.claim).await?;
            let invoice = invoice_of(peers, &call, &claim).await?;
            claims.push(payment(remitted, &claim, invoice));
        }
        gives(&RemittanceRequest {
            // Billing knows by trace and content, not by this id, whether it has seen it before.
            id: RemittanceId::from_uuid(made(step.saga, "post")),
            payer: remittance.payer.as_uuid(),
            trace: remittance.trace,
            control: input.control,
            total: remittance.total,
            paid_on: remittance.paid_on,
            claims,
            provider_adjustments: kept_back,
        })
    }
}

/// X12's code for an overpayment that is recovered.
const TAKEN_BACK: &str = "WO";
/// The number of the reason that something was paid before.
const PAID_BEFORE: &str = "B13";

/// The invoice of the visit that is claimed.
pub(super) async fn invoice_of(peers: &Peers, call: &Call, claim: &Claim) -> Taken<InvoiceId> {
    let visit = claim.content.encounter;
    let visit =
        visit.ok_or_else(|| Stop::refused(format!("claim {} is for no visit", claim.id)))?;
    let charges = peers.billing.charges(call, visit).await?;
    charges
        .invoice
        .ok_or_else(|| Stop::refused(format!("the visit of claim {} has no invoice", claim.id)))
}

fn payment(remitted: &RemittedClaim, claim: &Claim, invoice: InvoiceId) -> ClaimPayment {
    let mut adjustments = if remitted.reversal {
        BTreeMap::new()
    } else {
        adjustments(claim)
    };
    if remitted.paid_before.is_positive() {
        let before = adjustments.entry(("OA".to_owned(), PAID_BEFORE.to_owned()));
        *before.or_default() += remitted.paid_before.minor();
    }
    let adjustment = |((group, reason), amount_minor)| ClaimAdjustment {
        group,
        reason,
        amount_minor,
    };
    ClaimPayment {
        claim: remitted.claim,
        invoice,
        billed: remitted.billed,
        paid: remitted.payment,
        adjustments: adjustments.into_iter().map(adjustment).collect(),
    }
}

/// What was not paid of a claim, by group and reason.
fn adjustments(claim: &Claim) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    let decision = claim.adjudication.iter().map(|it| &it.decision);
    for adjustment in decision
        .flat_map(|it| &it.lines)
        .flat_map(|line| &line.adjustments)
    {
        let key = (
            group(adjustment.group).to_owned(),
            adjustment.reason.number().to_string(),
        );
        *sums.entry(key).or_default() += adjustment.amount.minor();
    }
    sums
}

const fn group(group: Group) -> &'static str {
    match group {
        Group::Contractual => "CO",
        Group::Patient => "PR",
        Group::Other => "OA",
        Group::Payer => "PI",
    }
}

/// Gives the sides of each invoice what was decided, so that the patient's part is the patient's before the rest is paid.
struct MoveShares;

#[async_trait]
impl Step for MoveShares {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let (call, request) = (call_of(step), given::<RemittanceRequest>(step, "read")?);
        for paid in &request.claims {
            let claim = peers.insurance.claim(&call, paid.claim).await?;
            let invoice = peers.billing.invoice(&call, paid.invoice).await?;
            let known = invoice.adjudication.map(|it| (it.claim, it.version));
            let Some(shares) = shares(&claim)?.filter(|_| is_decided(claim.state)) else {
                continue;
            };
            if known != Some((shares.claim, shares.version)) && invoice.state != InvoiceState::Void
            {
                peers
                    .billing
                    .apply_adjudication(&call, paid.invoice, shares)
                    .await?;
            }
        }
        Ok(Value::Null)
    }
}

/// Posts it: once for payer and trace, once for its content.
struct Post;

#[async_trait]
impl Step for Post {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let request: RemittanceRequest = given(step, "read")?;
        let posted = peers
            .billing
            .post_remittance(&call_of(step), request)
            .await?;
        gives(&posted.id)
    }
}

/// Stops the run in sight of a person while billing has the remittance parked.
struct Clear;

#[async_trait]
impl Step for Clear {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let posting = peers
            .billing
            .remittance_posting(&call_of(step), given(step, "post")?)
            .await?;
        match posting.state {
            RemittanceState::Posted | RemittanceState::Duplicate | RemittanceState::Dismissed => {
                gives(&posting.state)
            }
            RemittanceState::Parked => Err(Stop::refused(format!(
                "the remittance is parked in billing: {}",
                posting.reasons.join("; ")
            ))),
        }
    }
}
