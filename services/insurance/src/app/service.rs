//! The service: what its use cases share.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use medcover_contract_insurance::events::PlanVersionPublished;
use medcover_contract_insurance::{PayerId, PlanId};
use medcover_contract_terminology::TerminologyApi;
use medcover_idempotency::{Decisions, Turns};
use medcover_kernel::{
    AuthorisationId, Call, ClaimId, Error, Limit, MemberId, PatientId, PolicyId, Result, TenantId,
    Timestamp,
};
use medcover_store::{
    Aggregate, Append, AuditEntry, AuditOutcome, CanonicalJson, Context, Listing, Loaded,
    Repository, StreamId, Value,
};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::pending::Pending;
use crate::Deps;
use crate::domain::authorisation::Authorisation;
use crate::domain::claim::Claim;
use crate::domain::member::Member;
use crate::domain::payer::Payer;
use crate::domain::plan::PlanVersion;
use crate::domain::policy::Policy;
use crate::store::Views;

/// The insurance service in this process.
pub struct InsuranceService {
    pub(super) repository: Repository,
    pub(super) decisions: Decisions,
    pub(super) terminology: Arc<dyn TerminologyApi>,
    pub(super) turns: Turns<PolicyId>,
}

impl InsuranceService {
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
            turns: Turns::default(),
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(super) fn begin(&self, call: &Call) -> Result<()> {
        self.decisions.begin(call)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.repository.clock.now()
    }

    /// The present day, in UTC.
    pub(super) fn today(&self) -> Date {
        day_of(self.now())
    }

