//! What must hold between what clients remember and what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::{Books, KINDS, Kind};
use super::journal::Journal;

/// States of an appointment in which it has its slot.
const TAKES_A_SLOT: [&str; 4] = ["booked", "arrived", "checked-in", "fulfilled"];
/// States in which a run is over, or waits for a person.
const AT_REST: [&str; 4] = ["completed", "compensated", "parked", "abandoned"];

/// All that is wrong.
pub(super) fn all(journal: &Journal, books: &Books) -> Vec<String> {
    let mut findings = Vec::new();
    for kind in &KINDS {
        findings.extend(things(kind, journal, books));
    }
    findings.extend(one_appointment_a_slot(books));
    findings.extend(one_invoice_a_visit(books));
    findings.extend(money_in_and_out(books));
    findings.extend(entries(books));
    findings.extend(accounts(journal, books));
    findings.extend(sagas(books));
    findings.extend(dead_letters(books));
    findings
}

/// What was acknowledged is there as it was, once; and nothing else is there.
fn things(kind: &Kind, journal: &Journal, books: &Books) -> Vec<String> {
    let mut findings = Vec::new();
    let list = kind.list;
    let mut there = BTreeMap::new();
    for thing in books.list(list) {
        if there.insert(id(thing), thing).is_some() {
            findings.push(format!("{list}: {} is there twice", id(thing)));
        }
    }
    let made = journal.answers.iter().filter_map(|told| {
        (told.status == 201 && kind.is_made_at(&told.path)).then_some(&told.answer)
    });
    let seen = journal.seen.iter().filter(|(of, _)| *of == list);
    let mut known = BTreeSet::new();
    for told in made.chain(seen.map(|(_, thing)| thing)) {
        known.insert(id(told));
        let Some(thing) = there.get(id(told)) else {
            findings.push(format!("{list}: {told} was acknowledged and is lost"));
            continue;
        };
        for pointer in kind.fixed {
            if thing.pointer(pointer) != told.pointer(pointer) {
                findings.push(format!(
                    "{list}: {pointer} of {told} was acknowledged, and there is {thing}"
                ));
            }
        }
    }
    let by_sagas = journal.answers.iter().filter_map(|told| {
        (told.status == 202).then(|| told.answer["makes"][kind.of_sagas].as_str())?
    });
    known.extend(by_sagas);
    if list == "payments" {
        known.extend(posted(journal));
    }
    let unknown = there.iter().filter(|(id, _)| !known.contains(*id));
    findings.extend(
        unknown
            .map(|(_, thing)| format!("{list}: {thing} is there, and was acknowledged to nobody")),
    );
    findings
}

/// The payments that postings of remittances have made.
fn posted(journal: &Journal) -> impl Iterator<Item = &str> {
    let answers = journal
        .answers
        .iter()
        .map(|told| (&*told.path, &told.answer));
    let seen = journal.seen.iter().map(|(list, thing)| (*list, thing));
    let postings = answers
        .chain(seen)
        .filter(|(at, _)| *at == "remittance-postings");
    postings.filter_map(|(_, posting)| posting["payment"].as_str())
}

fn one_appointment_a_slot(books: &Books) -> Vec<String> {
    let taking = books.list("appointments").filter(|it| {
        let state = it["state"].as_str().unwrap_or_default();
        TAKES_A_SLOT.contains(&state)
    });
    twice(taking, "appointments at one time", |it| {
        format!("{} {}", it["practitioner"], it["start"])
    })
}

fn one_invoice_a_visit(books: &Books) -> Vec<String> {
    let mut findings = twice(
        books.list("invoices").filter(|it| it["kind"] == "visit"),
        "invoices for one visit",
        |it| it["encounter"].to_string(),
    );
    findings.extend(twice(
        books
            .list("remittance-postings")
            .filter(|it| it["state"] == "posted"),
        "postings of one trace",
        |it| it["trace"].to_string(),
    ));
    findings
}

/// Where two have the same key.
fn twice<'a>(
    things: impl Iterator<Item = &'a Value>,
    what: &str,
    key: impl Fn(&Value) -> String,
) -> Vec<String> {
    let mut first = BTreeMap::new();
    let doubled = things.filter_map(|thing| {
        let other = first.insert(key(thing), id(thing))?;
        Some(format!("{what}: {other} and {}", id(thing)))
    });
    doubled.collect()
}

/// What each payment has moved in and out of cash is its amount less its refunds, and nothing else has moved any.
fn money_in_and_out(books: &Books) -> Vec<String> {
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
fn entries(books: &Books) -> Vec<String> {
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
fn accounts(journal: &Journal, books: &Books) -> Vec<String> {
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

fn sagas(books: &Books) -> Vec<String> {
    let goes_on = |run: &&Value| {
        let state = run["state"].as_str().unwrap_or_default();
        !AT_REST.contains(&state)
    };
    let runs = books.runs.iter().filter(goes_on);
    runs.map(|run| format!("a run has not come to rest: {run}"))
        .collect()
}

fn dead_letters(books: &Books) -> Vec<String> {
    let dead = books.queues.iter().filter(|queue| queue["dead"] != 0);
    dead.map(|queue| format!("messages were set aside: {queue}"))
        .collect()
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap_or_default()
}

fn minor(money: &Value) -> i64 {
    money["amount_minor"].as_i64().unwrap_or_default()
}

#[cfg(test)]
mod tests;
