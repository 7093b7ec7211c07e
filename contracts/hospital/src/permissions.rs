//! What the endpoints of the service ask for.

use medcover_kernel::{Permission as _, PermissionInfo, permission};

permission! {
    /// Searches and reads patients.
    pub ReadPatients = "patients.read";
    /// Registers patients and changes what is known about them.
    pub ManagePatients = "patients.manage";
    /// Merges records of one person, and takes that back.
    pub MergePatients = "patients.merge";
    /// Reads practitioners, locations, services, schedules and slots.
    pub ReadSchedules = "schedules.read";
    /// Changes practitioners, locations, services and schedules, and blocks time.
    pub ManageSchedules = "schedules.manage";
    /// Reads appointments, holds and the waitlist.
    pub ReadAppointments = "appointments.read";
    /// Holds slots; books, moves and cancels appointments; receives patients.
    pub BookAppointments = "appointments.book";
    /// Books although a practitioner, a place or the patient is taken, for a reason.
    pub OverbookAppointments = "appointments.overbook";
    /// Reads encounters.
    pub ReadEncounters = "encounters.read";
    /// Plans, starts, records and finishes encounters.
    pub ManageEncounters = "encounters.manage";
    /// Makes the codes of encounters final, amends them, and hands them to billing.
    pub CodeEncounters = "encounters.code";
}

/// Every permission of the service.
pub const PERMISSIONS: &[PermissionInfo] = &[
    ReadPatients::INFO,
    ManagePatients::INFO,
    MergePatients::INFO,
    ReadSchedules::INFO,
    ManageSchedules::INFO,
    ReadAppointments::INFO,
    BookAppointments::INFO,
    OverbookAppointments::INFO,
    ReadEncounters::INFO,
    ManageEncounters::INFO,
    CodeEncounters::INFO,
];
