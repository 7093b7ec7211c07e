//! The steps of an adjudication, in their order.

mod benefit;
mod edits;
mod eligibility;
mod pricing;
mod sharing;

use serde::{Deserialize, Serialize};

pub(crate) use sharing::Share;

use crate::CaseError;
use crate::adjudicate::{Taken, Working};

/// A step. Each may take an amount from what the plan would pay, with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjudicationStep))]
pub enum Step {
    /// Was the member covered on the day?
    Dates,
    /// Was it claimed before?
    Duplicate,
    /// Did the claim come in time?
    TimelyFiling,
    /// Is everything there that is needed to decide?
    DataComplete,
    /// What did other payers pay?
    Coordination,
    /// Which rule of the plan covers it?
    Coverage,
    /// Is the waiting period over?
    WaitingPeriod,
    /// Was it authorised, where the plan wants that?
    Authorisation,
    /// Do codes, age and sex fit together?
    MedicalEdits,
    /// How many units are left under the limit?
    Frequency,
    /// What is the price?
    Allowed,
    /// The patient's fixed amount.
    Copay,
    /// The patient's part until the deductible is reached.
    Deductible,
    /// The patient's percentage.
    Coinsurance,
    /// The most that these come to.
    OutOfPocket,
    /// What is left under the limit by amount?
    BenefitLimit,
    /// What is left is paid.
    Payment,
}

/// The order. Lines are taken in rising order of their numbers, and each goes through all steps before the next begins.
pub const ORDER: [Step; 17] = [
    Step::Dates,
    Step::Duplicate,
    Step::TimelyFiling,
    Step::DataComplete,
    Step::Coordination,
    Step::Coverage,
    Step::WaitingPeriod,
    Step::Authorisation,
    Step::MedicalEdits,
    Step::Frequency,
    Step::Allowed,
    Step::Copay,
    Step::Deductible,
    Step::Coinsurance,
    Step::OutOfPocket,
    Step::BenefitLimit,
    Step::Payment,
];

impl Step {
    /// Takes the step for a line.
    pub(crate) fn take(self, line: &mut Working<'_>) -> Result<Taken, CaseError> {
        match self {
            Self::Dates => eligibility::dates(line),
            Self::Duplicate => eligibility::duplicate(line),
            Self::TimelyFiling => eligibility::timely_filing(line),
            Self::DataComplete => edits::data_complete(line),
            Self::Coordination => eligibility::coordination(line),
            Self::Coverage => benefit::coverage(line),
            Self::WaitingPeriod => benefit::waiting_period(line),
            Self::Authorisation => benefit::authorisation(line),
            Self::MedicalEdits => edits::medical_edits(line),
            Self::Frequency => benefit::frequency(line),
            Self::Allowed => pricing::allowed(line),
            Self::Copay => sharing::copay(line),
            Self::Deductible => sharing::deductible(line),
            Self::Coinsurance => sharing::coinsurance(line),
            Self::OutOfPocket => sharing::out_of_pocket(line),
            Self::BenefitLimit => sharing::benefit_limit(line),
            Self::Payment => sharing::payment(line),
        }
    }
}
