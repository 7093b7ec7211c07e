//! What happens in the clinic: booked, came, seen, coded.

use medcover_contract_hospital::{
    BookAppointmentRequest, CancelAppointmentRequest, CodeEncounterRequest, Diagnosis,
    EncounterClass, ErrorRequest, Procedure, RecordEncounterRequest, StartEncounterRequest,
};
use medcover_contract_insurance::{Network, RequestedItem, ReserveBenefitRequest};
use medcover_kernel::{ErrorKind, Result};

use super::days::day_of;
use super::making::{Making, usd};
use super::staff::Job;
use super::visits::Visit;

pub(super) async fn book(making: &Making, visit: &Visit) -> Result<()> {
    reserve(making, visit).await?;
    let request = BookAppointmentRequest {
        id: Some(visit.appointment),
        hold: None,
        slot: Some(visit.slot.clone()),
        patient: Some(visit.patient),
        description: Some(visit.service.name.to_owned()),
    };
    let call = making.call(Job::FrontDesk);
    making.hospital.book_appointment(&call, request).await?;
    Ok(())
}

/// Asks the payer beforehand where it wants to be asked.
async fn reserve(making: &Making, visit: &Visit) -> Result<()> {
    let (Some(id), Some(cover)) = (visit.authorisation, visit.cover) else {
        return Ok(());
    };
    let request = ReserveBenefitRequest {
        id: Some(id),
        member: cover.member,
        appointment: Some(visit.appointment),
        service_on: day_of(visit.start()),
        expires_on: None,
        items: vec![RequestedItem {
            procedure: visit.service.code.to_owned(),
            units: 1,
            estimate: usd(visit.service.charge),
            network: Network::In,
        }],
    };
    let call = making.call(Job::FrontDesk);
    making.insurance.reserve_benefit(&call, request).await?;
    Ok(())
}

pub(super) async fn cancel(making: &Making, visit: &Visit) -> Result<()> {
    let request = CancelAppointmentRequest {
        reason: "The patient feels better".to_owned(),
        close: false,
    };
    let (call, id) = (making.call(Job::FrontDesk), visit.appointment);
    making.hospital.cancel_appointment(&call, id, request).await
}

pub(super) async fn mark_in_error(making: &Making, visit: &Visit) -> Result<()> {
    let request = ErrorRequest {
        reason: "Booked for the wrong patient".to_owned(),
        close: false,
    };
    let (call, id) = (making.call(Job::FrontDesk), visit.appointment);
    making
        .hospital
        .mark_appointment_in_error(&call, id, request)
        .await
}

pub(super) async fn miss(making: &Making, visit: &Visit) -> Result<()> {
    let call = making.call(Job::FrontDesk);
    making
        .hospital
        .mark_no_show(&call, visit.appointment)
        .await?;
    Ok(())
}

pub(super) async fn arrive(making: &Making, visit: &Visit) -> Result<()> {
    let (call, id) = (making.call(Job::FrontDesk), visit.appointment);
    making.hospital.arrive_appointment(&call, id).await?;
    Ok(())
}

pub(super) async fn check_in(making: &Making, visit: &Visit) -> Result<()> {
    let (call, id) = (making.call(Job::FrontDesk), visit.appointment);
    making.hospital.check_in_appointment(&call, id).await?;
    Ok(())
}

pub(super) async fn begin(making: &Making, visit: &Visit) -> Result<()> {
    let request = StartEncounterRequest {
        id: Some(visit.encounter),
        appointment: Some(visit.appointment),
        patient: None,
        practitioner: None,
        location: None,
        class: EncounterClass::Ambulatory,
    };
    let call = making.call(Job::Clinician);
    making.hospital.start_encounter(&call, request).await?;
    Ok(())
}

pub(super) async fn finish(making: &Making, visit: &Visit) -> Result<()> {
    let (diagnoses, procedures) = findings(visit);
    let request = RecordEncounterRequest {
        version: None,
        diagnoses,
        procedures,
    };
    let (call, id) = (making.call(Job::Clinician), visit.encounter);
    making.hospital.record_encounter(&call, id, request).await?;
    let call = making.call(Job::Clinician);
    making.hospital.finish_encounter(&call, id).await?;
    Ok(())
}

/// Makes the codes final. A visit whose day the loaded releases do not cover stays as it is, and goes no further.
pub(super) async fn code(making: &Making, visit: &Visit) -> Result<bool> {
    let (diagnoses, procedures) = findings(visit);
    if diagnoses.is_empty() {
        return Ok(false);
    }
    let request = CodeEncounterRequest {
        diagnoses,
        procedures,
    };
    let (call, id) = (making.call(Job::Coder), visit.encounter);
    match making.hospital.code_encounter(&call, id, request).await {
        Err(error) if error.kind() == ErrorKind::Refused => Ok(false),
        coded => coded.map(|_| true),
    }
}

fn findings(visit: &Visit) -> (Vec<Diagnosis>, Vec<Procedure>) {
    let coded = visit.diagnosis.iter().map(|code| Diagnosis {
        code: code.clone(),
        rank: 1,
        present_on_admission: None,
    });
    let diagnoses: Vec<_> = coded.collect();
    let procedure = Procedure {
        code: visit.service.code.to_owned(),
        description: Some(visit.service.name.to_owned()),
        modifiers: Vec::new(),
        units: 1,
        charge: usd(visit.service.charge),
        diagnoses: diagnoses.iter().map(|it| it.rank).collect(),
    };
    (diagnoses, vec![procedure])
}
