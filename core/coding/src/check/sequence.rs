//! The order of the list: what a note puts first stands first.

use super::facts::{Naming, Note, NoteKind};
use super::finding::{Finding, Rule, Severity};
use super::{List, Placed};

pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    for own in &list.known {
        let later: Vec<_> = named_by(*own, list).collect();
        let sure = later.iter().any(|it| it.naming == Naming::Surely);
        if own.place == 0 && is_manifestation(*own) {
            findings.push(manifestation(*own, &later));
            continue;
        }
        let after = later.iter().filter(|it| it.other.place > own.place);
        findings.extend(after.map(|it| out_of_order(*own, it)));
        if own.place == 0 && !sure {
            findings.extend(missing(*own));
        }
    }
}

/// A code of the list that a code-first note of another one names.
struct Underlying<'l, 'f> {
    other: Placed<'l, 'f>,
    naming: Naming,
    note: &'l Note<'f>,
}

fn named_by<'l, 'f>(
    own: Placed<'l, 'f>,
    list: &'l List<'l, 'f>,
) -> impl Iterator<Item = Underlying<'l, 'f>> {
    list.known.iter().filter_map(move |&other| {
        let facts = own.facts;
        let (naming, note) = facts.note_naming(NoteKind::CodeFirst, &other.facts.code)?;
        Some(Underlying {
            other,
            naming,
            note,
        })
    })
}

/// A code for what another disease brings about. Its title, or one above it, says so (`… in diseases classified elsewhere`),
/// and a code-first note goes with it; the germs `as the cause of diseases classified elsewhere` are none.
fn is_manifestation(own: Placed<'_, '_>) -> bool {
    let facts = own.facts;
    let says_so = |title: &str| {
        let title = title.to_lowercase();
        let before = title.split_once("classified elsewhere");
        before.is_some_and(|(it, _)| it.contains(" in ") && !it.contains("cause of"))
    };
    let mut titles = std::iter::once(facts.title).chain(facts.titles_above.iter().copied());
    titles.any(says_so) && facts.notes_of(NoteKind::CodeFirst).next().is_some()
}

fn manifestation(own: Placed<'_, '_>, underlying: &[Underlying<'_, '_>]) -> Finding {
    let code = own.facts.code;
    let known = underlying.iter().find(|it| it.naming == Naming::Surely);
    let note = match known {
        Some(it) => Some(it.note),
        None => own.facts.notes_of(NoteKind::CodeFirst).next(),
    };
    let mend = match known {
        Some(it) => format!("Put {} before {code}.", it.other.facts.code),
        None => format!("Put the code of the underlying disease before {code}."),
    };
    Finding {
        severity: Severity::Error,
        rule: Rule::ManifestationFirst,
        text: format!(
            "{code}, {}, is a manifestation and is never the first code.",
            own.facts.title
        ),
        places: std::iter::once(own.place)
            .chain(known.map(|it| it.other.place))
            .collect(),
        note: note.map(Into::into),
        mend,
    }
}

fn out_of_order(own: Placed<'_, '_>, underlying: &Underlying<'_, '_>) -> Finding {
    let (code, first) = (own.facts.code, underlying.other.facts.code);
    // Where each of two codes puts the other first, the release does not say which order is right.
    let back = underlying.other.facts;
    let mutual = back.note_naming(NoteKind::CodeFirst, &code).is_some();
    let limited = is_limited(own, underlying.note);
    let sure = underlying.naming == Naming::Surely && !mutual && !limited;
    let doubt = match (underlying.naming, mutual) {
        (Naming::Surely, false) if limited => {
            " The note is for some cases only: read whether this is one."
        }
        (_, true) => " A note of the other code says the reverse.",
        (Naming::Perhaps, _) => {
            " The note is narrowed by its words to some of these codes: read whether it means this one."
        }
        (Naming::Surely, _) => "",
    };
    Finding {
        severity: if sure {
            Severity::Error
        } else {
            Severity::Warning
        },
        rule: Rule::CodeFirstOrder,
        text: format!(
            "{first} is coded before {code} by the code-first note at {}.{doubt}",
            underlying.note.at
        ),
        places: vec![own.place, underlying.other.place],
        note: Some(underlying.note.into()),
        mend: format!("Put {first} before {code}."),
    }
}

/// Whether the lead of the note's list keeps it for some cases: `, for adverse effects, the nature of the adverse effect`
fn is_limited(own: Placed<'_, '_>, note: &Note<'_>) -> bool {
    let mut at_once = own
        .facts
        .notes_of(NoteKind::CodeFirst)
        .filter(|it| it.at == note.at);
    at_once.any(|it| it.text.trim_start_matches([',', ' ']).starts_with("for "))
}

/// The first code has a code-first note, and the list has nothing of what that names.
fn missing(own: Placed<'_, '_>) -> Option<Finding> {
    let facts = own.facts;
    let note = facts.notes_of(NoteKind::CodeFirst).next()?;
    let wanted: Vec<_> = facts
        .notes_of(NoteKind::CodeFirst)
        .take_while(|it| it.at == note.at)
        .map(|it| it.text.trim_end_matches(['.', ':']))
        .collect();
    if wanted.iter().any(|it| is_conditional(it)) {
        return None;
    }
    let severity = if wanted.iter().any(|it| it.contains("underlying")) {
        Severity::Warning
    } else {
        Severity::Information
    };
    Some(Finding {
        severity,
        rule: Rule::CodeFirstMissing,
        text: format!(
            "{} is the first code, and a note at {} puts another one first.",
            facts.code, note.at
        ),
        places: vec![own.place],
        note: Some(note.into()),
        mend: format!(
            "Put what is documented of this before {}: {}.",
            facts.code,
            wanted.join("; ")
        ),
    })
}

/// Whether a note asks for a code only where there is something to code.
pub(super) fn is_conditional(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| matches!(word, "if" | "any" | "when" | "where"))
}
