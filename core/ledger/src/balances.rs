//! What entries add up to, and the limits that hold it.

use std::collections::BTreeMap;

use medcover_kernel::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::{Account, Entry, Layer, Side};

/// The least and most that may stand on the normal side of an account, in minor units of whatever currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The least.
    pub floor: Option<i64>,
    /// The most.
    pub ceiling: Option<i64>,
}

impl Bounds {
    /// No limit.
    pub const NONE: Self = Self {
        floor: None,
        ceiling: None,
    };
    /// Never on the other side.
    pub const FLOOR_ZERO: Self = Self {
        floor: Some(0),
        ceiling: None,
    };
}

/// An entry that would have taken an account beyond its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{account} would stand at {would_be_minor} {currency}, which is beyond its bounds")]
pub struct BoundError {
    /// Which account.
    pub account: Account,
    /// Of which currency.
    pub currency: Currency,
    /// What would be left to it, or what it would have come to, on its normal side.
    pub would_be_minor: i128,
}

type Key = (Account, Layer, Currency);

/// What entries add up to, by account, layer and currency: debits less credits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Line>", into = "Vec<Line>")]
pub struct Balances(BTreeMap<Key, i128>);

/// JSON has no keys of three parts, so a balance is written as a line.
#[derive(Serialize, Deserialize)]
struct Line {
    account: Account,
    layer: Layer,
    currency: Currency,
    minor: i64,
}

impl Balances {
    /// Adds `entry`, unless it would take one of its accounts beyond `bounds`; then nothing changes.
    ///
    /// What may be spent of an account is what is settled less what is reserved or pending against it; what is reserved or
    /// pending in its favour does not count before it is settled. Its ceiling is held the other way round. An account
    /// that an entry brings nearer to its bounds is not refused, even where it stood beyond them.
    pub fn post(
        &mut self,
        entry: &Entry,
        bounds: impl Fn(Account) -> Bounds,
    ) -> Result<(), BoundError> {
        let mut after = self.clone();
        after.add(entry);
        for posting in entry.postings() {
            let (account, currency) = (posting.account, posting.amount.currency());
            let Bounds { floor, ceiling } = bounds(account);
            let (least, least_before) = (
                after.least(account, currency),
                self.least(account, currency),
            );
            let (most, most_before) = (after.most(account, currency), self.most(account, currency));
            let below = floor.is_some_and(|it| least < i128::from(it)) && least < least_before;
            let above = ceiling.is_some_and(|it| most > i128::from(it)) && most > most_before;
            if below || above {
                return Err(BoundError {
                    account,
                    currency,
                    would_be_minor: if below { least } else { most },
                });
            }
        }
        *self = after;
        Ok(())
    }

    /// Adds `entry`, which was posted before: limits hold for what is decided, not for what has happened.
    pub fn add(&mut self, entry: &Entry) {
        for posting in entry.postings() {
            let key = (posting.account, posting.layer, posting.amount.currency());
            let balance = self.0.entry(key).or_default();
            *balance += i128::from(posting.amount.minor());
            if *balance == 0 {
                self.0.remove(&key);
            }
        }
    }

    /// What stands on the normal side of `account` in `layer`. Panics beyond [`Money::MAX_MINOR`].
    pub fn of(&self, account: Account, layer: Layer, currency: Currency) -> Money {
        money(self.normal(account, layer, currency), currency)
    }

    /// What may still be spent of `account`: settled, less what is reserved or pending against it.
    pub fn available(&self, account: Account, currency: Currency) -> Money {
        money(self.least(account, currency), currency)
    }