    /// The thing `id` of the tenant, to which something may happen; one that does not exist is at version 0.
    pub(super) async fn pending<A: Aggregate + Clone>(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Pending<A>> {
        let loaded = self.repository.by_id(tenant, id).await?;
        Ok(Pending::new(loaded, self.now()))
    }

    /// The payer `id`; `NotFound` where the tenant has none such.
    pub(super) async fn payer(&self, tenant: TenantId, id: PayerId) -> Result<Loaded<Payer>> {
        let payer = self.repository.by_id(tenant, id.as_uuid()).await?;
        existing(payer, "payer")
    }

    /// The policy `id`; `NotFound` where the tenant has none such.
    pub(super) async fn policy(&self, tenant: TenantId, id: PolicyId) -> Result<Loaded<Policy>> {
        let policy = self.repository.by_id(tenant, id.as_uuid()).await?;
        existing(policy, "policy")
    }

    /// The member `id`; `NotFound` where the tenant has none such, or their enrolment was taken back.
    pub(super) async fn member(&self, tenant: TenantId, id: MemberId) -> Result<Loaded<Member>> {
        let member: Loaded<Member> = self.repository.by_id(tenant, id.as_uuid()).await?;
        if member.state.enrolled.is_none() || member.state.unlinked {
            return Err(Error::not_found("There is no such member."));
        }
        Ok(member)
    }

    /// A version of a plan, which never changes; `NotFound` where there is none such.
    pub(super) async fn version(
        &self,
        tenant: TenantId,
        plan: PlanId,
        number: u32,
    ) -> Result<PlanVersionPublished> {
        let version: Loaded<PlanVersion> = self.version_stream(tenant, plan, number).await?;
        let absent = || Error::not_found("There is no such version of the plan.");
        version.state.0.ok_or_else(absent)
    }

    pub(super) async fn version_stream(
        &self,
        tenant: TenantId,
        plan: PlanId,
        number: u32,
    ) -> Result<Loaded<PlanVersion>> {
        let parts = [&*plan.to_string(), &*number.to_string()];
        self.repository.by_key(tenant, &parts).await
    }

    /// A turn at the benefits that an authorisation holds of; none where it was never asked for.
    pub(super) async fn turn_of_authorisation(
        &self,
        tenant: TenantId,
        id: AuthorisationId,
    ) -> Result<Option<OwnedMutexGuard<()>>> {
        let it: Loaded<Authorisation> = self.repository.by_id(tenant, id.as_uuid()).await?;
        let policy = it
            .state
            .requested
            .map(|requested| requested.coverage.policy);
        self.turn_of_policy(policy).await
    }

    /// A turn at the benefits that a claim uses; none where it was never made.
    pub(super) async fn turn_of_claim(
        &self,
        tenant: TenantId,
        id: ClaimId,
    ) -> Result<Option<OwnedMutexGuard<()>>> {
        let claim: Loaded<Claim> = self.repository.by_id(tenant, id.as_uuid()).await?;
        self.turn_of_policy(claim.state.coverage.map(|coverage| coverage.policy))
            .await
    }

    pub(super) async fn turn_of_policy(
        &self,
        policy: Option<PolicyId>,
    ) -> Result<Option<OwnedMutexGuard<()>>> {
        match policy {
            Some(policy) => Ok(Some(self.turns.take(policy).await)),
            None => Ok(None),
        }
    }

    /// A page of things, and the `next` of it. The rows say which and in what order, the streams what they are.
    pub(super) async fn listed<A: Aggregate>(
        &self,
        tenant: TenantId,
        listing: &'static Listing,
        equal: Vec<Value>,
        page: (Option<String>, Limit),
    ) -> Result<(Vec<Loaded<A>>, Option<String>)> {
        let (after, limit) = (page.0.as_deref(), page.1);
        let rows = if listing.order == crate::store::MADE_AT {
            self.repository
                .last_page(listing, tenant, equal, after, limit)
                .await?
        } else {
            self.repository
                .page(listing, tenant, equal, after, limit)
                .await?
        };
        let mut things = Vec::with_capacity(rows.rows.len());
        for row in &rows.rows {
            let id = row.get("id").as_id();
            let id = id.ok_or_else(|| Error::internal("a row has an id"))?;
            things.push(self.repository.by_id(tenant, *id).await?);
        }
        Ok((things, rows.next()))
    }

    /// Writes down that `call` was shown a list in which `patients` stand.
    pub(super) async fn disclosed_list(
        &self,
        call: &Call,
        action: &'static str,
        patients: impl Iterator<Item = PatientId>,
    ) -> Result<()> {
        let patients: BTreeSet<PatientId> = patients.collect();
        let mut append = Append::new(Context::of(call));
        for patient in patients {
            let subject = StreamId::new("patient", patient.as_uuid());
            append = append.audit(done(action, &subject, Some(patient)));
        }
        if !append.audit.is_empty() {
            self.repository.commit(append).await?;
        }
        Ok(())
    }

    /// Writes down that `call` was shown what is known of `patient`.
    pub(super) async fn disclosed(
        &self,
        call: &Call,
        action: &'static str,
        subject: &StreamId,
        patient: Option<PatientId>,
    ) -> Result<()> {
        let append = Append::new(Context::of(call));
        let append = append.audit(done(action, subject, patient));
        self.repository.commit(append).await?;
        Ok(())
    }
}

/// The day of a moment, in UTC.
pub(super) fn day_of(moment: Timestamp) -> Date {
    let moment = jiff::Timestamp::from_microsecond(moment.as_micros());
    let moment = moment.expect("clocks are within the years that there are");
    TimeZone::UTC.to_datetime(moment).date()
}

/// `thing`, unless nothing ever happened to it.
pub(super) fn existing<A>(thing: Loaded<A>, name: &str) -> Result<Loaded<A>> {
    if thing.version == medcover_store::Version::NONE {
        return Err(Error::not_found(format!("There is no such {name}.")));
    }
    Ok(thing)
}

/// What the audit trail says of something that was done.
pub(super) fn done(
    action: &'static str,
    subject: &StreamId,
    patient: Option<PatientId>,
) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject: subject.to_string(),
        data_subject: patient.map(|patient| patient.as_uuid()),
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    }
}

impl fmt::Debug for InsuranceService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsuranceService").finish_non_exhaustive()
    }
}
