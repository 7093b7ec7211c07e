//! Authorisations: asked for, decided by a person, taken back, looked at.

use medcover_contract_insurance::endpoints::AuthorisationsQuery;
use medcover_contract_insurance::permissions::{
    DecideAuthorisations, ReadAuthorisations, RequestAuthorisations,
};
use medcover_contract_insurance::{
    ApproveRequest, Authorisation, AuthorisationItem, AuthorisationList, AuthorisationSummary,
    ReasonRequest,
};
use medcover_kernel::{Allowed, AuthorisationId, Call, Error, Limit, Money, Result, TenantId};
use medcover_store::Append;

use super::benefits::Benefits;
use super::covers::LoadedCover;
use super::estimate::{Planned, estimate};
use super::pending::Pending;
use super::service::{InsuranceService, done};
use crate::domain::authorisation::{self, Command, decide};
use crate::domain::check;
use crate::domain::refusal::refused;
use crate::store::{AUTHORISATIONS_BY_TIME, AUTHORISATIONS_OF_MEMBER};

type Deciding<'a> = Allowed<'a, DecideAuthorisations>;

/// Gives an authorisation, and holds what is given.
pub(super) async fn approve_authorisation(
    service: &InsuranceService,
    allowed: Deciding<'_>,
    id: AuthorisationId,
    request: ApproveRequest,
) -> Result<Authorisation> {
    let call = allowed.call();
    let request = &request;
    let asked = (id, request);
    let _turn = service.turn_of_authorisation(call.tenant, id).await?;
    let approve = service.decisions.once(
        call,
        ("approve_authorisation", 200),
        &asked,
        |append: Append| async move {
            let mut it: Pending<authorisation::Authorisation> =
                service.pending(call.tenant, id.as_uuid()).await?;
            it.then(decide(
                &it.state,
                Command::Approve(request.items.clone(), false),
            )?);
            let requested = it.state.requested.clone().expect("it was asked for");
            let cover = LoadedCover::of_member(service, call.tenant, requested.member).await?;
            let owner = cover.owner(requested.service_on)?;
            let mut benefits = Benefits::load(service, call.tenant, owner).await?;
            let given: Vec<Planned> = request
                .items
                .iter()
                .filter(|item| item.units > 0)
                .map(|item| Planned {
                    procedure: requested.items[item.sequence as usize - 1]
                        .procedure
                        .clone(),
                    units: item.units,
                    charge: item.amount,
                    network: requested.items[item.sequence as usize - 1].network,
                })
                .collect();
            let decision = estimate(&cover, &benefits, requested.service_on, &given, Some(id))?;
            let units: u32 = given.iter().map(|it| it.units).sum();
            if decision
                .lines
                .iter()
                .map(|line| line.covered_units)
                .sum::<u32>()
                < units
            {
                let message = "The plan covers less of it, or less of the benefit remains.";
                return Err(refused("benefit-exhausted", message));
            }
            let draws = decision.draws().map_err(Error::internal)?;
            benefits.reserve(id, &draws, &cover.cover().plan()?)?;
            let answer = view(&it)?;
            let append = it.keep(&service.repository, append)?;
            let append = cover.relied_on(benefits.keep(service, append)?);
            let entry = done("authorisation.approved", it.stream(), Some(answer.patient));
            Ok((append.audit(entry), answer))
        },
    );
    approve.await
}

/// Does not give an authorisation.
pub(super) async fn deny_authorisation(
    service: &InsuranceService,
    allowed: Deciding<'_>,
    id: AuthorisationId,
    request: ReasonRequest,
) -> Result<Authorisation> {
    let operation = ("deny_authorisation", "authorisation.denied");
    say(
        service,
        allowed.call(),
        operation,
        id,
        &request,
        Command::Deny,
    )
    .await
}

/// Asks for what must be known to decide.
pub(super) async fn request_information(
    service: &InsuranceService,
    allowed: Deciding<'_>,
    id: AuthorisationId,
    request: ReasonRequest,
) -> Result<Authorisation> {
    let operation = ("request_information", "authorisation.info-requested");
    say(
        service,
        allowed.call(),
        operation,
        id,
        &request,
        Command::RequestInfo,
    )
    .await
}

/// Says what was asked for.
pub(super) async fn provide_information(
    service: &InsuranceService,
    allowed: Allowed<'_, RequestAuthorisations>,
    id: AuthorisationId,
    request: ReasonRequest,
) -> Result<Authorisation> {
    let operation = ("provide_information", "authorisation.info-provided");
    say(
        service,
        allowed.call(),
        operation,
        id,
        &request,
        Command::ProvideInfo,
    )
    .await
}

/// What `command` with a reason does to an authorisation that holds nothing.
async fn say(
    service: &InsuranceService,
    call: &Call,
    (operation, action): (&'static str, &'static str),
    id: AuthorisationId,
    request: &ReasonRequest,
    command: fn(String) -> Command,
) -> Result<Authorisation> {
    check::reason(&request.reason)?;
    let asked = (id, request);
    let say = service.decisions.once(
        call,
        (operation, 200),
        &asked,
        |append: Append| async move {
            let mut it: Pending<authorisation::Authorisation> =
                service.pending(call.tenant, id.as_uuid()).await?;
            it.then(decide(&it.state, command(request.reason.clone()))?);
            let answer = view(&it)?;
            if !it.changes() {
                return Ok((append, answer));
            }
            let append = it.keep(&service.repository, append)?;
            let entry = done(action, it.stream(), Some(answer.patient));
            Ok((append.audit(entry), answer))
        },
    );
    say.await
}

