//! `medcover releases --notes`: how many of the codes in the notes are read, and which are not.

use anyhow::{Context as _, Result};
use medcover_terminology::{NoteReading, Releases};
use serde_json::{Value, json};

use super::AtHand;
use crate::terminal::{self, Column, Table};

pub(crate) fn run(at_hand: &AtHand) -> Result<()> {
    let releases = Releases::open(&at_hand.settings.value.data.dir, &at_hand.clock);
    let set = releases.load();
    let release = set.icd10cm().context("the notes are those of ICD-10-CM")?;
    let reading = NoteReading::of(release);
    if at_hand.global.json {
        return Ok(terminal::print_json(&as_json(release.label(), &reading))?);
    }
    terminal::print(&figures(&reading).for_stdout())?;
    terminal::print(&format!("\nNot read, in {}:\n\n", release.label()))?;
    Ok(terminal::print(&rest(&reading).for_stdout())?)
}

fn figures(reading: &NoteReading) -> Table {
    let mut table = Table::new([
        Column::new("kind").bold(),
        Column::new("notes").right(),
        Column::new("references read").right(),
        Column::new("not read").right(),
        Column::new("share").right(),
    ]);
    for it in &reading.kinds {
        table.row([
            it.kind.name().to_owned(),
            it.notes.to_string(),
            it.read.to_string(),
            it.not_read.to_string(),
            share(it.read, it.not_read),
        ]);
    }
    let (read, not_read) = reading.totals();
    let notes: usize = reading.kinds.iter().map(|it| it.notes).sum();
    table.row([
        "all".to_owned(),
        notes.to_string(),
        read.to_string(),
        not_read.to_string(),
        share(read, not_read),
    ]);
    table
}

fn rest(reading: &NoteReading) -> Table {
    let mut table = Table::new([
        Column::new("at").bold(),
        Column::new("kind"),
        Column::new("word"),
        Column::new("why"),
        Column::new("note").gives_way(),
    ]);
    for it in &reading.rest {
        table.row([&it.at, it.kind.name(), &it.word, it.why.as_str(), &it.text]);
    }
    table
}

/// Of a hundred, with two places, rounded down: what is not whole never looks so.
fn share(read: usize, not_read: usize) -> String {
    let Some(ratio) = (read * 10_000).checked_div(read + not_read) else {
        return String::new();
    };
    format!("{}.{:02} %", ratio / 100, ratio % 100)
}

fn as_json(release: &str, reading: &NoteReading) -> Value {
    let kinds = reading.kinds.iter().map(|it| {
        json!({"kind": it.kind.name(), "notes": it.notes, "read": it.read, "not_read": it.not_read})
    });
    let rest = reading.rest.iter().map(|it| {
        json!({
            "at": it.at,
            "kind": it.kind.name(),
            "word": it.word,
            "why": it.why.as_str(),
            "text": it.text,
        })
    });
    let (read, not_read) = reading.totals();
    json!({
        "release": release,
        "read": read,
        "not_read": not_read,
        "kinds": kinds.collect::<Vec<_>>(),
        "rest": rest.collect::<Vec<_>>(),
    })
}
