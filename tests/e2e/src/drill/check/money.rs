//! What must hold of the money.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::books::Books;
use super::super::journal::Journal;
use super::id;

/// What each payment has moved in and out of cash is its amount less its refunds, and nothing else has moved any.
pub(super) fn moved(books: &Books) -> Vec<String> {
    let mut moved: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in &books.entries {
        let source = entry["source"].as_str().unwrap_or_default();
        for posting in entry["postings"].as_array().into_iter().flatten() {
            if posting["account"] == "cash" && posting["layer"] == "settled" {
                *moved.entry(source).or_default() += minor(&posting["amount"]);
            }
        }
    }
    let mut due: BTreeMap<&str, i64> = BTreeMap::new();
    for payment in books
        .list("payments")
        .filter(|it| it["state"] == "succeeded")
    {
        *due.entry(id(payment)).or_default() += minor(&payment["amount"]);
    }
    for refund in books
        .list("refunds")
        .filter(|it| it["state"] == "succeeded")
    {
        let payment = refund["payment"].as_str().unwrap_or_default();
        *due.entry(payment).or_default() -= minor(&refund["amount"]);
    }
    let payments: BTreeSet<_> = moved.keys().chain(due.keys()).copied().collect();
    let differs = payments
        .into_iter()
        .filter(|id| moved.get(id) != due.get(id));
    let told = differs.map(|id| {
        let (moved, due) = (moved.get(id), due.get(id));
        format!("the payment {id} moved {moved:?} of cash and should have moved {due:?}")
    });
    told.collect()
}

/// Every entry balances in itself, and all together.
pub(super) fn entries(books: &Books) -> Vec<String> {
    let mut findings = Vec::new();
    for entry in &books.entries {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for posting in entry["postings"].as_array().into_iter().flatten() {
            let layer = posting["layer"].as_str().unwrap_or_default();
            *sums.entry(layer).or_default() += minor(&posting["amount"]);
        }
        if sums.is_empty() || sums.values().any(|sum| *sum != 0) {
            findings.push(format!("an entry does not balance: {entry}"));
        }
    }
    let sum: i64 = balances(books).values().sum();
    if books.trial_balance["balanced"] != true || sum != 0 {
        findings.push(format!("the trial balance is {sum}"));
    }
    findings
}

/// Each account holds what the clients remember of the money.
pub(super) fn accounts(journal: &Journal, books: &Books) -> Vec<String> {
    let (held, due) = (balances(books), expected(journal));
    let names: BTreeSet<_> = held.keys().chain(due.keys()).collect();
    let differs = names.into_iter().filter_map(|name| {
        let held = held.get(name).copied().unwrap_or_default();
        let due = due.get(name).copied().unwrap_or_default();
        (held != due).then(|| format!("the account {name} holds {held}, and should hold {due}"))
    });
    differs.collect()
}

/// Debits less credits, by account and layer.
fn balances(books: &Books) -> BTreeMap<String, i64> {
    let mut balances = BTreeMap::new();
    for line in books.trial_balance["lines"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        let whole = |name: &str| line[name].as_i64().unwrap_or_default();
        let name = format!("{} {}", text("account"), text("layer"));
        *balances.entry(name).or_default() += whole("debit_minor") - whole("credit_minor");
    }
    balances
}

/// The same as it follows from what the clients remember; whatever is not named holds nothing.
fn expected(journal: &Journal) -> BTreeMap<String, i64> {
    let mut due = BTreeMap::new();
    for taking in &journal.takings {
        let money = taking.collected + taking.premium - taking.refunded;
        // The agent earns a tenth.
        let earned = money / 10;
        for (account, minor) in [
            ("cash", money),
            ("patient-receivable", taking.refunded),
            ("revenue", -taking.charged),
            ("contractual-adjustment", taking.contractual),
            ("unearned-premium", -taking.premium),
            ("commission-expense", earned),
            ("commission-payable", -earned),
        ] {
            *due.entry(format!("{account} settled")).or_default() += minor;
        }
    }
    due
}

fn minor(money: &Value) -> i64 {
    money["amount_minor"].as_i64().unwrap_or_default()
}
