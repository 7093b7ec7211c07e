//! Charges, invoices, payments, refunds, write-offs, remittances as they are posted, commissions, the books.

use serde_json::{Value, json};

use super::rows::Row::{self, Closes, Empty, Hidden, Own, Unknown};
use super::rows::{LISTS, MAKES};
use super::things::{Maker, usd};

const BOOKS: &str = "it is about the books of the tenant";

pub(super) fn rows() -> Vec<(&'static str, Row)> {
    let rows = [
        of_invoices(),
        of_payments(),
        of_two_people(),
        of_commissions(),
        of_books(),
    ];
    rows.into_iter().flatten().collect()
}

fn reason() -> Value {
    json!({"reason": "for the test"})
}

fn of_invoices() -> Vec<(&'static str, Row)> {
    let place = &["$invoice"];
    let credit = json!({"id": id(50), "side": "patient", "amount": usd(1), "reason": "a slip"});
    let decided = json!({"claim": "$claim", "version": 1, "contractual": usd(0),
        "patient": usd(4_000), "payer": usd(6_000)});
    let withdrawn = json!({"claim": "$claim", "version": 1});
    vec![
        ("record_charges", Own(MAKES)),
        ("charges", Hidden(&["$encounter"], Value::Null)),
        (
            "cancel_charges",
            Closes(&["$encounter"], Value::Null, "charges"),
        ),
        ("draft_invoice", Own(MAKES)),
        ("issue_draft", Hidden(&["$draft"], json!({}))),
        ("issue_invoice", Own(MAKES)),
        ("invoices", Own(LISTS)),
        ("invoice", Hidden(place, Value::Null)),
        ("credit_invoice", Hidden(place, credit)),
        ("apply_adjudication", Hidden(place, decided)),
        ("withdraw_adjudication", Hidden(place, withdrawn)),
        ("earn_premium", Hidden(place, json!({"through": "$today"}))),
        ("void_invoice", Hidden(place, reason())),
        ("withdraw_invoice", Closes(place, reason(), "invoice")),
    ]
}

fn of_payments() -> Vec<(&'static str, Row)> {
    let place = &["$payment"];
    let succeeded = json!({"outcome": "succeeded"});
    let allocation = json!({"id": id(51), "invoice": "$invoice", "amount": usd(1)});
    let back = json!({"id": id(51), "reason": "a slip"});
    vec![
        ("take_payment", Hidden(&[], payment(60))),
        ("payments", Own(LISTS)),
        ("payment", Hidden(place, Value::Null)),
        ("resolve_payment", Hidden(place, succeeded)),
        ("allocate", Hidden(place, allocation)),
        ("unallocate", Hidden(place, back)),
        ("post_remittance", Own(MAKES)),
        ("remittance_postings", Own(LISTS)),
        ("remittance_posting", Hidden(&["$posting"], Value::Null)),
        ("retry_remittance", Hidden(&["$posting"], Value::Null)),
        ("dismiss_remittance", Hidden(&["$posting"], reason())),
        ("charge_back", Hidden(place, reason())),
    ]
}

/// What one person asks for and another approves.
fn of_two_people() -> Vec<(&'static str, Row)> {
    let succeeded = json!({"outcome": "succeeded"});
    let (refund_at, write_off_at) = (&["$refund"], &["$write-off"]);
    vec![
        ("request_refund", Hidden(&[], refund(61))),
        ("refunds", Own(LISTS)),
        ("refund", Hidden(refund_at, Value::Null)),
        ("approve_refund", Hidden(refund_at, Value::Null)),
        ("send_refund", Hidden(refund_at, Value::Null)),
        ("resolve_refund", Hidden(refund_at, succeeded)),
        ("reject_refund", Hidden(refund_at, reason())),
        ("request_write_off", Hidden(&[], write_off(62))),
        ("write_offs", Own(LISTS)),
        ("write_off", Hidden(write_off_at, Value::Null)),
        ("approve_write_off", Hidden(write_off_at, Value::Null)),
        ("reject_write_off", Hidden(write_off_at, reason())),
    ]
}

