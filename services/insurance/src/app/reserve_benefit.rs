//! An authorisation asked for: what the plan lets be decided at once is.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_adjudication::{Adjudication, Group, LineAdjudication, Reason, Verdict};
use medcover_contract_insurance::events::AuthorisationRequested;
use medcover_contract_insurance::permissions::RequestAuthorisations;
use medcover_contract_insurance::{ApprovedItem, Authorisation, MAX_ITEMS, ReserveBenefitRequest};
use medcover_kernel::{Allowed, AuthorisationId, Call, Error, Money, Result};
use medcover_store::Append;

use super::authorisations::view;
use super::benefits::Benefits;
use super::covers::LoadedCover;
use super::estimate::{Planned, estimate, reasons};
use super::pending::Pending;
use super::service::{InsuranceService, day_of, done};
use crate::domain::authorisation::{self, Command, decide};
use crate::domain::check;

/// How many days an authorisation is good, where nothing else is said: after the service, or after the day on which it was
/// asked for where that is later. One that is asked for afterwards would be over before anybody could claim by it.
const GOOD_FOR_DAYS: i32 = 90;

/// Asks for an authorisation.
pub(super) async fn reserve_benefit(
    service: &InsuranceService,
    allowed: Allowed<'_, RequestAuthorisations>,
    request: ReserveBenefitRequest,
) -> Result<Authorisation> {
    let call = allowed.call();
    let kept = &service.repository;
    let id = request
        .id
        .unwrap_or_else(|| AuthorisationId::from_uuid(kept.new_id()));
    let member = service.member(call.tenant, request.member).await?;
    let policy = member.state.enrolled.map(|enrolled| enrolled.policy);
    let _turn = service.turn_of_policy(policy).await?;
    let request = &request;
    let reserve = service.decisions.once(
        call,
        ("reserve_benefit", 201),
        request,
        |append: Append| async move { reserve(service, call, append, id, request).await },
    );
    reserve.await
}

async fn reserve(
    service: &InsuranceService,
    call: &Call,
    append: Append,
    id: AuthorisationId,
    request: &ReserveBenefitRequest,
) -> Result<(Append, Authorisation)> {
    let cover = LoadedCover::of_member(service, call.tenant, request.member).await?;
    let mut it: Pending<authorisation::Authorisation> =
        service.pending(call.tenant, id.as_uuid()).await?;
    // Sent again on a later day, it is what it was.
    let asked_on = match it.state.requested {
        Some(_) => day_of(it.state.requested_at),
        None => service.today(),
    };
    let requested = requested(&cover, request, asked_on)?;
    it.then(decide(&it.state, Command::Request(requested.clone()))?);
    if !it.changes() {
        return Ok((append, view(&it)?));
    }
    let owner = cover.owner(request.service_on)?;
    let mut benefits = Benefits::load(service, call.tenant, owner).await?;
    let services: Vec<Planned> = requested.items.iter().map(planned).collect();
    let decision = estimate(&cover, &benefits, request.service_on, &services, Some(id))?;
    let command = verdict(&cover, &requested, &decision)?;
    if matches!(command, Command::Approve(..)) {
        let draws = decision.draws().map_err(Error::internal)?;
        benefits.reserve(id, &draws, &cover.cover().plan()?)?;
    }
    it.then(decide(&it.state, command)?);
    let answer = view(&it)?;
    let append = it.keep(&service.repository, append)?;
    let append = cover.relied_on(benefits.keep(service, append)?);
    let append = service.alarm_of_authorisation(append, id, requested.expires_on)?;
    let entry = done("authorisation.requested", it.stream(), Some(answer.patient));
    Ok((append.audit(entry), answer))
}

fn requested(
    cover: &LoadedCover,
    request: &ReserveBenefitRequest,
    asked_on: Date,
) -> Result<AuthorisationRequested> {
    check::count(request.items.len(), 1, MAX_ITEMS, "/items")?;
    let currency = cover.terms().benefits.currency;
    for (place, item) in request.items.iter().enumerate() {
        check::code(&item.procedure, format!("/items/{place}/procedure"))?;
        if item.units == 0 {
            let pointer = format!("/items/{place}/units");
            return Err(Error::invalid(pointer, "must be at least 1"));
        }
        if item.estimate.currency() != currency || item.estimate.is_negative() {
            let rule = format!("must be no less than nothing, in {currency}");
            return Err(Error::invalid(format!("/items/{place}/estimate"), rule));
        }
    }
    let first = request.service_on.max(asked_on);
    let usual = first.saturating_add(GOOD_FOR_DAYS.days());
    let expires_on = request.expires_on.unwrap_or(usual);
    if expires_on < request.service_on {
        let rule = "must not be before the service";
        return Err(Error::invalid("/expires_on", rule));
    }
    Ok(AuthorisationRequested {
        member: request.member,
        coverage: cover.coverage,
        appointment: request.appointment,
        service_on: request.service_on,
        expires_on,
        items: request.items.clone(),
    })
}

fn planned(item: &medcover_contract_insurance::RequestedItem) -> Planned {
    Planned {
        procedure: item.procedure.clone(),
        units: item.units,
        charge: item.estimate,
        network: item.network,
    }
}

/// What is decided at once, by what would be decided if the services were claimed now.
fn verdict(
    cover: &LoadedCover,
    requested: &AuthorisationRequested,
    decision: &Adjudication,
) -> Result<Command> {
    if !cover.policy.state.was_in_force() {
        return Ok(Command::Deny("The policy is not in force.".to_owned()));
    }
    if decision.verdict == Verdict::Pended {
        return Ok(Command::Pend(reasons(decision).join(" ")));
    }
    let reviewed = &cover.terms().reviewed;
    let rules = decision.lines.iter().filter_map(|line| line.rule.as_ref());
    if rules.into_iter().any(|rule| reviewed.contains(rule)) {
        let reason = "The plan wants a person to decide.";
        return Ok(Command::Pend(reason.to_owned()));
    }
    let mut items = Vec::with_capacity(decision.lines.len());
    let mut cut_short = false;
    for (line, asked) in decision.lines.iter().zip(&requested.items) {
        let (amount, cut) = payable(line)?;
        cut_short |= cut;
        items.push(ApprovedItem {
            sequence: line.line,
            units: if amount.is_zero() && cut {
                0
            } else {
                line.covered_units.min(asked.units)
            },
            amount: amount.min(asked.estimate).map_err(Error::internal)?,
        });
    }
    if items.iter().all(|item| item.units == 0) {
        return Ok(Command::Deny(short(&reasons(decision))));
    }
    Ok(Command::Approve(items, cut_short))
}

/// What of the price of a line payer and patient share by the terms of the plan, and whether a limit leaves some of it to
/// the patient alone.
fn payable(line: &LineAdjudication) -> Result<(Money, bool)> {
    let shared = line
        .adjustments
        .iter()
        .filter(|it| it.group == Group::Patient);
    let shared = shared.filter(|it| it.reason != Reason::LIMIT_REACHED);
    let parts = [line.paid].into_iter().chain(shared.map(|it| it.amount));
    let amount = Money::sum(line.billed.currency(), parts).map_err(Error::internal)?;
    let cut = line
        .adjustments
        .iter()
        .any(|it| it.reason == Reason::LIMIT_REACHED);
    Ok((amount, cut))
}

/// Reasons as one text that is not too long.
fn short(reasons: &[String]) -> String {
    let most = medcover_contract_insurance::MAX_REASON_CHARS;
    reasons.join(" ").chars().take(most).collect()
}
