//! What a decision on a claim comes to for an invoice.

use medcover_contract_billing::AdjudicationRequest;
use medcover_contract_insurance::{Claim, ClaimState};

use super::taking::{Stop, Taken};

/// What the last decision on `claim` gives each side of its invoice; nothing where none was made.
pub(super) fn shares(claim: &Claim) -> Taken<Option<AdjudicationRequest>> {
    let Some(adjudication) = &claim.adjudication else {
        return Ok(None);
    };
    let totals = adjudication.decision.totals;
    if !totals.other.is_zero() {
        return Err(Stop::refused(
            "another payer bears part of the claim, which no invoice has a side for",
        ));
    }
    Ok(Some(AdjudicationRequest {
        claim: claim.id,
        version: adjudication.version,
        contractual: totals.written_off,
        patient: totals.patient,
        payer: totals.paid,
        on: None,
    }))
}

/// Whether the decision on a claim stands.
pub(super) const fn is_decided(state: ClaimState) -> bool {
    matches!(state, ClaimState::Adjudicated | ClaimState::Finalized)
}
