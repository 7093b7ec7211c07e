//! Schedules: added, changed, with days that have hours of their own.

use jiff::civil::Date;
use medcover_contract_hospital::endpoints::ADD_SCHEDULE;
use medcover_contract_hospital::permissions::{ManageSchedules, ReadSchedules};
use medcover_contract_hospital::{
    AddScheduleRequest, ChangeScheduleRequest, DayHoursRequest, Schedule, ScheduleDetails,
    ScheduleId, ScheduleList, ScheduleQuery,
};
use medcover_kernel::{Allowed, Call, Error, Result};
use medcover_store::{Append, Loaded, check_version};

use super::service::{HospitalService, done, ids};
use crate::domain::resource::{Location, Practitioner, Service};
use crate::domain::schedule::{self, ScheduleEvent};
use crate::store::{SCHEDULES_BY_FIRST_DAY, SCHEDULES_BY_PRACTITIONER};

/// Adds a schedule.
pub(super) async fn add_schedule(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    request: AddScheduleRequest,
) -> Result<Schedule> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let details = known(service, call, schedule::checked(request.details.clone())?).await?;
        let mut thing: Loaded<schedule::Schedule> = service.load(call, id).await?;
        let event = thing.state.add(details)?;
        let append = service.keep(append, &mut thing, event)?;
        let append = append.audit(done("schedule.added", &thing.stream, None));
        Ok((append, view(&thing)?))
    };
    service
        .once(call, ADD_SCHEDULE.spec(), request, decision)
        .await
}

/// `details`, if there is all that they name.
async fn known(
    service: &HospitalService,
    call: &Call,
    details: ScheduleDetails,
) -> Result<ScheduleDetails> {
    let with: Loaded<Practitioner> = service.load(call, details.practitioner.as_uuid()).await?;
    if !with.exists() {
        return Err(Error::invalid(
            "/details/practitioner",
            "there is no such practitioner",
        ));
    }
    let place: Loaded<Location> = service.load(call, details.location.as_uuid()).await?;
    if !place.exists() {
        return Err(Error::invalid(
            "/details/location",
            "there is no such place",
        ));
    }
    for (at, id) in details.services.iter().enumerate() {
        let offered: Loaded<Service> = service.load(call, id.as_uuid()).await?;
        if !offered.exists() {
            let pointer = format!("/details/services/{at}");
            return Err(Error::invalid(pointer, "there is no such service"));
        }
    }
    Ok(details)
}

/// A page of schedules.
pub(super) async fn schedules(
    service: &HospitalService,
    allowed: Allowed<'_, ReadSchedules>,
    query: ScheduleQuery,
) -> Result<ScheduleList> {
    let call = allowed.call();
    let (listing, equal) = match query.practitioner {
        Some(whose) => (&SCHEDULES_BY_PRACTITIONER, vec![whose.as_uuid().into()]),
        None => (&SCHEDULES_BY_FIRST_DAY, Vec::new()),
    };
    let after = query.after.as_deref();
    let page = service
        .page(call, listing, equal, after, query.limit)
        .await?;
    let mut schedules = Vec::with_capacity(page.rows.len());
    for id in ids(&page) {
        schedules.push(view(&service.load(call, id).await?)?);
    }
    let next = page.next();
    Ok(ScheduleList { schedules, next })
}

/// One schedule.
pub(super) async fn schedule(
    service: &HospitalService,
    allowed: Allowed<'_, ReadSchedules>,
    id: ScheduleId,
) -> Result<Schedule> {
    view(&service.load(allowed.call(), id.as_uuid()).await?)
}

/// Changes a schedule.
pub(super) async fn change_schedule(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    id: ScheduleId,
    request: ChangeScheduleRequest,
) -> Result<Schedule> {
    let call = allowed.call();
    let details = known(service, call, schedule::checked(request.details)?).await?;
    changed(service, call, id, request.version, |it| {
        it.change(details.clone())
    })
    .await
}

/// Sets the hours of one day.
pub(super) async fn set_day_hours(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    id: ScheduleId,
    date: Date,
    mut request: DayHoursRequest,
) -> Result<Schedule> {
    request.hours.sort();
    request.hours.dedup();
    let set = |it: &schedule::Schedule| it.set_day(date, request.hours.clone());
    changed(service, allowed.call(), id, None, set).await
}

/// Gives a day the hours of the week again.
pub(super) async fn reset_day_hours(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    id: ScheduleId,
    date: Date,
) -> Result<Schedule> {
    changed(service, allowed.call(), id, None, |it| it.reset_day(date)).await
}

async fn changed(
    service: &HospitalService,
    call: &Call,
    id: ScheduleId,
    version: Option<u64>,
    decide: impl Fn(&schedule::Schedule) -> Result<Option<ScheduleEvent>>,
) -> Result<Schedule> {
    let decide = &decide;
    let decision = |append: Append| async move {
        let mut thing: Loaded<schedule::Schedule> = service.load(call, id.as_uuid()).await?;
        let event = decide(&thing.state)?;
        check_version(version, thing.version.get())?;
        if event.is_none() {
            return Ok((append, view(&thing)?));
        }
        let append = service.keep(append, &mut thing, event)?;
        let append = append.audit(done("schedule.changed", &thing.stream, None));
        Ok((append, view(&thing)?))
    };
    service.decide(call, decision).await
}

fn view(thing: &Loaded<schedule::Schedule>) -> Result<Schedule> {
    Ok(Schedule {
        id: ScheduleId::from_uuid(thing.stream.id),
        version: thing.version.get(),
        details: thing.state.existing()?.clone(),
        exceptions: thing.state.exceptions(),
    })
}
