//! Appointments get a time, or another one; and a slot that is free again goes to whoever has waited longest.

use medcover_contract_hospital::endpoints::{
    OFFER_SLOT, PLACE_APPOINTMENT, RESCHEDULE_APPOINTMENT,
};
use medcover_contract_hospital::events::AppointmentOffered;
use medcover_contract_hospital::permissions::BookAppointments;
use medcover_contract_hospital::{
    Appointment, OfferSlotRequest, Offered, PlaceAppointmentRequest, RescheduleAppointmentRequest,
    Rescheduled, Wish,
};
use medcover_kernel::{Allowed, AppointmentId, Call, Error, ErrorKind, Limit, Result};
use medcover_store::{Append, Loaded};

use super::appointments::view;
use super::book_appointment::{booked_of, booking, from_hold, from_slot, is_of_slot, taking};
use super::calendars::Calendars;
use super::change_appointment::free;
use super::hold_slot::{Wanted, holding};
use super::merge_patient::person;
use super::service::{HospitalService, done, ids, one_of};
use super::sought::{Sought, Taking, sought};
use crate::domain::appointment::{self, Command};
use crate::domain::fields;
use crate::store::WAITING_BY_SERVICE;

/// Gives an appointment that has none a time: that of a hold, or a free slot.
pub(super) async fn place_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: AppointmentId,
    request: PlaceAppointmentRequest,
) -> Result<Appointment> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let mut thing: Loaded<appointment::Appointment> = service.load(call, id.as_uuid()).await?;
        let patient = thing.state.existing()?;
        if is_repeated(&thing.state, request) {
            return Ok((thing.relied_on(append), view(&thing)?));
        }
        let mut calendars = Calendars::new(service, call);
        let (append, mut booked) = match (request.hold, &request.slot) {
            (Some(hold), None) => {
                from_hold(service, call, append, &mut calendars, hold, id.as_uuid()).await?
            }
            (None, Some(slot)) => {
                let wanted = (slot, patient);
                from_slot(service, call, append, &mut calendars, wanted, id.as_uuid()).await?
            }
            _ => return Err(one_of("/hold", "must be given, or else `slot`")),
        };
        let records = person(service, call, patient).await?;
        let same_patient = records.ids().any(|id| id == booked.patient);
        if !same_patient || thing.state.service != Some(booked.service) {
            return Err(Error::new(
                ErrorKind::Refused,
                "other-wish",
                "The hold or slot is for another patient or service than the appointment.",
            ));
        }
        booked.description.clone_from(&thing.state.description);
        let append = calendars.write(append)?;
        booking(service, append, &mut thing, booked)
    };
    service
        .once(call, PLACE_APPOINTMENT.spec(), &(id, request), decision)
        .await
}

/// Whether it has the time already that it is to get.
fn is_repeated(thing: &appointment::Appointment, request: &PlaceAppointmentRequest) -> bool {
    thing.takes().is_some_and(|booked| match &request.slot {
        Some(slot) => is_of_slot(booked, slot),
        None => request.hold.is_some() && booked.hold == request.hold,
    })
}

