//! The claim for the visit, the decision on it, and what that gives each side of the invoice.

use async_trait::async_trait;
use medcover_contract_billing::{AdjudicationRequest, WithdrawAdjudicationRequest};
use medcover_contract_hospital::{Encounter, Procedure};
use medcover_contract_insurance::{
    self as insurance, ClaimLine, ClaimState, Network, ReasonRequest, ReverseClaimRequest,
    SubmitClaimRequest, Urgency,
};
use medcover_contract_journeys::VisitToCash;
use medcover_kernel::ErrorKind;
use medcover_workflow::saga::StepCall;
use serde_json::Value;

use super::booking::{Cover, Reserved};
use super::invoicing::coded;
use super::{CALLED_OFF, claim, invoice};
use crate::sagas::A_MINUTE;
use crate::sagas::amounts::{is_decided, shares};
use crate::sagas::taking::{Peers, Step, Stop, Taken, call_of, given, gives, if_there};

/// Sends the claim, and waits while people mend what scrubbing or the payer found.
pub(super) struct Claim;

#[async_trait]
impl Step for Claim {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        use ClaimState::{Draft, Rejected, ScrubFailed, Scrubbed, Submitted, Voided};
        if given::<Option<Cover>>(step, "eligibility")?.is_none() {
            return Ok(Value::Null);
        }
        let (call, id) = (call_of(step), claim(step));
        let sent = match if_there(peers.insurance.claim(&call, id).await)? {
            Some(sent) => sent,
            None => send(peers, step).await?,
        };
        match sent.state {
            Draft | Scrubbed | ScrubFailed | Submitted | Rejected => Err(Stop::waiting(A_MINUTE)),
            Voided => Err(Stop::refused("the claim was taken back")),
            _ => Ok(Value::Null),
        }
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let input: VisitToCash = step.input()?;
        if input.cover.is_none() {
            return Ok(());
        }
        // A decision that came late stands again by now.
        reverse(peers, step).await?;
        let request = ReasonRequest {
            reason: CALLED_OFF.to_owned(),
        };
        Ok(peers
            .insurance
            .void_claim(&call_of(step), claim(step), request)
            .await?)
    }
}

async fn send(peers: &Peers, step: &StepCall<'_>) -> Taken<insurance::Claim> {
    let request = claimed(step, &coded(peers, step).await?)?;
    Ok(peers
        .insurance
        .submit_claim(&call_of(step), request)
        .await?)
}

fn claimed(step: &StepCall<'_>, visit: &Encounter) -> Taken<SubmitClaimRequest> {
    let input: VisitToCash = step.input()?;
    let cover = input
        .cover
        .ok_or_else(|| Stop::refused("nobody is to be asked"))?;
    let reserved: Option<Reserved> = given(step, "reserve")?;
    let mut diagnoses = visit.diagnoses.clone();
    diagnoses.sort_by_key(|it| it.rank);
    let place = |rank: &u8| diagnoses.iter().position(|it| it.rank == *rank);
    let line = |procedure: &Procedure| {
        let pointed = procedure.diagnoses.iter().filter_map(place);
        let mut pointed: Vec<_> = pointed.map(|place| place as u32 + 1).collect();
        if pointed.is_empty() {
            pointed.push(1);
        }
        ClaimLine {
            procedure: procedure.code.clone(),
            units: procedure.units,
            charge: procedure.charge,
            diagnoses: pointed,
            network: Network::In,
            urgency: Urgency::Routine,
            distinct: false,
        }
    };
    Ok(SubmitClaimRequest {
        id: Some(claim(step)),
        draft: false,
        member: cover.member,
        encounter: Some(visit.id),
        practitioner: visit.practitioner,
        authorisation: reserved.map(|it| it.authorisation),
        service_on: visit.service_date.unwrap_or(cover.service_on),
        lines: visit.procedures.iter().map(line).collect(),
        diagnoses: diagnoses.into_iter().map(|it| it.code).collect(),
    })
}

/// Lets the payer decide, and waits while it must know more.
pub(super) struct Adjudicate;

#[async_trait]
impl Step for Adjudicate {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        if given::<Option<Cover>>(step, "eligibility")?.is_none() {
            return Ok(Value::Null);
        }
        let (call, id) = (call_of(step), claim(step));
        let mut found = peers.insurance.claim(&call, id).await?;
        if !is_decided(found.state) {
            found = peers.insurance.adjudicate_claim(&call, id).await?;
        }
        if !is_decided(found.state) {
            return Err(Stop::waiting(A_MINUTE));
        }
        gives(&shares(&found)?)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let input: VisitToCash = step.input()?;
        if input.cover.is_none() {
            return Ok(());
        }
        reverse(peers, step).await
    }
}

/// Takes the decision on the claim back, if one stands.
async fn reverse(peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
    let (call, id) = (call_of(step), claim(step));
    let Some(found) = if_there(peers.insurance.claim(&call, id).await)? else {
        return Ok(());
    };
    if !is_decided(found.state) {
        return Ok(());
    }
    let request = ReverseClaimRequest {
        adjudication: found.adjudication.map(|it| it.version),
        reason: CALLED_OFF.to_owned(),
    };
    peers.insurance.reverse_claim(&call, id, request).await?;
    Ok(())
}

/// Gives the sides of the invoice what the decision says.
pub(super) struct Apply;

#[async_trait]
impl Step for Apply {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let Some(request) = given::<Option<AdjudicationRequest>>(step, "adjudicate")? else {
            return Ok(Value::Null);
        };
        peers
            .billing
            .apply_adjudication(&call_of(step), invoice(step), request)
            .await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let Some(applied) = given::<Option<AdjudicationRequest>>(step, "adjudicate")? else {
            return Ok(());
        };
        let request = WithdrawAdjudicationRequest {
            claim: applied.claim,
            version: applied.version,
        };
        let billing = &peers.billing;
        match billing
            .withdraw_adjudication(&call_of(step), invoice(step), request)
            .await
        {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            withdrawn => Ok(withdrawn.map(|_| ())?),
        }
    }
}
