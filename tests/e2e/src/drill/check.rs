//! What must hold between what clients remember and what is there.

mod money;

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
    findings.extend(money::moved(books));
    findings.extend(money::entries(books));
    findings.extend(money::accounts(journal, books));
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

#[cfg(test)]
mod tests;