/// Cancels a booked appointment and books another slot for it, in one commit.
pub(super) async fn reschedule_appointment(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    id: AppointmentId,
    request: RescheduleAppointmentRequest,
) -> Result<Rescheduled> {
    let call = allowed.call();
    let new_id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let (reason, now) = (fields::reason(&request.reason)?, service.now());
        let mut old: Loaded<appointment::Appointment> = service.load(call, id.as_uuid()).await?;
        let mut new: Loaded<appointment::Appointment> = service.load(call, new_id).await?;
        let to = AppointmentId::from_uuid(new_id);
        let patient = old.state.existing()?;
        let Some(event) = old.state.decide(Command::Reschedule { to, reason }, now)? else {
            let (cancelled, booked) = (view(&old)?, view(&new)?);
            return Ok((old.relied_on(append), Rescheduled { cancelled, booked }));
        };
        let before = old.state.booked.clone();
        let before = before.ok_or_else(|| Error::internal("a booked appointment has a time"))?;
        let person = person(service, call, patient).await?;
        let (append, slot) = sought(service, call, append, &request.slot, now).await?;
        if slot.choice.service != before.service {
            return Err(Error::new(
                ErrorKind::Refused,
                "other-wish",
                "The slot is for another service than the appointment.",
            ));
        }
        let mut calendars = Calendars::new(service, call);
        free(&mut calendars, &before, id).await?;
        let taking = Taking {
            apart: Some(id.as_uuid()),
            ..taking(new_id, &person)
        };
        slot.take(&mut calendars, &taking, now).await?;
        let append = calendars.write(person.relied_on(append))?;
        let append = service.keep(append, &mut old, Some(event))?;
        let append = append.audit(done("appointment.rescheduled", &old.stream, Some(patient)));
        let mut booked = booked_of(&slot, person.survivor);
        booked.description = before.description;
        booked.rescheduled_from = Some(id);
        let (append, booked) = booking(service, append, &mut new, booked)?;
        let cancelled = view(&old)?;
        Ok((append, Rescheduled { cancelled, booked }))
    };
    let endpoint = RESCHEDULE_APPOINTMENT.spec();
    service.once(call, endpoint, &(id, request), decision).await
}

/// Holds a free slot for whoever has waited longest for one like it.
pub(super) async fn offer_slot(
    service: &HospitalService,
    allowed: Allowed<'_, BookAppointments>,
    request: OfferSlotRequest,
) -> Result<Offered> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let (_, slot) = sought(service, call, append.clone(), &request.slot, service.now()).await?;
        let mut after = None;
        loop {
            let (waiting, next) = waiting(service, call, request, after.as_deref()).await?;
            for mut thing in waiting {
                let is_wished = thing.state.wish().is_none_or(|wish| fits(wish, &slot));
                if !is_wished || thing.state.is_offered(service.now()) {
                    continue;
                }
                let wanted = Wanted {
                    id,
                    slot: &request.slot,
                    patient: thing.state.existing()?,
                    seconds: request.seconds,
                };
                match holding(service, call, append.clone(), &wanted).await {
                    // They are somewhere else then; the next one may not be.
                    Err(error) if error.slug() == "patient-taken" => {}
                    Err(error) => return Err(error),
                    Ok((append, hold)) => {
                        let offered = AppointmentOffered {
                            hold: hold.id,
                            until: hold.expires_at.0,
                        };
                        let append = service.keep(append, &mut thing, Some(offered.into()))?;
                        let appointment = view(&thing)?;
                        return Ok((append, Offered { hold, appointment }));
                    }
                }
            }
            if next.is_none() {
                return Err(Error::not_found("Nobody waits for such a slot."));
            }
            after = next;
        }
    };
    service
        .once(call, OFFER_SLOT.spec(), request, decision)
        .await
}

async fn waiting(
    service: &HospitalService,
    call: &Call,
    request: &OfferSlotRequest,
    after: Option<&str>,
) -> Result<(Vec<Loaded<appointment::Appointment>>, Option<String>)> {
    let equal = vec![true.into(), request.slot.service.as_uuid().into()];
    let limit = Some(Limit::MAX);
    let page = service
        .page(call, &WAITING_BY_SERVICE, equal, after, limit)
        .await?;
    let mut waiting = Vec::with_capacity(page.rows.len());
    for id in ids(&page) {
        waiting.push(service.load(call, id).await?);
    }
    Ok((waiting, page.next()))
}

/// Whether the slot is one that was wished for, by the day on the wall of the place.
fn fits(wish: &Wish, slot: &Sought) -> bool {
    let day = slot
        .local_start
        .get(..10)
        .and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let within = day
        .is_some_and(|day| wish.earliest <= day && wish.latest.is_none_or(|latest| day <= latest));
    within
        && wish
            .practitioner
            .is_none_or(|with| with == slot.practitioner)
}
