//! What a payer answers to a claim with the fault.
//!
//! Payers give their reasons as code numbers: the claim adjustment reason code (CARC) and, beside number 16, a remark
//! code (RARC) that says what is missing. The numbers are facts; the wording is ours. Which of them a payer picks is
//! its choice: these are the ones that fit the fault.

use super::finding::{Finding, Rule, Severity};

/// The denial that a fault would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Number of the claim adjustment reason code (CARC).
    pub carc: u16,
    /// The remark code (RARC) that goes with it, where one does.
    pub rarc: Option<&'static str>,
    /// What they say, in our words.
    pub text: &'static str,
}

const DIAGNOSIS_INVALID: Denial = Denial {
    carc: 16,
    rarc: Some("M76"),
    text: "The claim lacks something needed to decide it: a valid diagnosis.",
};
const OTHER_DIAGNOSIS_INVALID: Denial = Denial {
    carc: 16,
    rarc: Some("M64"),
    text: "The claim lacks something needed to decide it: a valid further diagnosis.",
};
const PRINCIPAL_INVALID: Denial = Denial {
    carc: 16,
    rarc: Some("MA63"),
    text: "The claim lacks something needed to decide it: a valid principal diagnosis.",
};
const NOT_SPECIFIC: Denial = Denial {
    carc: 16,
    rarc: Some("M81"),
    text: "The claim lacks something needed to decide it: a diagnosis in all the detail that the codes have.",
};
const INVALID_ON_DATE: Denial = Denial {
    carc: 146,
    rarc: None,
    text: "The diagnosis was not valid on the date of service.",
};
const NOT_AT_THIS_AGE: Denial = Denial {
    carc: 9,
    rarc: None,
    text: "The diagnosis does not go with the patient's age.",
};
const NOT_FOR_THIS_SEX: Denial = Denial {
    carc: 10,
    rarc: None,
    text: "The diagnosis does not go with the patient's sex.",
};

impl Finding {
    /// The denial that the fault would bring. `None` for what nobody denies: a mere suggestion, and a claim that was not
    /// checked at all.
    pub fn denial(&self) -> Option<Denial> {
        if self.severity == Severity::Information {
            return None;
        }
        Some(match self.rule {
            Rule::ReleaseNotLoaded | Rule::UseAdditionalMissing | Rule::SideUnspecified => {
                return None;
            }
            Rule::NotBillable | Rule::SeventhCharacterMissing => NOT_SPECIFIC,
            Rule::UnknownCode | Rule::SeventhCharacterWrong | Rule::MaternalAndNewborn => {
                DIAGNOSIS_INVALID
            }
            Rule::NotValidOnDate => INVALID_ON_DATE,
            Rule::Duplicate | Rule::Excludes1 => OTHER_DIAGNOSIS_INVALID,
            Rule::CodeFirstOrder if !self.places.contains(&0) => OTHER_DIAGNOSIS_INVALID,
            Rule::CodeFirstOrder
            | Rule::CodeFirstMissing
            | Rule::ManifestationFirst
            | Rule::AdditionalOnlyFirst => PRINCIPAL_INVALID,
            Rule::Age => NOT_AT_THIS_AGE,
            Rule::Sex => NOT_FOR_THIS_SEX,
        })
    }
}
