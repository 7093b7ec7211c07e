//! An encounter: `encounter/<id>`.

use jiff::civil::Date;
use medcover_kernel::{AppointmentId, PatientId, PractitionerId};
use medcover_store::event;

use super::sample::{APPOINTMENT, DAY, LOCATION, PATIENT, PRACTITIONER, diagnoses, procedures};
use crate::{Diagnosis, EncounterClass, LocationId, Procedure};

event! {
    /// An encounter is to take place.
    pub EncounterPlanned = "encounter.planned", 1 {
        /// Who is to be seen.
        patient: PatientId = PATIENT,
        /// By whom.
        practitioner: PractitionerId = PRACTITIONER,
        /// Where.
        location: LocationId = LOCATION,
        /// In what setting.
        class: EncounterClass = EncounterClass::Ambulatory,
    }
}
event! {
    /// An encounter has begun.
    pub EncounterStarted = "encounter.started", 1 {
        /// Who is seen.
        patient: PatientId = PATIENT,
        /// By whom.
        practitioner: PractitionerId = PRACTITIONER,
        /// Where.
        location: LocationId = LOCATION,
        /// In what setting.
        class: EncounterClass = EncounterClass::Ambulatory,
        /// The appointment it fulfils.
        appointment: Option<AppointmentId> = Some(APPOINTMENT),
        /// The date of service, by the clock of the place.
        service_date: Date = DAY,
    }
}
event! {
    /// What was found and done so far.
    pub EncounterRecorded = "encounter.recorded", 1 {
        /// All diagnoses.
        diagnoses: Vec<Diagnosis> = diagnoses(),
        /// All procedures.
        procedures: Vec<Procedure> = procedures(),
    }
}
event! {
    /// The encounter is over.
    pub EncounterFinished = "encounter.finished", 1 {}
}
event! {
    /// Its codes are final.
    pub EncounterCoded = "encounter.coded", 1 {
        /// All diagnoses.
        diagnoses: Vec<Diagnosis> = diagnoses(),
        /// All procedures.
        procedures: Vec<Procedure> = procedures(),
        /// The release that has all the codes.
        release: String = "2026-04".to_owned(),
    }
}
event! {
    /// Its codes are others.
    pub EncounterAmended = "encounter.amended", 1 {
        /// All diagnoses.
        diagnoses: Vec<Diagnosis> = diagnoses(),
        /// All procedures.
        procedures: Vec<Procedure> = procedures(),
        /// The release that has all the codes.
        release: String = "2026-04".to_owned(),
        /// Why.
        reason: String = "Laboratory result came in".to_owned(),
    }
}
event! {
    /// Its charges are taken down.
    pub EncounterBilled = "encounter.billed", 1 {}
}
event! {
    /// It should never have been recorded; where nothing came before, there will be none.
    pub EncounterEnteredInError = "encounter.entered-in-error", 1 {
        /// Why.
        reason: String = "Wrong patient".to_owned(),
    }
}
