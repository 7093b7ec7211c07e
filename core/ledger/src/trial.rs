//! The trial balance.

use std::collections::BTreeMap;

use medcover_kernel::Currency;

use crate::{AccountKind, Entry, Layer};

/// Debits and credits of one kind of account in one layer and currency, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// Of which accounts.
    pub kind: AccountKind,
    /// In which layer.
    pub layer: Layer,
    /// Of which currency.
    pub currency: Currency,
    /// All debits.
    pub debit_minor: i128,
    /// All credits.
    pub credit_minor: i128,
}

/// The sums of all accounts, by kind. Debits equal credits in each layer and currency, since they do in each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialBalance {
    /// A line for each kind that was ever posted to, in the order of the chart.
    pub lines: Vec<TrialLine>,
}

impl TrialBalance {
    /// What `entries` add up to.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut sums = BTreeMap::<(AccountKind, Layer, Currency), (i128, i128)>::new();
        for posting in entries.into_iter().flat_map(Entry::postings) {
            let currency = posting.amount.currency();
            let sum = sums.entry((posting.account.kind(), posting.layer, currency));
            let (debit, credit) = sum.or_default();
            let minor = i128::from(posting.amount.minor());
            if minor > 0 {
                *debit += minor;
            } else {
                *credit -= minor;
            }
        }
        let line = |((kind, layer, currency), (debit_minor, credit_minor))| TrialLine {
            kind,
            layer,
            currency,
            debit_minor,
            credit_minor,
        };
        Self {
            lines: sums.into_iter().map(line).collect(),
        }
    }

    /// Debits less credits of each layer and currency that is off; there is none unless something has lost an entry.
    pub fn off(&self) -> Vec<(Layer, Currency, i128)> {
        let mut sums = BTreeMap::<(Layer, Currency), i128>::new();
        for line in &self.lines {
            let sum = sums.entry((line.layer, line.currency)).or_default();
            *sum += line.debit_minor - line.credit_minor;
        }
        let off = sums.into_iter().filter(|&(_, minor)| minor != 0);
        off.map(|((layer, currency), minor)| (layer, currency, minor))
            .collect()
    }
}
