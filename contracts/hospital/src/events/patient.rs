//! A patient: `patient/<id>`, and the key streams of their identifiers.

use medcover_kernel::PatientId;
use medcover_store::event;

use super::sample::{OTHER_PATIENT, PATIENT, patient};
use crate::PatientDetails;

event! {
    /// A patient was registered.
    pub PatientRegistered = "patient.registered", 1 {
        /// Who it is.
        details: PatientDetails = patient(),
    }
}
event! {
    /// Something else is known about the patient.
    pub PatientChanged = "patient.changed", 1 {
        /// All that is known.
        details: PatientDetails = patient(),
    }
}
event! {
    /// Another record is used in the place of this one.
    pub PatientMerged = "patient.merged", 1 {
        /// Which one.
        into: PatientId = OTHER_PATIENT,
        /// How it is known that both are of one person.
        reason: String = "Same insurance number".to_owned(),
    }
}
event! {
    /// This record is used in the place of another one.
    pub PatientAbsorbed = "patient.absorbed", 1 {
        /// Which one.
        patient: PatientId = PATIENT,
    }
}
event! {
    /// The record is used again: the merge was taken back.
    pub PatientUnmerged = "patient.unmerged", 1 {
        /// The record that was used in its place.
        from: PatientId = OTHER_PATIENT,
        /// Why.
        reason: String = "Two sisters".to_owned(),
    }
}
event! {
    /// This record is not used in the place of the other one any more.
    pub PatientSeparated = "patient.separated", 1 {
        /// Which one.
        patient: PatientId = PATIENT,
    }
}
event! {
    /// The record should never have been made; where nothing came before, none will be.
    pub PatientEnteredInError = "patient.entered-in-error", 1 {
        /// Why.
        reason: String = "Registered twice".to_owned(),
    }
}
event! {
    /// A patient has the identifier; the stream is that of system and value.
    pub PatientIdentifierTaken = "patient-identifier.taken", 1 {
        /// Who.
        patient: PatientId = PATIENT,
    }
}
event! {
    /// Nobody has the identifier.
    pub PatientIdentifierFreed = "patient-identifier.freed", 1 {}
}
