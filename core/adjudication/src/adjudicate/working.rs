//! A line on its way through the steps.

mod change;
mod query;

use medcover_kernel::Money;

use super::authorised::{Authorised, Item};
use crate::plan::{BenefitRule, Cover, Limit};
use crate::steps::Share;
use crate::{
    Accumulators, Adjustment, AuthorisationDraw, Case, CaseError, ClaimLine, Draw, Explained,
    Group, LineAdjudication, Step, Verdict, Wanted,
};

/// What a step did.
pub(crate) enum Taken {
    /// No rule had anything to say.
    Nothing,
    /// A rule was applied, and the line goes on.
    Applied(String),
    /// The rule denied what was left of the line.
    Denied(String),
    /// The step cannot be taken yet.
    Wants(Wanted),
}

impl Taken {
    pub(crate) fn applied(rule: impl Into<String>) -> Self {
        Self::Applied(rule.into())
    }
}

/// A line on its way. At every moment `billed` = `open` + the adjustments + the share that is not yet one.
pub(crate) struct Working<'a> {
    pub case: &'a Case,
    pub line: &'a ClaimLine,
    pub authorised: &'a Authorised<'a>,
    used: &'a Accumulators,
    step: Step,
    /// What the plan would pay as things stand.
    pub open: Money,
    /// Units that are covered as things stand.
    pub units: u32,
    /// What others paid for these units.
    pub paid_by_others: Money,
    pub rule: Option<&'a BenefitRule>,
    pub cover: Option<&'a Cover>,
    pub limit: Option<&'a Limit>,
    /// Units that the limit had counted before.
    pub counted: i64,
    pub item: Option<Item>,
    pub allowed: Money,
    pub share: Share,
    /// Whether anything was denied.
    pub denied: bool,
    adjustments: Vec<Adjustment>,
    draws: Vec<Draw>,
    authorisation: Option<AuthorisationDraw>,
    explanation: Vec<Explained>,
}

impl<'a> Working<'a> {
    pub(super) fn new(
        case: &'a Case,
        line: &'a ClaimLine,
        used: &'a Accumulators,
        authorised: &'a Authorised<'a>,
    ) -> Self {
        let nothing = Money::zero(case.claim.currency);
        Self {
            case,
            line,
            authorised,
            used,
            step: Step::Dates,
            open: line.billed,
            units: line.units,
            paid_by_others: nothing,
            rule: None,
            cover: None,
            limit: None,
            counted: 0,
            item: None,
            allowed: nothing,
            share: Share {
                copay: nothing,
                deductible: nothing,
                coinsurance: nothing,
            },
            denied: false,
            adjustments: Vec::new(),
            draws: Vec::new(),
            authorisation: None,
            explanation: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, step: Step) -> Result<Taken, CaseError> {
        self.step = step;
        let taken = step.take(self)?;
        if let Taken::Applied(rule) | Taken::Denied(rule) = &taken {
            let (rule, open) = (rule.clone(), self.open);
            self.explanation.push(Explained { step, rule, open });
        }
        Ok(taken)
    }

    pub(super) fn finish(self) -> Result<LineAdjudication, CaseError> {
        let currency = self.open.currency();
        let amounts = |of: Option<Group>| {
            let ours = self
                .adjustments
                .iter()
                .filter(move |it| of.is_none_or(|of| it.group == of));
            Money::sum(currency, ours.map(|it| it.amount))
        };
        let (patient, adjusted) = (amounts(Some(Group::Patient))?, amounts(None)?);
        let adds_up = self.open.plus(adjusted)? == self.line.billed;
        if !adds_up || self.open.is_negative() {
            return Err(CaseError::Unbalanced(self.line.line));
        }
        let verdict = match (self.denied, self.open.is_zero()) {
            (false, _) => Verdict::Paid,
            (true, false) => Verdict::Partial,
            (true, true) => Verdict::Denied,
        };
        Ok(LineAdjudication {
            line: self.line.line,
            verdict,
            billed: self.line.billed,
            allowed: self.allowed,
            paid: self.open,
            patient,
            covered_units: self.units,
            rule: self.rule.map(|it| it.id.clone()),
            adjustments: self.adjustments,
            draws: self.draws,
            authorisation: self.authorisation,
            explanation: self.explanation,
        })
    }
}
