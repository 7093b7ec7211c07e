//! Encounters: visits as they take place, and their codes.

use jiff::civil::Date;
use medcover_kernel::{AppointmentId, EncounterId, Limit, Money, PatientId, PractitionerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{LocationId, Moment};

/// In what setting a patient is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EncounterClass {
    /// The patient comes and goes.
    #[default]
    Ambulatory,
    /// The patient is admitted.
    Inpatient,
    /// The patient comes as an emergency.
    Emergency,
    /// By video or telephone.
    Virtual,
}

/// How far an encounter has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EncounterState {
    /// It is to take place.
    Planned,
    /// It takes place.
    InProgress,
    /// It took place.
    Finished,
    /// Its codes are final; changes are amendments.
    Coded,
    /// Its charges are taken down.
    BilledReady,
    /// It should never have been recorded.
    EnteredInError,
}

impl EncounterState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Planned,
        Self::InProgress,
        Self::Finished,
        Self::Coded,
        Self::BilledReady,
        Self::EnteredInError,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::InProgress => "in-progress",
            Self::Finished => "finished",
            Self::Coded => "coded",
            Self::BilledReady => "billed-ready",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

/// Whether a condition was there when the patient was admitted, by the letters of UB-04.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum PresentOnAdmission {
    /// Yes.
    Y,
    /// No.
    N,
    /// The documentation does not say.
    U,
    /// It cannot be determined clinically.
    W,
    /// The code is exempt from reporting.
    #[serde(rename = "1")]
    Exempt,
}

/// A diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// Its code in ICD-10-CM, in any notation; kept with its dot.
    #[schema(example = "E11.9")]
    pub code: String,
    /// Its place, from 1, the principal one; each place once.
    #[schema(minimum = 1, maximum = 50)]
    pub rank: u8,
    /// Whether it was there on admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present_on_admission: Option<PresentOnAdmission>,
}

/// A procedure or service that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its code in whatever system the payers use.
    #[schema(example = "99213")]
    pub code: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Modifiers of the code, in order.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub modifiers: Vec<String>,
    /// How often.
    #[schema(minimum = 1, maximum = 9999)]
    pub units: u32,
    /// What all units together cost.
    pub charge: Money,
    /// The ranks of the diagnoses for which it was done, the weightiest first.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub diagnoses: Vec<u8>,
}

/// An encounter that is to take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEncounterRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EncounterId>,
    /// Who is to be seen.
    pub patient: PatientId,
    /// By whom.
    pub practitioner: PractitionerId,
    /// Where.
    pub location: LocationId,
    /// In what setting.
    #[serde(default)]
    pub class: EncounterClass,
}

/// An encounter that begins: of an appointment whose patient has arrived, or of somebody who comes without one. With the id
/// of a planned one and nothing else, that one begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartEncounterRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EncounterId>,
    /// The appointment. Else `patient`, `practitioner` and `location` are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// Who is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerId>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// In what setting.
    #[serde(default)]
    pub class: EncounterClass,
}

/// What was found and done so far; it may be set again until the codes are final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordEncounterRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// All diagnoses.
    #[schema(max_items = 50)]
    pub diagnoses: Vec<Diagnosis>,
    /// All procedures.
    #[schema(max_items = 50)]
    pub procedures: Vec<Procedure>,
}

/// The final codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeEncounterRequest {
    /// All diagnoses; each code is in the release valid on the date of service.
    #[schema(min_items = 1, max_items = 50)]
    pub diagnoses: Vec<Diagnosis>,
    /// All procedures.
    #[schema(max_items = 50)]
    pub procedures: Vec<Procedure>,
}

/// Other final codes than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendEncounterRequest {
    /// All diagnoses.
    #[schema(min_items = 1, max_items = 50)]
    pub diagnoses: Vec<Diagnosis>,
    /// All procedures.
    #[schema(max_items = 50)]
    pub procedures: Vec<Procedure>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// When and against what the codes of an encounter were made final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Coding {
    /// 1 for the first, one more for each amendment.
    pub number: u32,
    /// The release of ICD-10-CM that has all the codes.
    pub release: String,
    /// When.
    pub coded_at: Moment,
    /// Why it was amended, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An encounter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Encounter {
    /// The id.
    pub id: EncounterId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// How far it has come.
    pub state: EncounterState,
    /// Who is seen.
    pub patient: PatientId,
    /// By whom.
    pub practitioner: PractitionerId,
    /// Where.
    pub location: LocationId,
    /// In what setting.
    pub class: EncounterClass,
    /// The appointment it fulfils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// The date of service: the day on which it began, by the clock of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub service_date: Option<Date>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Moment>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Moment>,
    /// The diagnoses, by rank.
    pub diagnoses: Vec<Diagnosis>,
    /// The procedures.
    pub procedures: Vec<Procedure>,
    /// When the codes were made final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coding: Option<Coding>,
    /// Why it should never have been recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A page of encounters of a patient, the last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EncounterList {
    /// The encounters.
    pub encounters: Vec<Encounter>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Whose encounters are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EncounterQuery {
    /// Whose. Those of records merged into this one are listed under their own ids.
    pub patient: PatientId,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
