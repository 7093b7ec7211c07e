//! Age and sex, where the words of the release name them. It does so in few places; nothing is added to them.

use super::facts::{Facts, NoteKind};
use super::finding::{Finding, Rule, Severity, Wording};
use super::records::maternal;
use super::{Context, List, Placed};

/// The sexes that titles of the release name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    const fn word(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

pub(super) fn check(list: &List<'_, '_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for own in &list.known {
        findings.extend(context.sex.and_then(|sex| other_sex(*own, sex)));
        findings.extend(context.age_years.and_then(|age| other_age(*own, age)));
    }
}

fn other_sex(own: Placed<'_, '_>, sex: Sex) -> Option<Finding> {
    let facts = own.facts;
    let (said, source, note) = said_by_title(facts).or_else(|| said_by_note(facts))?;
    (said != sex).then(|| Finding {
        severity: Severity::Warning,
        rule: Rule::Sex,
        text: format!(
            "{} is for {} patients by {source}; the patient is {}.",
            facts.code,
            said.word(),
            sex.word()
        ),
        places: vec![own.place],
        note,
        mend: "Correct the code or the sex of the patient.".to_owned(),
    })
}

/// The sex that its title, or a title above it, names; no other person's (`male partner`), and not where both are named.
fn said_by_title(facts: &Facts<'_>) -> Option<(Sex, String, Option<Wording>)> {
    let titles = || std::iter::once(facts.title).chain(facts.titles_above.iter().copied());
    if titles().any(|it| it.contains("perpetrator")) {
        return None;
    }
    titles().find_map(|title| {
        let lower = title.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        let named = |word: &str| match word {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            _ => None,
        };
        let first = words.by_ref().find_map(named)?;
        let both = words.filter_map(named).any(|it| it != first);
        (!both).then(|| (first, format!("the title “{title}”"), None))
    })
}

/// A note that keeps the code for maternal records.
fn said_by_note(facts: &Facts<'_>) -> Option<(Sex, String, Option<Wording>)> {
    let note = maternal(facts)?;
    let source = format!("a note at {}", note.at);
    Some((Sex::Female, source, Some(note.into())))
}

fn other_age(own: Placed<'_, '_>, age: u8) -> Option<Finding> {
    let notes = own.facts.notes_of(NoteKind::Note);
    let (note, ages) = notes
        .filter_map(|note| Some((note, ages_of(note.text, own.facts)?)))
        .find(|(_, ages)| !ages.contains(&age))?;
    let span = match *ages.end() {
        u8::MAX => format!("{} years of age or older", ages.start()),
        end => format!("{} to {end} years of age", ages.start()),
    };
    Some(Finding {
        severity: Severity::Warning,
        rule: Rule::Age,
        text: format!(
            "{} is for persons {span} by the note at {}; the patient's age is {age}.",
            own.facts.code, note.at
        ),
        places: vec![own.place],
        note: Some(note.into()),
        mend: "Correct the code or the age of the patient.".to_owned(),
    })
}

/// The ages that a note gives to the codes it speaks of, if it speaks of this one:
///
/// > BMI adult codes are for use for persons 20 years of age or older
fn ages_of(note: &str, facts: &Facts<'_>) -> Option<std::ops::RangeInclusive<u8>> {
    let (which, ages) = note.split_once(" codes are for use for persons ")?;
    let title = facts.title.to_lowercase();
    let has = |word: &str| title.contains(&word.to_lowercase());
    if !which.split(' ').all(has) {
        return None;
    }
    let (years, rest) = ages.split_once(" years of age")?;
    match years.split_once('-') {
        Some((first, last)) => Some(first.parse().ok()?..=last.parse().ok()?),
        None if rest.starts_with(" or older") => Some(years.parse().ok()?..=u8::MAX),
        None => None,
    }
}
