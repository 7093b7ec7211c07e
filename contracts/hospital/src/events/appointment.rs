//! An appointment: `appointment/<id>`.

use jiff::civil::date;
use medcover_kernel::{AppointmentId, EncounterId, PatientId, PractitionerId, Timestamp};
use medcover_store::event;

use super::sample::{
    APPOINTMENT, ENCOUNTER, END, HOLD, LOCATION, MOMENT, PATIENT, PRACTITIONER, SCHEDULE, SERVICE,
};
use crate::{HoldId, LocationId, Overbooking, Overridden, ScheduleId, ServiceId, Wish};

event! {
    /// Somebody wishes for an appointment.
    pub AppointmentProposed = "appointment.proposed", 1 {
        /// For whom.
        patient: PatientId = PATIENT,
        /// For what.
        service: ServiceId = SERVICE,
        /// When and with whom.
        wish: Wish = Wish { practitioner: Some(PRACTITIONER), earliest: date(2026, 5, 4), latest: None },
        /// What it is about.
        description: Option<String> = None,
    }
}
event! {
    /// It will be arranged.
    pub AppointmentAccepted = "appointment.accepted", 1 {}
}
event! {
    /// It waits for a time.
    pub AppointmentWaitlisted = "appointment.waitlisted", 1 {}
}
event! {
    /// A free slot was held for it; until then it is offered no other.
    pub AppointmentOffered = "appointment.offered", 1 {
        /// The hold.
        hold: HoldId = HOLD,
        /// Until when the slot is held.
        until: Timestamp = END,
    }
}
event! {
    /// It has a time.
    pub AppointmentBooked = "appointment.booked", 1 {
        /// For whom.
        patient: PatientId = PATIENT,
        /// For what.
        service: ServiceId = SERVICE,
        /// Of which schedule the slot is.
        schedule: ScheduleId = SCHEDULE,
        /// With whom.
        practitioner: PractitionerId = PRACTITIONER,
        /// Where.
        location: LocationId = LOCATION,
        /// When it begins.
        start: Timestamp = MOMENT,
        /// When it ends, without buffers.
        end: Timestamp = END,
        /// From when on practitioner and place are taken.
        taken_from: Timestamp = MOMENT,
        /// Until when they are taken.
        taken_to: Timestamp = END,
        /// When it begins by the clock of the place.
        local_start: String = "2026-05-04T11:00:00+02:00[Europe/Rome]".to_owned(),
        /// What it is about.
        description: Option<String> = None,
        /// The hold it was booked from.
        hold: Option<HoldId> = Some(HOLD),
        /// That it was booked although something stood against it.
        overbooking: Option<Overbooking> = Some(Overbooking {
            reason: "Acute pain".to_owned(),
            over: vec![Overridden::Practitioner],
        }),
        /// The appointment in whose place it was booked.
        rescheduled_from: Option<AppointmentId> = None,
    }
}
event! {
    /// The patient is there.
    pub AppointmentArrived = "appointment.arrived", 1 {}
}
event! {
    /// The patient's arrival was taken down.
    pub AppointmentCheckedIn = "appointment.checked-in", 1 {}
}
event! {
    /// The visit took place.
    pub AppointmentFulfilled = "appointment.fulfilled", 1 {
        /// Which one.
        encounter: EncounterId = ENCOUNTER,
    }
}
event! {
    /// It will not take place; where nothing came before, there will be none.
    pub AppointmentCancelled = "appointment.cancelled", 1 {
        /// Why.
        reason: String = "Asked by the patient".to_owned(),
    }
}
event! {
    /// It was cancelled because another one was booked in its place.
    pub AppointmentRescheduled = "appointment.rescheduled", 1 {
        /// Which one.
        to: AppointmentId = APPOINTMENT,
        /// Why.
        reason: String = "Asked by the patient".to_owned(),
    }
}
event! {
    /// The patient did not come.
    pub AppointmentMissed = "appointment.missed", 1 {}
}
event! {
    /// It should never have been made; where nothing came before, there will be none.
    pub AppointmentEnteredInError = "appointment.entered-in-error", 1 {
        /// Why.
        reason: String = "Wrong patient".to_owned(),
    }
}
