//! The check finds what is wrong in books that were tampered with.

use serde_json::{Value, json};

use super::super::journal::{Acknowledged, Taking, Who};
use super::*;

const PAYMENT: &str = "payment-1";

/// A visit that was paid in full, of which a part was given back.
fn journal() -> Journal {
    let told = |path: &str, status, answer| Acknowledged {
        who: Who::Desk,
        key: "key".to_owned(),
        path: path.to_owned(),
        body: Value::Null,
        status,
        answer,
    };
    let taking = Taking {
        charged: 3_000,
        contractual: 0,
        collected: 3_000,
        premium: 0,
        refunded: 1_000,
    };
    Journal {
        answers: vec![
            told("payments", 201, payment(PAYMENT)),
            told("refunds", 201, refund()),
            told("appointments", 201, appointment("booked-1", "dr-1")),
            told(
                "sagas/visit-to-cash",
                202,
                json!({"makes": {"appointment": "booked-2"}}),
            ),
        ],
        takings: vec![taking],
        ..Journal::default()
    }
}

fn payment(id: &str) -> Value {
    json!({"id": id, "state": "succeeded", "amount": {"amount_minor": 3_000, "currency": "USD"}, "method": "cash"})
}

fn refund() -> Value {
    json!({"id": "refund-1", "state": "succeeded", "payment": PAYMENT, "amount": {"amount_minor": 1_000}})
}

fn appointment(id: &str, practitioner: &str) -> Value {
    json!({"id": id, "state": "fulfilled", "practitioner": practitioner, "start": "2026-05-04T09:00:00Z"})
}

fn entry(source: &str, postings: &[(&str, i64)]) -> Value {
    let posting = |(account, minor): &(&str, i64)| json!({"account": account, "layer": "settled", "amount": {"amount_minor": minor}});
    let postings: Vec<_> = postings.iter().map(posting).collect();
    json!({"source": source, "postings": postings})
}

fn books() -> Books {
    let things = [
        ("payments", vec![payment(PAYMENT)]),
        ("refunds", vec![refund()]),
        (
            "appointments",
            vec![
                appointment("booked-1", "dr-1"),
                appointment("booked-2", "dr-2"),
            ],
        ),
    ];
    let line = |account: &str, debit: i64, credit: i64| json!({"account": account, "layer": "settled", "debit_minor": debit, "credit_minor": credit});
    let lines = [
        line("cash", 3_000, 1_000),
        line("patient-receivable", 4_000, 3_000),
        line("revenue", 0, 3_000),
        line("commission-expense", 200, 0),
        line("commission-payable", 0, 200),
    ];
    Books {
        things: things.into_iter().collect(),
        entries: vec![
            entry(
                "invoice-1",
                &[("patient-receivable", 3_000), ("revenue", -3_000)],
            ),
            entry(PAYMENT, &[("cash", 3_000), ("patient-receivable", -3_000)]),
            entry(PAYMENT, &[("patient-receivable", 1_000), ("cash", -1_000)]),
        ],
        trial_balance: json!({"balanced": true, "lines": lines}),
        runs: vec![
            json!({"saga": "1", "state": "completed"}),
            json!({"saga": "2", "state": "parked"}),
        ],
        queues: vec![json!({"queue": "sagas", "dead": 0})],
    }
}

/// What is found once `tamper` has been at the books.
fn found(tamper: impl FnOnce(&mut Books)) -> Vec<String> {
    let mut books = books();
    tamper(&mut books);
    all(&journal(), &books)
}

fn list<'a>(books: &'a mut Books, name: &str) -> &'a mut Vec<Value> {
    books.things.get_mut(name).expect("it is listed")
}

#[track_caller]
fn assert_found(findings: &[String], what: &str) {
    assert!(findings.iter().any(|it| it.contains(what)), "{findings:#?}");
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(found(|_| {}), Vec::<String>::new());
}

#[test]
fn a_payment_that_was_acknowledged_and_is_lost() {
    let findings = found(|books| list(books, "payments").clear());
    assert_found(&findings, "was acknowledged and is lost");
    assert_found(&findings, "moved Some(2000) of cash");
}

#[test]
fn a_payment_that_is_there_twice() {
    let findings = found(|books| {
        list(books, "payments").push(payment("payment-2"));
        books.entries.push(entry(
            "payment-2",
            &[("cash", 3_000), ("patient-receivable", -3_000)],
        ));
    });
    assert_found(&findings, "acknowledged to nobody");
    let findings = found(|books| list(books, "payments").push(payment(PAYMENT)));
    assert_found(&findings, "is there twice");
}

#[test]
fn a_payment_that_was_posted_twice() {
    let findings = found(|books| {
        books.entries.push(entry(
            PAYMENT,
            &[("cash", 3_000), ("patient-receivable", -3_000)],
        ));
    });
    assert_found(
        &findings,
        "moved Some(5000) of cash and should have moved Some(2000)",
    );
}

#[test]
fn a_refund_that_was_paid_twice_or_never() {
    let again = entry(PAYMENT, &[("patient-receivable", 1_000), ("cash", -1_000)]);
    assert_found(
        &found(|books| books.entries.push(again)),
        "moved Some(1000)",
    );
    let never = found(|books| {
        books.entries.pop();
    });
    assert_found(&never, "moved Some(3000)");
}

#[test]
fn an_amount_that_is_another() {
    let findings =
        found(|books| list(books, "payments")[0]["amount"]["amount_minor"] = json!(2_999));
    assert_found(&findings, "/amount of");
}

#[test]
fn two_appointments_in_one_slot() {
    let findings = found(|books| list(books, "appointments")[1]["practitioner"] = json!("dr-1"));
    assert_found(&findings, "appointments at one time: booked-1 and booked-2");
    let cancelled = found(|books| {
        list(books, "appointments")[1]["practitioner"] = json!("dr-1");
        list(books, "appointments")[1]["state"] = json!("cancelled");
    });
    assert_eq!(cancelled, Vec::<String>::new());
}

#[test]
fn two_invoices_for_one_visit_and_two_postings_of_one_trace() {
    let invoice = |id: &str| json!({"id": id, "kind": "visit", "encounter": "visit-1"});
    let posting = |id: &str| json!({"id": id, "state": "posted", "trace": "EFT-1"});
    let findings = found(|books| {
        books
            .things
            .insert("invoices", vec![invoice("1"), invoice("2")]);
        books
            .things
            .insert("remittance-postings", vec![posting("3"), posting("4")]);
    });
    assert_found(&findings, "invoices for one visit: 1 and 2");
    assert_found(&findings, "postings of one trace: 3 and 4");
}

#[test]
fn books_that_do_not_balance_or_hold_something_else() {
    let findings = found(|books| books.entries.push(entry("invoice-1", &[("revenue", -1)])));
    assert_found(&findings, "an entry does not balance");
    let findings = found(|books| {
        let line = &mut books.trial_balance["lines"][0];
        line["debit_minor"] = json!(2_999);
    });
    assert_found(&findings, "the trial balance is -1");
    assert_found(
        &findings,
        "the account cash settled holds 1999, and should hold 2000",
    );
}

#[test]
fn a_run_that_goes_on_and_a_message_that_was_set_aside() {
    let findings = found(|books| {
        books.runs[0]["state"] = json!("running");
        books.queues[0]["dead"] = json!(1);
    });
    assert_found(&findings, "a run has not come to rest");
    assert_found(&findings, "messages were set aside");
}
