//! A claim through all its lines, and a line through all steps.

mod authorised;
mod working;

use medcover_kernel::Money;

pub(crate) use working::{Taken, Working};

use crate::steps::ORDER;
use crate::{
    Adjudication, Case, CaseError, ClaimLine, Group, LineAdjudication, Totals, Verdict, Wanted,
};
use authorised::Authorised;

/// Decides what the plan pays of a claim. It depends on `case` and on nothing else, so the same case gives the same bytes
/// of [`Adjudication::canonical_json`] at any time.
///
/// Lines are taken in rising order of their numbers, whatever their order in the claim; what a line uses is used for the
/// next. Nothing is decided of a claim of which something is wanted.
pub fn adjudicate(case: &Case) -> Result<Adjudication, CaseError> {
    case.check()?;
    let mut lines: Vec<&ClaimLine> = case.claim.lines.iter().collect();
    lines.sort_by_key(|it| it.line);
    let mut used = case.accumulators.clone();
    let mut authorised = Authorised::of(case);
    let (mut decided, mut wanted) = (Vec::new(), Vec::new());
    for line in lines {
        match decide(Working::new(case, line, &used, &authorised))? {
            Decision::Decided(line) => {
                used.post_all(&line.draws)?;
                if let Some(draw) = &line.authorisation {
                    authorised.take(draw)?;
                }
                decided.push(line);
            }
            Decision::Wanted(want) => wanted.push(want),
        }
    }
    if !wanted.is_empty() {
        decided.clear();
    }
    Ok(Adjudication {
        claim: case.claim.claim,
        sequence: case.claim.sequence,
        plan: case.coverage.plan.terms().id.clone(),
        verdict: verdict(&decided),
        totals: totals(case, &decided)?,
        wanted,
        lines: decided,
    })
}

enum Decision {
    Decided(LineAdjudication),
    Wanted(Wanted),
}

fn decide(mut line: Working<'_>) -> Result<Decision, CaseError> {
    for step in ORDER {
        match line.take(step)? {
            Taken::Nothing | Taken::Applied(_) => {}
            Taken::Denied(_) => break,
            Taken::Wants(wanted) => return Ok(Decision::Wanted(wanted)),
        }
    }
    line.finish().map(Decision::Decided)
}

/// No lines are those of a claim that waits.
fn verdict(lines: &[LineAdjudication]) -> Verdict {
    let all = |verdict| lines.iter().all(|it| it.verdict == verdict);
    if lines.is_empty() {
        Verdict::Pended
    } else if all(Verdict::Paid) {
        Verdict::Paid
    } else if all(Verdict::Denied) {
        Verdict::Denied
    } else {
        Verdict::Partial
    }
}

fn totals(case: &Case, lines: &[LineAdjudication]) -> Result<Totals, CaseError> {
    let currency = case.claim.currency;
    let sum = |part: fn(&LineAdjudication) -> Money| Money::sum(currency, lines.iter().map(part));
    let of = |groups: &[Group]| {
        let adjustments = lines.iter().flat_map(|it| &it.adjustments);
        let of_groups = adjustments.filter(|it| groups.contains(&it.group));
        Money::sum(currency, of_groups.map(|it| it.amount))
    };
    Ok(Totals {
        billed: sum(|it| it.billed)?,
        allowed: sum(|it| it.allowed)?,
        paid: sum(|it| it.paid)?,
        patient: sum(|it| it.patient)?,
        written_off: of(&[Group::Contractual, Group::Payer])?,
        other: of(&[Group::Other])?,
    })
}
