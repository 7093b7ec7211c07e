//! Slots: times that a schedule offers for a service, and holds on them.

use medcover_kernel::{AppointmentId, Limit, PatientId, PractitionerId, uuid_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Appointment, LocationId, Moment, ScheduleId, ServiceId};

uuid_id! {
    /// A slot kept free for somebody, for a while.
    HoldId
}

/// Names a slot: they follow each other in the hours of a schedule, each as long as the service with its buffers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotChoice {
    /// Whose hours.
    pub schedule: ScheduleId,
    /// What is booked.
    pub service: ServiceId,
    /// When it begins.
    pub start: Moment,
}

/// How much of a slot is left, as FHIR has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlotState {
    /// It can be booked.
    Free,
    /// It is held, and free again unless it is booked in time.
    BusyTentative,
    /// It is booked.
    Busy,
    /// The practitioner cannot be booked then.
    BusyUnavailable,
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// Whose hours.
    pub schedule: ScheduleId,
    /// What can be booked.
    pub service: ServiceId,
    /// With whom.
    pub practitioner: PractitionerId,
    /// Where.
    pub location: LocationId,
    /// When it begins.
    pub start: Moment,
    /// When it ends, without buffers.
    pub end: Moment,
    /// When it begins by the clock of the place, with offset and zone.
    #[schema(example = "2026-03-29T09:00:00+02:00[Europe/Rome]")]
    pub local_start: String,
    /// How much of it is left.
    pub state: SlotState,
    /// How many more patients it takes.
    pub places: u32,
}

/// A page of slots, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotList {
    /// The slots.
    pub slots: Vec<Slot>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which slots are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    /// For what.
    pub service: ServiceId,
    /// With whom; with anybody who offers it where nothing is given.
    #[serde(default)]
    pub practitioner: Option<PractitionerId>,
    /// From when on; from now on where nothing is given.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Until when, at most 31 days on; seven days on where nothing is given.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
    /// Whether those are listed too that are not free.
    #[serde(default)]
    pub all: bool,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A slot to be held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldSlotRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<HoldId>,
    /// Which slot.
    pub slot: SlotChoice,
    /// For whom.
    pub patient: PatientId,
    /// For how long, in seconds.
    #[serde(default = "ten_minutes")]
    #[schema(minimum = 1, maximum = 86400)]
    pub seconds: u32,
}

const fn ten_minutes() -> u32 {
    600
}

/// A hold that is given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHoldRequest {
    /// Whether, where there is no such hold, its id is closed, so that it cannot come about later: for undo.
    #[serde(default)]
    pub close: bool,
}

/// What has become of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// The slot is kept.
    Held,
    /// Its time has passed; the slot is free without anybody's doing.
    Expired,
    /// An appointment has the slot.
    Booked,
    /// It was given up.
    Released,
}

/// A slot kept free for somebody, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// The id.
    pub id: HoldId,
    /// What has become of it.
    pub state: HoldState,
    /// Which slot.
    pub slot: SlotChoice,
    /// With whom.
    pub practitioner: PractitionerId,
    /// Where.
    pub location: LocationId,
    /// For whom.
    pub patient: PatientId,
    /// When the slot ends.
    pub end: Moment,
    /// Until when it is kept.
    pub expires_at: Moment,
    /// The appointment that has the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
}

/// A free slot for whoever has waited longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferSlotRequest {
    /// The id of the hold to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<HoldId>,
    /// Which slot.
    pub slot: SlotChoice,
    /// For how long it is held for them, in seconds.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 86400)]
    pub seconds: u32,
}

const fn an_hour() -> u32 {
    3_600
}

/// What was offered to whom: place the appointment with the hold to take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offered {
    /// The slot, held for the patient.
    pub hold: Hold,
    /// The appointment on the waitlist.
    pub appointment: Appointment,
}
