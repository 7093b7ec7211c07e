//! An invoice as its events leave it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use medcover_contract_billing::events::{
    InvoiceAdjudicated, InvoiceAdjudicationWithdrawn, InvoiceAllocated, InvoiceClosed,
    InvoiceCredited, InvoiceDeallocated, InvoiceDrafted, InvoiceIssued, InvoicePaid,
    InvoicePremiumEarned, InvoiceVoided, InvoiceWithdrawn, InvoiceWrittenOff,
};
use medcover_contract_billing::{
    AdjudicationStanding, AllocationId, CreditNoteId, CreditRequest, InvoiceLine, InvoiceRequest,
    InvoiceState, Side, Standing, WriteOffId,
};
use medcover_kernel::{ClaimId, Currency, Error, Money, PaymentId, Result, Timestamp};
use medcover_ledger::{Account, Balances, Entry, JournalEntry};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::standing::{net, receivable};
use crate::domain::rules::money;

events! {
    /// What can happen to an invoice.
    pub(crate) InvoiceEvent {
        Drafted(InvoiceDrafted), Issued(InvoiceIssued), Adjudicated(InvoiceAdjudicated),
        AdjudicationWithdrawn(InvoiceAdjudicationWithdrawn), Credited(InvoiceCredited), WrittenOff(InvoiceWrittenOff),
        Allocated(InvoiceAllocated), Deallocated(InvoiceDeallocated), Paid(InvoicePaid),
        PremiumEarned(InvoicePremiumEarned), Voided(InvoiceVoided), Withdrawn(InvoiceWithdrawn),
        Closed(InvoiceClosed),
    }
}

/// How far an invoice has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lifecycle {
    /// It never was.
    #[default]
    Nothing,
    Draft,
    Issued,
    Void,
    /// It was taken back as a whole: nothing of it is owed, and nothing will be again.
    Withdrawn,
    /// It never was, and cannot be made any more.
    Closed,
}

/// Money of a payment that stands against the invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    pub(crate) payment: PaymentId,
    pub(crate) allocation: AllocationId,
    pub(crate) side: Side,
    pub(crate) amount: Money,
}

/// An invoice as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) request: Option<InvoiceRequest>,
    pub(crate) total: Option<Money>,
    pub(crate) number: Option<String>,
    pub(crate) issued_on: Option<Date>,
    pub(crate) standing: Option<Standing>,
    pub(crate) earned: Option<Money>,
    pub(crate) adjudication: Option<AdjudicationStanding>,
    /// Up to which version the adjudications of a claim were withdrawn.
    pub(crate) withdrawn: BTreeMap<ClaimId, u32>,
    pub(crate) notes: BTreeMap<CreditNoteId, CreditRequest>,
    pub(crate) write_offs: BTreeSet<WriteOffId>,
    /// In the order in which the money came: the last is released first.
    pub(crate) given: Vec<Given>,
    /// What is owed, as the ledger has it; its floors keep it from falling below zero.
    pub(crate) book: Balances,
    pub(crate) entries: u32,
}

/// The sum of `lines`.
pub(crate) fn sum(lines: &[InvoiceLine]) -> Result<Money> {
    let currency = lines.first().map(|line| line.unit_price.currency());
    let currency = currency.ok_or_else(|| Error::invalid("/lines", "must have a line"))?;
    let mut total = Money::zero(currency);
    for line in lines {
        let amount = line.unit_price.times(line.units).map_err(money)?;
        total = total.plus(amount).map_err(money)?;
    }
    Ok(total)
}

impl Invoice {
    pub(crate) fn exists(&self) -> bool {
        self.request.is_some()
    }

    /// What was asked for. Panics where nothing was.
    pub(crate) fn request(&self) -> &InvoiceRequest {
        self.request.as_ref().expect("it was drafted")
    }

    pub(crate) fn currency(&self) -> Currency {
        self.total.expect("it was drafted").currency()
    }

    pub(crate) fn standing(&self) -> Standing {
        self.standing
            .unwrap_or_else(|| Standing::nothing(self.currency()))
    }

    pub(crate) fn earned(&self) -> Money {
        self.earned.unwrap_or_else(|| Money::zero(self.currency()))
    }

    /// The state, as people know it.
    pub(crate) fn state(&self) -> InvoiceState {
        match (self.lifecycle, &self.standing) {
            (Lifecycle::Nothing | Lifecycle::Draft, _) => InvoiceState::Draft,
            (Lifecycle::Issued, Some(standing)) => standing.state(),
            (Lifecycle::Issued, None) => InvoiceState::Issued,
            (Lifecycle::Void | Lifecycle::Withdrawn | Lifecycle::Closed, _) => InvoiceState::Void,
        }
    }

