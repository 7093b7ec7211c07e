//! A run hears that its visit is coded.

use medcover_contract_hospital::permissions::ReadEncounters;
use medcover_contract_journeys::permissions::StartVisits;
use medcover_contract_journeys::{Saga, Started, VisitCoded, VisitToCash};
use medcover_kernel::{
    Allowed, Call, Caller, EncounterId, Error, ErrorKind, Permission as _, Result, SagaId, Scopes,
};
use medcover_store::{Append, Context};

use super::JourneysService;
use super::starting::started;
use crate::SERVICE;
use crate::sagas::{Unfit, VISIT, appointment_of, fits};

impl JourneysService {
    /// Tells the run, once it is sure that the visit is the one it waits for.
    pub(super) async fn hear_visit_coded(
        &self,
        allowed: Allowed<'_, StartVisits>,
        saga: SagaId,
        request: VisitCoded,
    ) -> Result<Started> {
        let work = async |keep: medcover_idempotency::Keep| {
            let run = self.sagas().run(allowed.tenant, saga).await?;
            let run = run.filter(|run| run.name == Saga::VisitToCash.name());
            if run.is_none() {
                return Err(Error::not_found(format!(
                    "There is no visit-to-cash {saga}."
                )));
            }
            self.is_coded(&allowed, saga, request.encounter).await?;
            self.tell(Context::of(&allowed), saga, request).await?;
            let started = started::<VisitToCash>(saga);
            // The signal is kept by the run, so that this answer may be lost and given again.
            let append = keep.answer(Append::new(Context::of(&allowed)), 202, &started)?;
            self.store.commit(append).await?;
            Ok(started)
        };
        let request = (saga, request);
        self.once.run(&allowed, "visit_coded", &request, work).await
    }

    /// Gives the run the signal.
    pub(crate) async fn tell(
        &self,
        context: Context,
        saga: SagaId,
        coded: VisitCoded,
    ) -> Result<()> {
        let payload = serde_json::to_value(coded).map_err(Error::internal)?;
        self.sagas().signal(context, saga, VISIT, payload).await
    }

    async fn is_coded(&self, call: &Call, saga: SagaId, encounter: EncounterId) -> Result<()> {
        // Who may speak of visits here need not be allowed to read their records.
        let mut asking = call.clone();
        asking.caller = Caller::Service(SERVICE);
        asking.scopes = Scopes::of([ReadEncounters::NAME]);
        let found = self.peers.hospital.encounter(&asking, encounter).await?;
        fits(&found, appointment_of(saga)).map_err(|unfit| match unfit {
            Unfit::OfAnother => Error::invalid("/encounter", "is a visit of another appointment"),
            Unfit::NotCoded | Unfit::InError => Error::new(
                ErrorKind::Conflict,
                "visit-not-coded",
                format!("The visit is `{}`, not coded.", found.state.name()),
            ),
        })
    }
}
