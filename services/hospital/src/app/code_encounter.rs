//! The codes of encounters: recorded, made final against the release of the date of service, amended, handed to billing.

use jiff::civil::Date;
use medcover_contract_hospital::endpoints::{AMEND_ENCOUNTER, CODE_ENCOUNTER, MARK_BILLED};
use medcover_contract_hospital::events::{EncounterAmended, EncounterCoded, EncounterRecorded};
use medcover_contract_hospital::permissions::{CodeEncounters, ManageEncounters};
use medcover_contract_hospital::{
    AdministrativeSex, AmendEncounterRequest, CodeEncounterRequest, Diagnosis, Encounter,
    PatientDetails, RecordEncounterRequest,
};
use medcover_contract_terminology::{CheckRequest, CheckResult, Sex};
use medcover_kernel::{Allowed, Call, EncounterId, Error, ErrorKind, Result};
use medcover_store::{Append, Loaded, check_version};
use serde_json::json;

use super::encounters::view;
use super::service::{HospitalService, done, explained};
use crate::domain::encounter::{self, Command};
use crate::domain::patient::Patient;
use crate::domain::{codes, fields};

/// Findings that say a code is not in the release; what else a check finds is for the claim.
const NOT_IN_RELEASE: [&str; 3] = ["unknown-code", "not-valid-on-date", "release-not-loaded"];

/// Sets diagnoses and procedures until the codes are final.
pub(super) async fn record_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, ManageEncounters>,
    id: EncounterId,
    request: RecordEncounterRequest,
) -> Result<Encounter> {
    let call = allowed.call();
    let (diagnoses, procedures) = codes::checked(&request.diagnoses, &request.procedures)?;
    let (request, diagnoses, procedures) = (&request, &diagnoses, &procedures);
    let decision = |append: Append| async move {
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let event = thing.state.decide(Command::Record(EncounterRecorded {
            diagnoses: diagnoses.clone(),
            procedures: procedures.clone(),
        }))?;
        check_version(request.version, thing.version.get())?;
        if event.is_none() {
            return Ok((append, view(&thing)?));
        }
        let patient = thing.state.existing()?.patient;
        let append = service.keep(append, &mut thing, event)?;
        let append = append.audit(done("encounter.recorded", &thing.stream, Some(patient)));
        Ok((append, view(&thing)?))
    };
    service.decide(call, decision).await
}

/// Makes the codes final.
pub(super) async fn code_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, CodeEncounters>,
    id: EncounterId,
    request: CodeEncounterRequest,
) -> Result<Encounter> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let given = &request.diagnoses;
        let (diagnoses, procedures) = codes::checked(given, &request.procedures)?;
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let (diagnoses, release) =
            in_release(service, call, &thing.state, diagnoses, given).await?;
        let event = thing.state.decide(Command::Code(EncounterCoded {
            diagnoses,
            procedures,
            release,
        }))?;
        let patient = thing.state.existing()?.patient;
        let append = service.keep(append, &mut thing, event)?;
        let append = append.audit(done("encounter.coded", &thing.stream, Some(patient)));
        Ok((append, view(&thing)?))
    };
    service
        .once(call, CODE_ENCOUNTER.spec(), &(id, request), decision)
        .await
}

/// Replaces final codes.
pub(super) async fn amend_encounter(
    service: &HospitalService,
    allowed: Allowed<'_, CodeEncounters>,
    id: EncounterId,
    request: AmendEncounterRequest,
) -> Result<Encounter> {
    let call = allowed.call();
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::reason(&request.reason)?;
        let given = &request.diagnoses;
        let (diagnoses, procedures) = codes::checked(given, &request.procedures)?;
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let (diagnoses, release) =
            in_release(service, call, &thing.state, diagnoses, given).await?;
        let event = thing.state.decide(Command::Amend(EncounterAmended {
            diagnoses,
            procedures,
            release,
            reason: reason.clone(),
        }))?;
        let patient = thing.state.existing()?.patient;
        let append = service.keep(append, &mut thing, event)?;
        let details = json!({"reason": reason});
        let entry = explained("encounter.amended", &thing.stream, Some(patient), &details);
        Ok((append.audit(entry), view(&thing)?))
    };
    service
        .once(call, AMEND_ENCOUNTER.spec(), &(id, request), decision)
        .await
}