    /// Every balance that is not zero: debits less credits in minor units.
    pub fn iter(&self) -> impl Iterator<Item = (Account, Layer, Currency, i128)> + '_ {
        let line = |(&(account, layer, currency), &minor): (&Key, &i128)| {
            (account, layer, currency, minor)
        };
        self.0.iter().map(line)
    }

    fn normal(&self, account: Account, layer: Layer, currency: Currency) -> i128 {
        let balance = self.0.get(&(account, layer, currency));
        let balance = balance.copied().unwrap_or_default();
        match account.kind().normal() {
            Side::Debit => balance,
            Side::Credit => -balance,
        }
    }

    fn least(&self, account: Account, currency: Currency) -> i128 {
        let of = |layer| self.normal(account, layer, currency);
        of(Layer::Settled) + of(Layer::Pending).min(0) + of(Layer::Reserved).min(0)
    }

    fn most(&self, account: Account, currency: Currency) -> i128 {
        let of = |layer| self.normal(account, layer, currency);
        of(Layer::Settled) + of(Layer::Pending).max(0) + of(Layer::Reserved).max(0)
    }
}

fn money(minor: i128, currency: Currency) -> Money {
    let minor = i64::try_from(minor).ok();
    let money = minor.and_then(|minor| Money::new(minor, currency).ok());
    money.expect("a balance within what money can hold")
}

impl From<Vec<Line>> for Balances {
    fn from(lines: Vec<Line>) -> Self {
        let pair = |line: Line| {
            let key = (line.account, line.layer, line.currency);
            (key, i128::from(line.minor))
        };
        Self(lines.into_iter().map(pair).collect())
    }
}

impl From<Balances> for Vec<Line> {
    fn from(balances: Balances) -> Self {
        let line = |((account, layer, currency), minor): (Key, i128)| Line {
            account,
            layer,
            currency,
            minor: i64::try_from(minor).expect("a balance within what money can hold"),
        };
        balances.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountKind;

    const PAYABLE: Account = Account::of(AccountKind::RefundsPayable);

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("within bounds")
    }

    fn entry(layer: Layer, debit: Account, credit: Account, minor: i64) -> Entry {
        Entry::transfer_in(layer, debit, credit, usd(minor)).expect("an entry")
    }

    fn cash_floor(account: Account) -> Bounds {
        if account == Account::CASH {
            Bounds::FLOOR_ZERO
        } else {
            Bounds::NONE
        }
    }

    #[test]
    fn a_hold_counts_against_the_floor_and_an_announcement_does_not_count_for_it() {
        let mut balances = Balances::default();
        let mut post = |entry: &Entry| balances.post(entry, cash_floor).is_ok();
        assert!(post(&entry(Layer::Settled, Account::CASH, PAYABLE, 100)));
        let hold = entry(Layer::Reserved, PAYABLE, Account::CASH, 60);
        assert!(post(&hold));
        assert!(!post(&hold), "two holds of 60 on 100");
        assert!(post(&entry(Layer::Pending, Account::CASH, PAYABLE, 50)));
        assert!(!post(&hold), "what is announced cannot be spent");
        assert!(post(&hold.reversed()));
        assert!(post(&hold), "a released hold is free again");
        let available = balances.available(Account::CASH, Currency::USD);
        assert_eq!(available, usd(40));
    }

    #[test]
    fn a_ceiling_counts_what_is_held_towards_it() {
        let benefit = Account::held_by(AccountKind::Benefit, uuid::Uuid::from_u128(1));
        let ceiling = |account: Account| Bounds {
            floor: None,
            ceiling: (account == benefit).then_some(100),
        };
        let suspense = Account::of(AccountKind::Suspense);
        let mut balances = Balances::default();
        let held = entry(Layer::Reserved, suspense, benefit, 70);
        assert_eq!(balances.post(&held, ceiling), Ok(()));
        let settled = entry(Layer::Settled, suspense, benefit, 31);
        let refused = balances.post(&settled, ceiling).expect_err("101 of 100");
        assert_eq!((refused.account, refused.would_be_minor), (benefit, 101));
        let settled = entry(Layer::Settled, suspense, benefit, 30);
        assert_eq!(balances.post(&settled, ceiling), Ok(()));
    }

    #[test]
    fn balances_read_back_as_they_were_written() {
        let mut balances = Balances::default();
        balances.add(&entry(Layer::Settled, Account::CASH, PAYABLE, 7));
        balances.add(&entry(Layer::Reserved, PAYABLE, Account::CASH, 3));
        let text = serde_json::to_string(&balances).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Balances>(&text).expect("balances"),
            balances
        );
    }
}
