//! A hold: `hold/<id>`. That it expires is no event: it follows from the clock.

use medcover_kernel::{AppointmentId, PatientId, PractitionerId, Timestamp};
use medcover_store::event;

use super::sample::{APPOINTMENT, END, LOCATION, MOMENT, PATIENT, PRACTITIONER, SCHEDULE, SERVICE};
use crate::{LocationId, ScheduleId, ServiceId};

event! {
    /// A slot is held.
    pub HoldMade = "hold.made", 1 {
        /// Whose hours.
        schedule: ScheduleId = SCHEDULE,
        /// For what.
        service: ServiceId = SERVICE,
        /// With whom.
        practitioner: PractitionerId = PRACTITIONER,
        /// Where.
        location: LocationId = LOCATION,
        /// For whom.
        patient: PatientId = PATIENT,
        /// When the slot begins.
        start: Timestamp = MOMENT,
        /// When it ends, without buffers.
        end: Timestamp = END,
        /// From when on practitioner and place are taken.
        taken_from: Timestamp = MOMENT,
        /// Until when they are taken.
        taken_to: Timestamp = END,
        /// When it begins by the clock of the place.
        local_start: String = "2026-05-04T11:00:00+02:00[Europe/Rome]".to_owned(),
        /// Until when the slot is held.
        expires_at: Timestamp = END,
        /// For how long that was asked, in seconds.
        seconds: u32 = 600,
    }
}
event! {
    /// An appointment has the slot.
    pub HoldBooked = "hold.booked", 1 {
        /// Which one.
        appointment: AppointmentId = APPOINTMENT,
    }
}
event! {
    /// The hold was given up; where nothing came before, none will be.
    pub HoldReleased = "hold.released", 1 {}
}
