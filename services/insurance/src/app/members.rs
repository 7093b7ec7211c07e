//! Members: enrolled, ended, taken back, looked at.

use medcover_contract_insurance::permissions::{ManageCoverage, ReadCoverage};
use medcover_contract_insurance::{EndMembershipRequest, EnrolMemberRequest, Member, MemberList};
use medcover_kernel::{Allowed, Error, Limit, MemberId, PolicyId, Result};
use medcover_store::Append;

use super::pending::Pending;
use super::service::{InsuranceService, done};
use crate::domain::member::{self, Command, decide, enrolment};
use crate::domain::policy;
use crate::store::MEMBERS_OF_POLICY;

/// Makes a patient a member of a policy.
pub(super) async fn enrol_member(
    service: &InsuranceService,
    allowed: Allowed<'_, ManageCoverage>,
    policy: PolicyId,
    request: EnrolMemberRequest,
) -> Result<Member> {
    let (call, kept) = (allowed.call(), &service.repository);
    let id = request
        .id
        .unwrap_or_else(|| MemberId::from_uuid(kept.new_id()));
    let request = &request;
    let asked = (policy, request);
    let enrol = service.decisions.once(
        call,
        ("enrol_member", 201),
        &asked,
        |append: Append| async move {
            let loaded = service.policy(call.tenant, policy).await?;
            let mut policy_of: Pending<policy::Policy> = Pending::new(loaded, service.now());
            let quoted = policy_of.state.quoted.as_ref().expect("the policy exists");
            let enrolled = enrolment(policy, quoted.from, request)?;
            let mut member: Pending<member::Member> =
                service.pending(call.tenant, id.as_uuid()).await?;
            member.then(decide(&member.state, Command::Enrol(enrolled))?);
            if !member.changes() {
                return Ok((append, view(&member)?));
            }
            let add = policy::Command::AddMember(id, request.patient);
            policy_of.then(policy::decide(&policy_of.state, add)?);
            let answer = view(&member)?;
            let append = policy_of.keep(kept, append)?;
            let append = member.keep(kept, append)?;
            let entry = done("member.enrolled", member.stream(), Some(request.patient));
            Ok((append.audit(entry), answer))
        },
    );
    enrol.await
}

/// Ends the cover of a member.
pub(super) async fn end_membership(
    service: &InsuranceService,
    allowed: Allowed<'_, ManageCoverage>,
    policy: PolicyId,
    id: MemberId,
    request: EndMembershipRequest,
) -> Result<Member> {
    let (call, kept) = (allowed.call(), &service.repository);
    let asked = (policy, id, request);
    let end = service.decisions.once(
        call,
        ("end_membership", 200),
        &asked,
        |append: Append| async move {
            let mut member: Pending<member::Member> =
                service.pending(call.tenant, id.as_uuid()).await?;
            check_policy(&member.state, policy)?;
            member.then(decide(&member.state, Command::End(request.on))?);
            let answer = view(&member)?;
            if !member.changes() {
                return Ok((append, answer));
            }
            let append = member.keep(kept, append)?;
            let entry = done("member.ended", member.stream(), Some(answer.patient));
            Ok((append.audit(entry), answer))
        },
    );
    end.await
}

/// Takes an enrolment back. Where there is none, the id is closed.
pub(super) async fn unlink_member(
    service: &InsuranceService,
    allowed: Allowed<'_, ManageCoverage>,
    policy: PolicyId,
    id: MemberId,
) -> Result<()> {
    let (call, kept) = (allowed.call(), &service.repository);
    let asked = (policy, id);
    let unlink = service.decisions.once(
        call,
        ("unlink_member", 204),
        &asked,
        |append: Append| async move {
            let mut member: Pending<member::Member> =
                service.pending(call.tenant, id.as_uuid()).await?;
            if member.state.enrolled.is_some() {
                check_policy(&member.state, policy)?;
            }
            member.then(decide(&member.state, Command::Unlink)?);
            if !member.changes() {
                return Ok((append, ()));
            }
            let mut policy_of: Pending<policy::Policy> =
                service.pending(call.tenant, policy.as_uuid()).await?;
            let remove = policy::Command::RemoveMember(id);
            policy_of.then(policy::decide(&policy_of.state, remove)?);
            let patient = member.state.enrolled.as_ref().map(|it| it.patient);
            let append = policy_of.keep(kept, append)?;
            let append = member.keep(kept, append)?;
            let entry = done("member.unlinked", member.stream(), patient);
            Ok((append.audit(entry), ()))
        },
    );
    unlink.await
}

/// A page of the members of a policy.
pub(super) async fn members(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    policy: PolicyId,
    after: Option<String>,
    limit: Limit,
) -> Result<MemberList> {
    let call = allowed.call();
    let policy_of = service.policy(call.tenant, policy).await?;
    let equal = vec![policy.as_uuid().into()];
    let page = service.listed(call.tenant, &MEMBERS_OF_POLICY, equal, (after, limit));
    let (members, next) = page.await?;
    service
        .disclosed(call, "policy.members-read", &policy_of.stream, None)
        .await?;
    let views = members
        .into_iter()
        .map(|it| view(&Pending::new(it, service.now())));
    Ok(MemberList {
        members: views.collect::<Result<_>>()?,
        next,
    })
}

/// One member.
pub(super) async fn member(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    policy: PolicyId,
    id: MemberId,
) -> Result<Member> {
    let call = allowed.call();
    let member: Pending<member::Member> = service.pending(call.tenant, id.as_uuid()).await?;
    check_policy(&member.state, policy)?;
    let answer = view(&member)?;
    let patient = Some(answer.patient);
    service
        .disclosed(call, "member.read", member.stream(), patient)
        .await?;
    Ok(answer)
}

/// A member is looked for within a policy.
fn check_policy(member: &member::Member, policy: PolicyId) -> Result<()> {
    match &member.enrolled {
        Some(enrolled) if enrolled.policy == policy => Ok(()),
        _ => Err(absent()),
    }
}

fn absent() -> Error {
    Error::not_found("There is no such member.")
}

/// A member as others see them.
fn view(member: &Pending<member::Member>) -> Result<Member> {
    let enrolled = member.state.enrolled.as_ref().ok_or_else(absent)?;
    Ok(Member {
        id: MemberId::from_uuid(member.stream().id),
        policy: enrolled.policy,
        patient: enrolled.patient,
        state: member.state.state(),
        relationship: enrolled.relationship,
        born_on: enrolled.born_on,
        sex: enrolled.sex,
        from: enrolled.from,
        to: member.state.to,
        version: member.version().get(),
    })
}
