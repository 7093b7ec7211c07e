//! Further codes that a note asks for.

use super::facts::{Facts, Note, NoteKind};
use super::finding::{Finding, Rule, Severity};
use super::sequence::is_conditional;
use super::{List, Placed};

/// An instruction that nothing in the list meets, and whom it is for.
struct Unmet<'l, 'f> {
    notes: Vec<&'l Note<'f>>,
    own: Vec<Placed<'l, 'f>>,
}

/// One finding an instruction, however many codes of the list it holds for: a chapter's holds for many.
pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    let mut unmet: Vec<Unmet<'_, '_>> = Vec::new();
    for &own in &list.known {
        let asked = instructions(own.facts).into_iter();
        for notes in asked.filter(|notes| is_asked(notes) && !is_met(notes, own, list)) {
            let same = |it: &&mut Unmet<'_, '_>| {
                (it.notes[0].at, it.notes[0].text) == (notes[0].at, notes[0].text)
            };
            match unmet.iter_mut().find(same) {
                Some(before) => before.own.push(own),
                None => unmet.push(Unmet {
                    notes,
                    own: vec![own],
                }),
            }
        }
    }
    findings.extend(unmet.iter().map(missing));
}

/// The use-additional notes of a code and of all above it, a lead with its list as one.
fn instructions<'l, 'f>(facts: &'l Facts<'f>) -> Vec<Vec<&'l Note<'f>>> {
    let mut found: Vec<Vec<&Note<'_>>> = Vec::new();
    for note in facts.notes_of(NoteKind::UseAdditional) {
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

fn missing(unmet: &Unmet<'_, '_>) -> Finding {
    let Unmet { notes, own } = unmet;
    let wanted: Vec<_> = notes
        .iter()
        .filter(|it| it.names_codes())
        .map(|it| it.text)
        .collect();
    let codes: Vec<_> = own.iter().map(|it| it.facts.code.to_string()).collect();
    Finding {
        severity: Severity::Information,
        rule: Rule::UseAdditionalMissing,
        text: format!(
            "A note at {} asks for a further code beside {}, and none that it names is there.",
            notes[0].at,
            codes.join(", ")
        ),
        places: own.iter().map(|it| it.place).collect(),
        note: Some(notes[0].into()),
        mend: format!("Add what is documented of this: {}.", wanted.join("; ")),
    }
}
