//! An emergency: `break-glass/<id>`.

use std::collections::BTreeSet;

use medcover_kernel::{Timestamp, UserId};

use super::sample::{MOMENT, USER, names};
use medcover_store::event;

event! {
    /// A user declared an emergency.
    pub BreakGlassOpened = "break-glass.opened", 1 {
        /// Who.
        user: UserId = USER,
        /// Why.
        reason: String = "Unconscious in the emergency room, allergies unknown".to_owned(),
        /// The permissions beyond their own.
        permissions: BTreeSet<String> = names(&["patients.read"]),
        /// When it ends.
        expires_at: Timestamp = MOMENT,
    }
}
event! {
    /// It was ended before its time.
    pub BreakGlassEnded = "break-glass.ended", 1 {}
}
event! {
    /// Somebody else looked at it.
    pub BreakGlassReviewed = "break-glass.reviewed", 1 {
        /// What they said.
        note: String = "Checked against the chart.".to_owned(),
    }
}
