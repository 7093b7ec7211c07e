//! Claims: looked at, pended, taken back, explained.

use medcover_adjudication::adjudicate;
use medcover_contract_insurance::endpoints::ClaimsQuery;
use medcover_contract_insurance::events::ClaimAdjudicated;
use medcover_contract_insurance::permissions::{AdjudicateClaims, ReadClaims, SubmitClaims};
use medcover_contract_insurance::{Claim, ClaimList, ClaimSummary, Explanation, ReasonRequest};
use medcover_kernel::{Allowed, ClaimId, Error, Limit, Money, Result};
use medcover_store::{Append, StreamId, Version};

use super::pending::Pending;
use super::service::{InsuranceService, done};
use super::submit_claim::lines_of;
use crate::domain::check;
use crate::domain::claim::{self, Command, decide, state_name};
use crate::domain::taken::ClaimedLine;
use crate::store::{CLAIMS_BY_TIME, CLAIMS_IN_STATE, CLAIMS_OF_MEMBER};

/// Lets a claim wait for something that must be known.
pub(super) async fn pend_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, AdjudicateClaims>,
    id: ClaimId,
    request: ReasonRequest,
) -> Result<Claim> {
    check::reason(&request.reason)?;
    let call = allowed.call();
    let request = &request;
    let asked = (id, request);
    let pend = service.decisions.once(
        call,
        ("pend_claim", 200),
        &asked,
        |append: Append| async move {
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            claim.then(decide(&claim.state, Command::Pend(request.reason.clone()))?);
            let answer = view(&claim)?;
            if !claim.changes() {
                return Ok((append, answer));
            }
            let append = claim.keep(&service.repository, append)?;
            let entry = done(
                "claim.pended",
                claim.stream(),
                Some(answer.coverage.patient),
            );
            Ok((append.audit(entry), answer))
        },
    );
    pend.await
}

/// Takes a claim back; others may claim its services then. Where there is none, the id is closed.
pub(super) async fn void_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, SubmitClaims>,
    id: ClaimId,
    request: ReasonRequest,
) -> Result<()> {
    check::reason(&request.reason)?;
    let call = allowed.call();
    let request = &request;
    let asked = (id, request);
    let void = service.decisions.once(
        call,
        ("void_claim", 204),
        &asked,
        |append: Append| async move {
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            claim.then(decide(&claim.state, Command::Void(request.reason.clone()))?);
            if !claim.changes() {
                return Ok((append, ()));
            }
            let patient = claim.state.coverage.map(|coverage| coverage.patient);
            let append = claim.keep(&service.repository, append)?;
            let append = released(service, append, id, &claim).await?;
            Ok((
                append.audit(done("claim.voided", claim.stream(), patient)),
                (),
            ))
        },
    );
    void.await
}

/// The commit with the services of a claim free to be claimed again.
pub(super) async fn released(
    service: &InsuranceService,
    mut append: Append,
    id: ClaimId,
    claim: &Pending<claim::Claim>,
) -> Result<Append> {
    use medcover_contract_insurance::events::ClaimLineReleased;
    let tenant = append.context.tenant;
    let Some(content) = &claim.state.content else {
        return Ok(append);
    };
    for key in lines_of(content) {
        let parts: Vec<&str> = key.iter().map(String::as_str).collect();
        let mut line = service
            .repository
            .by_key::<ClaimedLine>(tenant, &parts)
            .await?;
        if line.state.0 == Some(id) {
            let event = ClaimLineReleased { claim: id }.into();
            append = service.repository.write(append, &mut line, [event])?;
        }
    }
    Ok(append)
}