    #[cfg(test)]
    /// What the ledger has on `side`: the same as is open by its standing.
    pub(crate) fn owed(&self, side: Side) -> Money {
        let account = receivable(self.request(), side);
        self.book.available(account, self.currency())
    }

    /// How an allocation moves what is owed. The entry itself rides in the payment's event; here only the side of the
    /// invoice is folded.
    pub(crate) fn mirrored(&self, side: Side, amount: Money) -> Result<Entry> {
        let account = receivable(self.request(), side);
        Entry::transfer(Account::CASH, account, amount).map_err(Error::internal)
    }

    fn booked(&mut self, entry: &JournalEntry) {
        self.book.add(&entry.postings);
        self.entries += 1;
    }

    fn allocated(&mut self, event: &InvoiceAllocated) {
        self.given.push(Given {
            payment: event.payment,
            allocation: event.allocation,
            side: event.side,
            amount: event.amount,
        });
        if let Ok(entry) = self.mirrored(event.side, event.amount) {
            self.book.add(&entry);
        }
    }

    fn deallocated(&mut self, event: &InvoiceDeallocated) {
        let place = |given: &Given| given.allocation == event.allocation;
        if let Some(at) = self.given.iter().position(place) {
            let left = self.given[at].amount.minus(event.amount);
            match left.ok().filter(|left| left.is_positive()) {
                Some(left) => self.given[at].amount = left,
                None => drop(self.given.remove(at)),
            }
        }
        if let Ok(entry) = self.mirrored(event.side, event.amount) {
            self.book.add(&entry.reversed());
        }
    }

    fn decided(&mut self, event: &AdjudicationStanding) {
        if event.withdrawn {
            let withdrawn = self.withdrawn.entry(event.claim).or_default();
            *withdrawn = event.version.max(*withdrawn);
            let current = self.adjudication.as_ref();
            if current.is_some_and(|it| it.claim != event.claim || it.version > event.version) {
                return;
            }
        }
        self.adjudication = Some(event.clone());
    }

    /// A credit note may leave less of a premium than was earned.
    fn earn_no_more_than_is_left(&mut self) {
        let left = self.standing.as_ref().map(net);
        if let (Some(earned), Some(Ok(left))) = (self.earned, left) {
            self.earned = earned.min(left).ok().or(Some(earned));
        }
    }
}

impl Aggregate for Invoice {
    const KIND: &'static str = "invoice";
    type Event = InvoiceEvent;

    fn evolve(&mut self, event: &InvoiceEvent, _: Timestamp) {
        match event {
            InvoiceEvent::Drafted(event) => {
                self.lifecycle = Lifecycle::Draft;
                self.request = Some(event.request.clone());
                self.total = Some(event.total);
            }
            InvoiceEvent::Issued(event) => {
                self.lifecycle = Lifecycle::Issued;
                self.number = Some(event.number.clone());
                self.issued_on = Some(event.on);
                self.standing = Some(event.standing);
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
            InvoiceEvent::Adjudicated(event) => {
                self.decided(&event.adjudication);
                self.standing = Some(event.standing);
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
            InvoiceEvent::AdjudicationWithdrawn(event) => {
                self.decided(&event.adjudication);
                self.standing = Some(event.standing);
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
            InvoiceEvent::Credited(event) => {
                self.notes.insert(
                    event.note,
                    CreditRequest {
                        id: event.note,
                        side: event.side,
                        amount: event.amount,
                        reason: event.reason.clone(),
                    },
                );
                self.standing = Some(event.standing);
                self.earn_no_more_than_is_left();
                self.booked(&event.entry);
            }
            InvoiceEvent::WrittenOff(event) => {
                self.write_offs.insert(event.write_off);
                self.standing = Some(event.standing);
                self.booked(&event.entry);
            }
            InvoiceEvent::Allocated(event) => {
                self.standing = Some(event.standing);
                self.allocated(event);
            }
            InvoiceEvent::Deallocated(event) => {
                self.standing = Some(event.standing);
                self.deallocated(event);
            }
            InvoiceEvent::Paid(_) => {}
            InvoiceEvent::PremiumEarned(event) => {
                self.earned = Some(event.earned);
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
            InvoiceEvent::Voided(event) => {
                self.lifecycle = Lifecycle::Void;
                event.entry.iter().for_each(|entry| self.booked(entry));
                self.standing = None;
                self.earned = None;
            }
            InvoiceEvent::Withdrawn(_) => self.lifecycle = Lifecycle::Withdrawn,
            InvoiceEvent::Closed(_) => self.lifecycle = Lifecycle::Closed,
        }
    }
}
