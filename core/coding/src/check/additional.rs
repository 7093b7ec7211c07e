//! Further codes that a note asks for.

use super::facts::{Facts, Note, NoteKind};
use super::finding::{Finding, Rule, Severity};
use super::sequence::is_conditional;
use super::{List, Placed};

pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    for own in &list.known {
        let unmet = instructions(own.facts)
            .into_iter()
            .filter(|notes| is_asked(notes) && !is_met(notes, *own, list));
        findings.extend(unmet.map(|notes| missing(*own, &notes)));
    }
}

/// The use-additional notes, a lead with its list as one. Notes of blocks and chapters are left out: they speak of what
/// may go with any code below, such as smoking with every disease of the lungs.
fn instructions<'l>(facts: &'l Facts<'_>) -> Vec<Vec<&'l Note<'l>>> {
    let mut found: Vec<Vec<&Note<'_>>> = Vec::new();
    for note in facts.notes_of(NoteKind::UseAdditional) {
        if note.is_above_categories() {
            continue;
        }
        match found.last_mut() {
            Some(notes) if notes[0].at == note.at && !leads(note) => notes.push(note),
            _ => found.push(vec![note]),
        }
    }
    found
}

/// Whether a note begins an instruction of its own: `code to identify:`
fn leads(note: &Note<'_>) -> bool {
    note.text.starts_with("code") || note.text.ends_with(':')
}

/// Whether the codes are asked for in every case and named.
fn is_asked(notes: &[&Note<'_>]) -> bool {
    let conditional = notes.iter().any(|it| is_conditional(it.text));
    !conditional && notes.iter().any(|it| it.names_codes())
}

fn is_met(notes: &[&Note<'_>], own: Placed<'_, '_>, list: &List<'_, '_>) -> bool {
    list.known.iter().any(|other| {
        let named = |note: &&Note<'_>| note.names(&other.facts.code, &own.facts.code);
        notes.iter().any(|note| named(note).is_some())
    })
}

fn missing(own: Placed<'_, '_>, notes: &[&Note<'_>]) -> Finding {
    let wanted: Vec<_> = notes
        .iter()
        .filter(|it| it.names_codes())
        .map(|it| it.text)
        .collect();
    Finding {
        severity: Severity::Information,
        rule: Rule::UseAdditionalMissing,
        text: format!(
            "A note at {} asks for a further code beside {}, and none that it names is there.",
            notes[0].at, own.facts.code
        ),
        places: vec![own.place],
        note: Some(notes[0].into()),
        mend: format!("Add what is documented of this: {}.", wanted.join("; ")),
    }
}
