//! Business keys: what there can be only one of.

use medcover_contract_billing::events::{
    InvoiceKeyFreed, InvoiceKeyTaken, InvoiceNumberAssigned, PaymentAttemptBegun,
    PaymentAttemptEnded, RemittanceKeyFreed, RemittanceKeyTaken,
};
use medcover_kernel::{InvoiceId, PaymentId, RemittanceId, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to the key of an invoice.
    pub(crate) InvoiceKeyEvent { Taken(InvoiceKeyTaken), Freed(InvoiceKeyFreed), }
}
events! {
    /// What can happen to a series of numbers.
    pub(crate) SeriesEvent { Assigned(InvoiceNumberAssigned), }
}
events! {
    /// What can happen to the payments for one invoice.
    pub(crate) AttemptEvent { Begun(PaymentAttemptBegun), Ended(PaymentAttemptEnded), }
}
events! {
    /// What can happen to a trace, or a content.
    pub(crate) RemittanceKeyEvent { Taken(RemittanceKeyTaken), Freed(RemittanceKeyFreed), }
}

/// The invoice of a visit and kind, or of a policy and first day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct InvoiceKey(pub(crate) Option<InvoiceId>);

/// The last number of a series.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Series(pub(crate) u64);

/// The payment for an invoice whose outcome is not known yet.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Attempt(pub(crate) Option<PaymentId>);

/// The remittance of a trace, or a content.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct RemittanceKey(pub(crate) Option<RemittanceId>);

impl Aggregate for InvoiceKey {
    const KIND: &'static str = "invoice-key";
    type Event = InvoiceKeyEvent;

    fn evolve(&mut self, event: &InvoiceKeyEvent, _: Timestamp) {
        self.0 = match event {
            InvoiceKeyEvent::Taken(taken) => Some(taken.invoice),
            InvoiceKeyEvent::Freed(_) => None,
        };
    }
}

impl Aggregate for Series {
    const KIND: &'static str = "invoice-number";
    type Event = SeriesEvent;

    fn evolve(&mut self, SeriesEvent::Assigned(assigned): &SeriesEvent, _: Timestamp) {
        self.0 = assigned.number;
    }
}

impl Aggregate for Attempt {
    const KIND: &'static str = "payment-attempt";
    type Event = AttemptEvent;

    fn evolve(&mut self, event: &AttemptEvent, _: Timestamp) {
        self.0 = match event {
            AttemptEvent::Begun(begun) => Some(begun.payment),
            AttemptEvent::Ended(_) => None,
        };
    }
}

impl Aggregate for RemittanceKey {
    const KIND: &'static str = "remittance-key";
    type Event = RemittanceKeyEvent;

    fn evolve(&mut self, event: &RemittanceKeyEvent, _: Timestamp) {
        self.0 = match event {
            RemittanceKeyEvent::Taken(taken) => Some(taken.remittance),
            RemittanceKeyEvent::Freed(_) => None,
        };
    }
}
