//! Business keys: what there can be only one of.

use medcover_kernel::{InvoiceId, PaymentId, RemittanceId};
use medcover_store::{EventExample, event};

use super::sample::{ID, INVOICE, PAYMENT};

event! {
    /// A visit and kind, or a policy and first day, have an invoice; the stream is that of the key.
    pub InvoiceKeyTaken = "invoice-key.taken", 1 {
        /// Which.
        invoice: InvoiceId = INVOICE,
    }
}
event! {
    /// They have none any more.
    pub InvoiceKeyFreed = "invoice-key.freed", 1 {}
}
event! {
    /// The next number of a series was given; the stream is that of the series.
    pub InvoiceNumberAssigned = "invoice-number.assigned", 1 {
        /// The number, from 1, without gaps.
        number: u64 = 17,
        /// To which invoice.
        invoice: InvoiceId = INVOICE,
    }
}
event! {
    /// A payment for an invoice began; the stream is that of the invoice's payments.
    pub PaymentAttemptBegun = "payment-attempt.begun", 1 {
        /// Which.
        payment: PaymentId = PAYMENT,
    }
}
event! {
    /// Its outcome is known.
    pub PaymentAttemptEnded = "payment-attempt.ended", 1 {
        /// Which.
        payment: PaymentId = PAYMENT,
    }
}
event! {
    /// A payer's trace, or a content, has a remittance; the stream is that of the key.
    pub RemittanceKeyTaken = "remittance-key.taken", 1 {
        /// Which.
        remittance: RemittanceId = RemittanceId::from_uuid(ID),
    }
}
event! {
    /// It has none any more.
    pub RemittanceKeyFreed = "remittance-key.freed", 1 {}
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        InvoiceKeyTaken::described(),
        InvoiceKeyFreed::described(),
        InvoiceNumberAssigned::described(),
        PaymentAttemptBegun::described(),
        PaymentAttemptEnded::described(),
        RemittanceKeyTaken::described(),
        RemittanceKeyFreed::described(),
    ]
}
