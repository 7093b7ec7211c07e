//! What the provider asks to be paid.

use jiff::civil::Date;
use medcover_kernel::{ClaimId, Currency, MemberId, Money, PractitionerId};
use serde::{Deserialize, Serialize};

/// Most lines of a claim.
pub const MAX_LINES: usize = 200;

/// A claim as it was received: the snapshot that is adjudicated, however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Which claim.
    pub claim: ClaimId,
    /// Its place among the claims of the member: claims are adjudicated in rising order of it.
    pub sequence: u64,
    /// Whose care.
    pub member: MemberId,
    /// Who gave the care.
    pub provider: PractitionerId,
    /// Currency of every amount.
    pub currency: Currency,
    /// Day on which the payer received it.
    pub received: Date,
    /// ICD-10-CM codes, without or with the dot; the first is the principal one.
    pub diagnoses: Vec<String>,
    /// What was done. Adjudicated in rising order of [`ClaimLine::line`], in whatever order they stand here.
    pub lines: Vec<ClaimLine>,
}

/// One service of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimLine {
    /// Its number, unique in the claim.
    pub line: u32,
    /// Day of the service.
    pub service_date: Date,
    /// Code of the service, as the fee schedule writes it.
    pub procedure: String,
    /// How often or how much, at least 1.
    pub units: u32,
    /// What the provider charges for all units together.
    pub billed: Money,
    /// Places in [`Claim::diagnoses`], from 0, of what the service was for.
    pub diagnoses: Vec<usize>,
    /// Whether the provider has a contract with the payer.
    pub network: Network,
    /// How the patient came to the service.
    pub urgency: Urgency,
    /// Says that the service was given again on purpose, and is no duplicate of another.
    #[serde(default)]
    pub distinct: bool,
}

/// Whether the provider has a contract with the payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ProviderNetwork))]
pub enum Network {
    /// It has: what it charges above the agreed fee is written off.
    In,
    /// It has none: what it charges above the fee is the patient's.
    Out,
}

/// How the patient came to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CareUrgency))]
pub enum Urgency {
    /// As planned.
    Routine,
    /// Sent by another provider.
    Referral,
    /// Could not wait.
    Emergency,
}
