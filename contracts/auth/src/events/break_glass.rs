//! An emergency: `break-glass/<id>`.

use std::collections::BTreeSet;

use medcover_kernel::{Timestamp, UserId};

use super::event;

event! {
    /// A user declared an emergency.
    BreakGlassOpened = "break-glass.opened", 1 {
        /// Who.
        user: UserId,
        /// Why.
        reason: String,
        /// The permissions beyond their own.
        permissions: BTreeSet<String>,
        /// When it ends.
        expires_at: Timestamp,
    }
}
event! {
    /// It was ended before its time.
    BreakGlassEnded = "break-glass.ended", 1 {}
}
event! {
    /// Somebody else looked at it.
    BreakGlassReviewed = "break-glass.reviewed", 1 {
        /// What they said.
        note: String,
    }
}
