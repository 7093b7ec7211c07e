//! Schedules and blocks: `schedule/<id>`, `block/<id>`.

use jiff::civil::Date;
use medcover_kernel::{PractitionerId, Timestamp};
use medcover_store::event;

use super::sample::{DAY, END, MOMENT, PRACTITIONER, hours, schedule};
use crate::{OpenHours, ScheduleDetails};

event! {
    /// A schedule was added.
    pub ScheduleAdded = "schedule.added", 1 {
        /// The schedule.
        details: ScheduleDetails = schedule(),
    }
}
event! {
    /// The schedule has changed.
    pub ScheduleChanged = "schedule.changed", 1 {
        /// The schedule.
        details: ScheduleDetails = schedule(),
    }
}
event! {
    /// A day has hours of its own.
    pub ScheduleDaySet = "schedule.day-set", 1 {
        /// The day.
        date: Date = DAY,
        /// Its hours; none where it is closed.
        hours: Vec<OpenHours> = vec![hours()],
    }
}
event! {
    /// A day has the hours of the week again.
    pub ScheduleDayReset = "schedule.day-reset", 1 {
        /// The day.
        date: Date = DAY,
    }
}
event! {
    /// A practitioner cannot be booked for a time.
    pub BlockMade = "block.made", 1 {
        /// Who.
        practitioner: PractitionerId = PRACTITIONER,
        /// From when on.
        start: Timestamp = MOMENT,
        /// Until when.
        end: Timestamp = END,
        /// Why.
        reason: String = "Training".to_owned(),
    }
}
event! {
    /// The time can be booked again.
    pub BlockRemoved = "block.removed", 1 {}
}