/// A page of claims, the last made first.
pub(super) async fn claims(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadClaims>,
    query: ClaimsQuery,
) -> Result<ClaimList> {
    let call = allowed.call();
    let page = (query.after, query.limit.unwrap_or(Limit::DEFAULT));
    let (listing, equal) = match (query.state, query.member) {
        (Some(_), Some(_)) => {
            let rule = "must not be given together with `member`";
            return Err(Error::invalid("/state", rule));
        }
        (Some(state), None) => (&CLAIMS_IN_STATE, vec![state_name(state).into()]),
        (None, Some(member)) => (&CLAIMS_OF_MEMBER, vec![member.as_uuid().into()]),
        (None, None) => (&CLAIMS_BY_TIME, Vec::new()),
    };
    let (claims, next) = service.listed(call.tenant, listing, equal, page).await?;
    let views = claims
        .into_iter()
        .map(|it| view(&Pending::new(it, service.now())));
    let views = views.collect::<Result<Vec<_>>>()?;
    let patients = views.iter().map(|it| it.coverage.patient);
    service
        .disclosed_list(call, "claims.listed", patients)
        .await?;
    let summary = |it: Claim| ClaimSummary {
        id: it.id,
        state: it.state,
        verdict: it.adjudication.map(|it| it.decision.verdict),
        member: it.content.member,
        payer: it.coverage.payer,
        service_on: it.content.service_on,
        total: it.total,
    };
    Ok(ClaimList {
        claims: views.into_iter().map(summary).collect(),
        next,
    })
}

/// One claim.
pub(super) async fn claim(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadClaims>,
    id: ClaimId,
) -> Result<Claim> {
    let call = allowed.call();
    let claim = service.pending(call.tenant, id.as_uuid()).await?;
    let answer = view(&claim)?;
    let patient = Some(answer.coverage.patient);
    service
        .disclosed(call, "claim.read", claim.stream(), patient)
        .await?;
    Ok(answer)
}

/// How the last decision on a claim came about; it is made again over what was kept, to show that it still comes out so.
pub(super) async fn explain_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadClaims>,
    id: ClaimId,
) -> Result<Explanation> {
    let call = allowed.call();
    let stream = StreamId::new("claim", id.as_uuid());
    let events = service
        .repository
        .store
        .load(call.tenant, &stream, Version::NONE)
        .await?;
    let mut last = None;
    for recorded in &events {
        if let Some(read) = recorded.event.read::<ClaimAdjudicated>() {
            last = Some(read.map_err(Error::internal)?);
        }
    }
    let absent = || Error::not_found("There is no decision on such a claim.");
    let adjudicated = last.ok_or_else(absent)?;
    let claim: Pending<claim::Claim> = service.pending(call.tenant, id.as_uuid()).await?;
    let patient = claim.state.coverage.map(|coverage| coverage.patient);
    service
        .disclosed(call, "claim.explained", &stream, patient)
        .await?;
    let again = adjudicate(&adjudicated.case).map_err(Error::internal)?;
    Ok(Explanation {
        claim: id,
        version: adjudicated.version,
        replayed: again.canonical_json() == adjudicated.decision.canonical_json(),
        case: serde_json::to_value(&adjudicated.case).map_err(Error::internal)?,
        decision: adjudicated.decision,
    })
}

/// A claim as others see it.
pub(super) fn view(claim: &Pending<claim::Claim>) -> Result<Claim> {
    let absent = || Error::not_found("There is no such claim.");
    let state = &claim.state;
    let content = state.content.clone().ok_or_else(absent)?;
    let coverage = state.coverage.ok_or_else(absent)?;
    let first = content.lines.first().ok_or_else(absent)?;
    let charges = content.lines.iter().map(|line| line.charge);
    let total = Money::sum(first.charge.currency(), charges);
    Ok(Claim {
        id: ClaimId::from_uuid(claim.stream().id),
        state: state.state,
        coverage,
        total: total.map_err(Error::internal)?,
        content,
        findings: state.findings.clone(),
        rejection: state.rejection.clone(),
        adjudication: state.decided.clone(),
        remittance: state.remittance,
        note: state.note.clone(),
        version: claim.version().get(),
    })
}
