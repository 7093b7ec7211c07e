//! A day by UTC of a practitioner, a place or a patient: the key stream of who and which day. What touches a day is written
//! to it, so that of two that overlap the later one meets the first.

use medcover_kernel::Timestamp;
use medcover_store::event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sample::{APPOINTMENT, END, HOLD, MOMENT, SERVICE};
use crate::ServiceId;

/// For what time is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarUse {
    /// A hold.
    Held,
    /// An appointment.
    Booked,
    /// A block.
    Blocked,
}

event! {
    /// A time of the day is taken, wholly or in part.
    pub CalendarTaken = "calendar.taken", 1 {
        /// The hold, appointment or block.
        by: Uuid = HOLD.as_uuid(),
        /// For what.
        kind: CalendarUse = CalendarUse::Held,
        /// For which service; none where it is a block.
        service: Option<ServiceId> = Some(SERVICE),
        /// From when on, with the buffer before.
        start: Timestamp = MOMENT,
        /// Until when, with the buffer after.
        end: Timestamp = END,
        /// How many such there may be at once.
        capacity: u32 = 1,
        /// When it is free again by itself.
        until: Option<Timestamp> = Some(END),
        /// Whether it was taken although it was full.
        overbooked: bool = false,
    }
}
event! {
    /// A hold became an appointment.
    pub CalendarConfirmed = "calendar.confirmed", 1 {
        /// The hold.
        hold: Uuid = HOLD.as_uuid(),
        /// The appointment.
        appointment: Uuid = APPOINTMENT.as_uuid(),
    }
}
event! {
    /// A time is free again.
    pub CalendarFreed = "calendar.freed", 1 {
        /// Which hold, appointment or block had it.
        by: Uuid = APPOINTMENT.as_uuid(),
    }
}
