//! A session: `session/<id>`, the family of the refresh tokens that follow from one sign-in.

use medcover_kernel::{Timestamp, UserId};
use medcover_store::event;
use serde::{Deserialize, Serialize};

use super::sample::{MOMENT, USER};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The user signed out.
    SignedOut,
    /// A refresh token was shown a second time.
    Reuse,
}

event! {
    /// A user signed in. The refresh token of number 0 is good.
    pub SessionStarted = "session.started", 1 {
        /// Who.
        user: UserId = USER,
        /// When the session ends, whatever is refreshed.
        expires_at: Timestamp = MOMENT,
    }
}
event! {
    /// The good refresh token was exchanged for the next.
    pub SessionRefreshed = "session.refreshed", 1 {
        /// The number that is good now.
        number: u32 = 1,
    }
}
event! {
    /// No token of the session is good any more.
    pub SessionEnded = "session.ended", 1 {
        /// Why.
        reason: EndReason = EndReason::Reuse,
    }
}
