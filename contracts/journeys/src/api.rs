//! The service as its callers see it.

use async_trait::async_trait;
use medcover_kernel::{Call, Result, SagaId};

use crate::{
    CancellationAndNoShow, ClaimReversal, PatientRegistration, PremiumCollection,
    RemittancePosting, Started, VisitCoded, VisitToCash,
};

/// The journeys service. In process it is the service itself, elsewhere its HTTP client.
///
/// Every method needs an idempotency key in its call. It answers as soon as the run is on record; `Conflict`
/// (`saga-running`) where another run about the same thing lives.
#[async_trait]
pub trait JourneysApi: Send + Sync {
    /// Starts `patient-registration`. One run lives for each first identifier of a person.
    async fn register_patient(&self, call: &Call, request: PatientRegistration) -> Result<Started>;

    /// Starts `visit-to-cash`. One run lives for each patient and begin of a slot.
    async fn visit_to_cash(&self, call: &Call, request: VisitToCash) -> Result<Started>;

    /// Tells a `visit-to-cash` that the visit is coded that it waits for. Told again, it keeps what it heard first.
    /// `NotFound` where there is no such run, `Conflict` (`saga-state`) where it is over.
    async fn visit_coded(&self, call: &Call, saga: SagaId, request: VisitCoded) -> Result<Started>;

    /// Starts `cancellation-and-no-show`. One run lives for each appointment.
    async fn end_appointment(&self, call: &Call, request: CancellationAndNoShow)
    -> Result<Started>;

    /// Starts `remittance-posting`. One run lives for each remittance.
    async fn post_remittance(&self, call: &Call, request: RemittancePosting) -> Result<Started>;

    /// Starts `claim-reversal`. One run lives for each claim.
    async fn reverse_claim(&self, call: &Call, request: ClaimReversal) -> Result<Started>;

    /// Starts `premium`. One run lives for each policy.
    async fn collect_premium(&self, call: &Call, request: PremiumCollection) -> Result<Started>;
}
