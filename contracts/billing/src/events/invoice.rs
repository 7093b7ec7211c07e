//! An invoice: `invoice/<id>`. Each event that changes what is owed holds the standing after it.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, Money, PatientId, PaymentId};
use medcover_ledger::{Account, AccountKind, JournalEntry};
use medcover_store::{EventExample, event};

use super::sample::{DAY, ID, PATIENT, PAYMENT, entry, invoice, standing, usd};
use crate::{
    AdjudicationStanding, AgentId, AllocationId, CreditNoteId, InvoiceRequest, Side, Standing,
    WriteOffId,
};

const REVENUE: Account = Account::of(AccountKind::Revenue);
const RECEIVABLE: Account = Account::patient_receivable(PATIENT);

fn adjudication() -> AdjudicationStanding {
    AdjudicationStanding {
        claim: ClaimId::from_uuid(ID),
        version: 1,
        withdrawn: false,
        contractual: usd(0),
        patient: usd(10_000),
        payer: usd(0),
    }
}

event! {
    /// An invoice was drafted.
    pub InvoiceDrafted = "invoice.drafted", 1 {
        /// What was asked for, with its lines: of one that is billed by charges, theirs.
        request: InvoiceRequest = invoice(),
        /// The sum of its lines.
        total: Money = usd(10_000),
    }
}
event! {
    /// An invoice was issued.
    pub InvoiceIssued = "invoice.issued", 1 {
        /// Who owes what no payer pays.
        patient: PatientId = PATIENT,
        /// Its number.
        number: String = "V-000017".to_owned(),
        /// The day.
        on: Date = DAY,
        /// How it stands now.
        standing: Standing = standing(),
        /// What is booked, unless all lines are free.
        entry: Option<JournalEntry> = Some(entry(RECEIVABLE, REVENUE)),
    }
}
event! {
    /// The insurer decided who owes what.
    pub InvoiceAdjudicated = "invoice.adjudicated", 1 {
        /// What was decided.
        adjudication: AdjudicationStanding = adjudication(),
        /// How it stands now.
        standing: Standing = standing(),
        /// What is booked, where anything changed.
        entry: Option<JournalEntry> = None,
    }
}
event! {
    /// A decision of the insurer was taken back.
    pub InvoiceAdjudicationWithdrawn = "invoice.adjudication-withdrawn", 1 {
        /// The decision that counts no more.
        adjudication: AdjudicationStanding = AdjudicationStanding { withdrawn: true, ..adjudication() },
        /// How it stands now.
        standing: Standing = standing(),
        /// What is booked, where anything changed.
        entry: Option<JournalEntry> = None,
    }
}
event! {
    /// Part of an invoice was given up.
    pub InvoiceCredited = "invoice.credited", 1 {
        /// The note.
        note: CreditNoteId = CreditNoteId::from_uuid(ID),
        /// Who owes less.
        side: Side = Side::Patient,
        /// How much less.
        amount: Money = usd(10_000),
        /// Why.
        reason: String = "Entered twice".to_owned(),
        /// How it stands now.
        standing: Standing = standing(),
        /// What is booked.
        entry: JournalEntry = entry(REVENUE, RECEIVABLE),
    }
}
event! {
    /// Part of an invoice is not expected any more.
    pub InvoiceWrittenOff = "invoice.written-off", 1 {
        /// The write-off.
        write_off: WriteOffId = WriteOffId::from_uuid(ID),
        /// Who will not pay.
        side: Side = Side::Patient,
        /// How much.
        amount: Money = usd(10_000),
        /// How it stands now.
        standing: Standing = standing(),
        /// What is booked.
        entry: JournalEntry = entry(Account::of(AccountKind::BadDebt), RECEIVABLE),
    }
}
event! {
    /// Money of a payment was put against an invoice; the payment's event holds the entry.
    pub InvoiceAllocated = "invoice.allocated", 1 {
        /// The payment.
        payment: PaymentId = PAYMENT,
        /// Its allocation.
        allocation: AllocationId = AllocationId::from_uuid(ID),
        /// On which side.
        side: Side = Side::Patient,
        /// How much.
        amount: Money = usd(10_000),
        /// How it stands now.
        standing: Standing = standing(),
    }
}
event! {
    /// Money of a payment was taken back from an invoice; the payment's event holds the entry.
    pub InvoiceDeallocated = "invoice.deallocated", 1 {
        /// The payment.
        payment: PaymentId = PAYMENT,
        /// Its allocation.
        allocation: AllocationId = AllocationId::from_uuid(ID),
        /// On which side.
        side: Side = Side::Patient,
        /// How much.
        amount: Money = usd(10_000),
        /// How it stands now.
        standing: Standing = standing(),
    }
}
event! {
    /// Nothing of an invoice is owed any more.
    pub InvoicePaid = "invoice.paid", 1 {
        /// Who owed what no payer pays.
        patient: PatientId = PATIENT,
        /// Who earns a commission on it.
        agent: Option<AgentId> = None,
        /// The sum of its lines.
        total: Money = usd(10_000),
    }
}
event! {
    /// Premium was earned, for days that have passed.
    pub InvoicePremiumEarned = "invoice.premium-earned", 1 {
        /// The last of the days.
        through: Date = DAY,
        /// What is earned by now.
        earned: Money = usd(10_000),
        /// What is booked, where anything changed.
        entry: Option<JournalEntry> =
            Some(entry(Account::of(AccountKind::UnearnedPremium), Account::of(AccountKind::PremiumRevenue))),
    }
}
event! {
    /// An invoice that never was cannot be made any more.
    pub InvoiceClosed = "invoice.closed", 1 {
        /// Why.
        reason: String = "The visit was cancelled".to_owned(),
    }
}
event! {
    /// An invoice was taken back as a whole, by the credit notes before; another may be for the same.
    pub InvoiceWithdrawn = "invoice.withdrawn", 1 {
        /// Why.
        reason: String = "Entered for the wrong visit".to_owned(),
    }
}
event! {
    /// An invoice never was.
    pub InvoiceVoided = "invoice.voided", 1 {
        /// Why.
        reason: String = "Entered for the wrong visit".to_owned(),
        /// What is booked, where it was issued.
        entry: Option<JournalEntry> = None,
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        InvoiceDrafted::described(),
        InvoiceIssued::described(),
        InvoiceAdjudicated::described(),
        InvoiceAdjudicationWithdrawn::described(),
        InvoiceCredited::described(),
        InvoiceWrittenOff::described(),
        InvoiceAllocated::described(),
        InvoiceDeallocated::described(),
        InvoicePaid::described(),
        InvoicePremiumEarned::described(),
        InvoiceVoided::described(),
        InvoiceClosed::described(),
        InvoiceWithdrawn::described(),
    ]
}
