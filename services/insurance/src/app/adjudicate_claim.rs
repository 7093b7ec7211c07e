//! Claims decided, and decisions taken back.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_adjudication::{
    Adjudication, Authorisation, AuthorisationState, AuthorisedItem, Period, Verdict,
};
use medcover_contract_insurance::permissions::AdjudicateClaims;
use medcover_contract_insurance::{
    ApprovedItem, AuthorisationState as State, Claim, ClaimContent, ClaimState, ReverseClaimRequest,
};
use medcover_kernel::{Allowed, AuthorisationId, Call, ClaimId, Error, Money, Result};
use medcover_store::Append;

use super::benefits::{Benefits, Owner};
use super::claims::view;
use super::covers::{LoadedCover, decided};
use super::estimate::reasons;
use super::pending::Pending;
use super::service::{InsuranceService, day_of, done};
use crate::domain::authorisation::{self, Command as OfAuthorisation};
use crate::domain::case::Circumstances;
use crate::domain::check;
use crate::domain::claim::{self, Command, decide};

/// The authorisation that a claim rests on, where it is the member's.
type Rest = Option<(AuthorisationId, Pending<authorisation::Authorisation>)>;

/// Decides on a claim, within what remains of its member's benefits.
pub(super) async fn adjudicate_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, AdjudicateClaims>,
    id: ClaimId,
) -> Result<Claim> {
    let call = allowed.call();
    let _turn = service.turn_of_claim(call.tenant, id).await?;
    let adjudicate = service.decisions.once(
        call,
        ("adjudicate_claim", 200),
        &id,
        |append: Append| async move {
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            let before = view(&claim)?;
            if matches!(
                before.state,
                ClaimState::Adjudicated | ClaimState::Finalized
            ) {
                return Ok((append, before));
            }
            claim.then(decide(&claim.state, Command::Start)?);
            let append = settle(service, call, append, id, &before.content, &mut claim).await?;
            let answer = view(&claim)?;
            let append = claim.keep(&service.repository, append)?;
            let entry = done(
                "claim.adjudicated",
                claim.stream(),
                Some(answer.coverage.patient),
            );
            Ok((append.audit(entry), answer))
        },
    );
    adjudicate.await
}

/// Decides, and posts what the decision uses.
async fn settle(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    id: ClaimId,
    content: &ClaimContent,
    claim: &mut Pending<claim::Claim>,
) -> Result<Append> {
    let kept_with = claim.state.coverage.expect("the claim is written");
    let cover = LoadedCover::kept(service, call.tenant, content.member, kept_with).await?;
    let owner = cover.owner(content.service_on)?;
    let mut benefits = Benefits::load(service, call.tenant, owner).await?;
    let mut rest = rest(service, call, content).await?;
    let own = rest.as_ref().map(|(id, _)| *id);
    let authorised = rest
        .as_ref()
        .and_then(|(id, it)| authorised(*id, &it.state));
    let circumstances = Circumstances {
        sequence: benefits.sequence(),
        received: service.today(),
        accumulators: benefits.used_beside(own)?,
        authorisations: authorised.into_iter().collect(),
    };
    let case = cover
        .cover()
        .case(id, content, &claim.state.findings, circumstances)?;
    let decision = decided(&case)?;
    if decision.verdict == Verdict::Pended {
        let reason = reasons(&decision).join(" ");
        claim.then(decide(&claim.state, Command::Pend(reason))?);
        return Ok(append);
    }
    let version = claim.state.version() + 1;
    let draws = decision.draws().map_err(Error::internal)?;
    benefits.post((id, version), &draws, own, &case.coverage.plan)?;
    if let Some((authorisation, it)) = &mut rest {
        consume(*authorisation, it, (id, version), &decision, &mut benefits)?;
    }
    claim.then(decide(
        &claim.state,
        Command::Adjudicate(Box::new((case, decision))),
    )?);
    let append = cover.relied_on(benefits.keep(service, append)?);
    match rest {
        Some((_, mut it)) => it.keep(&service.repository, append),
        None => Ok(append),
    }
}

async fn rest(service: &InsuranceService, call: &Call, content: &ClaimContent) -> Result<Rest> {
    let Some(id) = content.authorisation else {
        return Ok(None);
    };
    let it: Pending<authorisation::Authorisation> =
        service.pending(call.tenant, id.as_uuid()).await?;
    let of_member = it
        .state
        .requested
        .as_ref()
        .is_some_and(|it| it.member == content.member);
    Ok(of_member.then_some((id, it)))
}

