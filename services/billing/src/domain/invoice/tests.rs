//! Every state and command of an invoice, and that its standing and its ledger say the same.

use jiff::civil::date;
use medcover_contract_billing::events::InvoiceDrafted;
use medcover_contract_billing::{
    AdjudicationStanding, AllocationId, CreditNoteId, CreditRequest, InvoiceRequest, InvoiceState,
    Side, WriteOffId,
};
use medcover_kernel::{ClaimId, Currency, ErrorKind, Money, PaymentId, Timestamp};
use medcover_store::Aggregate as _;
use uuid::Uuid;

use super::{Command, Given, Invoice};

const ID: Uuid = Uuid::from_u128(7);
const ON: jiff::civil::Date = date(2026, 4, 1);

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("money")
}

fn request() -> InvoiceRequest {
    let drafted: InvoiceDrafted = InvoiceDrafted::described().payload.read().expect("one");
    InvoiceRequest {
        payer: Some(ID),
        ..drafted.request
    }
}

fn given(side: Side, minor: i64) -> Given {
    Given {
        payment: PaymentId::from_uuid(ID),
        allocation: AllocationId::from_uuid(ID),
        side,
        amount: usd(minor),
    }
}

fn shares(version: u32, contractual: i64, patient: i64, payer: i64) -> Command {
    let decision = AdjudicationStanding {
        claim: ClaimId::from_uuid(ID),
        version,
        withdrawn: false,
        contractual: usd(contractual),
        patient: usd(patient),
        payer: usd(payer),
    };
    Command::Adjudicate { decision, on: ON }
}

fn commands() -> Vec<Command> {
    let text = || "A reason".to_owned();
    vec![
        Command::Draft(Box::new(request())),
        Command::Issue {
            number: "V-000001".to_owned(),
            on: ON,
        },
        Command::Void {
            reason: text(),
            on: ON,
        },
        Command::Withdraw {
            reason: text(),
            on: ON,
        },
        Command::Close { reason: text() },
        shares(1, 2000, 3000, 5000),
        Command::WithdrawAdjudication {
            claim: ClaimId::from_uuid(ID),
            version: 9,
            on: ON,
        },
        Command::Credit {
            request: CreditRequest {
                id: CreditNoteId::from_uuid(ID),
                side: Side::Payer,
                amount: usd(10),
                reason: text(),
            },
            on: ON,
        },
        Command::WriteOff {
            id: WriteOffId::from_uuid(ID),
            side: Side::Payer,
            amount: usd(10),
            on: ON,
        },
        Command::Allocate(Given {
            allocation: AllocationId::from_uuid(Uuid::from_u128(8)),
            ..given(Side::Payer, 10)
        }),
        Command::Deallocate {
            allocation: AllocationId::from_uuid(ID),
            amount: usd(10),
        },
        Command::Earn {
            through: ON,
            on: ON,
        },
    ]
}

fn after(commands: impl IntoIterator<Item = Command>) -> Invoice {
    let mut invoice = Invoice::default();
    for command in commands {
        for event in invoice.decide(command).expect("allowed") {
            invoice.evolve(&event, Timestamp::from_micros(0));
        }
        if invoice.exists() {
            let (standing, currency) = (invoice.standing(), Currency::USD);
            assert!(standing.open().expect("money").minor() >= 0);
            for side in [Side::Patient, Side::Payer] {
                let open = standing.open_on(side).expect("money");
                assert_eq!(invoice.owed(side), open, "{side:?} {currency}");
            }
        }
    }
    invoice
}

fn withdraw() -> Command {
    Command::Withdraw {
        reason: "A reason".to_owned(),
        on: ON,
    }
}

fn issued() -> Vec<Command> {
    let commands = commands();
    commands.into_iter().take(2).collect()
}

