//! Why an amount is not paid: who bears it, the number of the reason, and what we say for it.

use serde::{Deserialize, Serialize};

/// Who bears an amount that the plan does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjustmentGroup))]
pub enum Group {
    /// The provider, by its contract.
    #[serde(rename = "CO")]
    Contractual,
    /// The patient.
    #[serde(rename = "PR")]
    Patient,
    /// Somebody else, such as another payer.
    #[serde(rename = "OA")]
    Other,
    /// The provider, because the payer says so without a contract.
    #[serde(rename = "PI")]
    Payer,
}

/// The number of a claim adjustment reason (CARC). The words are ours; the official ones belong to X12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AdjustmentReason))]
pub struct Reason(u16);

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl Reason {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// Every reason that an adjudication can give, in rising order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What we say for it, to patient and provider.
            pub const fn text(self) -> &'static str {
                match self.0 {
                    $($number => $text,)*
                    _ => "No words are known for this number.",
                }
            }
        }
    };
}

reasons! {
    /// Deductible.
    DEDUCTIBLE = 1, "The patient pays this until the deductible of the benefit year is reached.";
    /// Coinsurance.
    COINSURANCE = 2, "The patient's percentage of the allowed amount.";
    /// Copay.
    COPAY = 3, "The patient's fixed amount for this service.";
    /// Service and age.
    PROCEDURE_AGE = 6, "The service is not one for the patient's age.";
    /// Service and sex.
    PROCEDURE_SEX = 7, "The service is not one for the patient's sex.";
    /// Diagnosis and age.
    DIAGNOSIS_AGE = 9, "The diagnosis is not one for the patient's age.";
    /// Diagnosis and sex.
    DIAGNOSIS_SEX = 10, "The diagnosis is not one for the patient's sex.";
    /// Service and diagnosis.
    DIAGNOSIS_PROCEDURE = 11, "The diagnosis does not explain the service.";
    /// Something is missing.
    INCOMPLETE = 16, "Something that is needed to decide is missing or wrong.";
    /// Claimed before.
    DUPLICATE = 18, "The same service was claimed already.";
    /// Another payer comes first.
    OTHER_PAYER_FIRST = 22, "Another payer has to decide first.";
    /// Another payer paid.
    PAID_BY_OTHER = 23, "Another payer paid this.";
    /// Before the cover began.
    BEFORE_COVERAGE = 26, "The care was given before the cover began.";
    /// After the cover ended.
    AFTER_COVERAGE = 27, "The care was given after the cover had ended.";
    /// Too late.
    TIMELY_FILING = 29, "The claim came later than the plan allows.";
    /// Above the fee.
    FEE_SCHEDULE = 45, "The charge is above what the fee schedule allows.";
    /// Not necessary.
    NOT_NECESSARY = 50, "The service is not shown to be medically necessary.";
    /// Excluded.
    EXCLUDED = 96, "The plan excludes this service.";
    /// Bundled.
    BUNDLED = 97, "The payment for another service includes this one.";
    /// Limit reached.
    LIMIT_REACHED = 119, "The limit of the plan for this service is reached.";
    /// Diagnosis not valid.
    DIAGNOSIS_INVALID = 146, "The diagnosis code was not valid on the day of service.";
    /// No price.
    NO_FEE = 147, "The fee schedule has no price for this service.";
    /// Waiting period.
    WAITING_PERIOD = 179, "The waiting period of the plan was not over on the day of service.";
    /// Service not valid.
    PROCEDURE_INVALID = 181, "The code of the service was not valid on the day of service.";
    /// Not authorised.
    NOT_AUTHORISED = 197, "The plan wanted to be asked before this service.";
    /// More than authorised.
    BEYOND_AUTHORISED = 198, "It is more than was authorised.";
    /// Not in the plan.
    NOT_COVERED = 204, "The plan has no benefit for this service.";
    /// Premium outstanding.
    PREMIUM_OUTSTANDING = 257, "The claim waits until the outstanding premium is paid.";
}

impl Reason {
    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}
