//! The service: what its use cases share.

use std::fmt;
use std::sync::Arc;

use medcover_contract_terminology::TerminologyApi;
use medcover_http::Spec;
use medcover_idempotency::Decisions;
use medcover_kernel::{Call, Error, Limit, PatientId, Result, Timestamp};
use medcover_store::{
    Aggregate, Append, AuditEntry, AuditOutcome, CanonicalJson, Context, Listing, Loaded, Page,
    Repository, StreamId, Value,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use crate::Deps;
use crate::store::Views;

/// The hospital service in this process.
pub struct HospitalService {
    pub(super) repository: Repository,
    pub(super) terminology: Arc<dyn TerminologyApi>,
    decisions: Decisions,
}

impl HospitalService {
    pub(crate) fn new(deps: Deps) -> Self {
        let Deps {
            store,
            clock,
            rng,
            terminology,
        } = deps;
        let repository = Repository {
            store,
            clock,
            rng,
            views: &Views,
        };
        Self {
            decisions: Decisions::new(repository.clone()),
            repository,
            terminology,
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(super) fn begin(&self, call: &Call) -> Result<()> {
        self.decisions.begin(call)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.repository.clock.now()
    }

    /// The id that was given, or a new one.
    pub(super) fn id_or_new(&self, given: Option<Uuid>) -> Uuid {
        given.unwrap_or_else(|| self.repository.new_id())
    }

    pub(super) async fn load<A: Aggregate>(&self, call: &Call, id: Uuid) -> Result<Loaded<A>> {
        self.repository.by_id(call.tenant, id).await
    }

    /// Lets `decision` answer `request` to `endpoint` once under the key of `call`, with what it decides and the answer in
    /// one commit.
    pub(super) async fn once<T, R, D, F>(
        &self,
        call: &Call,
        endpoint: &'static Spec,
        request: &R,
        decision: D,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        R: Serialize,
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let operation = (endpoint.operation, endpoint.status);
        self.decisions
            .once(call, operation, request, decision)
            .await
    }

    /// Lets `decision` decide and commits what it adds, where it adds anything: for what is repeatable by itself.
    pub(super) async fn decide<T, D, F>(&self, call: &Call, decision: D) -> Result<T>
    where
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        self.decisions.decide(call, decision).await
    }

    /// Adds the events of `thing`, where there are any, else makes the commit rely on it.
    pub(super) fn keep<A: Aggregate>(
        &self,
        append: Append,
        thing: &mut Loaded<A>,
        event: Option<A::Event>,
    ) -> Result<Append> {
        match event {
            Some(event) => self.repository.write(append, thing, [event]),
            None => Ok(thing.relied_on(append)),
        }
    }

    /// A page of the ids of the rows of `listing` that are `equal`.
    pub(super) async fn page(
        &self,
        call: &Call,
        listing: &'static Listing,
        equal: Vec<Value>,
        after: Option<&str>,
        limit: Option<Limit>,
    ) -> Result<Page> {
        let limit = limit.unwrap_or(Limit::DEFAULT);
        let repository = &self.repository;
        repository
            .page(listing, call.tenant, equal, after, limit)
            .await
    }

    /// Writes down that records of patients were shown: whose, and which.
    pub(super) async fn shown(
        &self,
        call: &Call,
        action: &'static str,
        records: impl IntoIterator<Item = (StreamId, PatientId)>,
    ) -> Result<()> {
        let append = Append::new(Context::of(call));
        let append = records
            .into_iter()
            .fold(append, |append, (stream, patient)| {
                append.audit(done(action, &stream, Some(patient)))
            });
        if !append.audit.is_empty() {
            self.repository.commit(append).await?;
        }
        Ok(())
    }
}

/// The ids of the rows of a page.
pub(super) fn ids(page: &Page) -> Vec<Uuid> {
    let ids = page.rows.iter().map(|row| row.get("id").as_id().copied());
    ids.flatten().collect()
}

/// What the audit trail says of something that was done and speaks for itself.
pub(super) fn done(
    action: &'static str,
    subject: &StreamId,
    patient: Option<PatientId>,
) -> AuditEntry {
    explained(action, subject, patient, &json!({}))
}

/// As [`done`], with more for whoever reads the trail.
pub(super) fn explained(
    action: &'static str,
    subject: &StreamId,
    patient: Option<PatientId>,
    details: &serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject: subject.to_string(),
        data_subject: patient.map(|patient| patient.as_uuid()),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::of_value(details).expect("texts and ids"),
    }
}

/// Both are given where one is wanted, or neither.
pub(super) fn one_of(pointer: &'static str, detail: &'static str) -> Error {
    Error::invalid(pointer, detail)
}

impl fmt::Debug for HospitalService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HospitalService").finish_non_exhaustive()
    }
}
