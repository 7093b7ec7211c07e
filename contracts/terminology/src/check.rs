//! The check of a list of codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CodeSummary, NoteKind};

/// The codes of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// 1 to 100 codes, in any notation, in the order of the claim: the principal one first.
    #[schema(min_items = 1, max_items = 100, example = json!(["E11.9", "E10.9"]))]
    pub codes: Vec<String>,
    /// The date of service, `YYYY-MM-DD`. It decides which release is asked; without it the current one is, and dates are
    /// not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date, example = "2026-05-04")]
    pub date: Option<String>,
    /// Age of the patient on that date, in completed years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 150)]
    pub age_years: Option<u8>,
    /// Sex of the patient; left out where it is neither or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
}

/// The sexes that titles of the release name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckResult {
    /// The release that was asked; absent when none that is loaded covers the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<CheckedRelease>,
    /// True when no finding is an error.
    pub passed: bool,
    /// One entry for each code given, in its order.
    pub items: Vec<CodeSummary>,
    /// What was found: first what concerns single codes, then what concerns two.
    pub findings: Vec<Finding>,
}

/// The release that a list was checked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckedRelease {
    /// Its name.
    pub name: String,
    /// First day on which it is valid, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// Last day on which it is valid: the day before the next loaded release, and no more than a year on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The rule, by name: `excludes1`.
    pub rule: String,
    /// What is wrong, in a sentence.
    pub text: String,
    /// Places in the list, from 0, of the codes concerned; empty where it concerns the list as a whole.
    pub places: Vec<u32>,
    /// The note it rests on, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<RuleNote>,
    /// What would mend it.
    pub mend: String,
    /// The denial that the fault would bring; absent for what is only worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<Denial>,
}

/// What a payer would answer. The numbers are those of the code lists for remittances; the wording is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Denial {
    /// Number of the claim adjustment reason code (CARC).
    #[schema(example = 16)]
    pub carc: u16,
    /// The remark code (RARC) that goes with it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "M81")]
    pub rarc: Option<String>,
    /// What they say.
    pub text: String,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing need be wrong.
    Information,
    /// Probably wrong; a person decides.
    Warning,
    /// Wrong by the words of the release.
    Error,
}

impl Severity {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A note that a rule rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleNote {
    /// What it says to do.
    pub kind: NoteKind,
    /// The code, block or chapter it stands at.
    pub at: String,
    /// Its wording in the release.
    pub text: String,
}
