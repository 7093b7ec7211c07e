//! All that an adjudication depends on, in one value.

use std::collections::BTreeSet;

use medcover_kernel::{Money, MoneyError};
use serde::{Deserialize, Serialize};

use crate::{
    Accumulators, Authorisation, Claim, CodeFact, Coverage, FeeSchedule, Finding, MAX_LINES, Prior,
};

/// All that an adjudication depends on. Kept as JSON, it can be adjudicated again at any time, with the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is asked for.
    pub claim: Claim,
    /// The cover of the member on the days of service.
    pub coverage: Coverage,
    /// The prices.
    pub fees: FeeSchedule,
    /// What was used before.
    pub accumulators: Accumulators,
    /// What was claimed before, and paid by others.
    #[serde(default)]
    pub prior: Prior,
    /// What was agreed to beforehand.
    #[serde(default)]
    pub authorisations: Vec<Authorisation>,
    /// For whom codes can be used.
    #[serde(default)]
    pub facts: Vec<CodeFact>,
    /// What scrubbing found.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// A case that cannot be adjudicated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// A part of it contradicts another, or itself.
    #[error("{pointer}: {detail}")]
    Invalid {
        /// JSON pointer into the case.
        pointer: String,
        /// What is wrong.
        detail: &'static str,
    },
    /// Amounts that cannot be put together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A defect of ours: what was decided of a line does not add up to what was billed.
    #[error("line {0} does not add up to what was billed")]
    Unbalanced(u32),
}

impl Case {
    /// The case as canonical JSON: keys in their order, no blanks.
    pub fn canonical_json(&self) -> String {
        canonical(self)
    }

    /// Whether its parts fit together.
    pub fn check(&self) -> Result<(), CaseError> {
        let claim = &self.claim;
        expect(
            claim.currency == self.coverage.plan.terms().currency,
            || "/claim/currency".into(),
            "must be the currency of the plan",
        )?;
        expect(
            (1..=MAX_LINES).contains(&claim.lines.len()),
            || "/claim/lines".into(),
            "must be 1 to 200 lines",
        )?;
        let mut numbers = BTreeSet::new();
        for (place, line) in claim.lines.iter().enumerate() {
            let at = |field: &str| format!("/claim/lines/{place}/{field}");
            expect(
                numbers.insert(line.line),
                || at("line"),
                "must be unique in the claim",
            )?;
            expect(line.units > 0, || at("units"), "must be at least 1")?;
            expect(
                !line.procedure.is_empty(),
                || at("procedure"),
                "must not be empty",
            )?;
            self.amount(line.billed, || at("billed"))?;
            let known = line.diagnoses.iter().all(|&it| it < claim.diagnoses.len());
            expect(
                known,
                || at("diagnoses"),
                "must be places in the diagnoses of the claim",
            )?;
        }
        for (code, fee) in &self.fees.fees {
            self.amount(fee.price, || format!("/fees/fees/{code}/price"))?;
            if let Some(price) = fee.price_out_of_network {
                self.amount(price, || format!("/fees/fees/{code}/price_out_of_network"))?;
            }
        }
        let mut paid = BTreeSet::new();
        for (place, other) in self.prior.paid_by_others.iter().enumerate() {
            let at = |field: &str| format!("/prior/paid_by_others/{place}/{field}");
            self.amount(other.amount, || at("amount"))?;
            expect(
                paid.insert(other.line),
                || at("line"),
                "must be one for each line",
            )?;
        }
        for (place, authorisation) in self.authorisations.iter().enumerate() {
            for (item, of_it) in authorisation.items.iter().enumerate() {
                let at = || format!("/authorisations/{place}/items/{item}/amount");
                of_it
                    .amount
                    .map_or(Ok(()), |amount| self.amount(amount, at))?;
            }
        }
        Ok(())
    }

    fn amount(&self, amount: Money, pointer: impl FnOnce() -> String) -> Result<(), CaseError> {
        let ours = amount.currency() == self.claim.currency;
        expect(
            ours && !amount.is_negative(),
            pointer,
            "must be no less than nothing, in the currency of the claim",
        )
    }
}

fn expect(
    holds: bool,
    pointer: impl FnOnce() -> String,
    detail: &'static str,
) -> Result<(), CaseError> {
    if holds {
        return Ok(());
    }
    let pointer = pointer();
    Err(CaseError::Invalid { pointer, detail })
}

/// JSON with the keys of every object in order.
pub(crate) fn canonical(value: &impl Serialize) -> String {
    // A value of `serde_json` keeps the keys of an object sorted.
    let sorted = serde_json::to_value(value).expect("plain fields, whose keys are text");
    sorted.to_string()
}
