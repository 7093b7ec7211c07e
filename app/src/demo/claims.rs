//! What happens between clinic and payer: claimed, decided, paid.

use std::collections::BTreeMap;

use medcover_contract_billing::{
    AdjudicationRequest, ClaimAdjustment, ClaimPayment, RemittanceRequest,
    WithdrawAdjudicationRequest,
};
use medcover_contract_hospital::Encounter;
use medcover_contract_insurance::{
    Claim, ClaimLine, ClaimState, IssueRemittanceRequest, Network, ReasonRequest, Remittance,
    ReverseClaimRequest, SubmitClaimRequest, Urgency,
};
use medcover_kernel::{ClaimId, Clock as _, Error, RemittanceId, Result};

use super::cover::Cover;
use super::days::day_of;
use super::making::{Making, usd};
use super::payments::follow_commissions;
use super::staff::Job;
use super::stories::Claims;
use super::visits::Visit;

pub(super) async fn submit(making: &Making, visit: &Visit) -> Result<()> {
    let Some(cover) = visit.cover else {
        return Ok(());
    };
    let call = making.call(Job::Biller);
    let encounter = making.hospital.encounter(&call, visit.encounter).await?;
    let request = request(visit, cover, &encounter)?;
    let call = making.call(Job::Biller);
    making
        .insurance
        .submit_claim(&call, request.clone())
        .await?;
    if visit.claims == Claims::Duplicated {
        let again = SubmitClaimRequest {
            id: Some(ClaimId::new(&*making.clock, &making.rng)),
            ..request
        };
        let call = making.call(Job::Biller);
        making.insurance.submit_claim(&call, again).await?;
    }
    Ok(())
}

fn request(visit: &Visit, cover: Cover, encounter: &Encounter) -> Result<SubmitClaimRequest> {
    let begun = || Error::internal("an encounter that is coded has begun");
    let diagnoses = if visit.claims == Claims::ScrubFailed {
        vec![visit.too_short.clone()]
    } else {
        encounter
            .diagnoses
            .iter()
            .map(|it| it.code.clone())
            .collect()
    };
    Ok(SubmitClaimRequest {
        id: Some(visit.claim),
        draft: visit.claims == Claims::Draft,
        member: cover.member,
        encounter: Some(visit.encounter),
        practitioner: visit.practitioner,
        authorisation: visit.authorisation,
        service_on: encounter.service_date.ok_or_else(begun)?,
        diagnoses,
        lines: vec![ClaimLine {
            procedure: visit.service.code.to_owned(),
            units: 1,
            charge: usd(visit.service.charge),
            diagnoses: vec![1],
            network: Network::In,
            urgency: Urgency::Routine,
            distinct: false,
        }],
    })
}

pub(super) async fn decide(making: &Making, visit: &Visit) -> Result<()> {
    if visit.cover.is_none() || claim(making, visit).await?.state != ClaimState::Accepted {
        return Ok(());
    }
    let (insurance, id) = (&making.insurance, visit.claim);
    let reason = |text: &str| ReasonRequest {
        reason: text.to_owned(),
    };
    match visit.claims {
        Claims::Pended => {
            let call = making.call(Job::Insurer);
            let why = reason("The payer waits for the notes of the visit");
            insurance.pend_claim(&call, id, why).await?;
        }
        Claims::Voided => {
            let call = making.call(Job::Biller);
            let why = reason("The visit will be claimed together with the next one");
            insurance.void_claim(&call, id, why).await?;
        }
        Claims::Adjudicated | Claims::Finalized => adjudicate(making, visit).await?,
        Claims::Reversed => {
            adjudicate(making, visit).await?;
            reverse(making, visit).await?;
        }
        Claims::None
        | Claims::Draft
        | Claims::ScrubFailed
        | Claims::Duplicated
        | Claims::Accepted => {}
    }
    Ok(())
}

