//! A patient comes for the first time.

use jiff::civil::Date;
use medcover_kernel::PolicyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `patient-registration`: a patient is registered, enrolled under a policy, and asked about. When the policy does not take
/// them, the registration is marked as entered in error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientRegistration {
    /// Who it is.
    pub person: Person,
    /// Under which policy they are covered, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
}

/// What is known about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Family name.
    #[schema(example = "Rossi", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Given names, in order.
    #[schema(example = "Maria Luisa", max_length = 200)]
    pub given_names: String,
    /// Date of birth.
    #[schema(value_type = String, format = Date, example = "1984-02-29")]
    pub birth_date: Date,
    /// Sex, for administrative purposes.
    pub sex: Gender,
    /// Numbers by which others know them; nobody else has one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub identifiers: Vec<PatientIdentifier>,
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

/// The sex of a person for administrative purposes, as FHIR has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither.
    Other,
    /// Not known.
    Unknown,
}

/// A number by which another system knows a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientIdentifier {
    /// Whose number it is.
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

/// How somebody is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Under which policy.
    pub policy: PolicyId,
    /// What they are to its holder.
    pub relationship: RelationshipToHolder,
    /// The first day of their cover; that of the policy where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day of their cover; that of the policy where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

/// What a member is to the policy's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationshipToHolder {
    /// The holder.
    Holder,
    /// Spouse or partner.
    Spouse,
    /// Child.
    Child,
    /// Somebody else.
    Other,
}
