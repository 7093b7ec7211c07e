//! The check of a list of codes against the release that is valid on the date of service.

use std::sync::Arc;

use jiff::civil::Date;
use medcover_coding::check::{self, Coded, Context, Facts, Lookup, Note, Unknown};
use medcover_coding::side::Beside;
use medcover_coding::{Code, Period};
use medcover_contract_terminology::{
    CheckRequest, CheckResult, CheckedRelease, CodeSummary, Denial, Finding, MAX_CHECKED, NoteKind,
    RuleNote, Severity, Sex,
};
use medcover_kernel::Result;
use medcover_terms::Concept;
use medcover_terms::source::{self, Level};

use super::checks::Checks;
use super::surroundings::code_ref;
use crate::releases::{ICD10CM, OpenRelease, ReleaseSet};

/// How many of the codes below a header a finding lists.
const LISTED_BELOW: usize = 6;
/// Oldest age taken, in years.
const MAX_AGE: u8 = 150;

/// Checks the codes of `request`.
pub(crate) fn check_codes(set: &ReleaseSet, request: &CheckRequest) -> Result<CheckResult> {
    set.icd10cm()?;
    let date = checked(request)?;
    let dated = Dated::of(set);
    let release = match date {
        Some(date) => dated.on(date),
        None => Some(set.icd10cm()?),
    };
    let Some(release) = release else {
        let context = Context {
            outside: date.map(|date| (date, &*dated.periods)),
            ..Context::default()
        };
        let unasked = |code: &String| CodeSummary {
            requested: code.clone(),
            code: None,
        };
        let items = request.codes.iter().map(unasked).collect();
        return Ok(result(None, items, check::check(&[], &context)));
    };
    let context = Context {
        outside: None,
        age_years: request.age_years,
        sex: request.sex.map(|sex| match sex {
            Sex::Female => check::Sex::Female,
            Sex::Male => check::Sex::Male,
        }),
    };
    let codes: Vec<_> = request
        .codes
        .iter()
        .map(|given| coded(given, release, set))
        .collect();
    let items = request.codes.iter().map(|given| CodeSummary {
        requested: given.clone(),
        code: find(release, given).map(|(_, it)| code_ref(&it)),
    });
    let findings = check::check(&codes, &context);
    Ok(result(
        Some(dated.named(release)),
        items.collect(),
        findings,
    ))
}

/// The date of service, once all fields are right.
fn checked(request: &CheckRequest) -> Result<Option<Date>> {
    let mut checks = Checks::default();
    checks.codes(&request.codes, MAX_CHECKED);
    let date = request.date.as_deref().map(str::parse::<Date>).transpose();
    if date.is_err() {
        checks.fault("/date", "must be a day, such as 2026-05-04");
    }
    if request.age_years.is_some_and(|age| age > MAX_AGE) {
        checks.fault("/age_years", format!("must be at most {MAX_AGE}"));
    }
    checks.done()?;
    Ok(date.unwrap_or_default())
}

/// The releases of ICD-10-CM that say from when they are valid, and their periods.
struct Dated<'s> {
    releases: Vec<&'s Arc<OpenRelease>>,
    periods: Vec<Period>,
}

impl<'s> Dated<'s> {
    fn of(set: &'s ReleaseSet) -> Self {
        let (releases, from): (Vec<_>, Vec<_>) = all(set)
            .filter_map(|release| {
                let from = release.release().identity().valid_from.as_deref()?;
                Some((release, from.parse::<Date>().ok()?))
            })
            .unzip();
        Self {
            periods: Period::of_releases(&from),
            releases,
        }
    }

    fn on(&self, date: Date) -> Option<&'s Arc<OpenRelease>> {
        let place = self.periods.iter().position(|it| it.covers(date))?;
        Some(self.releases[place])
    }

    fn named(&self, release: &OpenRelease) -> CheckedRelease {
        let place = self
            .releases
            .iter()
            .position(|it| it.label() == release.label());
        let period = place.map(|place| self.periods[place]);
        let last = period.and_then(|it| it.until.yesterday().ok());
        CheckedRelease {
            name: release.label().to_owned(),
            valid_from: period.map(|it| it.from.to_string()),
            valid_to: last.map(|it| it.to_string()),
        }
    }
}

/// Every open release of ICD-10-CM.
fn all(set: &ReleaseSet) -> impl Iterator<Item = &Arc<OpenRelease>> {
    set.all().filter(|it| it.system() == ICD10CM)
}

/// What the release says about a code.
fn coded<'r>(given: &'r str, release: &'r OpenRelease, set: &'r ReleaseSet) -> Coded<'r> {
    let lookup = match find(release, given) {
        Some((code, concept)) => Lookup::Known(facts(code, concept)),
        None => Lookup::Unknown(Unknown {
            elsewhere: all(set)
                .filter(|it| find(it, given).is_some())
                .map(|it| it.label())
                .collect(),
            ..around(given, release)
        }),
    };
    Coded { given, lookup }
}

/// The concept of a code; chapters and blocks are none.
fn find<'r>(release: &'r OpenRelease, given: &str) -> Option<(Code, Concept<'r>)> {
    let concept = release.release().find(given)?;
    Some((Code::parse(concept.code()).ok()?, concept))
}

