//! What is said of a saga that was started.

use std::collections::BTreeMap;

use medcover_kernel::SagaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The sagas of the service, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Saga {
    /// [`PatientRegistration`](crate::PatientRegistration)
    PatientRegistration,
    /// [`VisitToCash`](crate::VisitToCash)
    VisitToCash,
    /// [`CancellationAndNoShow`](crate::CancellationAndNoShow)
    CancellationAndNoShow,
    /// [`RemittancePosting`](crate::RemittancePosting)
    RemittancePosting,
    /// [`ClaimReversal`](crate::ClaimReversal)
    ClaimReversal,
    /// [`PremiumCollection`](crate::PremiumCollection)
    Premium,
}

impl Saga {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::PatientRegistration,
        Self::VisitToCash,
        Self::CancellationAndNoShow,
        Self::RemittancePosting,
        Self::ClaimReversal,
        Self::Premium,
    ];

    /// Its name, as it stands in addresses and in the list of runs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PatientRegistration => "patient-registration",
            Self::VisitToCash => "visit-to-cash",
            Self::CancellationAndNoShow => "cancellation-and-no-show",
            Self::RemittancePosting => "remittance-posting",
            Self::ClaimReversal => "claim-reversal",
            Self::Premium => "premium",
        }
    }
}

/// A saga that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Started {
    /// The run: see `/api/v1/sagas/journeys/{saga}`.
    #[schema(value_type = Uuid)]
    pub saga: SagaId,
    /// Which saga it is a run of.
    pub name: Saga,
    /// The ids of what it will make, by kind: `patient`, `member`, `hold`, `authorisation`, `appointment`, `invoice`, `claim`,
    /// `payment`, `posting`. A thing is there once its step is done, and not at all where the run has no need of it.
    pub makes: BTreeMap<String, Uuid>,
}
