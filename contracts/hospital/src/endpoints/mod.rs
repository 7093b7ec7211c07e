//! Every address of the service, as data.

mod appointments;
mod encounters;
mod locations;
mod patients;
mod practitioners;
mod schedules;
mod services;
mod slots;

pub use appointments::{
    ACCEPT_APPOINTMENT, APPOINTMENT, APPOINTMENTS, ARRIVE_APPOINTMENT, BOOK_APPOINTMENT,
    CANCEL_APPOINTMENT, CHECK_IN_APPOINTMENT, MARK_APPOINTMENT_IN_ERROR, MARK_NO_SHOW,
    OVERBOOK_APPOINTMENT, PLACE_APPOINTMENT, PROPOSE_APPOINTMENT, RESCHEDULE_APPOINTMENT, WAITLIST,
    WAITLIST_APPOINTMENT,
};
pub use encounters::{
    AMEND_ENCOUNTER, CODE_ENCOUNTER, ENCOUNTER, ENCOUNTERS, FINISH_ENCOUNTER, MARK_BILLED,
    MARK_ENCOUNTER_IN_ERROR, PLAN_ENCOUNTER, RECORD_ENCOUNTER, START_ENCOUNTER,
};
pub use locations::{ADD_LOCATION, CHANGE_LOCATION, LOCATION, LOCATIONS};
pub use patients::{
    CHANGE_PATIENT, MARK_PATIENT_IN_ERROR, MERGE_PATIENT, PATIENT, PATIENTS, REGISTER_PATIENT,
    UNMERGE_PATIENT,
};
pub use practitioners::{
    ADD_PRACTITIONER, BLOCK_TIME, BLOCKS, CHANGE_PRACTITIONER, PRACTITIONER, PRACTITIONERS,
    UNBLOCK_TIME,
};
pub use schedules::{
    ADD_SCHEDULE, CHANGE_SCHEDULE, RESET_DAY_HOURS, SCHEDULE, SCHEDULES, SET_DAY_HOURS,
};
pub use services::{ADD_SERVICE, CHANGE_SERVICE, SERVICE, SERVICES};
pub use slots::{HOLD, HOLD_SLOT, OFFER_SLOT, RELEASE_HOLD, SLOTS};

use jiff::civil::Date;
use medcover_kernel::Limit;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

/// The id in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct IdPath {
    /// The id.
    pub id: Uuid,
}

/// A block of a practitioner in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct BlockPath {
    /// The practitioner.
    pub id: Uuid,
    /// The block.
    pub block: Uuid,
}

/// A day of a schedule in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct DayPath {
    /// The schedule.
    pub id: Uuid,
    /// The day.
    #[param(value_type = String, format = Date)]
    pub date: Date,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
