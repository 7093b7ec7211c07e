//! What is paid for a policy.

use medcover_kernel::{PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Collection;

/// `premium`: a premium is invoiced and collected. Once it is paid the policy begins, or is reinstated; when the payment is
/// declined the invoice is withdrawn, and the policy becomes what `unpaid` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PremiumCollection {
    /// The policy, accepted.
    pub policy: PolicyId,
    /// Which of its premiums, from 1.
    #[schema(minimum = 1)]
    pub number: u32,
    /// Who pays it: a patient, as whom the policyholder is registered.
    pub holder: PatientId,
    /// How it is paid.
    pub collection: Collection,
    /// What becomes of the policy when it is not paid.
    #[serde(default)]
    pub unpaid: Unpaid,
    /// Who earns a commission on it; where nothing is given, the agent of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Uuid>,
}

/// What becomes of a policy whose premium is not paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unpaid {
    /// It stays what it is.
    #[default]
    Keep,
    /// It does not cover for the time being.
    Suspend,
    /// It ends.
    Lapse,
}
