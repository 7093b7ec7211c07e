//! A payment as its events leave it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_contract_billing::events::{
    PaymentAllocated, PaymentAllocationClosed, PaymentChargedBack, PaymentCompleted,
    PaymentCreated, PaymentDeallocated, PaymentFailed, PaymentPending, PaymentRefundApproved,
    PaymentRefundHeld, PaymentRefundPaid, PaymentRefundReleased, PaymentUnknown,
};
use medcover_contract_billing::{
    AgentId, AllocationId, PaymentRequest, PaymentState, RefundId, Side,
};
use medcover_kernel::{Currency, InvoiceId, Money, Timestamp};
use medcover_ledger::{Account, Balances, Entry, JournalEntry, Layer};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a payment.
    pub(crate) PaymentEvent {
        Created(PaymentCreated), Pending(PaymentPending), Completed(PaymentCompleted), Failed(PaymentFailed),
        Unknown(PaymentUnknown), Allocated(PaymentAllocated), Deallocated(PaymentDeallocated),
        AllocationClosed(PaymentAllocationClosed), RefundHeld(PaymentRefundHeld),
        RefundApproved(PaymentRefundApproved), RefundReleased(PaymentRefundReleased),
        RefundPaid(PaymentRefundPaid), ChargedBack(PaymentChargedBack),
    }
}

/// Money that was put against an invoice, whether it still stands there or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allocation {
    pub(crate) id: AllocationId,
    pub(crate) invoice: InvoiceId,
    pub(crate) side: Side,
    /// What was put there at first.
    pub(crate) asked: Money,
    /// What still stands.
    pub(crate) amount: Money,
    pub(crate) agent: Option<AgentId>,
    /// What the invoice owes on.
    pub(crate) receivable: Account,
    pub(crate) on: Date,
}

/// How far a refund of the payment's money has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    Held,
    Approved,
    Paid,
    Released,
}

/// A payment as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) request: Option<PaymentRequest>,
    pub(crate) state: PaymentState,
    pub(crate) reference: Option<String>,
    /// In the order in which they were made: the last is released first.
    pub(crate) allocations: Vec<Allocation>,
    /// Ids of allocations that were taken back: they are made no more.
    pub(crate) closed: Vec<AllocationId>,
    pub(crate) refunds: BTreeMap<RefundId, (Money, Stage)>,
    /// Its own part of cash and unapplied cash. Their floors hold allocations and refunds within what was paid.
    pub(crate) book: Balances,
    /// What is booked as pending.
    pub(crate) pending: Option<JournalEntry>,
    pub(crate) entries: u32,
}

impl Payment {
    pub(crate) fn exists(&self) -> bool {
        self.request.is_some()
    }

    /// What was asked for. Panics where nothing was.
    pub(crate) fn request(&self) -> &PaymentRequest {
        self.request.as_ref().expect("it was created")
    }

    pub(crate) fn currency(&self) -> Currency {
        self.request().amount.currency()
    }

    /// The account on which its money lies until it is put against something.
    pub(crate) fn unapplied_cash(&self) -> Account {
        Account::unapplied_cash(self.request().from.id)
    }

    /// What is settled and stands against nothing.
    pub(crate) fn unapplied(&self) -> Money {
        let account = self.unapplied_cash();
        self.book.of(account, Layer::Settled, self.currency())
    }

    /// What can still be given back.
    pub(crate) fn refundable(&self) -> Money {
        self.book.available(Account::CASH, self.currency())
    }

    pub(crate) fn allocation(&self, id: AllocationId) -> Option<&Allocation> {
        self.allocations.iter().find(|it| it.id == id)
    }

    /// What stands against invoices.
    pub(crate) fn allocated(&self) -> Money {
        self.sum(self.allocations.iter().map(|it| it.amount))
    }

    /// What refunds in one of `stages` add up to.
    pub(crate) fn refunds_in(&self, stages: &[Stage]) -> Money {
        let of = self.refunds.values().filter(|it| stages.contains(&it.1));
        self.sum(of.map(|it| it.0))
    }

    fn sum(&self, amounts: impl Iterator<Item = Money>) -> Money {
        Money::sum(self.currency(), amounts).expect("parts of the payment")
    }

    fn booked(&mut self, entry: &JournalEntry) {
        self.book.add(&entry.postings);
        self.entries += 1;
    }

    fn allocate(&mut self, event: &PaymentAllocated) {
        let receivable = other_than(&event.entry.postings, self.unapplied_cash());
        self.allocations.push(Allocation {
            id: event.allocation,
            invoice: event.invoice,
            side: event.side,
            asked: event.amount,
            amount: event.amount,
            agent: event.agent,
            receivable,
            on: event.entry.on,
        });
    }

    fn deallocate(&mut self, event: &PaymentDeallocated) {
        let known = self.allocations.iter_mut();
        for allocation in known.filter(|it| it.id == event.allocation) {
            let left = allocation.amount.minus(event.amount);
            allocation.amount = left.unwrap_or(Money::zero(event.amount.currency()));
        }
    }

    fn stage(&mut self, refund: RefundId, stage: Stage) {
        if let Some(known) = self.refunds.get_mut(&refund) {
            known.1 = stage;
        }
    }
}

/// The account of a transfer that is not `one`.
fn other_than(entry: &Entry, one: Account) -> Account {
    let mut accounts = entry.postings().iter().map(|posting| posting.account);
    accounts.find(|account| *account != one).unwrap_or(one)
}

impl Aggregate for Payment {
    const KIND: &'static str = "payment";
    type Event = PaymentEvent;

    fn evolve(&mut self, event: &PaymentEvent, _: Timestamp) {
        match event {
            PaymentEvent::Created(event) => {
                self.request = Some(event.request.clone());
                self.reference.clone_from(&event.request.reference);
            }
            PaymentEvent::Pending(event) => {
                self.state = PaymentState::Pending;
                self.pending = Some(event.entry.clone());
                self.booked(&event.entry);
            }
            PaymentEvent::Completed(event) => {
                self.state = PaymentState::Succeeded;
                self.reference.clone_from(&event.reference);
                self.pending = None;
                self.booked(&event.entry);
            }
            PaymentEvent::Failed(event) => {
                self.state = PaymentState::Failed;
                self.reference.clone_from(&event.reference);
                self.pending = None;
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
            PaymentEvent::Unknown(_) => self.state = PaymentState::Unknown,
            PaymentEvent::Allocated(event) => {
                self.allocate(event);
                self.booked(&event.entry);
            }
            PaymentEvent::Deallocated(event) => {
                self.deallocate(event);
                self.booked(&event.entry);
            }
            PaymentEvent::AllocationClosed(event) => self.closed.push(event.allocation),
            PaymentEvent::RefundHeld(event) => {
                self.refunds
                    .insert(event.refund, (event.amount, Stage::Held));
                self.booked(&event.entry);
            }
            PaymentEvent::RefundApproved(event) => {
                self.stage(event.refund, Stage::Approved);
                self.booked(&event.entry);
            }
            PaymentEvent::RefundReleased(event) => {
                self.stage(event.refund, Stage::Released);
                self.booked(&event.entry);
            }
            PaymentEvent::RefundPaid(event) => {
                self.stage(event.refund, Stage::Paid);
                self.booked(&event.entry);
            }
            PaymentEvent::ChargedBack(event) => {
                self.state = PaymentState::ChargedBack;
                event.entry.iter().for_each(|entry| self.booked(entry));
            }
        }
    }
}
