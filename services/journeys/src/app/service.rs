//! The service as its contract has it: each method shows its permission and calls the use case.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use medcover_contract_journeys::permissions::{
    StartPremiums, StartRegistrations, StartSettlements, StartVisits,
};
use medcover_contract_journeys::{
    CancellationAndNoShow, ClaimReversal, JourneysApi, PatientRegistration, PremiumCollection,
    RemittancePosting, Started, VisitCoded, VisitToCash,
};
use medcover_idempotency::Once;
use medcover_kernel::{Allowed, Call, Clock, Result, Rng, SagaId};
use medcover_store::Store;
use medcover_workflow::saga::Sagas;

use crate::sagas::{Peers, registry, scopes};
use crate::{Deps, SERVICE};

/// The use cases over the state of the service.
pub struct JourneysService {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) peers: Arc<Peers>,
    pub(crate) once: Once,
    sagas: Sagas,
}

impl JourneysService {
    pub(crate) fn new(deps: Deps) -> Self {
        let peers = Arc::new(Peers {
            hospital: deps.hospital,
            insurance: deps.insurance,
            billing: deps.billing,
            clock: Arc::clone(&deps.clock),
            sagas: OnceLock::new(),
        });
        let sagas = Sagas::new(
            Arc::clone(&deps.store),
            Arc::clone(&deps.clock),
            Arc::clone(&deps.rng),
            registry(&peers).expect("every saga has all its steps"),
            SERVICE,
            scopes(),
        );
        // It was made a moment ago, so nobody has set it.
        let _ = peers.sagas.set(sagas.own());
        Self {
            once: Once::new(Arc::clone(&deps.store)),
            store: deps.store,
            clock: deps.clock,
            rng: deps.rng,
            peers,
            sagas,
        }
    }

    pub(crate) const fn sagas(&self) -> &Sagas {
        &self.sagas
    }
}

#[async_trait]
impl JourneysApi for JourneysService {
    async fn register_patient(&self, call: &Call, request: PatientRegistration) -> Result<Started> {
        let allowed = Allowed::<StartRegistrations>::by(call)?;
        self.start(allowed, "start_patient_registration", &request)
            .await
    }

    async fn visit_to_cash(&self, call: &Call, request: VisitToCash) -> Result<Started> {
        let allowed = Allowed::<StartVisits>::by(call)?;
        self.start(allowed, "start_visit_to_cash", &request).await
    }

    async fn visit_coded(&self, call: &Call, saga: SagaId, request: VisitCoded) -> Result<Started> {
        self.hear_visit_coded(Allowed::by(call)?, saga, request)
            .await
    }

    async fn end_appointment(
        &self,
        call: &Call,
        request: CancellationAndNoShow,
    ) -> Result<Started> {
        let allowed = Allowed::<StartVisits>::by(call)?;
        self.start(allowed, "start_cancellation_and_no_show", &request)
            .await
    }

    async fn post_remittance(&self, call: &Call, request: RemittancePosting) -> Result<Started> {
        let allowed = Allowed::<StartSettlements>::by(call)?;
        self.start(allowed, "start_remittance_posting", &request)
            .await
    }

    async fn reverse_claim(&self, call: &Call, request: ClaimReversal) -> Result<Started> {
        let allowed = Allowed::<StartSettlements>::by(call)?;
        self.start(allowed, "start_claim_reversal", &request).await
    }

    async fn collect_premium(&self, call: &Call, request: PremiumCollection) -> Result<Started> {
        let allowed = Allowed::<StartPremiums>::by(call)?;
        self.start(allowed, "start_premium", &request).await
    }
}

impl fmt::Debug for JourneysService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JourneysService").finish_non_exhaustive()
    }
}
