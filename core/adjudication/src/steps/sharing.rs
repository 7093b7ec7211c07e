//! What of the price the patient bears, and what is paid.

use medcover_kernel::Money;

use super::pricing::above_nothing;
use crate::adjudicate::{Taken, Working};
use crate::plan::Ceiling;
use crate::{Account, CaseError, Counter, Group, Reason, Scope};

/// The parts of the patient's share of a line.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    pub copay: Money,
    pub deductible: Money,
    pub coinsurance: Money,
}

pub(super) fn copay(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let copay = line.tier().copay.min(line.open)?;
    line.share.copay = copay;
    line.bears(copay, "copay")
}

pub(super) fn deductible(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let Some(terms) = line
        .network_terms()
        .filter(|_| line.tier().deductible_applies)
    else {
        return Ok(Taken::Nothing);
    };
    let Some(left) = left(line, terms.deductible, &Counter::Deductible(terms.network))? else {
        return Ok(Taken::Nothing);
    };
    let deductible = left.min(line.open)?;
    line.share.deductible = deductible;
    line.bears(deductible, "deductible")
}

pub(super) fn coinsurance(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let coinsurance = line
        .open
        .share(line.tier().coinsurance, line.terms().rounding);
    line.share.coinsurance = coinsurance;
    line.bears(coinsurance, "coinsurance")
}

/// Cuts the patient's share off at the out-of-pocket maximum, from its last part backwards: coinsurance first, copay last.
/// What is cut off a deductible was not paid, so it does not count as used of it either.
pub(super) fn out_of_pocket(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let cut = match line
        .network_terms()
        .filter(|_| line.cover().counts_to_out_of_pocket)
    {
        Some(terms) => {
            let counter = Counter::OutOfPocket(terms.network);
            left(line, terms.out_of_pocket, &counter)?
                .map(|left| cut_off(line, left))
                .transpose()?
        }
        None => None,
    };
    let Share {
        copay,
        deductible,
        coinsurance,
    } = line.share;
    let parts = [
        (Reason::COPAY, copay, line.tier_place("copay")),
        (
            Reason::DEDUCTIBLE,
            deductible,
            line.network_place("deductible"),
        ),
        (
            Reason::COINSURANCE,
            coinsurance,
            line.tier_place("coinsurance"),
        ),
    ];
    for (reason, amount, rule) in parts {
        line.record(Group::Patient, reason, amount, reason.text(), &rule);
    }
    Ok(match cut {
        Some(cut) if cut.is_positive() => Taken::applied(line.network_place("out_of_pocket")),
        _ => Taken::Nothing,
    })
}

fn cut_off(line: &mut Working<'_>, left: Money) -> Result<Money, CaseError> {
    let share = &mut line.share;
    let whole = share
        .copay
        .plus(share.deductible)?
        .plus(share.coinsurance)?;
    let cut = above_nothing(whole.minus(left)?);
    let mut rest = cut;
    for part in [
        &mut share.coinsurance,
        &mut share.deductible,
        &mut share.copay,
    ] {
        let of_this = rest.min(*part)?;
        *part = part.minus(of_this)?;
        rest = rest.minus(of_this)?;
    }
    line.open = line.open.plus(cut)?;
    Ok(cut)
}

pub(super) fn benefit_limit(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let Some((limit, most)) = line.limit.and_then(|it| Some((it, it.amount?))) else {
        return Ok(Taken::Nothing);
    };
    let account = line.limit_account(limit, Counter::LimitAmount(limit.id.clone()));
    let left = above_nothing(most.minus(line.used_amount(&account))?);
    let beyond = above_nothing(line.open.minus(left)?);
    let rule = format!("limits/{}/amount", limit.id);
    if beyond.is_positive() {
        line.denied = true;
        line.adjust(Group::Patient, Reason::LIMIT_REACHED, beyond, &rule)?;
    }
    Ok(Taken::applied(rule))
}

/// What is left is paid, and what was used is put down.
pub(super) fn payment(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let Share {
        copay,
        deductible,
        coinsurance,
    } = line.share;
    if let Some(terms) = line.network_terms() {
        let network = terms.network;
        line.draw_money(&BOTH, &Counter::Deductible(network), deductible);
        if line.cover().counts_to_out_of_pocket {
            let whole = copay.plus(deductible)?.plus(coinsurance)?;
            line.draw_money(&BOTH, &Counter::OutOfPocket(network), whole);
        }
    }
    line.draw_limit();
    line.use_authorisation()?;
    Ok(Taken::applied(format!("plan/{}", line.terms().id)))
}

const BOTH: [Scope; 2] = [Scope::Member, Scope::Family];

/// What is left under a ceiling: that of the member or that of the family, whichever is less; `None` without one.
fn left(
    line: &Working<'_>,
    ceiling: Ceiling,
    counter: &Counter,
) -> Result<Option<Money>, CaseError> {
    let mut least: Option<Money> = None;
    for (scope, most) in [
        (Scope::Member, ceiling.member),
        (Scope::Family, ceiling.family),
    ] {
        let Some(most) = most else { continue };
        let account: Account = line.year_account(scope, counter.clone());
        let left = above_nothing(most.minus(line.used_amount(&account))?);
        least = Some(least.map_or(Ok(left), |least| least.min(left))?);
    }
    Ok(least)
}