fn facts(code: Code, concept: Concept<'_>) -> Facts<'_> {
    let mut below = billable_below(concept).peekable();
    let lacks_seventh = concept
        .children()
        .next()
        .is_some_and(|it| it.level() == Level::Extended);
    let billable_below: Vec<_> = below.by_ref().take(LISTED_BELOW).collect();
    let above: Vec<_> = std::iter::once(concept)
        .chain(concept.ancestors())
        .collect();
    let notes = above.iter().flat_map(|at| {
        at.notes()
            .filter_map(|note| Some(Note::read(kind(note.kind())?, at.code(), note.text())))
    });
    Facts {
        code,
        title: concept.title(),
        titles_above: above.iter().skip(1).map(Concept::title).collect(),
        billable: concept.billable(),
        active: concept.active(),
        billable_below_total: billable_below.len() + below.count(),
        billable_below,
        default: concept.default().map(|it| it.code()),
        lacks_seventh,
        beside: beside(concept),
        notes: notes.collect(),
    }
}

/// The codes below a header that may stand on a claim, in the order of the release.
fn billable_below(concept: Concept<'_>) -> impl Iterator<Item = &str> {
    let mut waiting: Vec<_> = concept.children().collect();
    waiting.reverse();
    std::iter::from_fn(move || {
        while let Some(next) = waiting.pop() {
            let before = waiting.len();
            waiting.extend(next.children());
            waiting[before..].reverse();
            if next.billable() {
                return Some(next.code());
            }
        }
        None
    })
}

/// The codes under the same header; for one with a 7th character, those that the same character makes of the codes
/// beside its stem.
fn beside(concept: Concept<'_>) -> Vec<Beside<'_>> {
    let stem = (concept.level() == Level::Extended)
        .then(|| concept.parent())
        .flatten();
    let Some(stem) = stem else {
        return concept.siblings().map(named).collect();
    };
    let character = concept.code_bytes().last();
    let completed = stem.siblings().flat_map(|it| it.children());
    completed
        .filter(|it| it.level() == Level::Extended && it.code_bytes().last() == character)
        .map(named)
        .collect()
}

fn named(concept: Concept<'_>) -> Beside<'_> {
    Beside {
        code: concept.code(),
        title: concept.title(),
    }
}

/// What is known around a code that the release has not.
fn around<'r>(given: &str, release: &'r OpenRelease) -> Unknown<'r> {
    let bare: String = given.chars().filter(char::is_ascii_alphanumeric).collect();
    let nearest = (3..bare.len())
        .rev()
        .find_map(|end| find(release, &bare[..end]));
    let Some((code, concept)) = nearest else {
        return Unknown::default();
    };
    let (stem, stem_concept) = stem(code, concept);
    Unknown {
        nearest: Some((stem, stem_concept.title())),
        seventh: completing(stem_concept),
        elsewhere: Vec::new(),
    }
}

/// What a 7th character stands behind: for a completed code, the code above it.
fn stem(code: Code, concept: Concept<'_>) -> (Code, Concept<'_>) {
    let above = (concept.level() == Level::Extended)
        .then(|| concept.parent())
        .flatten();
    above
        .and_then(|it| Some((Code::parse(it.code()).ok()?, it)))
        .unwrap_or((code, concept))
}

/// The 7th characters that complete a code.
fn completing(concept: Concept<'_>) -> Vec<char> {
    let completed = concept
        .children()
        .filter(|it| it.level() == Level::Extended);
    completed
        .filter_map(|it| it.code().chars().last())
        .collect()
}

const fn kind(kind: source::NoteKind) -> Option<check::NoteKind> {
    match kind {
        source::NoteKind::Excludes1 => Some(check::NoteKind::Excludes1),
        source::NoteKind::Excludes2 => Some(check::NoteKind::Excludes2),
        source::NoteKind::CodeFirst => Some(check::NoteKind::CodeFirst),
        source::NoteKind::UseAdditional => Some(check::NoteKind::UseAdditional),
        source::NoteKind::CodeAlso => Some(check::NoteKind::CodeAlso),
        source::NoteKind::Note => Some(check::NoteKind::Note),
        _ => None,
    }
}

fn result(
    release: Option<CheckedRelease>,
    items: Vec<CodeSummary>,
    findings: Vec<check::Finding>,
) -> CheckResult {
    let findings: Vec<_> = findings.into_iter().map(finding).collect();
    CheckResult {
        release,
        passed: findings.iter().all(|it| it.severity != Severity::Error),
        items,
        findings,
    }
}

fn finding(found: check::Finding) -> Finding {
    let denial = found.denial().map(|it| Denial {
        carc: it.carc,
        rarc: it.rarc.map(ToOwned::to_owned),
        text: it.text.to_owned(),
    });
    Finding {
        severity: match found.severity {
            check::Severity::Information => Severity::Information,
            check::Severity::Warning => Severity::Warning,
            check::Severity::Error => Severity::Error,
        },
        rule: found.rule.slug().to_owned(),
        text: found.text,
        places: found.places.into_iter().map(|it| it as u32).collect(),
        note: found.note.map(|note| RuleNote {
            kind: match note.kind {
                check::NoteKind::Excludes1 => NoteKind::Excludes1,
                check::NoteKind::Excludes2 => NoteKind::Excludes2,
                check::NoteKind::CodeFirst => NoteKind::CodeFirst,
                check::NoteKind::UseAdditional => NoteKind::UseAdditional,
                check::NoteKind::CodeAlso => NoteKind::CodeAlso,
                check::NoteKind::Note => NoteKind::Note,
            },
            at: note.at,
            text: note.text,
        }),
        mend: found.mend,
        denial,
    }
}
