//! Months: `books/<key>`, one stream a tenant.

use medcover_store::{EventExample, event};

event! {
    /// A month was closed, with all before it.
    pub PeriodClosed = "period.closed", 1 {
        /// Which.
        month: String = "2026-04".to_owned(),
    }
}
event! {
    /// A month was opened again, with all after it.
    pub PeriodReopened = "period.reopened", 1 {
        /// Which.
        month: String = "2026-04".to_owned(),
        /// Why.
        reason: String = "An invoice was booked to the wrong patient".to_owned(),
    }
}

pub(super) fn examples() -> Vec<EventExample> {
    vec![PeriodClosed::described(), PeriodReopened::described()]
}
