#![doc = include_str!("../README.md")]

mod api;
mod appointments;
mod client;
mod encounters;
pub mod endpoints;
pub mod events;
mod locations;
mod moment;
mod patients;
pub mod permissions;
mod practitioners;
mod schedules;
mod services;
mod slots;
mod versions;

pub use api::HospitalApi;
pub use appointments::{
    Appointment, AppointmentList, AppointmentQuery, AppointmentState, BookAppointmentRequest,
    CancelAppointmentRequest, OverbookAppointmentRequest, Overbooking, Overridden,
    PlaceAppointmentRequest, ProposeAppointmentRequest, RescheduleAppointmentRequest, Rescheduled,
    WaitlistQuery, Wish,
};
pub use client::HospitalClient;
pub use encounters::{
    AmendEncounterRequest, CodeEncounterRequest, Coding, Diagnosis, Encounter, EncounterClass,
    EncounterList, EncounterQuery, EncounterState, PlanEncounterRequest, PresentOnAdmission,
    Procedure, RecordEncounterRequest, StartEncounterRequest,
};
pub use locations::{
    AddLocationRequest, ChangeLocationRequest, Location, LocationDetails, LocationId, LocationList,
};
pub use moment::Moment;
pub use patients::{
    AdministrativeSex, ChangePatientRequest, Identifier, MergePatientRequest, Patient,
    PatientDetails, PatientList, PatientQuery, PatientState, RegisterPatientRequest,
};
pub use practitioners::{
    AddPractitionerRequest, Block, BlockId, BlockList, BlockTimeRequest, ChangePractitionerRequest,
    Practitioner, PractitionerDetails, PractitionerList,
};
pub use schedules::{
    AddScheduleRequest, ChangeScheduleRequest, DayHours, DayHoursRequest, OpenHours, Schedule,
    ScheduleDetails, ScheduleId, ScheduleList, ScheduleQuery, Weekday, WeeklyHours,
};
pub use services::{
    AddServiceRequest, ChangeServiceRequest, Service, ServiceDetails, ServiceId, ServiceList,
};
pub use slots::{
    Hold, HoldId, HoldSlotRequest, HoldState, OfferSlotRequest, Offered, ReleaseHoldRequest, Slot,
    SlotChoice, SlotList, SlotQuery, SlotState,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most characters of a name, an identifier or another short text.
pub const MAX_TEXT_CHARS: usize = 200;
/// Most characters of a reason or a description.
pub const MAX_REASON_CHARS: usize = 500;
/// Fewest characters of a reason for what is normally refused: one word is none.
pub const MIN_REASON_CHARS: usize = 10;
/// Most identifiers of a person.
pub const MAX_IDENTIFIERS: usize = 20;
/// Most records that are merged into one, directly or through others.
pub const MAX_MERGED: usize = 50;
/// The longest appointment or buffer, in minutes: a day.
pub const MAX_MINUTES: u32 = 24 * 60;
/// How many days a list of slots or a block reaches at most.
pub const MAX_DAYS: u32 = 31;
/// The longest hold, in seconds: a day.
pub const MAX_HOLD_SECONDS: u32 = 24 * 60 * 60;
/// The shortest hold, in seconds.
pub const MIN_HOLD_SECONDS: u32 = 1;
/// Most diagnoses, and most procedures, of an encounter.
pub const MAX_CODES: usize = 50;

/// Why something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// The reason, for people.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// That something should not have been recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorRequest {
    /// The reason, for people.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Whether, where there is no such thing, its id is closed, so that it cannot come about later: for undo.
    #[serde(default)]
    pub close: bool,
}
