//! The same money, kept in the most naive way: a list of postings, added up each time that somebody asks.
//!
//! It shares no code with [`Balances`](crate::Balances) and [`Journal`](crate::Journal), so that a test can hold the two
//! against each other.

use medcover_kernel::Currency;

use crate::{Account, Entry, Layer};

/// Every posting there ever was.
#[derive(Clone, Debug, Default)]
pub struct NaiveLedger {
    postings: Vec<(Account, Layer, Currency, i64)>,
}

impl NaiveLedger {
    /// Adds the postings of `entry`.
    pub fn add(&mut self, entry: &Entry) {
        for posting in entry.postings() {
            let (currency, minor) = (posting.amount.currency(), posting.amount.minor());
            self.postings
                .push((posting.account, posting.layer, currency, minor));
        }
    }

    /// Debits less credits of `account` in `layer`.
    pub fn balance(&self, account: Account, layer: Layer, currency: Currency) -> i128 {
        let wanted = (account, layer, currency);
        let of = self
            .postings
            .iter()
            .filter(|it| (it.0, it.1, it.2) == wanted);
        of.map(|it| i128::from(it.3)).sum()
    }

    /// Debits less credits of everything.
    pub fn total(&self, layer: Layer, currency: Currency) -> i128 {
        let of = self.postings.iter();
        let of = of.filter(|it| (it.1, it.2) == (layer, currency));
        of.map(|it| i128::from(it.3)).sum()
    }
}
