//! A remittance: `remittance-posting/<id>`.

use medcover_kernel::{ClaimId, PaymentId, RemittanceId};
use medcover_store::{EventExample, event};

use super::sample::{DAY, ID, INVOICE, PAYMENT, usd};
use crate::{ClaimPayment, RemittanceRequest};

event! {
    /// A remittance came.
    pub RemittanceReceived = "remittance-posting.received", 1 {
        /// What it says.
        request: RemittanceRequest = RemittanceRequest {
            id: RemittanceId::from_uuid(ID),
            payer: ID,
            trace: "EFT-4711".to_owned(),
            control: "000000001".to_owned(),
            total: usd(10_000),
            paid_on: DAY,
            claims: vec![ClaimPayment {
                claim: ClaimId::from_uuid(ID),
                invoice: INVOICE,
                billed: usd(10_000),
                paid: usd(10_000),
                adjustments: Vec::new(),
            }],
            provider_adjustments: Vec::new(),
        },
    }
}
event! {
    /// Its money is on the books and stands against its invoices.
    pub RemittancePosted = "remittance-posting.posted", 1 {
        /// The payment that it made, unless it is of nothing.
        payment: Option<PaymentId> = Some(PAYMENT),
    }
}
event! {
    /// Something about it is wrong; a person must look.
    pub RemittanceParked = "remittance-posting.parked", 1 {
        /// What is wrong.
        reasons: Vec<String> = vec!["The total is not what the claims add up to.".to_owned()],
    }
}
event! {
    /// It came before.
    pub RemittanceRepeated = "remittance-posting.repeated", 1 {
        /// Under this id.
        of: RemittanceId = RemittanceId::from_uuid(ID),
    }
}
event! {
    /// A person has looked, and it will not be posted.
    pub RemittanceDismissed = "remittance-posting.dismissed", 1 {
        /// Why.
        reason: String = "Meant for another house".to_owned(),
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        RemittanceReceived::described(),
        RemittancePosted::described(),
        RemittanceParked::described(),
        RemittanceRepeated::described(),
        RemittanceDismissed::described(),
    ]
}
