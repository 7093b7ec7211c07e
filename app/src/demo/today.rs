//! The present day of the clinic: appointments to come and in every other state, a record that was made twice.

use std::time::Duration;

use medcover_contract_hospital::{
    BookAppointmentRequest, EncounterClass, ErrorRequest, HoldSlotRequest, MergePatientRequest,
    OverbookAppointmentRequest, PatientDetails, PlanEncounterRequest, ProposeAppointmentRequest,
    RegisterPatientRequest, RescheduleAppointmentRequest, SlotChoice, StartEncounterRequest, Wish,
};
use medcover_kernel::{AppointmentId, EncounterId, Error, PatientId, Result};

use super::days::{DAY, day_of};
use super::house::House;
use super::making::Making;
use super::people::Person;
use super::staff::Job;

/// How many appointments are booked for the weeks to come.
const BOOKED: u32 = 9;
/// For how long a slot is held, in seconds: as long as it can be.
const HELD_S: u32 = 86_400;

pub(super) async fn arrange(making: &Making, house: &mut House, people: &[Person]) -> Result<()> {
    let mut slots = Vec::new();
    for number in 0..BOOKED {
        let slot = slot_in(making, house, number as usize, DAY * (number + 1))?;
        let patient = people[number as usize * 2].id;
        slots.push((book(making, &slot, patient).await?, slot));
    }
    reschedule(making, house, slots[1].0).await?;
    overbook(making, &slots[2].1, people[23].id).await?;
    hold(making, house, people[24].id).await?;
    wishes(making, house, people).await?;
    encounters(making, house, people).await?;
    merge(making, people[20].id).await
}

/// A free slot of the `number`th practitioner from `after` the present on.
fn slot_in(
    making: &Making,
    house: &mut House,
    number: usize,
    after: Duration,
) -> Result<SlotChoice> {
    let place = number % house.practitioners.len();
    let slot = house.practitioners[place].slot_from(making.now.plus(after));
    slot.ok_or_else(|| Error::internal("a clinic that is open every day has a slot"))
}

async fn book(making: &Making, slot: &SlotChoice, patient: PatientId) -> Result<AppointmentId> {
    let id = AppointmentId::new(&*making.clock, &making.rng);
    let request = BookAppointmentRequest {
        id: Some(id),
        hold: None,
        slot: Some(slot.clone()),
        patient: Some(patient),
        description: None,
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.book_appointment(&call, request).await?;
    Ok(id)
}

async fn reschedule(making: &Making, house: &mut House, id: AppointmentId) -> Result<()> {
    let request = RescheduleAppointmentRequest {
        id: Some(AppointmentId::new(&*making.clock, &making.rng)),
        slot: slot_in(making, house, 1, DAY * 12)?,
        reason: "The patient is away that week".to_owned(),
    };
    let call = making.call(Job::FrontDesk);
    let rescheduled = making.hospital.reschedule_appointment(&call, id, request);
    rescheduled.await?;
    Ok(())
}

async fn overbook(making: &Making, slot: &SlotChoice, patient: PatientId) -> Result<()> {
    let request = OverbookAppointmentRequest {
        id: Some(AppointmentId::new(&*making.clock, &making.rng)),
        slot: slot.clone(),
        patient,
        reason: "Acute pain; the practitioner agreed to see them in between".to_owned(),
        description: None,
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.overbook_appointment(&call, request).await?;
    Ok(())
}

async fn hold(making: &Making, house: &mut House, patient: PatientId) -> Result<()> {
    let request = HoldSlotRequest {
        id: None,
        slot: slot_in(making, house, 0, DAY * 3)?,
        patient,
        seconds: HELD_S,
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.hold_slot(&call, request).await?;
    Ok(())
}

/// Two appointments that are wished for, one that will be arranged, two that wait.
async fn wishes(making: &Making, house: &House, people: &[Person]) -> Result<()> {
    for (number, person) in people[13..18].iter().enumerate() {
        let id = AppointmentId::new(&*making.clock, &making.rng);
        let request = ProposeAppointmentRequest {
            id: Some(id),
            patient: person.id,
            service: house.visit,
            wish: Wish {
                practitioner: (number % 2 == 0).then(|| house.practitioners[0].id),
                earliest: day_of(making.now.plus(DAY * 2)),
                latest: Some(day_of(making.now.plus(DAY * 20))),
            },
            description: Some("Follow-up visit".to_owned()),
        };
        let call = making.call(Job::FrontDesk);
        making.hospital.propose_appointment(&call, request).await?;
        let call = making.call(Job::FrontDesk);
        match number {
            0 | 1 => {}
            2 => {
                making.hospital.accept_appointment(&call, id).await?;
            }
            _ => {
                making.hospital.waitlist_appointment(&call, id).await?;
            }
        }
    }
    Ok(())
}

/// An encounter that is planned, and one that should never have been recorded.
async fn encounters(making: &Making, house: &House, people: &[Person]) -> Result<()> {
    let at = &house.practitioners[2];
    let request = PlanEncounterRequest {
        id: Some(EncounterId::new(&*making.clock, &making.rng)),
        patient: people[21].id,
        practitioner: at.id,
        location: at.location,
        class: EncounterClass::Virtual,
    };
    let call = making.call(Job::Clinician);
    making.hospital.plan_encounter(&call, request).await?;
    let id = EncounterId::new(&*making.clock, &making.rng);
    let request = StartEncounterRequest {
        id: Some(id),
        appointment: None,
        patient: Some(people[22].id),
        practitioner: Some(at.id),
        location: Some(at.location),
        class: EncounterClass::Emergency,
    };
    let call = making.call(Job::Clinician);
    making.hospital.start_encounter(&call, request).await?;
    let request = ErrorRequest {
        reason: "Recorded for the wrong patient".to_owned(),
        close: false,
    };
    let call = making.call(Job::Clinician);
    let marked = making.hospital.mark_encounter_in_error(&call, id, request);
    marked.await
}

/// Somebody was registered twice; the records are merged.
async fn merge(making: &Making, into: PatientId) -> Result<()> {
    let call = making.call(Job::FrontDesk);
    let known = making.hospital.patient(&call, into).await?.details;
    let id = PatientId::new(&*making.clock, &making.rng);
    let request = RegisterPatientRequest {
        id: Some(id),
        details: PatientDetails {
            identifiers: Vec::new(),
            ..known
        },
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.register_patient(&call, request).await?;
    let request = MergePatientRequest {
        into,
        reason: "Same name, day of birth and telephone number".to_owned(),
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.merge_patient(&call, id, request).await?;
    Ok(())
}
