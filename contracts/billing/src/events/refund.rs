//! A refund: `refund/<id>`. What it books rides in the events of its payment.

use medcover_kernel::Caller;
use medcover_store::{EventExample, event};

use super::sample::{ID, PAYMENT, usd};
use crate::{RefundId, RefundRequest};

fn somebody() -> Caller {
    Caller::User(medcover_kernel::UserId::from_uuid(ID))
}

event! {
    /// Somebody asked for a refund.
    pub RefundRequested = "refund.requested", 1 {
        /// What was asked for.
        request: RefundRequest = RefundRequest {
            id: RefundId::from_uuid(ID),
            payment: PAYMENT,
            amount: usd(6_000),
            reason: "Paid twice".to_owned(),
        },
        /// Who asked.
        by: String = somebody().to_string(),
    }
}
event! {
    /// Somebody else approved it.
    pub RefundApproved = "refund.approved", 1 {
        /// Who.
        by: String = somebody().to_string(),
    }
}
event! {
    /// It is not given.
    pub RefundRejected = "refund.rejected", 1 {
        /// Who decided so.
        by: String = somebody().to_string(),
        /// Why.
        reason: String = "Not paid twice".to_owned(),
    }
}
event! {
    /// The money is under way.
    pub RefundSent = "refund.sent", 1 {}
}
event! {
    /// The money has arrived.
    pub RefundSucceeded = "refund.succeeded", 1 {
        /// What it is known by.
        reference: Option<String> = None,
    }
}
event! {
    /// The money has not arrived, and will not.
    pub RefundFailed = "refund.failed", 1 {
        /// What it is known by.
        reference: Option<String> = None,
    }
}
event! {
    /// Nobody knows whether the money has arrived.
    pub RefundUnknown = "refund.unknown", 1 {}
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        RefundRequested::described(),
        RefundApproved::described(),
        RefundRejected::described(),
        RefundSent::described(),
        RefundSucceeded::described(),
        RefundFailed::described(),
        RefundUnknown::described(),
    ]
}
