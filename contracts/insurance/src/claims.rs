//! Claims: what a payer is asked to pay.

use jiff::civil::Date;
use medcover_kernel::{
    AuthorisationId, ClaimId, EncounterId, MemberId, Money, PatientId, PolicyId, PractitionerId,
    RemittanceId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Adjudication, Network, PayerId, PlanId, Urgency, Verdict};

/// A claim to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitClaimRequest {
    /// The id, where the caller makes it; the same again is then the same claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ClaimId>,
    /// Whether it is only kept as a draft, neither scrubbed nor sent.
    #[serde(default)]
    pub draft: bool,
    /// For whom.
    pub member: MemberId,
    /// For which visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<EncounterId>,
    /// Who has given the services.
    pub practitioner: PractitionerId,
    /// The authorisation that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<AuthorisationId>,
    /// The day of the services.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// The codes of the diagnoses, the principal one first; 1 to 25.
    #[schema(example = json!(["E11.9"]))]
    pub diagnoses: Vec<String>,
    /// The services, 1 to 100.
    pub lines: Vec<ClaimLine>,
}

impl SubmitClaimRequest {
    /// What is claimed.
    pub fn content(&self) -> ClaimContent {
        ClaimContent {
            member: self.member,
            encounter: self.encounter,
            practitioner: self.practitioner,
            authorisation: self.authorisation,
            service_on: self.service_on,
            diagnoses: self.diagnoses.clone(),
            lines: self.lines.clone(),
        }
    }
}

/// What a claim that has not been sent, or was not taken, is to say instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendClaimRequest {
    /// The version it was made on; nothing is compared where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// What it says.
    pub content: ClaimContent,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimContent {
    /// For whom.
    pub member: MemberId,
    /// For which visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<EncounterId>,
    /// Who has given the services.
    pub practitioner: PractitionerId,
    /// The authorisation that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<AuthorisationId>,
    /// The day of the services.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// The codes of the diagnoses, the principal one first; 1 to 25.
    #[schema(example = json!(["E11.9"]))]
    pub diagnoses: Vec<String>,
    /// The services, 1 to 100.
    pub lines: Vec<ClaimLine>,
}

/// A service that is claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimLine {
    /// The code of the service, as fee schedules write it.
    #[schema(example = "99213")]
    pub procedure: String,
    /// How many units.
    #[schema(minimum = 1)]
    pub units: u32,
    /// The charge for all of them.
    pub charge: Money,
    /// Which diagnoses it is for: places in `diagnoses`, from 1; at least one.
    pub diagnoses: Vec<u32>,
    /// Whether the provider has a contract with the payer.
    #[serde(default = "in_network")]
    pub network: Network,
    /// How the patient came to the service.
    #[serde(default = "routine")]
    pub urgency: Urgency,
    /// Whether the service was given again on purpose, though the same is claimed for that day.
    #[serde(default)]
    pub distinct: bool,
}

pub(crate) const fn in_network() -> Network {
    Network::In
}

const fn routine() -> Urgency {
    Urgency::Routine
}

/// In which state a claim is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Being written.
    #[default]
    Draft,
    /// Looked through, and fit to be sent.
    Scrubbed,
    /// Looked through, with findings that keep it from being sent.
    ScrubFailed,
    /// Sent.
    Submitted,
    /// Taken by the payer.
    Accepted,
    /// Not taken: it was never adjudicated, and may be mended and sent again.
    Rejected,
    /// Being adjudicated.
    Adjudicating,
    /// Waiting for something that must be known.
    Pended,
    /// Adjudicated.
    Adjudicated,
    /// Its adjudication was taken back; it may be adjudicated again.
    Reversed,
    /// Settled by a remittance.
    Finalized,
    /// Taken back.
    Voided,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// Worth knowing; nothing need be wrong.
    Information,
    /// Probably wrong; a person decides.
    Warning,
    /// Wrong.
    Error,
}

/// One thing that scrubbing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimFinding {
    /// How grave it is.
    pub severity: FindingSeverity,
    /// The rule, by name: `excludes1`.
    pub rule: String,
    /// What is wrong, in a sentence.
    pub text: String,
    /// Where: JSON pointers into what is claimed, such as `/diagnoses/0`.
    pub places: Vec<String>,
    /// What would mend it.
    pub mend: String,
}

/// Why a claim was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rejection {
    /// The rule, by name: `duplicate`, `not-covered`.
    pub rule: String,
    /// What is wrong, in a sentence.
    pub text: String,
    /// The claim that stands in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
}

/// Whose cover a claim was made with. It keeps this, whatever becomes of policy and plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Who the member is.
    pub patient: PatientId,
    /// The policy.
    pub policy: PolicyId,
    /// The payer.
    pub payer: PayerId,
    /// The plan.
    pub plan: PlanId,
    /// The version of the plan.
    pub plan_version: u32,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// The id.
    pub id: ClaimId,
    /// The state.
    pub state: ClaimState,
    /// Whose cover it was made with.
    pub coverage: Coverage,
    /// What is claimed.
    pub content: ClaimContent,
    /// The sum of the charges.
    pub total: Money,
    /// What scrubbing found.
    pub findings: Vec<ClaimFinding>,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// The last adjudication; where the claim is reversed, the one that was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjudication: Option<VersionedAdjudication>,
    /// The remittance that settled it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remittance: Option<RemittanceId>,
    /// What was last said of it: why it is pended, reversed or voided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How often it was changed.
    pub version: u64,
}

/// A decision on a claim, with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionedAdjudication {
    /// Its number within the claim, from 1.
    pub version: u32,
    /// The decision.
    pub decision: Adjudication,
}

/// A page of claims, the last made first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimList {
    /// The claims.
    pub claims: Vec<ClaimSummary>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A claim in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimSummary {
    /// The id.
    pub id: ClaimId,
    /// The state.
    pub state: ClaimState,
    /// How it was last decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// For whom.
    pub member: MemberId,
    /// The payer.
    pub payer: PayerId,
    /// The day of the services.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// The sum of the charges.
    pub total: Money,
}

/// An adjudication to be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseClaimRequest {
    /// Its version; the present one where nothing is given. One that was taken back before is so still, and nothing happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjudication: Option<u32>,
    /// The reason.
    pub reason: String,
}
