//! When a practitioner sees patients at a place.

use jiff::civil::{Date, Time};
use medcover_kernel::{Limit, PractitionerId, uuid_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{LocationId, ServiceId};

uuid_id! {
    /// The hours of a practitioner at a place.
    ScheduleId
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of the days say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours by the clock on the wall of the place. Where the clocks change, they begin and end when that clock shows them: a
/// time that it skips counts as the moment of the change, of a time that it shows twice an opening is the first and a
/// closing the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// From when on.
    #[schema(value_type = String, example = "09:00:00")]
    pub opens: Time,
    /// Until when; on the next day where it is not later than `opens`.
    #[schema(value_type = String, example = "17:00:00")]
    pub closes: Time,
}

/// Hours of each week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// On which day.
    pub day: Weekday,
    /// Which hours.
    pub hours: OpenHours,
}

/// When a practitioner sees patients at a place, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDetails {
    /// Who.
    pub practitioner: PractitionerId,
    /// Where; the hours are of this place's zone.
    pub location: LocationId,
    /// What can be booked, at least one.
    #[schema(min_items = 1, max_items = 50)]
    pub services: Vec<ServiceId>,
    /// The hours of each week.
    #[schema(max_items = 100)]
    pub weekly: Vec<WeeklyHours>,
    /// The first day on which they hold.
    #[schema(value_type = String, format = Date, example = "2026-01-01")]
    pub valid_from: Date,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
}

/// A schedule to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddScheduleRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ScheduleId>,
    /// The schedule.
    pub details: ScheduleDetails,
}

/// What a schedule is from now on; appointments that are booked stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeScheduleRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The schedule.
    pub details: ScheduleDetails,
}

/// The hours of one day, in place of those of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayHoursRequest {
    /// The hours; none where the day is closed.
    #[schema(max_items = 20)]
    pub hours: Vec<OpenHours>,
}

/// A day whose hours are not those of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayHours {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Its hours.
    pub hours: Vec<OpenHours>,
}

/// When a practitioner sees patients at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// The id.
    pub id: ScheduleId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// The schedule.
    pub details: ScheduleDetails,
    /// The days whose hours are others, in order.
    pub exceptions: Vec<DayHours>,
}

/// A page of schedules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleList {
    /// The schedules.
    pub schedules: Vec<Schedule>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which schedules are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScheduleQuery {
    /// Whose; everybody's where nothing is given.
    #[serde(default)]
    pub practitioner: Option<PractitionerId>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
