//! Amounts and ways to pay that people come up with.

use medcover_contract_billing as billing;
use medcover_contract_billing::TerminalResult;
use medcover_contract_journeys::{Collection, CollectionMethod, TerminalSays};
use medcover_kernel::Money;
use medcover_simulation::stage::Fate;

use crate::setting::usd;

/// All of it, mostly; else a part, at times more than there is.
pub(super) fn some_of(fate: &Fate, minor: i64) -> Money {
    let minor = minor.max(1);
    match fate.below(6) {
        0..=3 => usd(minor),
        4 => usd(1 + fate.below(minor.cast_unsigned()).cast_signed()),
        _ => usd(minor + 500),
    }
}

/// What somebody has found out about a payment or a refund.
pub(super) fn found(fate: &Fate) -> billing::ResolveRequest {
    let outcome = match fate.below(4) {
        0 => None,
        1 => Some(billing::ProcessorOutcome::Failed),
        _ => Some(billing::ProcessorOutcome::Succeeded),
    };
    billing::ResolveRequest {
        outcome,
        reference: None,
    }
}

/// How the patient pays at the desk.
pub(super) fn method(fate: &Fate) -> (billing::PaymentMethod, Option<TerminalResult>) {
    let says = [
        TerminalResult::Approved,
        TerminalResult::Declined,
        TerminalResult::NoAnswer,
    ];
    match fate.below(6) {
        0..=3 => (billing::PaymentMethod::Cash, None),
        4 => (billing::PaymentMethod::Transfer, None),
        _ => {
            let says = says[fate.below(3) as usize];
            (billing::PaymentMethod::Card, Some(says))
        }
    }
}

/// How a saga is to collect what the patient owes.
pub(super) fn collection(fate: &Fate) -> Collection {
    let says = [
        TerminalSays::Approved,
        TerminalSays::Declined,
        TerminalSays::NoAnswer,
    ];
    let (method, terminal) = match fate.below(6) {
        0..=3 => (CollectionMethod::Cash, None),
        4 => (CollectionMethod::Transfer, None),
        _ => {
            let says = says[fate.below(3) as usize];
            (CollectionMethod::Card, Some(says))
        }
    };
    Collection {
        method,
        terminal,
        reference: None,
    }
}
