//! The journeys of a server in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, Json, Path};
use medcover_kernel::{Call, Result, SagaId};

use crate::endpoints::{self as at, RunPath};
use crate::{
    CancellationAndNoShow, ClaimReversal, JourneysApi, PatientRegistration, PremiumCollection,
    RemittancePosting, Started, VisitCoded, VisitToCash,
};

/// Asks over HTTP.
#[derive(Clone, Debug)]
pub struct JourneysClient(HttpClient);

impl JourneysClient {
    /// The server that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

#[async_trait]
impl JourneysApi for JourneysClient {
    async fn register_patient(&self, call: &Call, request: PatientRegistration) -> Result<Started> {
        let at = &at::START_PATIENT_REGISTRATION;
        self.0.ask(at, call, Json(request)).await
    }

    async fn visit_to_cash(&self, call: &Call, request: VisitToCash) -> Result<Started> {
        let at = &at::START_VISIT_TO_CASH;
        self.0.ask(at, call, Json(request)).await
    }

    async fn visit_coded(&self, call: &Call, saga: SagaId, request: VisitCoded) -> Result<Started> {
        let saga = saga.as_uuid();
        let input = (Path(RunPath { saga }), Json(request));
        self.0.ask(&at::VISIT_CODED, call, input).await
    }

    async fn end_appointment(
        &self,
        call: &Call,
        request: CancellationAndNoShow,
    ) -> Result<Started> {
        let at = &at::START_CANCELLATION;
        self.0.ask(at, call, Json(request)).await
    }

    async fn post_remittance(&self, call: &Call, request: RemittancePosting) -> Result<Started> {
        let at = &at::START_REMITTANCE_POSTING;
        self.0.ask(at, call, Json(request)).await
    }

    async fn reverse_claim(&self, call: &Call, request: ClaimReversal) -> Result<Started> {
        let at = &at::START_CLAIM_REVERSAL;
        self.0.ask(at, call, Json(request)).await
    }

    async fn collect_premium(&self, call: &Call, request: PremiumCollection) -> Result<Started> {
        self.0.ask(&at::START_PREMIUM, call, Json(request)).await
    }
}
