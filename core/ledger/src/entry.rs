//! Entries: postings that add up to zero.

use std::collections::BTreeMap;

use medcover_kernel::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::Account;

/// How far money has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Held for what may come.
    Reserved,
    /// Under way, with an outcome that nobody knows yet.
    Pending,
    /// Done.
    Settled,
}

impl Layer {
    /// From held to done.
    pub const ALL: [Self; 3] = [Self::Reserved, Self::Pending, Self::Settled];

    /// The name, as it stands in entries and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Pending => "pending",
            Self::Settled => "settled",
        }
    }
}

/// An amount on an account: a debit where it is positive, a credit where it is negative. It is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// Where.
    pub account: Account,
    /// In which layer.
    pub layer: Layer,
    /// How much.
    pub amount: Money,
}

/// Postings that add up to zero for each currency and layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Posting>", into = "Vec<Posting>")]
pub struct Entry {
    postings: Vec<Posting>,
}

/// Postings that make no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A transfer of nothing or less, or a posting of nothing.
    #[error("an entry moves an amount above zero")]
    Amount,
    /// A transfer from an account to itself.
    #[error("an entry moves money between two accounts")]
    SameAccount,
    /// There are none, or more than [`Entry::MAX_POSTINGS`].
    #[error("an entry has between 2 and {} postings", Entry::MAX_POSTINGS)]
    Count,
    /// What is left over in a layer and currency, in minor units.
    #[error("the postings of {currency} in the layer {} are {minor} off", layer.name())]
    Unbalanced {
        /// In which layer.
        layer: Layer,
        /// Of which currency.
        currency: Currency,
        /// Debits less credits.
        minor: i128,
    },
}

impl Entry {
    /// Postings in one entry.
    pub const MAX_POSTINGS: usize = 512;

    /// Moves `amount`, which is above zero, from the credit of one account to the debit of another, settled.
    pub fn transfer(debit: Account, credit: Account, amount: Money) -> Result<Self, EntryError> {
        Self::transfer_in(Layer::Settled, debit, credit, amount)
    }

    /// As [`Entry::transfer`], in `layer`.
    pub fn transfer_in(
        layer: Layer,
        debit: Account,
        credit: Account,
        amount: Money,
    ) -> Result<Self, EntryError> {
        if debit == credit {
            return Err(EntryError::SameAccount);
        }
        if !amount.is_positive() {
            return Err(EntryError::Amount);
        }
        let posting = |account, amount| Posting {
            account,
            layer,
            amount,
        };
        let postings = vec![posting(debit, amount), posting(credit, amount.negated())];
        Ok(Self { postings })
    }

    /// The entry of `postings`, if they add up to zero for each currency and layer.
    pub fn of(postings: Vec<Posting>) -> Result<Self, EntryError> {
        if postings.len() < 2 || postings.len() > Self::MAX_POSTINGS {
            return Err(EntryError::Count);
        }
        let mut sums = BTreeMap::<(Layer, Currency), i128>::new();
        for posting in &postings {
            if posting.amount.is_zero() {
                return Err(EntryError::Amount);
            }
            let sum = sums.entry((posting.layer, posting.amount.currency()));
            *sum.or_default() += i128::from(posting.amount.minor());
        }
        match sums.into_iter().find(|&(_, minor)| minor != 0) {
            None => Ok(Self { postings }),
            Some(((layer, currency), minor)) => Err(EntryError::Unbalanced {
                layer,
                currency,
                minor,
            }),
        }
    }

    /// The settled entry that changes each account by its amount; accounts that do not change are left out. `None` where
    /// none does.
    pub fn of_changes(
        changes: impl IntoIterator<Item = (Account, Money)>,
    ) -> Result<Option<Self>, EntryError> {
        let moved = changes.into_iter().filter(|(_, amount)| !amount.is_zero());
        let postings: Vec<_> = moved
            .map(|(account, amount)| Posting {
                account,
                layer: Layer::Settled,
                amount,
            })
            .collect();
        if postings.is_empty() {
            return Ok(None);
        }
        Self::of(postings).map(Some)
    }

