//! Pairs of which one excludes the other.

use super::facts::{Naming, Note, NoteKind};
use super::finding::{Finding, Rule, Severity};
use super::{List, Placed};

/// Notes that put two codes on one claim, or allow it.
const TOGETHER: [NoteKind; 4] = [
    NoteKind::CodeFirst,
    NoteKind::UseAdditional,
    NoteKind::CodeAlso,
    NoteKind::Excludes2,
];

pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    for (behind, one) in list.known.iter().enumerate() {
        let others = &list.known[behind + 1..];
        findings.extend(others.iter().filter_map(|other| pair(*one, *other)));
    }
}

/// The note of either code that names the other; the surer one, and the nearer of two alike.
fn pair(one: Placed<'_, '_>, other: Placed<'_, '_>) -> Option<Finding> {
    let forth = one
        .facts
        .note_naming(NoteKind::Excludes1, &other.facts.code);
    let back = other
        .facts
        .note_naming(NoteKind::Excludes1, &one.facts.code);
    let sure = |it: Option<(Naming, &Note<'_>)>| it.map(|(naming, _)| naming);
    let (naming, note) = if sure(back) > sure(forth) {
        back
    } else {
        forth
    }?;
    let (severity, doubt) = match naming {
        Naming::Perhaps => (
            Severity::Warning,
            " The note is narrowed by its words to some of these codes: read whether it means this one.".to_owned(),
        ),
        Naming::Surely => match asking_for_both(one, other, note.depth()) {
            None => (Severity::Error, String::new()),
            Some(asks) => (
                Severity::Warning,
                format!(" A note at {} has both together: {}.", asks.at, asks.text),
            ),
        },
    };
    let (first, second) = (one.facts.code, other.facts.code);
    Some(Finding {
        severity,
        rule: Rule::Excludes1,
        text: format!(
            "{first} and {second} do not stand on one claim by the Excludes1 note at {}.{doubt}",
            note.at
        ),
        places: vec![one.place, other.place],
        note: Some(note.into()),
        mend: format!(
            "Keep the one that is documented, {first} or {second}. Where the two conditions are unrelated, the coding \
             guidelines (I.A.12.a) allow both."
        ),
    })
}

/// A note of either code that has both on one claim, at a place no less specific than `depth`. The release contradicts
/// itself then, and a person decides.
fn asking_for_both<'l, 'f>(
    one: Placed<'l, 'f>,
    other: Placed<'l, 'f>,
    depth: usize,
) -> Option<&'l Note<'f>> {
    let named = |own: Placed<'l, 'f>, by: Placed<'l, 'f>| {
        TOGETHER
            .iter()
            .filter_map(move |&kind| own.facts.note_naming(kind, &by.facts.code))
    };
    named(one, other)
        .chain(named(other, one))
        .filter(|(naming, note)| *naming == Naming::Surely && note.depth() >= depth)
        .map(|(_, note)| note)
        .next()
}
