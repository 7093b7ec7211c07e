//! What is refused before anybody is asked.

use medcover_contract_journeys::{
    CancellationAndNoShow, Collection, CollectionMethod, MAX_HOLD_SECONDS, MAX_IDENTIFIERS,
    MAX_NOTICE_HOURS, MAX_PLANNED_SERVICES, MAX_REASON_CHARS, MAX_TEXT_CHARS, MIN_HOLD_SECONDS,
    PatientRegistration, VisitToCash,
};
use medcover_kernel::{Error, Result};

use crate::sagas::appointment_of;

pub(super) fn registration(request: &PatientRegistration) -> Result<()> {
    let person = &request.person;
    text("/person/family_name", &person.family_name, MAX_TEXT_CHARS)?;
    at_most(
        "/person/identifiers",
        person.identifiers.len(),
        MAX_IDENTIFIERS,
    )?;
    for (place, identifier) in person.identifiers.iter().enumerate() {
        let at = |field| format!("/person/identifiers/{place}/{field}");
        text(&at("system"), &identifier.system, MAX_TEXT_CHARS)?;
        text(&at("value"), &identifier.value, MAX_TEXT_CHARS)?;
    }
    Ok(())
}

pub(super) fn visit(request: &VisitToCash) -> Result<()> {
    if !(MIN_HOLD_SECONDS..=MAX_HOLD_SECONDS).contains(&request.hold_seconds) {
        let detail = format!("must be {MIN_HOLD_SECONDS} to {MAX_HOLD_SECONDS}");
        return Err(Error::invalid("/hold_seconds", detail));
    }
    let services = request.cover.iter().flat_map(|cover| &cover.services);
    at_most(
        "/cover/services",
        services.clone().count(),
        MAX_PLANNED_SERVICES,
    )?;
    for (place, service) in services.enumerate() {
        let at = |field| format!("/cover/services/{place}/{field}");
        text(&at("procedure"), &service.procedure, 64)?;
        if service.units == 0 {
            return Err(Error::invalid(at("units"), "must be 1 or more"));
        }
        if service.estimate.is_negative() {
            return Err(Error::invalid(
                at("estimate"),
                "must not be less than nothing",
            ));
        }
    }
    collection("/collection", &request.collection)
}

pub(super) fn cancellation(request: &CancellationAndNoShow) -> Result<()> {
    reason(&request.reason)?;
    if request
        .visit
        .is_some_and(|visit| appointment_of(visit) != request.appointment)
    {
        return Err(Error::invalid(
            "/visit",
            "must be the run that booked the appointment",
        ));
    }
    let Some(fee) = &request.fee else {
        return Ok(());
    };
    if !fee.amount.is_positive() {
        return Err(Error::invalid("/fee/amount", "must be more than nothing"));
    }
    if fee.notice_hours > MAX_NOTICE_HOURS {
        let detail = format!("must be {MAX_NOTICE_HOURS} at most");
        return Err(Error::invalid("/fee/notice_hours", detail));
    }
    Ok(())
}

pub(super) fn collection(at: &str, request: &Collection) -> Result<()> {
    if request.terminal.is_some() && request.method != CollectionMethod::Card {
        return Err(Error::invalid(
            format!("{at}/terminal"),
            "is of a card only",
        ));
    }
    match &request.reference {
        Some(reference) => text(&format!("{at}/reference"), reference, MAX_TEXT_CHARS),
        None => Ok(()),
    }
}

pub(super) fn reason(reason: &str) -> Result<()> {
    text("/reason", reason, MAX_REASON_CHARS)
}

/// Text of 1 to `most` characters.
pub(super) fn text(at: &str, text: &str, most: usize) -> Result<()> {
    if !text.trim().is_empty() && text.chars().count() <= most {
        return Ok(());
    }
    Err(Error::invalid(
        at.to_owned(),
        format!("must have 1 to {most} characters"),
    ))
}

fn at_most(at: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::invalid(
        at.to_owned(),
        format!("must have {most} entries at most"),
    ))
}