    /// Both entries as one.
    pub fn and(mut self, other: Self) -> Result<Self, EntryError> {
        self.postings.extend(other.postings);
        if self.postings.len() > Self::MAX_POSTINGS {
            return Err(EntryError::Count);
        }
        Ok(self)
    }

    /// The entry that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let back = self.postings.iter().map(|posting| Posting {
            amount: posting.amount.negated(),
            ..*posting
        });
        Self {
            postings: back.collect(),
        }
    }

    /// The postings, in the order in which they were made.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Debits less credits of `account` in `layer`, in minor units of `currency`.
    pub fn change(&self, account: Account, layer: Layer, currency: Currency) -> i128 {
        let on = |posting: &&Posting| {
            posting.account == account
                && posting.layer == layer
                && posting.amount.currency() == currency
        };
        let minor = |posting: &Posting| i128::from(posting.amount.minor());
        self.postings.iter().filter(on).map(minor).sum()
    }
}

impl TryFrom<Vec<Posting>> for Entry {
    type Error = EntryError;
    fn try_from(postings: Vec<Posting>) -> Result<Self, EntryError> {
        Self::of(postings)
    }
}

impl From<Entry> for Vec<Posting> {
    fn from(entry: Entry) -> Self {
        entry.postings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountKind;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("within bounds")
    }

    const REVENUE: Account = Account::of(AccountKind::Revenue);

    #[test]
    fn only_balanced_postings_make_an_entry() {
        let posting = |account, layer, amount| Posting {
            account,
            layer,
            amount,
        };
        let debit = posting(Account::CASH, Layer::Settled, usd(5));
        for (postings, error) in [
            (vec![], EntryError::Count),
            (vec![debit], EntryError::Count),
            (
                vec![debit, posting(REVENUE, Layer::Settled, usd(0))],
                EntryError::Amount,
            ),
            (
                vec![debit, posting(REVENUE, Layer::Settled, usd(-4))],
                EntryError::Unbalanced {
                    layer: Layer::Settled,
                    currency: Currency::USD,
                    minor: 1,
                },
            ),
            (
                vec![debit, posting(REVENUE, Layer::Pending, usd(-5))],
                EntryError::Unbalanced {
                    layer: Layer::Pending,
                    currency: Currency::USD,
                    minor: -5,
                },
            ),
            (
                vec![
                    debit,
                    posting(
                        REVENUE,
                        Layer::Settled,
                        Money::new(-5, Currency::EUR).expect("money"),
                    ),
                ],
                EntryError::Unbalanced {
                    layer: Layer::Settled,
                    currency: Currency::EUR,
                    minor: -5,
                },
            ),
        ] {
            assert_eq!(Entry::of(postings), Err(error));
        }
        assert!(Entry::of(vec![debit, posting(REVENUE, Layer::Settled, usd(-5))]).is_ok());
        assert_eq!(
            Entry::transfer(Account::CASH, REVENUE, usd(-5)),
            Err(EntryError::Amount)
        );
        assert_eq!(
            Entry::transfer(REVENUE, REVENUE, usd(5)),
            Err(EntryError::SameAccount)
        );
    }

    #[test]
    fn what_is_read_is_balanced_too() {
        let text = r#"[{"account":"cash","layer":"settled","amount":{"amount_minor":5,"currency":"USD"}},
            {"account":"revenue","layer":"settled","amount":{"amount_minor":-5,"currency":"USD"}}]"#;
        let entry: Entry = serde_json::from_str(text).expect("an entry");
        assert_eq!(Entry::transfer(Account::CASH, REVENUE, usd(5)), Ok(entry));
        assert!(serde_json::from_str::<Entry>(&text.replace("-5", "-6")).is_err());
    }

    #[test]
    fn changes_of_nothing_are_left_out() {
        let changes = [(Account::CASH, usd(0)), (REVENUE, usd(0))];
        assert_eq!(Entry::of_changes(changes), Ok(None));
    }
}
