//! Patients.

use jiff::civil::Date;
use medcover_kernel::{Limit, PatientId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Moment;

/// A number or text by which another system knows a person; unique by system and value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Whose number it is: a URI or another name.
    #[schema(
        example = "https://hospital.example/record-number",
        min_length = 1,
        max_length = 200
    )]
    pub system: String,
    /// The number.
    #[schema(example = "0042317", min_length = 1, max_length = 200)]
    pub value: String,
}

/// The sex of a person for administrative purposes, as FHIR has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdministrativeSex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither.
    Other,
    /// Not known.
    Unknown,
}

/// What is known about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientDetails {
    /// Family name.
    #[schema(example = "Rossi", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Given names, in order.
    #[schema(example = "Maria Luisa", max_length = 200)]
    pub given_names: String,
    /// Date of birth.
    #[schema(value_type = String, format = Date, example = "1984-02-29")]
    pub birth_date: Date,
    /// Sex.
    pub sex: AdministrativeSex,
    /// Identifiers; nobody else has one of them.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub identifiers: Vec<Identifier>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Electronic mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A person to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterPatientRequest {
    /// The id to be; one is made where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PatientId>,
    /// Who it is.
    pub details: PatientDetails,
}

/// What is known about a patient from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePatientRequest {
    /// The version that the change was made on; not compared where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// All that is known.
    pub details: PatientDetails,
}

/// Two records are of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergePatientRequest {
    /// The record that survives.
    pub into: PatientId,
    /// How that is known.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What a record of a patient is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PatientState {
    /// It is used.
    Active,
    /// Another record is used in its place; what stands in this one still stands here.
    Merged,
    /// It should never have been made.
    EnteredInError,
}

/// A patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Patient {
    /// The id.
    pub id: PatientId,
    /// How often it was changed, from 1.
    pub version: u64,
    /// What the record is good for.
    pub state: PatientState,
    /// Who it is.
    pub details: PatientDetails,
    /// The record that is used in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<PatientId>,
    /// The records in whose place this one is used. Their appointments, encounters and claims stay with them.
    pub merged: Vec<PatientId>,
    /// When it was registered.
    pub registered_at: Moment,
}

/// A page of patients, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PatientList {
    /// The patients.
    pub patients: Vec<Patient>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which patients are looked for: by identifier, or by name, date of birth, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PatientQuery {
    /// How the family name begins, in either case; after a comma, how the given names begin: `ross, mar`.
    #[serde(default)]
    pub name: Option<String>,
    /// The date of birth.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    /// An identifier, `system|value`, whole.
    #[serde(default)]
    pub identifier: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
