//! A remittance: what a payer pays for which claims.

use medcover_contract_insurance::events::RemittanceIssued;
use medcover_contract_insurance::{ClaimState, ProviderAdjustment, RemittedClaim};
use medcover_kernel::{ClaimId, Currency, Error, Money, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::claim::{Claim, state_name};
use super::refusal::{of_money, refused};

events! {
    /// What can happen to a remittance.
    pub(crate) RemittanceEvent { Issued(RemittanceIssued), }
}

/// A remittance as its event leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remittance(pub(crate) Option<RemittanceIssued>);

impl Aggregate for Remittance {
    const KIND: &'static str = "remittance";
    type Event = RemittanceEvent;
    fn evolve(&mut self, event: &RemittanceEvent, _: Timestamp) {
        let RemittanceEvent::Issued(issued) = event;
        self.0 = Some(issued.clone());
    }
}

/// What a remittance pays for a claim: what is owed by its state now, less what was paid before. A claim that is reversed
/// is owed nothing.
pub(crate) fn remit(id: ClaimId, claim: &Claim) -> Result<RemittedClaim> {
    let Some(decided) = claim.decided.as_ref() else {
        return Err(not_payable(claim));
    };
    let totals = decided.decision.totals;
    let zero = Money::zero(totals.billed.currency());
    let paid_before = claim.remitted.unwrap_or(zero);
    let reversal = match claim.state {
        ClaimState::Adjudicated => false,
        ClaimState::Reversed if !paid_before.is_zero() => true,
        _ => return Err(not_payable(claim)),
    };
    let owed = |amount: Money| if reversal { zero } else { amount };
    let payment = owed(totals.paid).minus(paid_before);
    Ok(RemittedClaim {
        claim: id,
        adjudication: decided.version,
        billed: totals.billed,
        paid: owed(totals.paid),
        patient: owed(totals.patient),
        contractual: owed(totals.written_off),
        reversal,
        paid_before,
        payment: payment.map_err(of_money("/claims"))?,
    })
}

fn not_payable(claim: &Claim) -> Error {
    let state = state_name(claim.state);
    Error::illegal_transition("claim", state, "remit", &[])
}

/// What is paid: the payments of `claims` − the `adjustments`. Never less than nothing: what a payer wants back beyond
/// that stays open until claims to come make up for it.
pub(crate) fn total(
    currency: Currency,
    claims: &[RemittedClaim],
    adjustments: &[ProviderAdjustment],
) -> Result<Money> {
    let paid = Money::sum(currency, claims.iter().map(|claim| claim.payment));
    let kept = Money::sum(currency, adjustments.iter().map(|it| it.amount));
    let kept = kept.map_err(of_money("/provider_adjustments"))?;
    let total = paid.and_then(|paid| paid.minus(kept));
    let total = total.map_err(of_money("/claims"))?;
    if total.is_negative() {
        let message = "A payment is never less than nothing: remit it together with claims that make up for it.";
        return Err(refused("remittance-negative", message));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::Currency;
    use uuid::Uuid;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("small")
    }

    fn remitted(payment: i64) -> RemittedClaim {
        RemittedClaim {
            claim: ClaimId::from_uuid(Uuid::nil()),
            adjudication: 1,
            billed: usd(payment.abs()),
            paid: usd(payment.max(0)),
            patient: usd(0),
            contractual: usd(0),
            reversal: payment < 0,
            paid_before: usd((-payment).max(0)),
            payment: usd(payment),
        }
    }

    #[test]
    fn a_payment_is_claims_less_adjustments_and_never_negative() {
        let kept = [ProviderAdjustment {
            reason: "overpayment".to_owned(),
            amount: usd(30),
        }];
        let claims = [remitted(100), remitted(-60)];
        assert_eq!(total(Currency::USD, &claims, &kept).ok(), Some(usd(10)));
        let error = total(Currency::USD, &claims[1..], &[]).expect_err("it is negative");
        assert_eq!(error.slug(), "remittance-negative");
    }

    #[test]
    fn a_claim_that_is_not_decided_is_not_paid() {
        let id = ClaimId::from_uuid(Uuid::nil());
        let error = remit(id, &Claim::default()).expect_err("nothing is owed");
        assert_eq!(error.slug(), "illegal-transition");
    }
}
