//! Remittances: made, looked at.

use std::collections::BTreeSet;

use medcover_contract_insurance::endpoints::RemittancesQuery;
use medcover_contract_insurance::events::{RemittanceIssued, RemittanceTraceTaken};
use medcover_contract_insurance::permissions::{IssueRemittances, ReadRemittances};
use medcover_contract_insurance::{
    IssueRemittanceRequest, MAX_PROVIDER_ADJUSTMENTS, MAX_REMITTED, Remittance, RemittanceList,
    RemittanceSummary,
};
use medcover_kernel::{Allowed, Call, Error, Limit, RemittanceId, Result};
use medcover_store::{Append, Loaded};

use super::pending::Pending;
use super::service::{InsuranceService, done};
use crate::domain::claim::{self, Command, decide};
use crate::domain::taken::RemittanceTrace;
use crate::domain::{check, refusal, remittance};
use crate::store::{REMITTANCES_BY_TIME, REMITTANCES_OF_PAYER};

/// Pays adjudicated claims, which are final then.
pub(super) async fn issue_remittance(
    service: &InsuranceService,
    allowed: Allowed<'_, IssueRemittances>,
    request: IssueRemittanceRequest,
) -> Result<Remittance> {
    let call = allowed.call();
    check_request(&request)?;
    let new = || RemittanceId::from_uuid(service.repository.new_id());
    let id = request.id.unwrap_or_else(new);
    let request = &request;
    let issue = service.decisions.once(
        call,
        ("issue_remittance", 201),
        request,
        |append: Append| async move { issue(service, call, append, id, request).await },
    );
    issue.await
}

fn check_request(request: &IssueRemittanceRequest) -> Result<()> {
    check::name(&request.trace, "/trace")?;
    check::count(request.claims.len(), 1, MAX_REMITTED, "/claims")?;
    let all: BTreeSet<_> = request.claims.iter().collect();
    if all.len() < request.claims.len() {
        return Err(Error::invalid("/claims", "must name each claim once"));
    }
    let adjustments = &request.provider_adjustments;
    let most = MAX_PROVIDER_ADJUSTMENTS;
    check::count(adjustments.len(), 0, most, "/provider_adjustments")?;
    let mut reasons = adjustments.iter().map(|it| &it.reason);
    reasons.try_for_each(|reason| check::name(reason, "/provider_adjustments"))
}

async fn issue(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    id: RemittanceId,
    request: &IssueRemittanceRequest,
) -> Result<(Append, Remittance)> {
    let kept = &service.repository;
    let mut it: Loaded<remittance::Remittance> = kept.by_id(call.tenant, id.as_uuid()).await?;
    if let Some(before) = &it.state.0 {
        let again = is_of(before, request);
        return if again {
            Ok((append, view(&it)?))
        } else {
            Err(refusal::id_taken("remittance"))
        };
    }
    let payer = request.payer.to_string();
    let mut trace: Loaded<RemittanceTrace> =
        kept.by_key(call.tenant, &[&payer, &request.trace]).await?;
    if trace.state.0.is_some() {
        let message = "The payer has used that trace for another remittance.";
        return Err(refusal::name_taken(message));
    }
    service.payer(call.tenant, request.payer).await?;
    let mut append = append;
    let mut claims = Vec::with_capacity(request.claims.len());
    for (place, claim_id) in request.claims.iter().enumerate() {
        let mut claim: Pending<claim::Claim> =
            service.pending(call.tenant, claim_id.as_uuid()).await?;
        let coverage = claim.state.coverage.filter(|it| it.payer == request.payer);
        let Some(coverage) = coverage else {
            let rule = "must be a claim to that payer";
            return Err(Error::invalid(format!("/claims/{place}"), rule));
        };
        let remitted = remittance::remit(*claim_id, &claim.state)?;
        claim.then(decide(
            &claim.state,
            Command::Finalize(id, remitted.payment),
        )?);
        append = claim.keep(kept, append)?;
        append = append.audit(done(
            "claim.remitted",
            claim.stream(),
            Some(coverage.patient),
        ));
        claims.push(remitted);
    }
    let currency = claims[0].billed.currency();
    let total = remittance::total(currency, &claims, &request.provider_adjustments)?;
    let issued = RemittanceIssued {
        payer: request.payer,
        trace: request.trace.clone(),
        paid_on: request.paid_on,
        total,
        claims,
        provider_adjustments: request.provider_adjustments.clone(),
    };
    let taken = RemittanceTraceTaken { remittance: id };
    let append = kept.write(append, &mut trace, [taken.into()])?;
    let append = kept.write(append, &mut it, [issued.into()])?;
    let append = append.audit(done("remittance.issued", &it.stream, None));
    Ok((append, view(&it)?))
}

fn is_of(issued: &RemittanceIssued, request: &IssueRemittanceRequest) -> bool {
    let claims = issued.claims.iter().map(|it| it.claim);
    (issued.payer, &issued.trace, issued.paid_on)
        == (request.payer, &request.trace, request.paid_on)
        && issued.provider_adjustments == request.provider_adjustments
        && claims.eq(request.claims.iter().copied())
}

/// A page of remittances, the last made first.
pub(super) async fn remittances(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadRemittances>,
    query: RemittancesQuery,
) -> Result<RemittanceList> {
    let page = (query.after, query.limit.unwrap_or(Limit::DEFAULT));
    let (listing, equal) = match query.payer {
        Some(payer) => (&REMITTANCES_OF_PAYER, vec![payer.as_uuid().into()]),
        None => (&REMITTANCES_BY_TIME, Vec::new()),
    };
    let (all, next) = service.listed(allowed.tenant, listing, equal, page).await?;
    let summaries = all.iter().map(|it| {
        let it = view(it)?;
        Ok(RemittanceSummary {
            id: it.id,
            payer: it.payer,
            trace: it.trace,
            paid_on: it.paid_on,
            total: it.total,
        })
    });
    Ok(RemittanceList {
        remittances: summaries.collect::<Result<_>>()?,
        next,
    })
}

/// One remittance.
pub(super) async fn remittance(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadRemittances>,
    id: RemittanceId,
) -> Result<Remittance> {
    let call = allowed.call();
    let it = service.repository.by_id(call.tenant, id.as_uuid()).await?;
    let answer = view(&it)?;
    service
        .disclosed(call, "remittance.read", &it.stream, None)
        .await?;
    Ok(answer)
}

/// A remittance as others see it.
fn view(it: &Loaded<remittance::Remittance>) -> Result<Remittance> {
    let absent = || Error::not_found("There is no such remittance.");
    let issued = it.state.0.clone().ok_or_else(absent)?;
    Ok(Remittance {
        id: RemittanceId::from_uuid(it.stream.id),
        payer: issued.payer,
        trace: issued.trace,
        paid_on: issued.paid_on,
        total: issued.total,
        claims: issued.claims,
        provider_adjustments: issued.provider_adjustments,
        version: it.version.get(),
    })
}
