//! Logs as they were once written read as they did then, and say the same when written today.
//!
//! A change of an event's form adds a golden file of the new schema and an upcaster; it never changes a file here.

use std::collections::BTreeSet;

use medcover_saga::{Definition, Event, Phase, State, Status, Step};
use serde_json::{Value, json};

const COMPENSATED: &str = include_str!("golden/compensated-1.jsonl");
const COMPLETED: &str = include_str!("golden/completed-1.jsonl");
const ABANDONED: &str = include_str!("golden/abandoned-1.jsonl");

fn definition() -> Definition {
    Definition::named("golden", 1)
        .step(Step::compensated("hold"))
        .step(Step::signal("visit"))
        .step(Step::pivot("capture"))
        .build()
        .expect("sound")
}

/// The entries of a file, each checked to say the same when written again.
fn read(text: &str) -> Vec<Event> {
    let entries = text.lines().map(|line| {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let kind = entry["kind"].as_str().expect("a kind");
        let event = Event::read(kind, &entry["data"]).expect("an event");
        let again = json!({"kind": event.kind(), "data": event.data()});
        assert_eq!(again, entry);
        event
    });
    entries.collect()
}

fn fold(text: &str) -> State {
    State::fold(&definition(), &read(text)).expect("a log of this definition")
}

#[test]
fn old_logs_fold_to_where_their_runs_stood() {
    let state = fold(COMPENSATED);
    assert_eq!(state.phase(), Phase::Compensated);
    assert_eq!(state.key(), Some("invoice-7"));
    assert_eq!(state.output(0), Some(&json!({"hold": "h-1"})));
    assert_eq!(state.output(1), Some(&json!({"encounter": "e-1"})));
    assert_eq!(state.steps()[2].forward.status, Status::Refused);
    assert_eq!(state.steps()[0].backward.attempt, 2);

    let state = fold(COMPLETED);
    assert_eq!(state.phase(), Phase::Completed);
    assert_eq!((state.key(), state.output(2)), (None, Some(&json!(7))));

    let state = fold(ABANDONED);
    assert_eq!(state.phase(), Phase::Abandoned);
    assert_eq!(state.reason(), Some("operator: done by hand"));
}

#[test]
fn the_files_have_every_kind_of_event() {
    let logs = [COMPENSATED, COMPLETED, ABANDONED].map(read).concat();
    let kinds: BTreeSet<_> = logs.iter().map(Event::kind).collect();
    assert_eq!(kinds, BTreeSet::from(Event::KINDS));
}
