//! Which rule of the plan the line comes under, and how many of its units.

use std::borrow::Cow;

use jiff::ToSpan as _;

use crate::adjudicate::{Taken, Working};
use crate::plan::{Benefit, Care, bare};
use crate::{AuthorisationState, CaseError, Group, Reason};

pub(super) fn coverage(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let (case, this) = (line.case, line.line);
    let pointed = this
        .diagnoses
        .iter()
        .map(|&at| bare(&case.claim.diagnoses[at]));
    let service = Care {
        procedure: bare(&this.procedure),
        category: line.fee().map(|fee| fee.category.as_str()),
        diagnoses: pointed.collect::<Vec<Cow<'_, str>>>(),
        network: this.network,
        urgency: this.urgency,
        sex: case.coverage.sex,
        age: case.coverage.age_on(this.service_date),
    };
    let Some(rule) = case.coverage.plan.rule_for(&service) else {
        return line.deny(Group::Patient, Reason::NOT_COVERED, "rules");
    };
    line.rule = Some(rule);
    match &rule.benefit {
        Benefit::Excluded => line.deny(
            Group::Patient,
            Reason::EXCLUDED,
            format!("rules/{}/benefit", rule.id),
        ),
        Benefit::Covered(cover) => {
            line.cover = Some(cover);
            line.limit = cover
                .limit
                .as_deref()
                .and_then(|id| case.coverage.plan.limit(id));
            Ok(Taken::applied(format!("rules/{}", rule.id)))
        }
    }
}

/// Waiting counts from the first day on which the policy covers this member.
pub(super) fn waiting_period(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let days = line.cover().waiting_days;
    let over = line
        .case
        .coverage
        .member
        .from
        .saturating_add(i64::from(days).days());
    if line.line.service_date >= over {
        return Ok(Taken::Nothing);
    }
    let rule = line.place("waiting_days");
    line.deny(Group::Patient, Reason::WAITING_PERIOD, rule)
}

/// An approved item is used whether the rule wants one or not; only where it wants one does it bind.
pub(super) fn authorisation(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let required = line.cover().authorisation_required;
    let found = line.authorised.find(line.line);
    if let Some(item) = found.usable {
        let units = item.units.map_or(line.units, |left| left.min(line.units));
        line.item = Some(item);
        let rule = format!("authorisations/{}/{}", item.authorisation, item.number);
        if required && units < line.units {
            line.cover_only(units, Group::Contractual, Reason::BEYOND_AUTHORISED, &rule)?;
        }
        return Ok(Taken::applied(rule));
    }
    if !required {
        return Ok(Taken::Nothing);
    }
    let rule = line.place("authorisation_required");
    match found.unusable {
        Some(AuthorisationState::Undecided) => {
            let text = "The decision about the authorisation that was asked for.";
            Ok(line.want(Reason::NOT_AUTHORISED, text, &rule))
        }
        Some(AuthorisationState::Approved) => {
            line.deny(Group::Contractual, Reason::BEYOND_AUTHORISED, rule)
        }
        None => line.deny(Group::Contractual, Reason::NOT_AUTHORISED, rule),
    }
}

/// The first units of a period are covered, whichever line they stand in. A limit that refused a whole line would let a
/// later line have what an earlier one could not, and a higher limit could then cost the patient more.
pub(super) fn frequency(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let Some(limit) = line.limit else {
        return Ok(Taken::Nothing);
    };
    line.counted = line.used_units();
    let Some(most) = limit.units else {
        return Ok(Taken::Nothing);
    };
    let left = i64::from(most).saturating_sub(line.counted).max(0);
    let covered = u32::try_from(left).unwrap_or(u32::MAX).min(line.units);
    let rule = format!("limits/{}/units", limit.id);
    if covered == 0 {
        return line.deny(Group::Patient, Reason::LIMIT_REACHED, rule);
    }
    line.cover_only(covered, Group::Patient, Reason::LIMIT_REACHED, &rule)?;
    Ok(Taken::applied(rule))
}
