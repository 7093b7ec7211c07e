//! What the price of the covered units is.

use medcover_kernel::Money;

use crate::adjudicate::{Taken, Working};
use crate::{CaseError, Group, Network, Reason, Unlisted};

/// The price is that of the fee schedule, and never more than what was billed. What others paid is part of it.
pub(super) fn allowed(line: &mut Working<'_>) -> Result<Taken, CaseError> {
    let charged = line.open.plus(line.paid_by_others)?;
    let schedule = format!("fees/{}", line.case.fees.id);
    let Some(price) = price(line, charged)? else {
        return line.deny(Group::Contractual, Reason::NO_FEE, schedule);
    };
    let price = price.min(charged)?;
    let after_fee = above_nothing(price.minus(line.paid_by_others)?);
    let writer_off = match line.line.network {
        Network::In => Group::Contractual,
        Network::Out => Group::Patient,
    };
    line.adjust(
        writer_off,
        Reason::FEE_SCHEDULE,
        line.open.minus(after_fee)?,
        &schedule,
    )?;
    line.allowed = within_authorised(line, price)?;
    let payable = above_nothing(line.allowed.minus(line.paid_by_others)?);
    let beyond = line.open.minus(payable)?;
    if beyond.is_positive() {
        line.denied = true;
        line.adjust(
            Group::Contractual,
            Reason::BEYOND_AUTHORISED,
            beyond,
            "authorisations",
        )?;
    }
    Ok(Taken::applied(schedule))
}

/// The price of the covered units; `None` where there is none and the schedule wants one.
fn price(line: &Working<'_>, charged: Money) -> Result<Option<Money>, CaseError> {
    if let Some(fee) = line.fee() {
        return Ok(Some(fee.price_in(line.line.network).times(line.units)?));
    }
    Ok(match line.case.fees.unlisted {
        Unlisted::ShareOfBilled(share) => Some(charged.share(share, line.terms().rounding)),
        Unlisted::Denied => None,
    })
}

/// No more than the amount that was authorised, where the rule wants an authorisation and it named one.
fn within_authorised(line: &Working<'_>, price: Money) -> Result<Money, CaseError> {
    let item = line.item.filter(|_| line.cover().authorisation_required);
    let authorised = item.and_then(|it| it.amount);
    Ok(authorised.map_or(Ok(price), |amount| amount.min(price))?)
}

pub(super) fn above_nothing(amount: Money) -> Money {
    if amount.is_negative() {
        Money::zero(amount.currency())
    } else {
        amount
    }
}
