//! What was used of deductibles, out-of-pocket maxima and limits, and what a claim adds to it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_kernel::{Currency, Money, MoneyError};
use serde::{Deserialize, Serialize};

use crate::Network;

/// One account: whose, of what, in which period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitAccount))]
pub struct Account {
    /// Whose.
    pub scope: Scope,
    /// Of what.
    pub counter: Counter,
    /// First day of the period; see [`crate::Coverage::period_of`].
    #[cfg_attr(feature = "schema", schema(value_type = String, format = Date))]
    pub period: Date,
}

/// Whose account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitScope))]
pub enum Scope {
    /// One member's.
    Member,
    /// All members' of the policy.
    Family,
}

/// What an account counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitCounter))]
pub enum Counter {
    /// Deductible that was paid.
    Deductible(Network),
    /// Copays, deductible and coinsurance that were paid.
    OutOfPocket(Network),
    /// Units that were covered under the limit of this id.
    LimitUnits(String),
    /// What the plan paid under the limit of this id.
    LimitAmount(String),
}

/// So much of what an account counts; negative where it is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitQuantity))]
pub enum Quantity {
    /// Money.
    Amount(Money),
    /// Units of service.
    Units(i64),
}

/// What is to be added to an account: one entry of the ledger of benefits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitDraw))]
pub struct Draw {
    /// To which account.
    pub account: Account,
    /// How much.
    pub quantity: Quantity,
}

impl Draw {
    /// The draw that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let quantity = match self.quantity {
            Quantity::Amount(amount) => Quantity::Amount(amount.negated()),
            Quantity::Units(units) => Quantity::Units(-units),
        };
        Self {
            account: self.account.clone(),
            quantity,
        }
    }
}

/// What was used so far, by account. An account that is not there was not used. What other claims hold at the moment
/// counts as used; the claim in hand does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Draw>", into = "Vec<Draw>")]
pub struct Accumulators(BTreeMap<Account, Quantity>);

/// An account stands twice in a list of accumulators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account {0:?} stands twice")]
pub struct DuplicateAccount(pub Account);

impl Accumulators {
    /// Nothing used.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The money used of `account`.
    pub fn amount(&self, account: &Account, currency: Currency) -> Money {
        match self.0.get(account) {
            Some(Quantity::Amount(amount)) => *amount,
            Some(Quantity::Units(_)) | None => Money::zero(currency),
        }
    }

    /// The units used of `account`.
    pub fn units(&self, account: &Account) -> i64 {
        match self.0.get(account) {
            Some(Quantity::Units(units)) => *units,
            Some(Quantity::Amount(_)) | None => 0,
        }
    }

    /// What is used by account, in the order of accounts.
    pub fn iter(&self) -> impl Iterator<Item = (&Account, Quantity)> {
        self.0
            .iter()
            .map(|(account, quantity)| (account, *quantity))
    }

    /// Adds a draw. An account that comes back to nothing is as if it had never been used.
    pub fn post(&mut self, draw: &Draw) -> Result<(), MoneyError> {
        let sum = match (self.0.get(&draw.account), draw.quantity) {
            (Some(Quantity::Amount(used)), Quantity::Amount(more)) => {
                Quantity::Amount(used.plus(more)?)
            }
            (Some(Quantity::Units(used)), Quantity::Units(more)) => {
                Quantity::Units(used.checked_add(more).ok_or(MoneyError::TooLarge)?)
            }
            // A counter counts money or units, never both, so the other sort is nothing.
            (_, first) => first,
        };
        if is_nothing(sum) {
            self.0.remove(&draw.account);
        } else {
            self.0.insert(draw.account.clone(), sum);
        }
        Ok(())
    }

    /// Adds draws.
    pub fn post_all<'a>(
        &mut self,
        draws: impl IntoIterator<Item = &'a Draw>,
    ) -> Result<(), MoneyError> {
        draws.into_iter().try_for_each(|draw| self.post(draw))
    }
}

const fn is_nothing(quantity: Quantity) -> bool {
    match quantity {
        Quantity::Amount(amount) => amount.is_zero(),
        Quantity::Units(units) => units == 0,
    }
}

impl TryFrom<Vec<Draw>> for Accumulators {
    type Error = DuplicateAccount;
    fn try_from(used: Vec<Draw>) -> Result<Self, DuplicateAccount> {
        let mut accounts = BTreeMap::new();
        for Draw { account, quantity } in used {
            if accounts.insert(account.clone(), quantity).is_some() {
                return Err(DuplicateAccount(account));
            }
        }
        Ok(Self(accounts))
    }
}

impl From<Accumulators> for Vec<Draw> {
    fn from(used: Accumulators) -> Self {
        used.0
            .into_iter()
            .map(|(account, quantity)| Draw { account, quantity })
            .collect()
    }
}
