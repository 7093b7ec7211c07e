//! `medcover code`: all that is known of one code, from the data folder, without a server.

use anyhow::Result;
use console::style;
use medcover_contract_terminology::{CodeDetails, CodeRef, NoteKind, SeventhCharacters};

use super::AtHand;
use super::local::Local;
use crate::terminal::{self, Lines};

pub(crate) fn run(at_hand: &AtHand, code: &str) -> Result<()> {
    let local = Local::open(at_hand);
    let details = Local::answer(local.service.get_code_details(&local.call, code))?;
    if at_hand.global.json {
        terminal::print_json(&details)?;
    } else {
        terminal::print(&as_text(&details))?;
    }
    Ok(())
}

/// A paragraph for each thing that there is to say.
fn as_text(details: &CodeDetails) -> String {
    let mut page = Page::default();
    let billable = if details.billable {
        "billable"
    } else {
        "not billable"
    };
    let retired = if details.active { "" } else { ", retired" };
    page.0.add(format_args!(
        "{}  {}",
        style(&details.code).bold(),
        details.title
    ));
    page.0
        .add(format_args!("{billable}{retired} · {}", details.release));
    page.references("Above", &details.ancestors, details.ancestors.len());
    let default = details.default_code.as_slice();
    page.references("Without more detail", default, default.len());
    page.references("Below", &details.children, details.children_total as usize);
    let terms: Vec<_> = details.terms.iter().map(|term| &*term.text).collect();
    page.list("Also", &terms);
    if let Some(seventh) = &details.seventh_characters {
        page.seventh(seventh);
    }
    for (kind, title) in NOTES {
        let of_kind = details.notes.iter().filter(|note| note.kind == kind);
        let notes: Vec<_> = of_kind
            .map(|note| {
                if note.at == details.code {
                    note.text.clone()
                } else {
                    format!("{} (from {})", note.text, note.at)
                }
            })
            .collect();
        page.list(title, &notes);
    }
    page.0.text().to_owned()
}

/// What notes say to do, in the order in which a coder needs to know it.
const NOTES: [(NoteKind, &str); 8] = [
    (NoteKind::Excludes1, "Excludes1: never together with"),
    (NoteKind::CodeFirst, "Code first"),
    (NoteKind::UseAdditional, "Use additional code"),
    (NoteKind::CodeAlso, "Code also"),
    (NoteKind::Excludes2, "Excludes2: not part of this"),
    (NoteKind::Includes, "Includes"),
    (NoteKind::SeventhCharacter, "7th character"),
    (NoteKind::Note, "Note"),
];

#[derive(Default)]
struct Page(Lines);

impl Page {
    fn list(&mut self, title: &str, items: &[impl AsRef<str>]) {
        if items.is_empty() {
            return;
        }
        self.0.add(format_args!("\n{}", style(title).underlined()));
        for item in items {
            self.0.add(format_args!("  {}", item.as_ref()));
        }
    }

    fn references(&mut self, title: &str, codes: &[CodeRef], total: usize) {
        let mut lines: Vec<_> = codes
            .iter()
            .map(|it| format!("{}  {}", style(&it.code).bold(), it.title))
            .collect();
        if total > codes.len() {
            lines.push(format!("… {total} in all"));
        }
        self.list(title, &lines);
    }

    fn seventh(&mut self, seventh: &SeventhCharacters) {
        let lines: Vec<_> = seventh
            .characters
            .iter()
            .map(|it| {
                let code = it.code.as_deref().unwrap_or(&it.character);
                format!("{}  {}", style(code).bold(), it.meaning)
            })
            .collect();
        self.list("Completed by a 7th character", &lines);
    }
}