fn of_commissions() -> Vec<(&'static str, Row)> {
    let accrual = json!({"payment": "$allocated payment", "allocation": "$allocation"});
    let settlement = json!({"id": id(63), "agent": "$agent", "currency": "USD"});
    vec![
        ("make_commission_plan", Own(MAKES)),
        ("commission_plans", Own(LISTS)),
        ("register_agent", Unknown(&[], agent(64))),
        ("agent", Hidden(&["$agent"], Value::Null)),
        ("agents", Own(LISTS)),
        ("commissions", Hidden(&["$agent"], Value::Null)),
        ("accrue_commission", Hidden(&[], accrual)),
        ("settle_commission", Hidden(&[], settlement)),
    ]
}

fn of_books() -> Vec<(&'static str, Row)> {
    vec![
        ("journal", Own(BOOKS)),
        ("trial_balance", Own(BOOKS)),
        ("statement", Empty(&["$patient"])),
        ("periods", Own(BOOKS)),
        ("close_period", Own(BOOKS)),
        ("reopen_period", Own(BOOKS)),
    ]
}

pub(super) async fn make(maker: &mut Maker<'_>) {
    let plan = json!({"id": id(1), "name": "A tenth", "terms": {"rounding": "half-even",
        "hold_back_days": 0, "tiers": [{"from_minor": 0, "rate": 1_000}]}});
    let plans = "/api/v1/commissions/plans";
    maker.make("commission plan", plans, plan).await;
    maker.make("agent", "/api/v1/agents", agent(2)).await;
    let charge = json!({"id": id(3), "code": "99213", "description": "Visit", "units": 1,
        "unit_price": usd(10_000), "service_date": "$today"});
    let charges = json!({"encounter": "$encounter", "patient": "$patient", "charges": [charge]});
    maker.post("/api/v1/invoices/charges", charges).await;
    let line = json!({"description": "Visit", "units": 1, "unit_price": usd(10_000)});
    let visit = |number, kind: &str, encounter: &str| {
        json!({"id": id(number), "kind": kind, "patient": "$patient", "encounter": encounter,
            "payer": "$payer", "agent": "$agent", "lines": [line]})
    };
    let issue = "/api/v1/invoices";
    maker
        .make("invoice", issue, visit(4, "visit", &id(40)))
        .await;
    let drafts = "/api/v1/invoices/drafts";
    maker.make("draft", drafts, visit(5, "fee", &id(41))).await;
    let free = json!({"id": id(6), "from": {"kind": "patient", "id": "$patient"},
        "amount": usd(10_000), "method": "cash"});
    maker.make("payment", "/api/v1/payments", free).await;
    let own = json!({"id": id(10), "kind": "visit", "patient": "$patient", "encounter": id(42),
        "agent": "$agent", "lines": [line]});
    maker.make("own invoice", issue, own).await;
    let payments = "/api/v1/payments";
    let paid = json!({"id": id(11), "from": {"kind": "patient", "id": "$patient"},
        "amount": usd(10_000), "method": "cash"});
    maker.make("allocated payment", payments, paid).await;
    maker.keep("allocation", id(12));
    let allocations = "/api/v1/payments/$allocated payment/allocations";
    let all = json!({"id": "$allocation", "invoice": "$own invoice", "amount": usd(10_000)});
    maker.post(allocations, all).await;
    maker.make("refund", "/api/v1/refunds", refund(7)).await;
    let write_offs = "/api/v1/write-offs";
    maker.make("write-off", write_offs, write_off(8)).await;
    let paid = json!({"claim": "$claim", "invoice": "$invoice", "billed": usd(10_000),
        "paid": usd(100)});
    let parked = json!({"id": id(9), "payer": "$payer", "trace": "T-1", "control": "1",
        "total": usd(100), "paid_on": "$today", "claims": [paid]});
    let postings = "/api/v1/remittance-postings";
    maker.make("posting", postings, parked).await;
}

/// The id that number `number` has here.
fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn agent(number: u32) -> Value {
    json!({"id": id(number), "name": "Ada", "plan": "$commission plan"})
}

fn payment(number: u32) -> Value {
    json!({"id": id(number), "from": {"kind": "patient", "id": "$patient"}, "amount": usd(100),
        "method": "cash", "invoice": "$invoice"})
}

fn refund(number: u32) -> Value {
    json!({"id": id(number), "payment": "$payment", "amount": usd(100), "reason": "a slip"})
}

fn write_off(number: u32) -> Value {
    json!({"id": id(number), "invoice": "$invoice", "side": "payer", "amount": usd(100),
        "reason": "a slip"})
}
