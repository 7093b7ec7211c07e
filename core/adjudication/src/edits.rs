//! What is known of the codes, and what the scrubbing of the claim found: medical edits as data.

use serde::{Deserialize, Serialize};

use crate::{Reason, Sex};

/// For whom a code can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeFact {
    /// The code, of a diagnosis or a service, without or with the dot.
    pub code: String,
    /// Only for this sex. No conflict where the member's is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Only from this age on, in completed years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_years: Option<u16>,
    /// Only below this age, in completed years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_years: Option<u16>,
}

/// Something found about a claim before it is adjudicated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// About this line, or about every line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What sort of fault.
    pub edit: Edit,
    /// What the payer's policy makes of it.
    pub action: Action,
    /// What was found, in words for the provider.
    pub text: String,
    /// Names the rule that found it.
    pub rule: String,
}

/// The sort of a fault in what was coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Something is missing or cannot be right in itself.
    Incomplete,
    /// The diagnosis does not fit the age.
    DiagnosisAge,
    /// The diagnosis does not fit the sex.
    DiagnosisSex,
    /// The service does not fit the age.
    ProcedureAge,
    /// The service does not fit the sex.
    ProcedureSex,
    /// The service does not fit the diagnosis.
    DiagnosisProcedure,
    /// The diagnosis is not valid on the day of service.
    DiagnosisInvalid,
    /// The service is not valid on the day of service.
    ProcedureInvalid,
    /// Its payment is part of another service's.
    Bundled,
    /// It is not medically necessary as coded.
    NotNecessary,
}

/// What a finding does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The line is denied.
    Deny,
    /// The claim waits for an answer.
    Pend,
    /// Nothing; it stands in the explanation.
    Note,
}

impl Edit {
    /// The reason by which a line is denied for it.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Incomplete => Reason::INCOMPLETE,
            Self::DiagnosisAge => Reason::DIAGNOSIS_AGE,
            Self::DiagnosisSex => Reason::DIAGNOSIS_SEX,
            Self::ProcedureAge => Reason::PROCEDURE_AGE,
            Self::ProcedureSex => Reason::PROCEDURE_SEX,
            Self::DiagnosisProcedure => Reason::DIAGNOSIS_PROCEDURE,
            Self::DiagnosisInvalid => Reason::DIAGNOSIS_INVALID,
            Self::ProcedureInvalid => Reason::PROCEDURE_INVALID,
            Self::Bundled => Reason::BUNDLED,
            Self::NotNecessary => Reason::NOT_NECESSARY,
        }
    }
}
