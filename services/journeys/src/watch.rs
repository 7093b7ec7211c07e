//! Listens to the hospital: a visit that is coded wakes the run that waits for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_contract_hospital::permissions::ReadEncounters;
use medcover_contract_journeys::VisitCoded;
use medcover_kernel::{
    Call, Caller, EncounterId, ErrorKind, Permission as _, SagaId, Scopes, TenantId,
};
use medcover_store::{Append, Context, Name, Recorded};
use medcover_workflow::bus::{EventSource, Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};

use crate::SERVICE;
use crate::app::JourneysService;
use crate::store::VISITS;

/// Names the checkpoint and the queue of what was heard.
const CONSUMER: &str = "coded-visits";
/// How long one look at a visit may take.
const LOOK: Duration = Duration::from_secs(10);

pub(crate) fn subscription(
    service: &Arc<JourneysService>,
    hospital: Arc<dyn EventSource>,
    worker: Name,
) -> Subscription {
    let watcher = Arc::new(Watcher {
        service: Arc::clone(service),
    });
    Subscription::new(
        hospital,
        Arc::clone(&service.store),
        Arc::clone(&service.clock),
        Arc::clone(&service.rng),
        vec!["encounter.coded".parse().expect("a pattern")],
        watcher,
        WorkerConfig::new(CONSUMER, worker, SERVICE),
    )
}

struct Watcher {
    service: Arc<JourneysService>,
}

#[async_trait]
impl Subscriber for Watcher {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let heard = Append::new(Context::after(event, Caller::Service(SERVICE)));
        let tenant = event.event.tenant;
        let encounter = EncounterId::from_uuid(event.event.stream.id);
        let Some(saga) = self.waiting_for(tenant, encounter).await? else {
            return Ok(heard);
        };
        let context = Context::after(event, Caller::Service(SERVICE));
        match self
            .service
            .tell(context, saga, VisitCoded { encounter })
            .await
        {
            // It was called off meanwhile.
            Err(error) if error.slug() == "saga-state" => Ok(heard),
            told => told.map(|()| heard).map_err(Failure::from),
        }
    }
}

impl Watcher {
    /// The run that booked the appointment of a visit.
    async fn waiting_for(
        &self,
        tenant: TenantId,
        encounter: EncounterId,
    ) -> Result<Option<SagaId>, Failure> {
        let service = &self.service;
        let call = Call::by(
            Caller::Service(SERVICE),
            tenant,
            Scopes::of([ReadEncounters::NAME]),
            LOOK,
            &*service.clock,
            &*service.rng,
        );
        let visit = match service.peers.hospital.encounter(&call, encounter).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let Some(appointment) = visit.appointment else {
            return Ok(None);
        };
        let key: [medcover_store::Value; 1] = [appointment.as_uuid().into()];
        let row = service.store.row(&VISITS, tenant, &key).await?;
        Ok(row
            .and_then(|row| row.get("saga").as_id().copied())
            .map(SagaId::from_uuid))
    }
}
