//! A line on its way through the steps.

use medcover_kernel::Money;

use super::authorised::{Authorised, Item};
use crate::plan::{BenefitRule, Cover, Limit, NetworkTerms, Terms, Tier};
use crate::steps::Share;
use crate::{
    Account, Accumulators, Adjustment, AuthorisationDraw, Case, CaseError, ClaimLine, Counter,
    Draw, Explained, Fee, Group, LineAdjudication, Quantity, Reason, Scope, Step, Verdict, Wanted,
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

/// What steps do to a line.
impl Working<'_> {
    /// Takes `amount` from what is open.
    pub(crate) fn adjust(
        &mut self,
        group: Group,
        reason: Reason,
        amount: Money,
        rule: &str,
    ) -> Result<(), CaseError> {
        self.open = self.open.minus(amount)?;
        self.record(group, reason, amount, reason.text(), rule);
        Ok(())
    }

    /// Puts down an amount that was taken; nothing is not worth a word.
    pub(crate) fn record(
        &mut self,
        group: Group,
        reason: Reason,
        amount: Money,
        text: &str,
        rule: &str,
    ) {
        if !amount.is_zero() {
            let (text, rule) = (text.to_owned(), rule.to_owned());
            self.adjustments.push(Adjustment {
                group,
                reason,
                amount,
                text,
                rule,
            });
        }
    }

    /// Denies all that is open.
    pub(crate) fn deny(
        &mut self,
        group: Group,
        reason: Reason,
        rule: impl Into<String>,
    ) -> Result<Taken, CaseError> {
        self.deny_saying(group, reason, reason.text(), rule.into())
    }

    /// Denies all that is open, in words of its own.
    pub(crate) fn deny_saying(
        &mut self,
        group: Group,
        reason: Reason,
        text: &str,
        rule: String,
    ) -> Result<Taken, CaseError> {
        self.record(group, reason, self.open, text, &rule);
        self.open = Money::zero(self.open.currency());
        (self.units, self.denied) = (0, true);
        Ok(Taken::Denied(rule))
    }

    /// Denies the units after the first `units`, with their part of what is open.
    pub(crate) fn cover_only(
        &mut self,
        units: u32,
        group: Group,
        reason: Reason,
        rule: &str,
    ) -> Result<(), CaseError> {
        if units == self.units {
            return Ok(());
        }
        let weights = [u64::from(units), u64::from(self.units - units)];
        self.denied = true;
        self.units = units;
        self.paid_by_others = self.paid_by_others.split(&weights)?[0];
        self.adjust(group, reason, self.open.split(&weights)?[1], rule)
    }

    /// Puts a part of the patient's share aside. It becomes an adjustment when the out-of-pocket maximum has been applied.
    pub(crate) fn bears(&mut self, part: Money, name: &str) -> Result<Taken, CaseError> {
        if part.is_zero() {
            return Ok(Taken::Nothing);
        }
        self.open = self.open.minus(part)?;
        let rule = if self.step == Step::Deductible {
            self.network_place(name)
        } else {
            self.tier_place(name)
        };
        Ok(Taken::Applied(rule))
    }

    /// Says what is wanted before the line can be decided.
    pub(crate) fn want(&self, reason: Reason, text: &str, rule: &str) -> Taken {
        Taken::Wants(Wanted {
            line: self.line.line,
            step: self.step,
            reason,
            text: text.to_owned(),
            rule: rule.to_owned(),
        })
    }

    /// Draws on accounts of the year.
    pub(crate) fn draw_money(&mut self, scopes: &[Scope], counter: Counter, amount: Money) {
        if amount.is_zero() {
            return;
        }
        for &scope in scopes {
            let account = self.year_account(scope, counter.clone());
            self.draws.push(Draw {
                account,
                quantity: Quantity::Amount(amount),
            });
        }
    }

    /// Draws the covered units, and what is paid, on the limit.
    pub(crate) fn draw_limit(&mut self) {
        let Some(limit) = self.limit else { return };
        let account = self.limit_account(limit, Counter::LimitUnits(limit.id.clone()));
        let quantity = Quantity::Units(i64::from(self.units));
        self.draws.push(Draw { account, quantity });
        if limit.amount.is_some() && self.open.is_positive() {
            let account = self.limit_account(limit, Counter::LimitAmount(limit.id.clone()));
            self.draws.push(Draw {
                account,
                quantity: Quantity::Amount(self.open),
            });
        }
    }

    /// Puts down what is used of an authorisation: no more than was left.
    pub(crate) fn use_authorisation(&mut self) -> Result<(), CaseError> {
        if let Some(Item {
            authorisation,
            item,
            units,
            amount,
        }) = self.item
        {
            self.authorisation = Some(AuthorisationDraw {
                authorisation,
                item,
                units: units.map_or(self.units, |left| left.min(self.units)),
                amount: amount.map_or(Ok(self.allowed), |left| left.min(self.allowed))?,
            });
        }
        Ok(())
    }
}

/// What steps ask of a line.
impl<'a> Working<'a> {
    pub(crate) fn terms(&self) -> &'a Terms {
        self.case.coverage.plan.terms()
    }

    pub(crate) fn network_terms(&self) -> Option<&'a NetworkTerms> {
        self.case.coverage.plan.network(self.line.network)
    }

    pub(crate) fn fee(&self) -> Option<&'a Fee> {
        self.case.fees.fees.get(&self.line.procedure)
    }

    /// The terms of cover; asked for only after the step that found them.
    pub(crate) fn cover(&self) -> &'a Cover {
        self.cover.expect("a line without cover was denied before")
    }

    pub(crate) fn tier(&self) -> &'a Tier {
        self.cover().tier_after(self.counted)
    }

    /// A place in the chosen rule.
    pub(crate) fn place(&self, part: &str) -> String {
        let id = self.rule.map_or("", |rule| rule.id.as_str());
        format!("rules/{id}/{part}")
    }

    pub(crate) fn tier_place(&self, part: &str) -> String {
        self.place(&format!("tiers/{}/{part}", self.tier().from_unit))
    }

    pub(crate) fn network_place(&self, part: &str) -> String {
        let network = match self.line.network {
            crate::Network::In => "in",
            crate::Network::Out => "out",
        };
        format!("networks/{network}/{part}")
    }

    pub(crate) fn year_account(&self, scope: Scope, counter: Counter) -> Account {
        let period = self.case.coverage.benefit_year(self.line.service_date);
        Account {
            scope,
            counter,
            period,
        }
    }

    pub(crate) fn limit_account(&self, limit: &Limit, counter: Counter) -> Account {
        let period = self
            .case
            .coverage
            .period_of(limit.period, self.line.service_date);
        Account {
            scope: limit.scope,
            counter,
            period,
        }
    }

    pub(crate) fn used_amount(&self, account: &Account) -> Money {
        self.used.amount(account, self.case.claim.currency)
    }

    pub(crate) fn used_units(&self) -> i64 {
        self.limit.map_or(0, |limit| {
            self.used
                .units(&self.limit_account(limit, Counter::LimitUnits(limit.id.clone())))
        })
    }
}
