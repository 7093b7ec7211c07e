//! Why somebody looks.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Why a call touches the data it touches. Events and audit records keep it; the accounting of disclosures lists by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Care for the patient.
    Treatment,
    /// Claims, invoices and their settlement.
    Payment,
    /// Running the organisation; what a call is for that does not say.
    #[default]
    Operations,
    /// The patient, or whoever acts for them, asked.
    PatientRequest,
    /// A duty to report.
    PublicHealth,
    /// Danger in delay: access beyond one's permissions, with a reason given and reviewed afterwards.
    Emergency,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] = [
        Self::Treatment,
        Self::Payment,
        Self::Operations,
        Self::PatientRequest,
        Self::PublicHealth,
        Self::Emergency,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::Payment => "payment",
            Self::Operations => "operations",
            Self::PatientRequest => "patient-request",
            Self::PublicHealth => "public-health",
            Self::Emergency => "emergency",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|it| it.as_str() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("/purpose", format!("must be one of {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_purpose_reads_back() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.to_string().parse::<Purpose>().ok(), Some(purpose));
        }
        assert!("curiosity".parse::<Purpose>().is_err());
    }
}
