//! Covers as use cases load them: a member, their policy, the version of the plan.

use jiff::civil::Date;
use medcover_adjudication::{Adjudication, Case, adjudicate};
use medcover_contract_insurance::Coverage;
use medcover_contract_insurance::events::PlanVersionPublished;
use medcover_kernel::{Error, MemberId, Result, TenantId};
use medcover_store::{Append, Loaded};

use super::benefits::Owner;
use super::service::InsuranceService;
use crate::domain::case::Cover;
use crate::domain::member::Member;
use crate::domain::policy::Policy;

/// A cover with the versions on which a decision relies.
pub(super) struct LoadedCover {
    pub(super) id: MemberId,
    pub(super) member: Loaded<Member>,
    pub(super) policy: Loaded<Policy>,
    version: PlanVersionPublished,
    /// Whose it is, and by what.
    pub(super) coverage: Coverage,
}

impl LoadedCover {
    /// The cover of a member as it is now.
    pub(super) async fn of_member(
        service: &InsuranceService,
        tenant: TenantId,
        id: MemberId,
    ) -> Result<Self> {
        service.member(tenant, id).await?;
        Self::of_anyone(service, tenant, id).await
    }

    /// The same for somebody who perhaps is no member any more: what was held or used for them still returns.
    pub(super) async fn of_anyone(
        service: &InsuranceService,
        tenant: TenantId,
        id: MemberId,
    ) -> Result<Self> {
        let (member, policy) = of_policy(service, tenant, id).await?;
        let enrolled = member
            .state
            .enrolled
            .as_ref()
            .expect("the member was enrolled");
        let quoted = policy.state.quoted.as_ref().expect("the policy exists");
        let coverage = Coverage {
            patient: enrolled.patient,
            policy: enrolled.policy,
            payer: quoted.payer,
            plan: quoted.plan,
            plan_version: quoted.plan_version,
        };
        let version = service
            .version(tenant, coverage.plan, coverage.plan_version)
            .await?;
        Ok(Self {
            id,
            member,
            policy,
            version,
            coverage,
        })
    }

    /// The cover that a claim was made with: days of policy and member as they are now, plan and version as they were.
    pub(super) async fn kept(
        service: &InsuranceService,
        tenant: TenantId,
        id: MemberId,
        coverage: Coverage,
    ) -> Result<Self> {
        let (member, policy) = of_policy(service, tenant, id).await?;
        let version = service
            .version(tenant, coverage.plan, coverage.plan_version)
            .await?;
        Ok(Self {
            id,
            member,
            policy,
            version,
            coverage,
        })
    }

    /// The same for the rules.
    pub(super) const fn cover(&self) -> Cover<'_> {
        Cover {
            member: &self.member.state,
            policy: &self.policy.state,
            version: &self.version,
        }
    }

    /// The terms of the plan's version.
    pub(super) const fn terms(&self) -> &medcover_contract_insurance::PlanTerms {
        &self.version.terms
    }

    /// Whose benefits a service of that day uses.
    pub(super) fn owner(&self, on: Date) -> Result<Owner> {
        Ok(Owner {
            member: self.id,
            policy: self.coverage.policy,
            year: self.cover().coverage()?.benefit_year(on),
        })
    }

    /// Makes the commit rely on member and policy as they are.
    pub(super) fn relied_on(&self, append: Append) -> Append {
        self.policy.relied_on(self.member.relied_on(append))
    }
}

/// Somebody who was enrolled once, and their policy.
async fn of_policy(
    service: &InsuranceService,
    tenant: TenantId,
    id: MemberId,
) -> Result<(Loaded<Member>, Loaded<Policy>)> {
    let member: Loaded<Member> = service.repository.by_id(tenant, id.as_uuid()).await?;
    let absent = || Error::not_found("There is no such member.");
    let policy = member.state.enrolled.as_ref().ok_or_else(absent)?.policy;
    let policy = service.policy(tenant, policy).await?;
    Ok((member, policy))
}

/// What the rules say to a case that this service has put together.
pub(super) fn decided(case: &Case) -> Result<Adjudication> {
    adjudicate(case).map_err(Error::internal)
}
