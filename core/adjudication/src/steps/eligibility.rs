//! Whether the payer has to look at the line at all, and what others have done.

use jiff::ToSpan as _;
use medcover_kernel::Money;

use crate::adjudicate::{Taken, Working};
use crate::plan::bare;
use crate::{CaseError, ClaimLine, Group, Reason};

pub(super) fn dates(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let (cover, day) = (&line.case.coverage, line.line.service_date);
    let periods = [("policy", cover.policy), ("member", cover.member)];
    if let Some((whose, _)) = periods.iter().find(|(_, period)| day < period.from) {
        return line.deny(
            Group::Patient,
            Reason::BEFORE_COVERAGE,
            format!("coverage/{whose}/from"),
        );
    }
    if let Some((whose, _)) = periods.iter().find(|(_, period)| period.is_over(day)) {
        return line.deny(
            Group::Patient,
            Reason::AFTER_COVERAGE,
            format!("coverage/{whose}/until"),
        );
    }
    if cover.in_grace_from.is_some_and(|from| from <= day) {
        let text = Reason::PREMIUM_OUTSTANDING.text();
        return Ok(line.want(Reason::PREMIUM_OUTSTANDING, text, "coverage/in_grace_from"));
    }
    Ok(Taken::Nothing)
}

/// The same provider, day, service and number of units. The claim itself is passed over, so that it is no duplicate of
/// itself when it is adjudicated again.
pub(super) fn duplicate(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let (case, this) = (line.case, line.line);
    if this.distinct {
        return Ok(Taken::Nothing);
    }
    let claim = &case.claim;
    let again = case.prior.lines.iter().find(|it| {
        it.claim != claim.claim
            && it.provider == claim.provider
            && it.service_date == this.service_date
            && it.units == this.units
            && bare(&it.procedure) == bare(&this.procedure)
    });
    if let Some(first) = again {
        let rule = format!("prior/{}/{}", first.claim, first.line);
        return line.deny(Group::Contractual, Reason::DUPLICATE, rule);
    }
    let same = |it: &&ClaimLine| {
        it.line < this.line
            && it.service_date == this.service_date
            && it.units == this.units
            && bare(&it.procedure) == bare(&this.procedure)
    };
    match claim.lines.iter().filter(same).map(|it| it.line).min() {
        Some(first) => {
            let rule = format!("claim/lines/{first}");
            line.deny(Group::Contractual, Reason::DUPLICATE, rule)
        }
        None => Ok(Taken::Nothing),
    }
}

pub(super) fn timely_filing(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let Some(days) = line.terms().timely_filing_days else {
        return Ok(Taken::Nothing);
    };
    let last = line
        .line
        .service_date
        .saturating_add(i64::from(days).days());
    if line.case.claim.received <= last {
        return Ok(Taken::Nothing);
    }
    line.deny(
        Group::Contractual,
        Reason::TIMELY_FILING,
        "timely_filing_days",
    )
}

/// What others paid comes off first; the plan shares the rest. Not knowing what another payer will pay that has to pay
/// first is a reason of its own, never nothing.
pub(super) fn coordination(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let prior = &line.case.prior;
    let paid = prior
        .paid_by_others
        .iter()
        .find(|it| it.line == line.line.line);
    match paid {
        Some(paid) => {
            let amount = paid.amount.min(line.open)?;
            line.paid_by_others = amount;
            line.adjust(
                Group::Other,
                Reason::PAID_BY_OTHER,
                amount,
                "prior/paid_by_others",
            )?;
            Ok(Taken::applied("prior/paid_by_others"))
        }
        None if prior.other_payer_is_first => line.deny(
            Group::Contractual,
            Reason::OTHER_PAYER_FIRST,
            "prior/other_payer_is_first",
        ),
        None => {
            line.paid_by_others = Money::zero(line.open.currency());
            Ok(Taken::Nothing)
        }
    }
}
