//! A write-off: `write-off/<id>`. What it books rides in the event of its invoice.

use medcover_store::{EventExample, event};

use super::sample::{ID, INVOICE, usd};
use crate::{Side, WriteOffId, WriteOffRequest};

fn somebody() -> String {
    medcover_kernel::Caller::User(medcover_kernel::UserId::from_uuid(ID)).to_string()
}

event! {
    /// Somebody asked for a write-off.
    pub WriteOffRequested = "write-off.requested", 1 {
        /// What was asked for.
        request: WriteOffRequest = WriteOffRequest {
            id: WriteOffId::from_uuid(ID),
            invoice: INVOICE,
            side: Side::Patient,
            amount: usd(10_000),
            reason: "Moved away, no address".to_owned(),
        },
        /// Who asked.
        by: String = somebody(),
    }
}
event! {
    /// Somebody else approved it.
    pub WriteOffApproved = "write-off.approved", 1 {
        /// Who.
        by: String = somebody(),
    }
}
event! {
    /// Somebody else rejected it.
    pub WriteOffRejected = "write-off.rejected", 1 {
        /// Who.
        by: String = somebody(),
        /// Why.
        reason: String = "Pays in parts".to_owned(),
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![
        WriteOffRequested::described(),
        WriteOffApproved::described(),
        WriteOffRejected::described(),
    ]
}
