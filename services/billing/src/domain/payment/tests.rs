//! Every state and command of a payment, and the floors that hold its money together.

use jiff::civil::date;
use medcover_contract_billing::events::PaymentCreated;
use medcover_contract_billing::{AllocationId, PaymentState, RefundId, Side};
use medcover_kernel::{Currency, ErrorKind, InvoiceId, Money, Timestamp};
use medcover_ledger::Account;
use medcover_store::Aggregate as _;
use uuid::Uuid;

use super::{Command, Payment, Put};

const ON: jiff::civil::Date = date(2026, 4, 1);

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("money")
}

fn create() -> Command {
    let created: PaymentCreated = PaymentCreated::described().payload.read().expect("one");
    Command::Create(Box::new(created.request))
}

fn succeed() -> Command {
    Command::Succeed {
        reference: None,
        kept_back: None,
        on: ON,
    }
}

fn allocate(number: u128, minor: i64) -> Command {
    Command::Allocate(Put {
        id: AllocationId::from_uuid(Uuid::from_u128(number)),
        invoice: InvoiceId::from_uuid(Uuid::from_u128(1)),
        side: Side::Patient,
        amount: usd(minor),
        receivable: Account::held_by(
            medcover_ledger::AccountKind::PatientReceivable,
            Uuid::from_u128(9),
        ),
        agent: None,
        on: ON,
    })
}

fn hold(number: u128, minor: i64) -> Command {
    Command::HoldRefund {
        refund: RefundId::from_uuid(Uuid::from_u128(number)),
        amount: usd(minor),
        on: ON,
    }
}

fn approve(number: u128) -> Command {
    Command::ApproveRefund {
        refund: RefundId::from_uuid(Uuid::from_u128(number)),
        on: ON,
    }
}

fn commands() -> Vec<Command> {
    let refund = RefundId::from_uuid(Uuid::from_u128(1));
    vec![
        create(),
        Command::Begin { on: ON },
        succeed(),
        Command::Fail {
            reference: None,
            on: ON,
        },
        Command::Lose,
        Command::ChargeBack {
            reason: "Disputed".to_owned(),
            on: ON,
        },
        allocate(2, 10),
        Command::Deallocate {
            id: AllocationId::from_uuid(Uuid::from_u128(1)),
            amount: None,
            reason: "A mistake".to_owned(),
            on: ON,
        },
        Command::CloseAllocation(AllocationId::from_uuid(Uuid::from_u128(5))),
        hold(3, 10),
        Command::ApproveRefund { refund, on: ON },
        Command::ReleaseRefund { refund, on: ON },
        Command::PayRefund { refund, on: ON },
    ]
}

fn after(commands: impl IntoIterator<Item = Command>) -> Payment {
    let mut payment = Payment::default();
    for command in commands {
        for event in payment.decide(command).expect("allowed") {
            payment.evolve(&event, Timestamp::from_micros(0));
        }
    }
    payment
}

fn succeeded() -> [Command; 3] {
    [create(), Command::Begin { on: ON }, succeed()]
}

#[test]
fn every_state_allows_what_it_says_and_refuses_the_rest_by_name() {
    let begun = || [create(), Command::Begin { on: ON }].into_iter();
    let fail = Command::Fail {
        reference: None,
        on: ON,
    };
    let back = Command::ChargeBack {
        reason: "Disputed".to_owned(),
        on: ON,
    };
    let states = [
        (Payment::default(), PaymentState::Created),
        (after([create()]), PaymentState::Created),
        (after(begun()), PaymentState::Pending),
        (after(begun().chain([Command::Lose])), PaymentState::Unknown),
        (after(begun().chain([fail])), PaymentState::Failed),
        (
            after(
                succeeded()
                    .into_iter()
                    .chain([allocate(1, 10), hold(1, 10)]),
            ),
            PaymentState::Succeeded,
        ),
        (
            after(succeeded().into_iter().chain([back])),
            PaymentState::ChargedBack,
        ),
    ];
    for (payment, state) in states {
        assert_eq!(payment.state, state);
        let allowed = payment.allowed();
        for command in commands() {
            let name = command.name();
            let decided = payment.decide(command);
            if allowed.contains(&name) {
                // A refund that is held is not paid before it is approved, nor the payment charged back with it.
                let rule = ["pay-refund", "charge-back"].contains(&name);
                assert!(decided.is_ok() || rule, "{state:?} {name}: {decided:?}");
                continue;
            }
            let error = decided.expect_err("not allowed");
            assert_eq!(error.kind(), ErrorKind::Conflict, "{state:?} {name}");
            assert_eq!(error.slug(), "illegal-transition");
            for allowed in allowed {
                assert!(error.message().contains(allowed), "{error}");
            }
        }
    }
}

#[test]
fn no_more_is_given_back_or_put_anywhere_than_came() {
    let payment = after(succeeded().into_iter().chain([hold(1, 6_000)]));
    let second = payment.decide(hold(2, 6_000)).expect_err("40 are left");
    assert_eq!(second.slug(), "refund-exceeds-payment");
    let payment = after(succeeded().into_iter().chain([allocate(1, 10_000)]));
    let more = payment.decide(allocate(2, 1)).expect_err("nothing is left");
    assert_eq!(more.slug(), "exceeds-unapplied");
}

#[test]
fn an_approved_refund_takes_back_what_it_needs_from_the_last_allocation() {
    let commands = [
        allocate(1, 5_000),
        allocate(2, 4_000),
        hold(1, 3_000),
        approve(1),
    ];
    let payment = after(succeeded().into_iter().chain(commands));
    let standing: Vec<_> = payment.allocations.iter().map(|it| it.amount).collect();
    assert_eq!(standing, [usd(5_000), usd(2_000)]);
    assert_eq!(payment.unapplied(), usd(0));
    let paid = Command::PayRefund {
        refund: RefundId::from_uuid(Uuid::from_u128(1)),
        on: ON,
    };
    let mut after = payment.clone();
    for event in payment.decide(paid).expect("approved") {
        after.evolve(&event, Timestamp::from_micros(0));
    }
    assert_eq!(after.refundable(), usd(7_000));
}
