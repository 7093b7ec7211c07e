//! How much an account of a plan may hold at most.

use medcover_adjudication::plan::Plan;
use medcover_adjudication::{Account, Counter, Quantity, Scope};

/// The limit of `account` by `plan`, in minor units or units of service; `None` where there is none.
pub(crate) fn of_account(plan: &Plan, account: &Account) -> Option<i64> {
    let in_scope = |ceiling: medcover_adjudication::plan::Ceiling| match account.scope {
        Scope::Member => ceiling.member,
        Scope::Family => ceiling.family,
    };
    match &account.counter {
        Counter::Deductible(network) => Some(in_scope(plan.network(*network)?.deductible)?.minor()),
        Counter::OutOfPocket(network) => {
            Some(in_scope(plan.network(*network)?.out_of_pocket)?.minor())
        }
        Counter::LimitUnits(id) => plan.limit(id)?.units.map(i64::from),
        Counter::LimitAmount(id) => Some(plan.limit(id)?.amount?.minor()),
    }
}

/// Whether an account is one that authorisations hold of: benefits, not what patients bear.
pub(crate) const fn is_benefit(account: &Account) -> bool {
    matches!(
        account.counter,
        Counter::LimitUnits(_) | Counter::LimitAmount(_)
    )
}

/// The number of a quantity: minor units or units of service.
pub(crate) const fn number(quantity: Quantity) -> i64 {
    match quantity {
        Quantity::Amount(amount) => amount.minor(),
        Quantity::Units(units) => units,
    }
}
