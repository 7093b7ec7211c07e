//! Notes that say on whose record a code stands, or that it never stands alone.

use super::facts::{Facts, Note, NoteKind};
use super::finding::{Finding, Rule, Severity};
use super::{List, Placed};

pub(super) fn check(list: &List<'_, '_>, findings: &mut Vec<Finding>) {
    let mother = list.known.iter().find(|it| maternal(it.facts).is_some());
    if let Some(mother) = mother {
        let others = list.known.iter();
        findings.extend(others.filter_map(|it| not_on_maternal(*mother, *it)));
    }
    let first = list.known.iter().find(|it| it.place == 0);
    findings.extend(first.and_then(|it| additional_only(*it)));
}

/// The note that keeps a code for the records of mothers:
///
/// > for use only on maternal records · for use, only on the maternal record
pub(super) fn maternal<'n, 'r>(facts: &'n Facts<'r>) -> Option<&'n Note<'r>> {
    says(
        facts,
        &["only on maternal records", "only on the maternal record"],
    )
}

/// The note of the kind `note` whose text has one of `wordings`, whatever the case.
fn says<'n, 'r>(facts: &'n Facts<'r>, wordings: &[&str]) -> Option<&'n Note<'r>> {
    facts.notes_of(NoteKind::Note).find(|note| {
        let text = note.text.to_lowercase();
        wordings.iter().any(|it| text.contains(it))
    })
}

/// `for use on newborn records only, never on maternal records`, `are not for use on maternal records`
fn not_on_maternal(mother: Placed<'_, '_>, other: Placed<'_, '_>) -> Option<Finding> {
    let note = says(
        other.facts,
        &[
            "never on maternal records",
            "not for use on maternal records",
        ],
    )?;
    // A mother may have a malformation of her own, which no other chapter has codes for: a person decides.
    let newborn = note.text.to_lowercase().contains("newborn records only");
    let (of_mother, code) = (mother.facts.code, other.facts.code);
    Some(Finding {
        severity: if newborn {
            Severity::Error
        } else {
            Severity::Warning
        },
        rule: Rule::MaternalAndNewborn,
        text: format!(
            "{of_mother} is for records of mothers only, and {code} is not for them by the note at {}.",
            note.at
        ),
        places: vec![mother.place, other.place],
        note: Some(note.into()),
        mend: format!(
            "Keep {of_mother} on the record of the mother and {code} on that of the child."
        ),
    })
}

/// `provided for use as supplementary or additional codes`, `used secondary to a code from another chapter`
fn additional_only(own: Placed<'_, '_>) -> Option<Finding> {
    let note = says(
        own.facts,
        &[
            "for use as additional codes",
            "for use as supplementary or additional codes",
            "not to be used for single-condition coding",
            "used secondary to a code from another chapter",
        ],
    )?;
    let code = own.facts.code;
    Some(Finding {
        severity: Severity::Error,
        rule: Rule::AdditionalOnlyFirst,
        text: format!(
            "{code} goes with another code by the note at {} and is never the first.",
            note.at
        ),
        places: vec![own.place],
        note: Some(note.into()),
        mend: format!("Put the code of the condition itself before {code}."),
    })
}
