//! The charges of a visit: `charges/<encounter>`.

use medcover_kernel::{InvoiceId, PatientId};
use medcover_store::{EventExample, event};

use super::sample::{DAY, ID, INVOICE, PATIENT, usd};
use crate::{Charge, ChargeId};

fn charge() -> Charge {
    Charge {
        id: ChargeId::from_uuid(ID),
        code: "99213".to_owned(),
        description: "Consultation".to_owned(),
        units: 1,
        unit_price: usd(10_000),
        service_date: DAY,
    }
}

event! {
    /// Charges were recorded.
    pub ChargesRecorded = "charges.recorded", 1 {
        /// Who was cared for.
        patient: PatientId = PATIENT,
        /// Those that are new.
        charges: Vec<Charge> = vec![charge()],
    }
}
event! {
    /// The charges are on an invoice.
    pub ChargesInvoiced = "charges.invoiced", 1 {
        /// Which.
        invoice: InvoiceId = INVOICE,
    }
}
event! {
    /// The charges are on no invoice any more.
    pub ChargesReleased = "charges.released", 1 {
        /// The invoice they were on.
        invoice: InvoiceId = INVOICE,
    }
}
event! {
    /// The charges were cancelled, and none can be recorded any more.
    pub ChargesCancelled = "charges.cancelled", 1 {}
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        ChargesRecorded::described(),
        ChargesInvoiced::described(),
        ChargesReleased::described(),
        ChargesCancelled::described(),
    ]
}
