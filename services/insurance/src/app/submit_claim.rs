//! A claim written, looked through and sent.

use std::collections::BTreeSet;

use medcover_contract_insurance::events::ClaimLineClaimed;
use medcover_contract_insurance::permissions::SubmitClaims;
use medcover_contract_insurance::{
    AmendClaimRequest, Claim, ClaimContent, ClaimFinding, ClaimLine, ClaimState, Rejection, Sex,
    SubmitClaimRequest,
};
use medcover_contract_terminology::{self as terminology, CheckRequest};
use medcover_kernel::{Allowed, Call, ClaimId, Error, Money, Result, TenantId};
use medcover_store::{Append, Loaded, check_version};

use super::claims::view;
use super::covers::LoadedCover;
use super::pending::Pending;
use super::service::{InsuranceService, done};
use crate::domain::claim::{self, Command, decide};
use crate::domain::scrub;
use crate::domain::taken::ClaimedLine;

/// Makes a claim, looks through it, and sends it when nothing stands against it.
pub(super) async fn submit_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, SubmitClaims>,
    request: SubmitClaimRequest,
) -> Result<Claim> {
    let call = allowed.call();
    let kept = &service.repository;
    let id = request
        .id
        .unwrap_or_else(|| ClaimId::from_uuid(kept.new_id()));
    let content = &request.content();
    let request = &request;
    let submit = service.decisions.once(
        call,
        ("submit_claim", 201),
        request,
        |append: Append| async move {
            let cover = written(service, call.tenant, content).await?;
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            let draft = Command::Draft(content.clone(), cover.coverage);
            claim.then(decide(&claim.state, draft)?);
            if !claim.changes() {
                return Ok((append, view(&claim)?));
            }
            if request.draft {
                return keep(service, append, &cover, &mut claim, "claim.drafted");
            }
            let append = send(service, call, append, &cover, &mut claim).await?;
            keep(service, append, &cover, &mut claim, "claim.submitted")
        },
    );
    submit.await
}

/// Writes a claim anew that is not sent, or was not taken.
pub(super) async fn amend_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, SubmitClaims>,
    id: ClaimId,
    request: AmendClaimRequest,
) -> Result<Claim> {
    let (call, content) = (allowed.call(), &request.content);
    let amend = service.decisions.decide(call, |append: Append| async move {
        let mut claim: Pending<claim::Claim> = service.pending(call.tenant, id.as_uuid()).await?;
        view(&claim)?;
        check_version(request.version, claim.version().get())?;
        let cover = written(service, call.tenant, content).await?;
        let amend = Command::Amend(content.clone(), cover.coverage);
        claim.then(decide(&claim.state, amend)?);
        keep(service, append, &cover, &mut claim, "claim.amended")
    });
    amend.await
}

/// Looks through a claim that is not sent, or was not taken, and sends it when nothing stands against it.
pub(super) async fn resubmit_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, SubmitClaims>,
    id: ClaimId,
) -> Result<Claim> {
    let call = allowed.call();
    let resubmit = service.decisions.once(
        call,
        ("resubmit_claim", 200),
        &id,
        |append: Append| async move {
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            let answer = view(&claim)?;
            let cover = LoadedCover::of_member(service, call.tenant, answer.content.member).await?;
            let append = send(service, call, append, &cover, &mut claim).await?;
            keep(service, append, &cover, &mut claim, "claim.submitted")
        },
    );
    resubmit.await
}

/// The cover with which a claim is written, if it is a claim at all.
async fn written(
    service: &InsuranceService,
    tenant: TenantId,
    content: &ClaimContent,
) -> Result<LoadedCover> {
    let cover = LoadedCover::of_member(service, tenant, content.member).await?;
    let currency = cover.terms().benefits.currency;
    scrub::check_content(content, currency)?;
    let charges = content.lines.iter().map(|line| line.charge);
    Money::sum(currency, charges).map_err(|error| Error::invalid("/lines", error.to_string()))?;
    Ok(cover)
}

fn keep(
    service: &InsuranceService,
    append: Append,
    cover: &LoadedCover,
    claim: &mut Pending<claim::Claim>,
    action: &'static str,
) -> Result<(Append, Claim)> {
    let answer = view(claim)?;
    let append = cover.relied_on(claim.keep(&service.repository, append)?);
    let entry = done(action, claim.stream(), Some(answer.coverage.patient));
    Ok((append.audit(entry), answer))
}