/// Says that the charges are taken down.
pub(super) async fn mark_billed(
    service: &HospitalService,
    allowed: Allowed<'_, CodeEncounters>,
    id: EncounterId,
) -> Result<Encounter> {
    let call = allowed.call();
    let decision = |append: Append| async move {
        let mut thing: Loaded<encounter::Encounter> = service.load(call, id.as_uuid()).await?;
        let event = thing.state.decide(Command::Bill)?;
        let patient = thing.state.existing()?.patient;
        let append = service.keep(append, &mut thing, event)?;
        let append = append.audit(done("encounter.billed", &thing.stream, Some(patient)));
        Ok((append, view(&thing)?))
    };
    service.once(call, MARK_BILLED.spec(), &id, decision).await
}

/// The diagnoses with their codes as the release writes them, and its name. Refused where one is not in the release that is
/// valid on the date of service.
async fn in_release(
    service: &HospitalService,
    call: &Call,
    encounter: &encounter::Encounter,
    mut diagnoses: Vec<Diagnosis>,
    given: &[Diagnosis],
) -> Result<(Vec<Diagnosis>, String)> {
    let parties = encounter.existing()?;
    if diagnoses.is_empty() {
        return Err(Error::invalid("/diagnoses", "must have at least one"));
    }
    let Some(started) = &encounter.started else {
        // The state refuses it, and says what is allowed.
        return Ok((diagnoses, String::new()));
    };
    let patient: Loaded<Patient> = service.load(call, parties.patient.as_uuid()).await?;
    let request = check_of(&diagnoses, started.service_date, patient.state.existing()?);
    let found = service.terminology.check_codes(call, request).await?;
    refuse_unknown(&found, &diagnoses, given)?;
    for (diagnosis, item) in diagnoses.iter_mut().zip(&found.items) {
        if let Some(known) = &item.code {
            diagnosis.code.clone_from(&known.code);
        }
    }
    let release = found.release.map(|release| release.name);
    Ok((diagnoses, release.unwrap_or_default()))
}

fn check_of(diagnoses: &[Diagnosis], date: Date, patient: &PatientDetails) -> CheckRequest {
    let codes = diagnoses.iter().map(|diagnosis| diagnosis.code.clone());
    CheckRequest {
        codes: codes.collect(),
        date: Some(date.to_string()),
        age_years: age_years(patient.birth_date, date),
        sex: match patient.sex {
            AdministrativeSex::Female => Some(Sex::Female),
            AdministrativeSex::Male => Some(Sex::Male),
            AdministrativeSex::Other | AdministrativeSex::Unknown => None,
        },
    }
}

/// Completed years on `date`; nothing where that is before the birth, or more than anybody has lived.
fn age_years(birth: Date, date: Date) -> Option<u8> {
    let before_birthday = (date.month(), date.day()) < (birth.month(), birth.day());
    let years = date.year() - birth.year() - i16::from(before_birthday);
    u8::try_from(years).ok().filter(|years| *years <= 150)
}

/// Refuses what is not in the release; `checked` are the codes by rank, `given` those of the request.
fn refuse_unknown(found: &CheckResult, checked: &[Diagnosis], given: &[Diagnosis]) -> Result<()> {
    let refusal = || {
        Error::new(
            ErrorKind::Refused,
            "diagnosis-refused",
            "A diagnosis is not in the release of ICD-10-CM that is valid on the date of service.",
        )
    };
    let of_release = found.findings.iter();
    let mut faults = of_release
        .filter(|finding| NOT_IN_RELEASE.contains(&&*finding.rule))
        .flat_map(|finding| {
            let pointer = |place: &u32| {
                let rank = checked.get(*place as usize)?.rank;
                let place = given.iter().position(|diagnosis| diagnosis.rank == rank)?;
                Some(format!("/diagnoses/{place}/code"))
            };
            let places: Vec<_> = finding.places.iter().filter_map(pointer).collect();
            let places = if places.is_empty() {
                vec!["/diagnoses".to_owned()]
            } else {
                places
            };
            places
                .into_iter()
                .map(|place| (place, finding.text.clone()))
        })
        .peekable();
    if faults.peek().is_some() || found.release.is_none() {
        return Err(faults.fold(refusal(), |error, (at, text)| error.with_fault(at, text)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_year_is_completed_on_the_birthday() {
        let leap = date(1984, 2, 29);
        assert_eq!(age_years(leap, date(2026, 2, 28)), Some(41));
        assert_eq!(age_years(leap, date(2026, 3, 1)), Some(42));
        assert_eq!(age_years(date(2026, 5, 4), date(2026, 5, 4)), Some(0));
        assert_eq!(age_years(date(2026, 5, 4), date(2026, 5, 3)), None);
    }
}