/// The authorisation as the rules see it, unless it has ended.
fn authorised(id: AuthorisationId, it: &authorisation::Authorisation) -> Option<Authorisation> {
    let requested = it.requested.as_ref()?;
    let state = match it.state {
        State::Approved | State::PartiallyApproved => AuthorisationState::Approved,
        State::Requested | State::Pended | State::InfoRequested => AuthorisationState::Undecided,
        State::Denied | State::Used | State::Expired | State::Cancelled => return None,
    };
    let asked = |item: u32, procedure: &str, left: Option<(u32, Money)>| AuthorisedItem {
        item,
        procedure: procedure.to_owned(),
        units: left.map(|(units, _)| units),
        amount: left.map(|(_, amount)| amount),
    };
    let items = requested
        .items
        .iter()
        .zip(1_u32..)
        .filter_map(|(item, sequence)| {
            if state == AuthorisationState::Undecided {
                return Some(asked(sequence, &item.procedure, None));
            }
            let given = it
                .approved
                .iter()
                .find(|given| given.sequence == sequence)?;
            Some(asked(sequence, &item.procedure, Some(it.left_of(given))))
        });
    let from: Date = requested.service_on.min(day_of(it.requested_at));
    Some(Authorisation {
        authorisation: id,
        state,
        period: Period {
            from,
            until: requested.expires_on.tomorrow().ok(),
        },
        items: items.collect(),
    })
}

/// Notes what a claim has used of its authorisation; one that is used up holds nothing any more.
fn consume(
    id: AuthorisationId,
    it: &mut Pending<authorisation::Authorisation>,
    (claim, version): (ClaimId, u32),
    decision: &Adjudication,
    benefits: &mut Benefits,
) -> Result<()> {
    let mut used: BTreeMap<u32, ApprovedItem> = BTreeMap::new();
    for draw in decision
        .authorisations()
        .filter(|draw| draw.authorisation == id)
    {
        let item = used.entry(draw.item).or_insert(ApprovedItem {
            sequence: draw.item,
            units: 0,
            amount: Money::zero(draw.amount.currency()),
        });
        item.units += draw.units;
        item.amount = item.amount.plus(draw.amount).map_err(Error::internal)?;
    }
    if used.is_empty() {
        return Ok(());
    }
    let used = used.into_values().collect();
    let used = OfAuthorisation::Use(claim, version, used);
    it.then(authorisation::decide(&it.state, used)?);
    if it.state.state == State::Used {
        benefits.release(id)?;
    }
    Ok(())
}

/// Takes a decision back; what it used of benefits and authorisations is as if it had never been used.
pub(super) async fn reverse_claim(
    service: &InsuranceService,
    allowed: Allowed<'_, AdjudicateClaims>,
    id: ClaimId,
    request: ReverseClaimRequest,
) -> Result<Claim> {
    check::reason(&request.reason)?;
    let call = allowed.call();
    let request = &request;
    let asked = (id, request);
    let _turn = service.turn_of_claim(call.tenant, id).await?;
    let reverse = service.decisions.once(
        call,
        ("reverse_claim", 200),
        &asked,
        |append: Append| async move {
            let mut claim: Pending<claim::Claim> =
                service.pending(call.tenant, id.as_uuid()).await?;
            let reverse = Command::Reverse(request.adjudication, request.reason.clone());
            claim.then(decide(&claim.state, reverse)?);
            let answer = view(&claim)?;
            if !claim.changes() {
                return Ok((append, answer));
            }
            let append = restore(service, call, append, id, &answer, &claim).await?;
            let append = claim.keep(&service.repository, append)?;
            let entry = done(
                "claim.reversed",
                claim.stream(),
                Some(answer.coverage.patient),
            );
            Ok((append.audit(entry), answer))
        },
    );
    reverse.await
}

async fn restore(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    id: ClaimId,
    answer: &Claim,
    claim: &Pending<claim::Claim>,
) -> Result<Append> {
    let content = &answer.content;
    let cover = LoadedCover::kept(service, call.tenant, content.member, answer.coverage).await?;
    let owner = Owner {
        member: content.member,
        policy: answer.coverage.policy,
        year: claim
            .state
            .year
            .expect("a claim that is decided was posted"),
    };
    let mut benefits = Benefits::load(service, call.tenant, owner).await?;
    let posted = (id, claim.state.version());
    let mut rest = rest(service, call, content).await?;
    let plan = cover.cover().plan()?;
    let mut again = None;
    if let Some((authorisation, it)) = &mut rest {
        let used_up = it.state.state == State::Used;
        let restore = OfAuthorisation::Restore(posted.0, posted.1);
        it.then(authorisation::decide(&it.state, restore)?);
        again = (used_up && it.changes()).then_some((*authorisation, &plan));
    }
    benefits.restore(posted, again)?;
    let append = benefits.keep(service, append)?;
    match rest {
        Some((_, mut it)) => it.keep(&service.repository, append),
        None => Ok(append),
    }
}
