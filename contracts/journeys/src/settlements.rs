//! What comes after a decision on claims: money, or another decision.

use medcover_kernel::{ClaimId, RemittanceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `remittance-posting`: what a payer has paid is posted to the invoices of its claims, once for its trace and once for its
/// content; the patients' shares are moved to them first. One that does not balance stands parked in billing, and the run with
/// it, until a person has looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittancePosting {
    /// The remittance, as the insurance service issued it.
    pub remittance: RemittanceId,
    /// The control number of the file in which it came.
    #[schema(example = "000000905", min_length = 1, max_length = 64)]
    pub control: String,
}

/// `claim-reversal`: a decision on a claim is taken back, and with it all that it used of benefits; the claim is decided on
/// anew, or taken back itself; the invoice gets the difference. What the patient has paid too much is asked to be refunded,
/// which another person approves; what is missing is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimReversal {
    /// Which claim: adjudicated or settled.
    pub claim: ClaimId,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// What becomes of it.
    pub then: AfterReversal,
}

/// What becomes of a claim whose decision was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AfterReversal {
    /// It is decided on anew.
    Readjudicate,
    /// It is taken back; the payer is asked for all of the invoice again.
    Void,
}
