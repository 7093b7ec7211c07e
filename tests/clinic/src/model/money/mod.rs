//! The books, kept once more: sums of `i128` over what events say, and nothing of the ledger's code.

mod books;
mod commission;
mod invoice;
mod payment;
mod remittance;

use std::collections::BTreeMap;

use medcover_store::Recorded;

use super::Benefits;
use super::read::payload;
use books::{Books, Key};
use commission::Commissions;
use invoice::Invoices;
use payment::Payments;
use remittance::Remittances;

pub use commission::COMMISSION_BASIS_POINTS;

/// The books of billing.
#[derive(Default)]
pub struct Money {
    books: Books,
    invoices: Invoices,
    payments: Payments,
    commissions: Commissions,
    remittances: Remittances,
    /// Whether anything happened since somebody looked.
    changed: bool,
}

impl Money {
    /// The sums of accounts, without those that are zero.
    pub fn balances(&self) -> BTreeMap<Key, i128> {
        let balances = self.books.balances().filter(|(_, minor)| *minor != 0);
        balances.map(|(key, minor)| (key.clone(), minor)).collect()
    }

    /// What came in, in minor units.
    pub fn captured(&self) -> i128 {
        self.payments.captured()
    }

    pub(super) fn follow(&mut self, recorded: &Recorded) -> Result<(), String> {
        self.changed = true;
        let (thing, kind) = (recorded.event.stream.id, &*recorded.event.kind);
        let event = payload(recorded)?;
        if !event["entry"].is_null() {
            self.books.enter(&event["entry"])?;
        }
        match kind.split_once('.').map_or("", |(of, _)| of) {
            "invoice" => self.invoices.follow(thing, kind, &event),
            "payment" => self.payments.follow(thing, kind, &event),
            "commission" => self.commissions.follow(thing, kind, &event),
            "remittance-posting" => self.remittances.follow(thing, kind, &event),
            "period" => self.books.period(kind, &event),
            _ => Ok(()),
        }
    }

    /// What must hold between any two commits.
    pub(super) fn holds(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        self.invoices.hold()?;
        self.books.hold(self.invoices.open())
    }

    /// What patients owe by invoices is what the decisions on their claims say; commissions follow what stands.
    pub(super) fn agrees_with(&self, benefits: &Benefits) -> Result<(), String> {
        self.invoices.agree_with(benefits)?;
        let (followed, earning) = (self.commissions.followed(), self.payments.earning());
        if followed == earning {
            return Ok(());
        }
        Err(format!(
            "commissions follow {followed:?}, and {earning:?} stand"
        ))
    }
}
