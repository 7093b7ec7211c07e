//! Addresses of schedules.

use medcover_http::{Created, Endpoint, IfMatch, Json, Path, Query, Tagged};

use super::{DayPath, IdPath};
use crate::permissions::{ManageSchedules, ReadSchedules};
use crate::{
    AddScheduleRequest, ChangeScheduleRequest, DayHoursRequest, Schedule, ScheduleList,
    ScheduleQuery,
};

const TAG: &str = "Schedules";

/// [`HospitalApi::add_schedule`](crate::HospitalApi::add_schedule)
pub static ADD_SCHEDULE: Endpoint<Json<AddScheduleRequest>, Created<Schedule>> =
    Endpoint::post("add_schedule", "/api/v1/schedules")
        .summary("Adds a schedule.")
        .tag(TAG)
        .needs::<ManageSchedules>()
        .once();

/// [`HospitalApi::schedules`](crate::HospitalApi::schedules)
pub static SCHEDULES: Endpoint<Query<ScheduleQuery>, Json<ScheduleList>> =
    Endpoint::get("schedules", "/api/v1/schedules")
        .summary("The schedules, of one practitioner or all.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::schedule`](crate::HospitalApi::schedule)
pub static SCHEDULE: Endpoint<Path<IdPath>, Tagged<Schedule>> =
    Endpoint::get("schedule", "/api/v1/schedules/{id}")
        .summary("One schedule.")
        .tag(TAG)
        .needs::<ReadSchedules>();

/// [`HospitalApi::change_schedule`](crate::HospitalApi::change_schedule)
pub static CHANGE_SCHEDULE: Endpoint<
    (Path<IdPath>, IfMatch<ChangeScheduleRequest>),
    Tagged<Schedule>,
> = Endpoint::put("change_schedule", "/api/v1/schedules/{id}")
    .summary("Changes a schedule.")
    .tag(TAG)
    .needs::<ManageSchedules>();

/// [`HospitalApi::set_day_hours`](crate::HospitalApi::set_day_hours)
pub static SET_DAY_HOURS: Endpoint<(Path<DayPath>, Json<DayHoursRequest>), Json<Schedule>> =
    Endpoint::put("set_day_hours", "/api/v1/schedules/{id}/days/{date}")
        .summary("Sets the hours of one day.")
        .tag(TAG)
        .needs::<ManageSchedules>();

/// [`HospitalApi::reset_day_hours`](crate::HospitalApi::reset_day_hours)
pub static RESET_DAY_HOURS: Endpoint<Path<DayPath>, Json<Schedule>> =
    Endpoint::delete("reset_day_hours", "/api/v1/schedules/{id}/days/{date}")
        .summary("Gives a day the hours of the week again.")
        .tag(TAG)
        .needs::<ManageSchedules>();