#[test]
fn every_state_allows_what_it_says_and_refuses_the_rest_by_name() {
    let with = |more: Vec<Command>| after(issued().into_iter().chain(more));
    let void = Command::Void {
        reason: "A reason".to_owned(),
        on: ON,
    };
    let close = Command::Close {
        reason: "A reason".to_owned(),
    };
    let states = [
        (Invoice::default(), InvoiceState::Draft),
        (after(commands().into_iter().take(1)), InvoiceState::Draft),
        (with(vec![]), InvoiceState::Issued),
        (
            with(vec![Command::Allocate(given(Side::Payer, 4000))]),
            InvoiceState::PartiallyPaid,
        ),
        (
            with(vec![Command::Allocate(given(Side::Payer, 10_000))]),
            InvoiceState::Paid,
        ),
        (with(vec![void]), InvoiceState::Void),
        (
            with(vec![
                Command::Allocate(given(Side::Payer, 4000)),
                withdraw(),
            ]),
            InvoiceState::Void,
        ),
        (after([close]), InvoiceState::Void),
    ];
    for (invoice, state) in states {
        assert_eq!(invoice.state(), state);
        let allowed = invoice.allowed();
        for command in commands() {
            let name = command.name();
            let decided = invoice.decide(command);
            if allowed.contains(&name) {
                // Only premiums are earned, which is a rule and no matter of state.
                let rule = decided.err().filter(|_| name != "earn");
                assert!(rule.is_none(), "{state:?} {name}: {rule:?}");
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
fn a_newer_adjudication_replaces_the_earlier_by_the_difference() {
    let invoice = after(issued().into_iter().chain([
        shares(1, 2000, 3000, 5000),
        Command::Allocate(given(Side::Patient, 3000)),
        shares(2, 2000, 1000, 7000),
    ]));
    let standing = invoice.standing();
    assert_eq!(standing.patient.share, usd(1000));
    assert_eq!(standing.patient.allocated, usd(1000), "20.00 are released");
    assert_eq!(standing.open(), Ok(usd(7000)));
    let late = invoice.decide(shares(1, 0, 0, 10_000));
    assert_eq!(late.expect("harmless"), [], "an earlier one comes late");
    let other = invoice.decide(shares(2, 0, 0, 10_000));
    assert_eq!(other.expect_err("another content").slug(), "id-taken");
    let off = invoice.decide(shares(3, 0, 0, 9900));
    assert_eq!(
        off.expect_err("99 of 100").slug(),
        "adjudication-unbalanced"
    );
}

#[test]
fn what_was_withdrawn_does_not_come_back() {
    let withdraw = || Command::WithdrawAdjudication {
        claim: ClaimId::from_uuid(ID),
        version: 1,
        on: ON,
    };
    let never = after(issued().into_iter().chain([withdraw(), withdraw()]));
    let refused = never.decide(shares(1, 0, 3000, 7000));
    assert_eq!(
        refused.expect_err("closed").slug(),
        "adjudication-withdrawn"
    );
    let undone =
        after(
            issued()
                .into_iter()
                .chain([shares(1, 2000, 3000, 5000), withdraw(), withdraw()]),
        );
    assert_eq!(undone.standing(), after(issued()).standing());
    assert_eq!(undone.book, after(issued()).book);
}

/// Another invoice may be in its place by now: a decision that comes late must not let this one owe again beside it.
#[test]
fn what_was_taken_back_as_a_whole_owes_nothing_ever_after() {
    let invoice = after(issued().into_iter().chain([
        shares(1, 2000, 3000, 5000),
        Command::Allocate(given(Side::Patient, 1000)),
        withdraw(),
    ]));
    assert_eq!(invoice.standing().open(), Ok(usd(0)));
    let paid = invoice.standing().patient.allocated;
    assert_eq!(paid, usd(0), "what was paid is free");
    let late = invoice.decide(shares(2, 0, 0, 10_000));
    let refused = late.expect_err("it would owe 50.00 more");
    assert_eq!(refused.slug(), "illegal-transition");
    assert!(refused.message().contains("withdrawn"), "{refused}");
}
