//! A payment: `payment/<id>`, with the refunds of its money, whose entries ride here.

use medcover_kernel::{InvoiceId, Money};
use medcover_ledger::{Account, AccountKind, JournalEntry};
use medcover_store::{EventExample, event};

use super::sample::{ID, INVOICE, PATIENT, PAYMENT, entry, usd};
use crate::{AgentId, AllocationId, Party, PaymentMethod, PaymentRequest, RefundId, Side};

const UNAPPLIED: Account = Account::unapplied_cash(ID);
const RECEIVABLE: Account = Account::patient_receivable(PATIENT);
const PAYABLE: Account = Account::of(AccountKind::RefundsPayable);
const ALLOCATION: AllocationId = AllocationId::from_uuid(ID);
const REFUND: RefundId = RefundId::from_uuid(ID);

fn request() -> PaymentRequest {
    PaymentRequest {
        id: PAYMENT,
        from: Party::patient(PATIENT),
        amount: usd(10_000),
        method: PaymentMethod::Cash,
        terminal: None,
        invoice: Some(INVOICE),
        allocate: true,
        reference: None,
        on: None,
    }
}

event! {
    /// A payment was asked for; nobody has taken money yet.
    pub PaymentCreated = "payment.created", 1 {
        /// What was asked for.
        request: PaymentRequest = request(),
    }
}
event! {
    /// Somebody takes the money right now.
    pub PaymentPending = "payment.pending", 1 {
        /// What is booked as pending.
        entry: JournalEntry = entry(Account::CASH, UNAPPLIED),
    }
}
event! {
    /// The money is here.
    pub PaymentCompleted = "payment.completed", 1 {
        /// Who paid.
        from: Party = Party::patient(PATIENT),
        /// How much.
        amount: Money = usd(10_000),
        /// How.
        method: PaymentMethod = PaymentMethod::Cash,
        /// The invoice it is meant for.
        invoice: Option<InvoiceId> = Some(INVOICE),
        /// Whether it is to be put against it by itself.
        allocate: bool = true,
        /// What it is known by.
        reference: Option<String> = None,
        /// What is booked.
        entry: JournalEntry = entry(Account::CASH, UNAPPLIED),
    }
}
event! {
    /// The money is not here, and will not be.
    pub PaymentFailed = "payment.failed", 1 {
        /// What it is known by.
        reference: Option<String> = Some("declined".to_owned()),
        /// What is taken back of what was pending.
        entry: Option<JournalEntry> = None,
    }
}
event! {
    /// Nobody knows whether the money is here.
    pub PaymentUnknown = "payment.unknown", 1 {}
}
event! {
    /// Money of the payment was put against an invoice.
    pub PaymentAllocated = "payment.allocated", 1 {
        /// The allocation.
        allocation: AllocationId = ALLOCATION,
        /// The invoice.
        invoice: InvoiceId = INVOICE,
        /// On which side.
        side: Side = Side::Patient,
        /// How much.
        amount: Money = usd(10_000),
        /// Who earns a commission on it.
        agent: Option<AgentId> = None,
        /// What is booked.
        entry: JournalEntry = entry(UNAPPLIED, RECEIVABLE),
    }
}
event! {
    /// Money of the payment was taken back from an invoice.
    pub PaymentDeallocated = "payment.deallocated", 1 {
        /// The allocation.
        allocation: AllocationId = ALLOCATION,
        /// The invoice.
        invoice: InvoiceId = INVOICE,
        /// How much.
        amount: Money = usd(10_000),
        /// Why.
        reason: String = "Refund".to_owned(),
        /// Who earned a commission on it.
        agent: Option<AgentId> = None,
        /// What is booked.
        entry: JournalEntry = entry(RECEIVABLE, UNAPPLIED),
    }
}
event! {
    /// An allocation that never was cannot be made any more.
    pub PaymentAllocationClosed = "payment.allocation-closed", 1 {
        /// The allocation.
        allocation: AllocationId = ALLOCATION,
    }
}
event! {
    /// Money is held for a refund that somebody asked for.
    pub PaymentRefundHeld = "payment.refund-held", 1 {
        /// The refund.
        refund: RefundId = REFUND,
        /// How much.
        amount: Money = usd(6_000),
        /// What is booked as reserved.
        entry: JournalEntry = entry(PAYABLE, Account::CASH),
    }
}
event! {
    /// Money is to be given back.
    pub PaymentRefundApproved = "payment.refund-approved", 1 {
        /// The refund.
        refund: RefundId = REFUND,
        /// How much.
        amount: Money = usd(6_000),
        /// What is booked.
        entry: JournalEntry = entry(UNAPPLIED, PAYABLE),
    }
}
event! {
    /// Money is not given back after all, and held no more.
    pub PaymentRefundReleased = "payment.refund-released", 1 {
        /// The refund.
        refund: RefundId = REFUND,
        /// How much.
        amount: Money = usd(6_000),
        /// What is booked.
        entry: JournalEntry = entry(Account::CASH, PAYABLE),
    }
}
event! {
    /// Money was given back.
    pub PaymentRefundPaid = "payment.refund-paid", 1 {
        /// The refund.
        refund: RefundId = REFUND,
        /// How much.
        amount: Money = usd(6_000),
        /// What is booked.
        entry: JournalEntry = entry(PAYABLE, Account::CASH),
    }
}
event! {
    /// The bank took the money back.
    pub PaymentChargedBack = "payment.charged-back", 1 {
        /// Why.
        reason: String = "Disputed by the holder of the card".to_owned(),
        /// How much: what had not been given back.
        amount: Money = usd(10_000),
        /// What is booked, unless all of it had been given back.
        entry: Option<JournalEntry> = Some(entry(UNAPPLIED, Account::CASH)),
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        PaymentCreated::described(),
        PaymentPending::described(),
        PaymentCompleted::described(),
        PaymentFailed::described(),
        PaymentUnknown::described(),
        PaymentAllocated::described(),
        PaymentDeallocated::described(),
        PaymentAllocationClosed::described(),
        PaymentRefundHeld::described(),
        PaymentRefundApproved::described(),
        PaymentRefundReleased::described(),
        PaymentRefundPaid::described(),
        PaymentChargedBack::described(),
    ]
}
