//! Appointments are read, one and many; each whose appointment is shown is written down.

use medcover_contract_hospital::permissions::ReadAppointments;
use medcover_contract_hospital::{Appointment, AppointmentList, AppointmentQuery, WaitlistQuery};
use medcover_kernel::{Allowed, AppointmentId, Call, Limit, Result};
use medcover_store::{Loaded, Page, Select, page};

use super::service::{HospitalService, ids};
use crate::domain::appointment;
use crate::store::{
    APPOINTMENTS_BY_PATIENT, APPOINTMENTS_BY_PRACTITIONER, APPOINTMENTS_BY_START,
    WAITING_BY_SERVICE,
};

/// One appointment.
pub(super) async fn appointment(
    service: &HospitalService,
    allowed: Allowed<'_, ReadAppointments>,
    id: AppointmentId,
) -> Result<Appointment> {
    let call = allowed.call();
    let thing: Loaded<appointment::Appointment> = service.load(call, id.as_uuid()).await?;
    let shown = view(&thing)?;
    let patient = shown.patient;
    service
        .shown(call, "appointment.read", [(thing.stream, patient)])
        .await?;
    Ok(shown)
}

/// A page of appointments, the earliest first.
pub(super) async fn appointments(
    service: &HospitalService,
    allowed: Allowed<'_, ReadAppointments>,
    query: AppointmentQuery,
) -> Result<AppointmentList> {
    let call = allowed.call();
    let (listing, equal) = match (query.patient, query.practitioner) {
        (Some(patient), _) => (&APPOINTMENTS_BY_PATIENT, vec![patient.as_uuid().into()]),
        (None, Some(with)) => (&APPOINTMENTS_BY_PRACTITIONER, vec![with.as_uuid().into()]),
        (None, None) => (&APPOINTMENTS_BY_START, Vec::new()),
    };
    let limit = query.limit.unwrap_or(Limit::DEFAULT).get();
    let mut select = Select::first(listing, call.tenant, equal, limit);
    select.from = query.from.map(|from| from.0.into());
    select.to = query.to.map(|to| to.0.into());
    let page = page(&*service.repository.store, select, query.after.as_deref()).await?;
    listed(service, call, &page).await
}

/// A page of those who wait for a service, the longest first.
pub(super) async fn waitlist(
    service: &HospitalService,
    allowed: Allowed<'_, ReadAppointments>,
    query: WaitlistQuery,
) -> Result<AppointmentList> {
    let call = allowed.call();
    let equal = vec![true.into(), query.service.as_uuid().into()];
    let after = query.after.as_deref();
    let page = service
        .page(call, &WAITING_BY_SERVICE, equal, after, query.limit)
        .await?;
    listed(service, call, &page).await
}

async fn listed(service: &HospitalService, call: &Call, page: &Page) -> Result<AppointmentList> {
    let mut appointments = Vec::with_capacity(page.rows.len());
    let mut shown = Vec::with_capacity(page.rows.len());
    for id in ids(page) {
        let thing: Loaded<appointment::Appointment> = service.load(call, id).await?;
        let view = view(&thing)?;
        shown.push((thing.stream, view.patient));
        appointments.push(view);
    }
    service.shown(call, "appointment.listed", shown).await?;
    let next = page.next();
    Ok(AppointmentList { appointments, next })
}

/// The appointment as the API shows it.
pub(super) fn view(thing: &Loaded<appointment::Appointment>) -> Result<Appointment> {
    let state = &thing.state;
    let patient = state.existing()?;
    let booked = state.booked.as_ref();
    Ok(Appointment {
        id: AppointmentId::from_uuid(thing.stream.id),
        version: thing.version.get(),
        state: state.state.expect("a patient comes with a state"),
        patient,
        service: state.service.expect("a patient comes with a service"),
        description: state.description.clone(),
        wish: state.wish().cloned(),
        schedule: booked.map(|it| it.schedule),
        practitioner: booked.map(|it| it.practitioner),
        location: booked.map(|it| it.location),
        start: booked.map(|it| it.start.into()),
        end: booked.map(|it| it.end.into()),
        local_start: booked.map(|it| it.local_start.clone()),
        overbooking: booked.and_then(|it| it.overbooking.clone()),
        reason: state.reason.clone(),
        rescheduled_from: booked.and_then(|it| it.rescheduled_from),
        rescheduled_to: state.rescheduled_to,
        encounter: state.encounter,
    })
}
