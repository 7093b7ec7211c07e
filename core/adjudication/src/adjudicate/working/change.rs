//! What steps do to a line.

use medcover_kernel::Money;

use super::super::authorised::Item;
use super::{Taken, Working};
use crate::{
    Adjustment, AuthorisationDraw, CaseError, Counter, Draw, Group, Quantity, Reason, Scope, Step,
    Wanted,
};

impl Working<'_> {
    /// Takes `amount` from what is open.
    pub(crate) fn adjust(
        &mut self,
        group: Group,
        reason: Reason,
        amount: Money,
        rule: &str,
    ) -> Result<(), CaseError> {
        self.adjust_saying(group, reason, amount, reason.text(), rule)
    }

    fn adjust_saying(
        &mut self,
        group: Group,
        reason: Reason,
        amount: Money,
        text: &str,
        rule: &str,
    ) -> Result<(), CaseError> {
        self.open = self.open.minus(amount)?;
        self.record(group, reason, amount, text, rule);
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
            self.adjustments.push(Adjustment {
                group,
                reason,
                amount,
                text: text.to_owned(),
                rule: rule.to_owned(),
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
        self.adjust_saying(group, reason, self.open, text, &rule)?;
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
    pub(crate) fn draw_money(&mut self, scopes: &[Scope], counter: &Counter, amount: Money) {
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
            number,
            units,
            amount,
        }) = self.item
        {
            self.authorisation = Some(AuthorisationDraw {
                authorisation,
                item: number,
                units: units.map_or(self.units, |left| left.min(self.units)),
                amount: amount.map_or(Ok(self.allowed), |left| left.min(self.allowed))?,
            });
        }
        Ok(())
    }
}
