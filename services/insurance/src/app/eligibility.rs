//! What a member is covered for on a day.

use jiff::civil::Date;
use medcover_adjudication::{Network, Reason, Verdict};
use medcover_contract_insurance::permissions::ReadCoverage;
use medcover_contract_insurance::{
    AccountState, Eligibility, EligibilityQuery, PolicyState, ServiceEstimate,
};
use medcover_kernel::{Allowed, AuthorisationId, Call, Error, MemberId, Money, Result};
use medcover_store::Select;
use uuid::Uuid;

use super::benefits::{Benefits, limited_accounts};
use super::covers::LoadedCover;
use super::estimate::{Planned, estimate, reasons};
use super::service::InsuranceService;
use crate::domain::{check, limits};
use crate::store::MEMBERS_OF_PATIENT;

/// Memberships of a patient that are looked through for one that covers the day.
const MEMBERSHIPS: usize = 50;

/// What a member is covered for on a day, what remains, and what a service would need.
pub(super) async fn check_eligibility(
    service: &InsuranceService,
    allowed: Allowed<'_, ReadCoverage>,
    query: EligibilityQuery,
) -> Result<Eligibility> {
    let call = allowed.call();
    let on = query.on.unwrap_or_else(|| service.today());
    let cover = cover(service, call, &query, on).await?;
    let owner = cover.owner(on)?;
    let benefits = Benefits::load(service, call.tenant, owner).await?;
    let reasons = uncovered(&cover, on)?;
    let answer = Eligibility {
        eligible: reasons.is_empty(),
        reasons,
        on,
        member: cover.id,
        patient: cover.coverage.patient,
        policy: cover.coverage.policy,
        payer: cover.coverage.payer,
        plan: cover.coverage.plan,
        plan_version: cover.coverage.plan_version,
        year_from: owner.year,
        accumulators: accounts(&cover, &benefits, on)?,
        service: of_service(&cover, &benefits, &query, on)?,
    };
    let patient = Some(answer.patient);
    let subject = &cover.member.stream;
    service
        .disclosed(call, "eligibility.read", subject, patient)
        .await?;
    Ok(answer)
}

/// The cover that is asked about.
async fn cover(
    service: &InsuranceService,
    call: &Call,
    query: &EligibilityQuery,
    on: Date,
) -> Result<LoadedCover> {
    match (query.member, query.patient) {
        (Some(member), None) => LoadedCover::of_member(service, call.tenant, member).await,
        (None, Some(patient)) => {
            let equal = vec![patient.as_uuid().into()];
            let select = Select::first(&MEMBERS_OF_PATIENT, call.tenant, equal, MEMBERSHIPS);
            for row in service.repository.store.select(&select).await? {
                let Some(id) = row.get("id").as_id() else {
                    continue;
                };
                let member = MemberId::from_uuid(*id);
                let cover = LoadedCover::of_member(service, call.tenant, member).await?;
                if uncovered(&cover, on)?.is_empty() {
                    return Ok(cover);
                }
            }
            Err(Error::not_found(
                "No policy covers the patient on that day.",
            ))
        }
        _ => Err(Error::invalid(
            "/member",
            "must be given, or else `patient`, and not both",
        )),
    }
}

/// Why a member is not covered on a day at all.
fn uncovered(cover: &LoadedCover, on: Date) -> Result<Vec<String>> {
    let coverage = cover.cover().coverage()?;
    let policy = &cover.policy.state;
    let mut reasons = Vec::new();
    let mut unless = |holds: bool, reason: &str| {
        if !holds {
            reasons.push(reason.to_owned());
        }
    };
    unless(policy.was_in_force(), "The policy is not in force yet.");
    unless(
        policy.state != PolicyState::Suspended
            || coverage.in_grace_from.is_none_or(|from| on < from),
        "The policy is suspended: a premium is outstanding.",
    );
    unless(
        coverage.policy.covers(on),
        "The policy does not cover that day.",
    );
    unless(
        coverage.member.covers(on),
        "The member is not covered on that day.",
    );
    Ok(reasons)
}

fn accounts(cover: &LoadedCover, benefits: &Benefits, on: Date) -> Result<Vec<AccountState>> {
    let coverage = cover.cover().coverage()?;
    let known = benefits.accounts();
    let limited = limited_accounts(&cover.terms().benefits, &coverage, on);
    let states = limited.into_iter().filter_map(|account| {
        let limit = limits::of_account(&coverage.plan, &account)?;
        let of_account = known.iter().find(|(it, _, _)| *it == account);
        let (used, held) = of_account.map_or((0, 0), |(_, used, held)| (*used, *held));
        Some(AccountState {
            account,
            limit,
            used,
            held,
            remaining: (limit - used - held).max(0),
        })
    });
    Ok(states.collect())
}

/// What the service that is asked about would need and cost.
fn of_service(
    cover: &LoadedCover,
    benefits: &Benefits,
    query: &EligibilityQuery,
    on: Date,
) -> Result<Option<ServiceEstimate>> {
    let Some(procedure) = &query.procedure else {
        return Ok(None);
    };
    check::code(procedure, "/procedure".to_owned())?;
    let units = query.units.unwrap_or(1);
    if units == 0 {
        return Err(Error::invalid("/units", "must be at least 1"));
    }
    let planned = [Planned {
        procedure: procedure.clone(),
        units,
        charge: charge(cover, query, procedure, units)?,
        network: Network::In,
    }];
    let bare = estimate(cover, benefits, on, &planned, None)?;
    let unasked = |line: &medcover_adjudication::LineAdjudication| {
        line.adjustments
            .iter()
            .any(|it| it.reason == Reason::NOT_AUTHORISED)
    };
    let authorisation_required = bare.lines.iter().any(unasked);
    let given = if authorisation_required {
        let any = AuthorisationId::from_uuid(Uuid::nil());
        estimate(cover, benefits, on, &planned, Some(any))?
    } else {
        bare
    };
    Ok(Some(ServiceEstimate {
        covered: matches!(given.verdict, Verdict::Paid | Verdict::Partial),
        authorisation_required,
        allowed: given.totals.allowed,
        paid: given.totals.paid,
        patient: given.totals.patient,
        reasons: reasons(&given),
    }))
}

/// The charge that is asked about, or else the plan's fee.
fn charge(
    cover: &LoadedCover,
    query: &EligibilityQuery,
    procedure: &str,
    units: u32,
) -> Result<Money> {
    let terms = cover.terms();
    if let Some(minor) = query.charge_minor {
        let money = Money::new(minor, terms.benefits.currency).ok();
        let money = money.filter(|money| !money.is_negative());
        return money.ok_or_else(|| Error::invalid("/charge_minor", "must be an amount"));
    }
    let unknown = || Error::invalid("/charge_minor", "must be given: the plan lists no fee");
    let fee = terms.fees.get(procedure).ok_or_else(unknown)?;
    let charge = fee.price.times(units);
    charge.map_err(|error| Error::invalid("/units", error.to_string()))
}