/// Scrubs `claim` and, when nothing blocks, submits it; the payer takes it or does not.
async fn send(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    cover: &LoadedCover,
    claim: &mut Pending<claim::Claim>,
) -> Result<Append> {
    let content = claim.state.content.clone().expect("the claim is written");
    let findings = findings(service, call, cover, &content).await?;
    let payer = service.payer(call.tenant, cover.coverage.payer).await?;
    let blocked = scrub::block(payer.state.scrubbing, &findings);
    claim.then(decide(&claim.state, Command::Scrub(findings, blocked))?);
    if claim.state.state == ClaimState::ScrubFailed {
        return Ok(append);
    }
    claim.then(decide(&claim.state, Command::Submit)?);
    let id = ClaimId::from_uuid(claim.stream().id);
    if !cover.policy.state.was_in_force() {
        let rejection = Rejection {
            rule: "not-in-force".to_owned(),
            text: "The policy was never in force.".to_owned(),
            claim: None,
        };
        claim.then(decide(&claim.state, Command::Reject(rejection))?);
        return Ok(append);
    }
    match claimed(service, append.clone(), id, &content).await? {
        Claimed::All(append) => {
            claim.then(decide(&claim.state, Command::Accept)?);
            Ok(*append)
        }
        Claimed::Before(rejection) => {
            claim.then(decide(&claim.state, Command::Reject(rejection))?);
            Ok(append)
        }
    }
}

/// What is wrong with a claim: its codes, as the terminology service finds them, and its lines.
async fn findings(
    service: &InsuranceService,
    call: &Call,
    cover: &LoadedCover,
    content: &ClaimContent,
) -> Result<Vec<ClaimFinding>> {
    let coverage = cover.cover().coverage()?;
    let request = CheckRequest {
        codes: content.diagnoses.clone(),
        date: Some(content.service_on.to_string()),
        age_years: u8::try_from(coverage.age_on(content.service_on)).ok(),
        sex: coverage.sex.map(|sex| match sex {
            Sex::Female => terminology::Sex::Female,
            Sex::Male => terminology::Sex::Male,
        }),
    };
    let checked = service.terminology.check_codes(call, request).await?;
    let mut findings: Vec<_> = scrub::of_codes(checked.findings).collect();
    findings.extend(scrub::findings_of_lines(content));
    Ok(findings)
}

/// What became of the wish to claim services.
enum Claimed {
    /// The commit claims them.
    All(Box<Append>),
    /// Another claim has one of them.
    Before(Rejection),
}

/// The business keys of the lines of a claim: who gave which service to whom, when and how often. Lines that are meant to
/// stand beside others have none, and one that stands twice, which a payer that only warns takes, has one.
pub(super) fn lines_of(content: &ClaimContent) -> BTreeSet<[String; 5]> {
    let lines = content.lines.iter().filter(|line| !line.distinct);
    let key = |line: &ClaimLine| {
        [
            content.practitioner.to_string(),
            content.member.to_string(),
            content.service_on.to_string(),
            line.procedure.clone(),
            line.units.to_string(),
        ]
    };
    lines.map(key).collect()
}

async fn claimed(
    service: &InsuranceService,
    mut append: Append,
    id: ClaimId,
    content: &ClaimContent,
) -> Result<Claimed> {
    let tenant = append.context.tenant;
    for key in lines_of(content) {
        let parts: Vec<&str> = key.iter().map(String::as_str).collect();
        let mut line: Loaded<ClaimedLine> = service.repository.by_key(tenant, &parts).await?;
        match line.state.0 {
            Some(other) if other != id => {
                return Ok(Claimed::Before(Rejection {
                    rule: "duplicate".to_owned(),
                    text: format!("{} is claimed for that day already.", key[3]),
                    claim: Some(other),
                }));
            }
            Some(_) => {}
            None => {
                let event = ClaimLineClaimed { claim: id }.into();
                append = service.repository.write(append, &mut line, [event])?;
            }
        }
    }
    Ok(Claimed::All(Box::new(append)))
}
