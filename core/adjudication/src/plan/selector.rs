//! Which services a rule is about.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Network, Sex, Urgency};

/// Which services: those that meet every condition that is stated. One without conditions selects every service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BenefitSelector))]
pub struct Selector {
    /// Codes of services, or beginnings of codes; one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<String>,
    /// Sort of service, as the fee schedule has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Codes of diagnoses, or beginnings of codes, with or without the dot; one of them is among the line's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<String>,
    /// Network of the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// How the patient came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// The member's sex; not met where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// From this age on, in completed years on the day of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_years: Option<u16>,
    /// Below this age, in completed years on the day of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_years: Option<u16>,
}

/// A service as rules see it.
pub(crate) struct Care<'a> {
    /// Without dots.
    pub procedure: Cow<'a, str>,
    pub category: Option<&'a str>,
    /// Without dots.
    pub diagnoses: Vec<Cow<'a, str>>,
    pub network: Network,
    pub urgency: Urgency,
    pub sex: Option<Sex>,
    pub age: u16,
}

/// How closely a selector describes a service. A code of a service says more than its sort, that more than a diagnosis,
/// and that more than any number of other conditions; longer codes say more than shorter ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Specificity {
    procedure: usize,
    category: bool,
    diagnosis: usize,
    conditions: usize,
}

impl Selector {
    /// How closely it describes `care`; `None` if it does not.
    pub(crate) fn specificity_for(&self, care: &Care<'_>) -> Option<Specificity> {
        if !self.admits(care) {
            return None;
        }
        let begins = |code: &str, with: &str| code.starts_with(with);
        let procedure = longest(&self.procedures, |it| begins(&care.procedure, it))?;
        let diagnosis = longest(&self.diagnoses, |it| {
            care.diagnoses.iter().any(|code| begins(code, it))
        })?;
        Some(self.specificity(procedure, diagnosis))
    }

    fn specificity(&self, procedure: usize, diagnosis: usize) -> Specificity {
        let ages = self.from_years.is_some() || self.below_years.is_some();
        let conditions = [
            self.network.is_some(),
            self.urgency.is_some(),
            self.sex.is_some(),
            ages,
        ];
        Specificity {
            procedure,
            category: self.category.is_some(),
            diagnosis,
            conditions: conditions.into_iter().filter(|&it| it).count(),
        }
    }

    fn admits(&self, care: &Care<'_>) -> bool {
        self.category
            .as_deref()
            .is_none_or(|it| care.category == Some(it))
            && self.network.is_none_or(|it| it == care.network)
            && self.urgency.is_none_or(|it| it == care.urgency)
            && self.sex.is_none_or(|it| care.sex == Some(it))
            && self.from_years.is_none_or(|from| from <= care.age)
            && self.below_years.is_none_or(|below| care.age < below)
    }

    /// Whether there can be a service that both describe, and both equally closely.
    pub(crate) fn ties_with(&self, other: &Self) -> bool {
        self.specificity(0, 0) == other.specificity(0, 0)
            && agree(self.category.as_ref(), other.category.as_ref())
            && agree(self.network, other.network)
            && agree(self.urgency, other.urgency)
            && agree(self.sex, other.sex)
            && self.ages_meet(other)
            && self.procedures_tie(other)
            && self.diagnoses_tie(other)
    }

    fn ages_meet(&self, other: &Self) -> bool {
        let begins_below = |from: Option<u16>, below: Option<u16>| {
            below.is_none_or(|below| from.unwrap_or(0) < below)
        };
        begins_below(self.from_years, other.below_years)
            && begins_below(other.from_years, self.below_years)
    }

    /// Two codes of one length that begin the same code are the same.
    fn procedures_tie(&self, other: &Self) -> bool {
        if self.procedures.is_empty() || other.procedures.is_empty() {
            return self.procedures.is_empty() && other.procedures.is_empty();
        }
        let known = |code: &String| other.procedures.iter().any(|it| bare(it) == bare(code));
        self.procedures.iter().any(known)
    }

    /// A service may be for several diagnoses, so two selectors of different ones can meet in it.
    fn diagnoses_tie(&self, other: &Self) -> bool {
        if self.diagnoses.is_empty() || other.diagnoses.is_empty() {
            return self.diagnoses.is_empty() && other.diagnoses.is_empty();
        }
        let length = |code: &String| bare(code).len();
        let known = |code: &String| other.diagnoses.iter().any(|it| length(it) == length(code));
        self.diagnoses.iter().any(known)
    }
}

/// A code as it is compared: without dots.
pub(crate) fn bare(code: &str) -> Cow<'_, str> {
    if code.contains('.') {
        Cow::Owned(code.replace('.', ""))
    } else {
        Cow::Borrowed(code)
    }
}

/// The length of the longest of `codes` that `matches`, 0 if there are none; `None` if there are and none matches.
fn longest(codes: &[String], matches: impl Fn(&str) -> bool) -> Option<usize> {
    if codes.is_empty() {
        return Some(0);
    }
    let bare = codes.iter().map(|it| bare(it));
    bare.filter(|it| matches(it)).map(|it| it.len()).max()
}

/// Whether two conditions can be met by one service.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
