//! Appointments.

use jiff::civil::Date;
use medcover_kernel::{AppointmentId, EncounterId, Limit, PatientId, PractitionerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{HoldId, LocationId, Moment, ScheduleId, ServiceId, SlotChoice};

/// What has become of an appointment, as FHIR has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentState {
    /// Somebody wishes for one.
    Proposed,
    /// It will be arranged.
    Pending,
    /// It has a time.
    Booked,
    /// The patient is there.
    Arrived,
    /// The patient's arrival was taken down, and what comes before the visit is done.
    CheckedIn,
    /// The visit took place.
    Fulfilled,
    /// It will not take place.
    Cancelled,
    /// The patient did not come.
    #[serde(rename = "noshow")]
    NoShow,
    /// It has no time, and waits for one.
    Waitlist,
    /// It should never have been made.
    EnteredInError,
}

impl AppointmentState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Proposed,
        Self::Pending,
        Self::Booked,
        Self::Arrived,
        Self::CheckedIn,
        Self::Fulfilled,
        Self::Cancelled,
        Self::NoShow,
        Self::Waitlist,
        Self::EnteredInError,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Pending => "pending",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::CheckedIn => "checked-in",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::NoShow => "noshow",
            Self::Waitlist => "waitlist",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

/// What somebody wishes for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// With whom; with anybody where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerId>,
    /// On which day at the earliest.
    #[schema(value_type = String, format = Date)]
    pub earliest: Date,
    /// On which day at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub latest: Option<Date>,
}

/// An appointment to be arranged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeAppointmentRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AppointmentId>,
    /// For whom.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
    /// When and with whom.
    pub wish: Wish,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An appointment to be booked: of a hold, or of a free slot for a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookAppointmentRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AppointmentId>,
    /// The hold whose slot and patient it is of. Else `slot` and `patient` are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// The slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotChoice>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An appointment to be booked though the slot is taken, or the patient has another one then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverbookAppointmentRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AppointmentId>,
    /// The slot.
    pub slot: SlotChoice,
    /// For whom.
    pub patient: PatientId,
    /// Why, in a sentence.
    #[schema(
        min_length = 10,
        max_length = 500,
        example = "Acute pain; Dr Okafor agreed to see her between two visits"
    )]
    pub reason: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A time for an appointment that has none: one proposed, pending or on the waitlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAppointmentRequest {
    /// A hold for the same patient and service, such as that of an offer. Else `slot` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// A free slot of the same service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotChoice>,
}

/// An appointment that will not take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAppointmentRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Whether, where there is no such appointment, its id is closed, so that it cannot come about later: for undo.
    #[serde(default)]
    pub close: bool,
}

/// An appointment at another time: the old one is cancelled and the new one booked, or neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleAppointmentRequest {
    /// The id of the new one; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AppointmentId>,
    /// The new slot, which may overlap the old one.
    pub slot: SlotChoice,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What an overbooking went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overridden {
    /// The practitioner is taken then.
    Practitioner,
    /// The place is full then.
    Location,
    /// The patient has another appointment then.
    Patient,
}

/// That an appointment was booked although something stood against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Overbooking {
    /// Why.
    pub reason: String,
    /// What stood against it; nothing where the slot was free after all.
    pub over: Vec<Overridden>,
}

/// An appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    /// The id.
    pub id: AppointmentId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// What has become of it.
    pub state: AppointmentState,
    /// For whom, as it was booked; a record merged since says into which.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What was wished for, where it was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The schedule whose slot it has or had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleId>,
    /// With whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerId>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// When it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// When it ends, without buffers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// When it begins by the clock of the place, with offset and zone, as it was when it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-03-29T09:00:00+02:00[Europe/Rome]")]
    pub local_start: Option<String>,
    /// That it was booked although something stood against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overbooking: Option<Overbooking>,
    /// Why it was cancelled or should never have been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The appointment in whose place it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescheduled_from: Option<AppointmentId>,
    /// The appointment that was booked in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescheduled_to: Option<AppointmentId>,
    /// The visit that fulfilled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<EncounterId>,
}

/// Both sides of an appointment that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rescheduled {
    /// The one that was cancelled.
    pub cancelled: Appointment,
    /// The one that was booked.
    pub booked: Appointment,
}

/// A page of appointments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppointmentList {
    /// The appointments.
    pub appointments: Vec<Appointment>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which appointments are listed, the earliest first: of a patient, of a practitioner, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppointmentQuery {
    /// For whom. Those of records merged into this one are listed under their own ids.
    #[serde(default)]
    pub patient: Option<PatientId>,
    /// With whom, where no patient is given.
    #[serde(default)]
    pub practitioner: Option<PractitionerId>,
    /// From when on. What has no time yet counts by the earliest day that was wished for.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Until when; that moment itself does not belong to it.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// Whose waitlist is listed: who has waited longest stands first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitlistQuery {
    /// For what.
    pub service: ServiceId,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