/// The payer decides, and the invoice gets its shares.
async fn adjudicate(making: &Making, visit: &Visit) -> Result<()> {
    let call = making.call(Job::Insurer);
    let decided = making
        .insurance
        .adjudicate_claim(&call, visit.claim)
        .await?;
    let Some(adjudication) = decided.adjudication else {
        return Ok(());
    };
    let totals = adjudication.decision.totals;
    let request = AdjudicationRequest {
        claim: visit.claim,
        version: adjudication.version,
        contractual: totals.written_off,
        patient: totals.patient,
        payer: totals.paid,
        on: None,
    };
    let (call, invoice) = (making.call(Job::Biller), visit.invoice);
    making
        .billing
        .apply_adjudication(&call, invoice, request)
        .await?;
    Ok(())
}

async fn reverse(making: &Making, visit: &Visit) -> Result<()> {
    let request = ReverseClaimRequest {
        adjudication: None,
        reason: "The contract of that month had other prices".to_owned(),
    };
    let call = making.call(Job::Insurer);
    let reversed = making.insurance.reverse_claim(&call, visit.claim, request);
    let version = reversed.await?.adjudication.map_or(1, |it| it.version);
    let request = WithdrawAdjudicationRequest {
        claim: visit.claim,
        version,
    };
    let (call, invoice) = (making.call(Job::Biller), visit.invoice);
    making
        .billing
        .withdraw_adjudication(&call, invoice, request)
        .await?;
    Ok(())
}

/// The payer pays, and the clinic posts what it says.
pub(super) async fn remit(making: &Making, visit: &Visit) -> Result<()> {
    let Some(cover) = visit.cover.filter(|_| visit.claims == Claims::Finalized) else {
        return Ok(());
    };
    if claim(making, visit).await?.state != ClaimState::Adjudicated {
        return Ok(());
    }
    let request = IssueRemittanceRequest {
        id: Some(RemittanceId::new(&*making.clock, &making.rng)),
        payer: cover.payer,
        trace: format!("DEMO-EFT-{:04}", visit.number + 1),
        paid_on: day_of(making.clock.now()),
        claims: vec![visit.claim],
        provider_adjustments: Vec::new(),
    };
    let call = making.call(Job::Insurer);
    let remittance = making.insurance.issue_remittance(&call, request).await?;
    let request = posting(making, visit, &remittance).await?;
    let call = making.call(Job::Biller);
    let posted = making.billing.post_remittance(&call, request).await?;
    if let Some(payment) = posted.payment {
        let call = making.call(Job::Biller);
        let payment = making.billing.payment(&call, payment).await?;
        follow_commissions(making, &payment).await?;
    }
    Ok(())
}

/// A remittance as its file would say it.
pub(super) async fn posting(
    making: &Making,
    visit: &Visit,
    remittance: &Remittance,
) -> Result<RemittanceRequest> {
    let claim = claim(making, visit).await?;
    let payments = remittance.claims.iter().map(|remitted| ClaimPayment {
        claim: remitted.claim,
        invoice: visit.invoice,
        billed: remitted.billed,
        paid: remitted.payment,
        adjustments: adjustments(&claim),
    });
    Ok(RemittanceRequest {
        id: RemittanceId::new(&*making.clock, &making.rng),
        payer: remittance.payer.as_uuid(),
        trace: remittance.trace.clone(),
        control: format!("{:09}", 900 + visit.number),
        total: remittance.total,
        paid_on: remittance.paid_on,
        claims: payments.collect(),
        provider_adjustments: Vec::new(),
    })
}

/// What was not paid of a claim, by group and reason.
fn adjustments(claim: &Claim) -> Vec<ClaimAdjustment> {
    let mut sums = BTreeMap::<_, i64>::new();
    let decision = claim.adjudication.iter().map(|it| &it.decision);
    let lines = decision.flat_map(|it| &it.lines);
    for adjustment in lines.flat_map(|line| &line.adjustments) {
        let group = serde_json::json!(adjustment.group);
        let group = group.as_str().unwrap_or_default().to_owned();
        let key = (group, adjustment.reason.number().to_string());
        *sums.entry(key).or_default() += adjustment.amount.minor();
    }
    let adjustment = |((group, reason), amount_minor)| ClaimAdjustment {
        group,
        reason,
        amount_minor,
    };
    sums.into_iter().map(adjustment).collect()
}

async fn claim(making: &Making, visit: &Visit) -> Result<Claim> {
    let call = making.call(Job::Biller);
    making.insurance.claim(&call, visit.claim).await
}
