//! What happens to whom. An event whose effect is booked holds its entry, so that entry and effect are one commit.

mod charges;
mod commission;
mod invoice;
mod keys;
mod payment;
mod period;
mod refund;
mod remittance;
mod write_off;

pub use charges::{ChargesCancelled, ChargesInvoiced, ChargesRecorded, ChargesReleased};
pub use commission::{
    AgentAccountOpened, AgentPlanAssigned, AgentRegistered, CommissionAccrued,
    CommissionClawedBack, CommissionOpened, CommissionPlanMade, CommissionSettled,
    CommissionSettlementMade,
};
pub use invoice::{
    InvoiceAdjudicated, InvoiceAdjudicationWithdrawn, InvoiceAllocated, InvoiceClosed,
    InvoiceCredited, InvoiceDeallocated, InvoiceDrafted, InvoiceIssued, InvoicePaid,
    InvoicePremiumEarned, InvoiceVoided, InvoiceWithdrawn, InvoiceWrittenOff,
};
pub use keys::{
    InvoiceKeyFreed, InvoiceKeyTaken, InvoiceNumberAssigned, PaymentAttemptBegun,
    PaymentAttemptEnded, RemittanceKeyFreed, RemittanceKeyTaken,
};
pub use payment::{
    PaymentAllocated, PaymentAllocationClosed, PaymentChargedBack, PaymentCompleted,
    PaymentCreated, PaymentDeallocated, PaymentFailed, PaymentPending, PaymentRefundApproved,
    PaymentRefundHeld, PaymentRefundPaid, PaymentRefundReleased, PaymentUnknown,
};
pub use period::{PeriodClosed, PeriodReopened};
pub use refund::{
    RefundApproved, RefundFailed, RefundRejected, RefundRequested, RefundSent, RefundSucceeded,
    RefundUnknown,
};
pub use remittance::{
    RemittanceDismissed, RemittanceParked, RemittancePosted, RemittanceReceived, RemittanceRepeated,
};
pub use write_off::{WriteOffApproved, WriteOffRejected, WriteOffRequested};

use medcover_store::EventExample;

/// Every kind of event of the service, with an example.
pub fn examples() -> Vec<EventExample> {
    let mut examples = charges::examples();
    examples.extend(invoice::examples());
    examples.extend(payment::examples());
    examples.extend(refund::examples());
    examples.extend(write_off::examples());
    examples.extend(remittance::examples());
    examples.extend(commission::examples());
    examples.extend(period::examples());
    examples.extend(keys::examples());
    examples
}

/// The ids, days and entries of examples.
mod sample {
    use jiff::civil::{Date, date};
    use medcover_kernel::{Currency, InvoiceId, Money, PatientId, PaymentId};
    use medcover_ledger::{Account, Entry, EntryId, JournalEntry};
    use uuid::Uuid;

    use crate::{InvoiceKind, InvoiceLine, InvoiceRequest, SideStanding, Standing};

    pub(super) const DAY: Date = date(2026, 4, 1);
    pub(super) const ID: Uuid = Uuid::from_u128(0x018f_3b2a_7c1d_7000_8000_0000_0000_0001);
    pub(super) const INVOICE: InvoiceId = InvoiceId::from_uuid(ID);
    pub(super) const PATIENT: PatientId = PatientId::from_uuid(ID);
    pub(super) const PAYMENT: PaymentId = PaymentId::from_uuid(ID);

    pub(super) fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("within bounds")
    }

    pub(super) fn entry(debit: Account, credit: Account) -> JournalEntry {
        JournalEntry {
            id: EntryId::nth(ID, 1),
            on: DAY,
            reverses: None,
            postings: Entry::transfer(debit, credit, usd(10_000)).expect("two accounts"),
        }
    }

    pub(super) fn standing() -> Standing {
        Standing {
            patient: SideStanding::of(usd(10_000)),
            ..Standing::nothing(Currency::USD)
        }
    }

    pub(super) fn invoice() -> InvoiceRequest {
        InvoiceRequest {
            id: INVOICE,
            kind: InvoiceKind::Visit,
            patient: PATIENT,
            encounter: Some(medcover_kernel::EncounterId::from_uuid(ID)),
            policy: None,
            payer: None,
            agent: None,
            series: None,
            lines: vec![InvoiceLine {
                description: "Consultation".to_owned(),
                code: Some("99213".to_owned()),
                units: 1,
                unit_price: usd(10_000),
            }],
            covers_from: None,
            covers_to: None,
            on: None,
            due_on: None,
        }
    }
}
