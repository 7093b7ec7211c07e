//! What was decided, and why.

use medcover_kernel::{ClaimId, Money, MoneyError};
use serde::{Deserialize, Serialize};

use crate::{Accumulators, AuthorisationDraw, Draw, Group, Reason, Step};

/// The decision about a claim. It is a function of its [`crate::Case`] and of nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Adjudication {
    /// Of which claim.
    pub claim: ClaimId,
    /// Its place among the member's claims: the order that was used.
    pub sequence: u64,
    /// Plan and version by which it was decided.
    pub plan: String,
    /// The decision in a word.
    pub verdict: Verdict,
    /// What is wanted before it can be decided; empty unless the verdict is [`Verdict::Pended`].
    pub wanted: Vec<Wanted>,
    /// In rising order of their numbers. None of a claim that is pended: nothing is decided of it.
    pub lines: Vec<LineAdjudication>,
    /// The sums of the lines.
    pub totals: Totals,
}

/// The decision about a line or a claim, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjudicationVerdict))]
pub enum Verdict {
    /// Nothing was denied. The plan may still pay nothing, where all is the patient's by copay or deductible.
    Paid,
    /// Something was denied and something was not.
    Partial,
    /// Something was denied, and nothing is paid.
    Denied,
    /// Nothing is decided until what is wanted is there; never said of a line.
    Pended,
}

/// What is needed before a claim can be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjudicationWanted))]
pub struct Wanted {
    /// For which line.
    pub line: u32,
    /// The step that cannot be taken.
    pub step: Step,
    /// Why.
    pub reason: Reason,
    /// What is wanted, in words.
    pub text: String,
    /// The rule that wants it.
    pub rule: String,
}

/// The decision about a line: `billed` = `paid` + all adjustments, and `patient` = the adjustments of [`Group::Patient`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LineAdjudication {
    /// Which line.
    pub line: u32,
    /// The decision in a word.
    pub verdict: Verdict,
    /// What the provider charged.
    pub billed: Money,
    /// What of it the plan recognises as the price of what is covered; nothing where all is denied.
    pub allowed: Money,
    /// What the plan pays.
    pub paid: Money,
    /// What the patient bears.
    pub patient: Money,
    /// Units that the plan covers.
    pub covered_units: u32,
    /// The rule of the plan that was chosen, where the line came as far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What is not paid, each amount more than nothing.
    pub adjustments: Vec<Adjustment>,
    /// What is added to accumulators.
    pub draws: Vec<Draw>,
    /// What is used of an authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<AuthorisationDraw>,
    /// The chain of rules, in the order in which they were applied.
    pub explanation: Vec<Explained>,
}

/// An amount that is not paid, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Adjustment {
    /// Who bears it.
    pub group: Group,
    /// Why.
    pub reason: Reason,
    /// How much.
    pub amount: Money,
    /// Why, in words.
    pub text: String,
    /// What says so: a place in the plan (`rules/physiotherapy/copay`), the fee schedule, the prior claims.
    pub rule: String,
}

/// A rule that spoke, and what it left. Steps at which none had anything to say are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjudicationRule))]
pub struct Explained {
    /// Which step.
    pub step: Step,
    /// What was applied, as in [`Adjustment::rule`].
    pub rule: String,
    /// What the plan would pay after it.
    pub open: Money,
}

/// Sums over lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjudicationTotals))]
pub struct Totals {
    /// What was charged.
    pub billed: Money,
    /// What is recognised.
    pub allowed: Money,
    /// What the plan pays.
    pub paid: Money,
    /// What the patient bears.
    pub patient: Money,
    /// What the provider writes off ([`Group::Contractual`] and [`Group::Payer`]).
    pub written_off: Money,
    /// What others bear.
    pub other: Money,
}

impl Adjudication {
    /// What is to be posted to the accounts: the draws of all lines, one for each account, in the order of accounts.
    pub fn draws(&self) -> Result<Vec<Draw>, MoneyError> {
        let mut sums = Accumulators::new();
        sums.post_all(self.lines.iter().flat_map(|line| &line.draws))?;
        Ok(sums.into())
    }

    /// What takes this adjudication back: the inverse of [`Self::draws`]. Posting both leaves every account as it was.
    pub fn reversal(&self) -> Result<Vec<Draw>, MoneyError> {
        Ok(self.draws()?.iter().map(Draw::inverse).collect())
    }

    /// What is used of authorisations, in the order of lines.
    pub fn authorisations(&self) -> impl Iterator<Item = &AuthorisationDraw> {
        self.lines
            .iter()
            .filter_map(|line| line.authorisation.as_ref())
    }

    /// The decision as canonical JSON: keys in their order, no blanks. The same case gives the same bytes.
    pub fn canonical_json(&self) -> String {
        crate::case::canonical(self)
    }
}

impl LineAdjudication {
    /// The sum of the adjustments of `group`; `None` where it is too large to be money.
    pub fn adjusted(&self, group: Group) -> Option<Money> {
        let of_group = self.adjustments.iter().filter(|it| it.group == group);
        Money::sum(self.billed.currency(), of_group.map(|it| it.amount)).ok()
    }
}