/// Takes an authorisation back; what is unused returns. Where there is none, the id is closed.
pub(super) async fn void_authorisation(
    service: &InsuranceService,
    allowed: Allowed<'_, RequestAuthorisations>,
    id: AuthorisationId,
    request: ReasonRequest,
) -> Result<()> {
    check::reason(&request.reason)?;
    let call = allowed.call();
    let request = &request;
    let asked = (id, request);
    let _turn = service.turn_of_authorisation(call.tenant, id).await?;
    let void = service.decisions.once(
        call,
        ("void_authorisation", 204),
        &asked,
        |append: Append| async move {
            let cancel = Command::Cancel(request.reason.clone());
            let ended = ending(service, call.tenant, id, cancel, append).await?;
            Ok((ended, ()))
        },
    );
    void.await
}

/// The commit with the end of an authorisation and the return of what it held; the commit as it was, where it has ended.
pub(super) async fn ending(
    service: &InsuranceService,
    tenant: TenantId,
    id: AuthorisationId,
    end: Command,
    append: Append,
) -> Result<Append> {
    let action = match end {
        Command::Expire => "authorisation.expired",
        _ => "authorisation.voided",
    };
    let mut it: Pending<authorisation::Authorisation> =
        service.pending(tenant, id.as_uuid()).await?;
    it.then(decide(&it.state, end)?);
    if !it.changes() {
        return Ok(append);
    }
    let Some(requested) = it.state.requested.clone() else {
        let append = it.keep(&service.repository, append)?;
        return Ok(append.audit(done(action, it.stream(), None)));
    };
    let cover = LoadedCover::of_anyone(service, tenant, requested.member).await?;
    let owner = cover.owner(requested.service_on)?;
    let mut benefits = Benefits::load(service, tenant, owner).await?;
    benefits.release(id)?;
    let append = it.keep(&service.repository, append)?;
    let append = benefits.keep(service, append)?;
    let patient = Some(requested.coverage.patient);
    Ok(append.audit(done(action, it.stream(), patient)))
}

/// A page of authorisations, the last made first.
pub(super) async fn authorisations(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadAuthorisations>,
    query: AuthorisationsQuery,
) -> Result<AuthorisationList> {
    let call = allowed.call();
    let page = (query.after, query.limit.unwrap_or(Limit::DEFAULT));
    let (listing, equal) = match query.member {
        Some(member) => (&AUTHORISATIONS_OF_MEMBER, vec![member.as_uuid().into()]),
        None => (&AUTHORISATIONS_BY_TIME, Vec::new()),
    };
    let (all, next) = service.listed(call.tenant, listing, equal, page).await?;
    let views = all
        .into_iter()
        .map(|it| view(&Pending::new(it, service.now())));
    let views = views.collect::<Result<Vec<_>>>()?;
    service
        .disclosed_list(
            call,
            "authorisations.listed",
            views.iter().map(|it| it.patient),
        )
        .await?;
    let summary = |it: Authorisation| AuthorisationSummary {
        id: it.id,
        state: it.state,
        member: it.member,
        expires_on: it.expires_on,
    };
    Ok(AuthorisationList {
        authorisations: views.into_iter().map(summary).collect(),
        next,
    })
}

/// One authorisation.
pub(super) async fn authorisation(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadAuthorisations>,
    id: AuthorisationId,
) -> Result<Authorisation> {
    let call = allowed.call();
    let it = service.pending(call.tenant, id.as_uuid()).await?;
    let answer = view(&it)?;
    let patient = Some(answer.patient);
    service
        .disclosed(call, "authorisation.read", it.stream(), patient)
        .await?;
    Ok(answer)
}

/// An authorisation as others see it.
pub(super) fn view(it: &Pending<authorisation::Authorisation>) -> Result<Authorisation> {
    let absent = || Error::not_found("There is no such authorisation.");
    let requested = it.state.requested.as_ref().ok_or_else(absent)?;
    let items = requested
        .items
        .iter()
        .zip(1_u32..)
        .map(|(asked, sequence)| {
            let zero = Money::zero(asked.estimate.currency());
            let given = it
                .state
                .approved
                .iter()
                .find(|given| given.sequence == sequence);
            let (used_units, used_minor) = it.state.used_of(sequence);
            AuthorisationItem {
                sequence,
                procedure: asked.procedure.clone(),
                requested_units: asked.units,
                estimate: asked.estimate,
                approved_units: given.map_or(0, |given| given.units),
                approved_amount: given.map_or(zero, |given| given.amount),
                used_units,
                used_amount: Money::new(used_minor, zero.currency()).unwrap_or(zero),
            }
        });
    let coverage = requested.coverage;
    Ok(Authorisation {
        id: AuthorisationId::from_uuid(it.stream().id),
        state: it.state.state,
        member: requested.member,
        patient: coverage.patient,
        policy: coverage.policy,
        payer: coverage.payer,
        plan: coverage.plan,
        plan_version: coverage.plan_version,
        appointment: requested.appointment,
        service_on: requested.service_on,
        expires_on: requested.expires_on,
        items: items.collect(),
        note: it.state.note.clone(),
        version: it.version().get(),
    })
}
