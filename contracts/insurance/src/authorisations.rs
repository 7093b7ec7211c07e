//! Authorisations: what a payer has agreed to beforehand, and holds.

use jiff::civil::Date;
use medcover_kernel::{AppointmentId, AuthorisationId, MemberId, Money, PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::in_network;
use crate::{Network, PayerId, PlanId};

/// A benefit to be set apart for services to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveBenefitRequest {
    /// The id, where the caller makes it; the same again is then the same authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AuthorisationId>,
    /// For whom.
    pub member: MemberId,
    /// For which appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// The day of the service: its benefit year is the one that is held of.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// The last day on which the service may take place; what is unused then returns. Ninety days after the service where
    /// nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
    /// The services, 1 to 50. Their sequence never changes.
    pub items: Vec<RequestedItem>,
}

/// A service that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestedItem {
    /// The code of the service, or the beginning of one.
    #[schema(example = "27447")]
    pub procedure: String,
    /// How many units.
    #[schema(minimum = 1)]
    pub units: u32,
    /// The expected charge for all of them.
    pub estimate: Money,
    /// Whether the provider has a contract with the payer.
    #[serde(default = "in_network")]
    pub network: Network,
}

/// In which state an authorisation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorisationState {
    /// Asked for.
    #[default]
    Requested,
    /// A person is to decide.
    Pended,
    /// More must be known to decide.
    InfoRequested,
    /// Given in full, and held.
    Approved,
    /// Given in part, and held.
    PartiallyApproved,
    /// Not given.
    Denied,
    /// Used up.
    Used,
    /// Out of date; what was unused has returned.
    Expired,
    /// Taken back; what was unused has returned.
    Cancelled,
}

/// What a person decides on an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// What is given for each item, by its sequence from 1; items left out are not given. Never more than is asked for or
    /// remains.
    pub items: Vec<ApprovedItem>,
}

/// What is given for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovedItem {
    /// Which one, from 1.
    #[schema(minimum = 1)]
    pub sequence: u32,
    /// How many units.
    pub units: u32,
    /// How much of the price of them is allowed.
    pub amount: Money,
}

/// An authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Authorisation {
    /// The id.
    pub id: AuthorisationId,
    /// The state.
    pub state: AuthorisationState,
    /// For whom.
    pub member: MemberId,
    /// Who that is.
    pub patient: PatientId,
    /// The policy.
    pub policy: PolicyId,
    /// The payer.
    pub payer: PayerId,
    /// The plan.
    pub plan: PlanId,
    /// The version of the plan.
    pub plan_version: u32,
    /// For which appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// The day of the service.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// The last day on which the service may take place.
    #[schema(value_type = String, format = Date)]
    pub expires_on: Date,
    /// The services.
    pub items: Vec<AuthorisationItem>,
    /// What was last said of it: why it is pended, denied or cancelled, what must be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How often it was changed.
    pub version: u64,
}

/// A service of an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthorisationItem {
    /// Its place, from 1.
    pub sequence: u32,
    /// The code of the service, or the beginning of one.
    pub procedure: String,
    /// How many units were asked for.
    pub requested_units: u32,
    /// The expected charge.
    pub estimate: Money,
    /// How many units are given.
    pub approved_units: u32,
    /// How much of their price is allowed.
    pub approved_amount: Money,
    /// How many units claims have used.
    pub used_units: u32,
    /// How much claims have used.
    pub used_amount: Money,
}

/// A page of authorisations, the last made first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthorisationList {
    /// The authorisations.
    pub authorisations: Vec<AuthorisationSummary>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An authorisation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthorisationSummary {
    /// The id.
    pub id: AuthorisationId,
    /// The state.
    pub state: AuthorisationState,
    /// For whom.
    pub member: MemberId,
    /// The last day on which the service may take place.
    #[schema(value_type = String, format = Date)]
    pub expires_on: Date,
}
