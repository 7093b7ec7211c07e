//! Cases taken from the tabular list itself: for every kind of fault, codes that have it, with the place of the note or
//! code they come from, and codes that have it not.
//!
//! The cases are read from the list in its plainest wording, without the code under test: `name (X00.0)` and nothing
//! else in parentheses. So a rule that misreads a note does not agree with itself.

use std::collections::{BTreeMap, HashMap};

use medcover_contract_terminology::{CheckRequest, CheckResult, Finding, Severity};
use medcover_terms::source::{Level, NoteKind, Source, SourceConcept};

use crate::checking::{Served, served};
use crate::real_release;

/// Cases of each kind, at most.
const OF_A_KIND: usize = 120;

/// The rules that need no person to decide, by name.
const KINDS: [&str; 10] = [
    "additional-only-first",
    "code-first-order",
    "duplicate",
    "excludes1",
    "manifestation-first",
    "maternal-and-newborn",
    "not-billable",
    "seventh-character-missing",
    "seventh-character-wrong",
    "unknown-code",
];

/// A list of codes and what is wrong with it.
#[derive(Clone, Debug)]
struct Case {
    /// The code, block or chapter that the case is taken from.
    at: String,
    codes: Vec<String>,
    /// The rule, the places of the list, and where a finding rests on a note, that it is the one at [`Self::at`].
    expected: (&'static str, Vec<u32>),
    /// The denial that would come: its CARC and RARC.
    denial: (u16, Option<&'static str>),
    /// Whether the finding names the note.
    by_note: bool,
}

/// The release, and what hangs together in it.
struct List<'s> {
    concepts: &'s [SourceConcept],
    places: HashMap<&'s str, usize>,
    /// A billable code at or below each concept, where there is one.
    billable: Vec<Option<usize>>,
}

impl<'s> List<'s> {
    fn of(source: &'s Source) -> Self {
        let concepts = &source.concepts;
        let mut billable = vec![None; concepts.len()];
        for place in (0..concepts.len()).rev() {
            if concepts[place].billable {
                billable[place] = Some(place);
            }
            if let (Some(parent), Some(_)) = (concepts[place].parent, billable[place]) {
                billable[parent as usize] = billable[place];
            }
        }
        Self {
            concepts,
            places: (0..concepts.len())
                .map(|place| (&*concepts[place].code, place))
                .collect(),
            billable,
        }
    }

    fn code(&self, place: usize) -> String {
        self.concepts[place].code.clone()
    }

    /// A billable code at or below `place`.
    fn below(&self, place: usize) -> Option<String> {
        self.billable[place].map(|it| self.code(it))
    }

    fn above(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(place), |&at| {
            self.concepts[at].parent.map(|it| it as usize)
        })
    }

    fn is_under(&self, place: usize, header: usize) -> bool {
        self.above(place).any(|at| at == header)
    }

    /// The one code that a note names, in the plainest wording there is: `name (X00.0)` or `name (X00.-)`.
    fn plain(&self, text: &str) -> Option<usize> {
        let (name, code) = text.strip_suffix(')')?.split_once('(')?;
        let code = code
            .strip_suffix(".-")
            .or(code.strip_suffix('-'))
            .unwrap_or(code);
        let wordy = ["with", "if", "except", "any"];
        if name.split(' ').any(|word| wordy.contains(&word)) {
            return None;
        }
        self.places.get(code).copied()
    }

    /// Each note of `kind` that names one code plainly: its place, and the place of what it names.
    fn plain_notes(&self, kind: NoteKind) -> impl Iterator<Item = (usize, usize)> {
        let concepts = self.concepts.iter().enumerate();
        concepts.flat_map(move |(at, concept)| {
            let notes = concept.notes.iter().filter(move |it| it.kind == kind);
            notes.filter_map(move |note| Some((at, self.plain(&note.text)?)))
        })
    }

    /// Every note of `kind` that holds at `place`, as text.
    fn holds(&self, place: usize, kind: NoteKind) -> impl Iterator<Item = &'s str> {
        self.above(place).flat_map(move |at| {
            let notes = self.concepts[at].notes.iter();
            notes
                .filter(move |it| it.kind == kind)
                .map(|it| it.text.as_str())
        })
    }

    /// Whether a note of `kinds` that holds at `place` may name `other`: a code of the same letter, or a span over it.
    fn may_name(&self, place: usize, other: usize, kinds: &[NoteKind]) -> bool {
        let letter = self.concepts[other].code.as_bytes()[0];
        let is_code = |it: &&str| it.len() >= 3 && it.as_bytes()[1].is_ascii_digit();
        let spans = |word: &str| {
            let mut letters = word.split('-').filter(is_code).map(|it| it.as_bytes()[0]);
            let first = letters.next();
            first.is_some_and(|first| (first..=letters.next().unwrap_or(first)).contains(&letter))
        };
        let named = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
                .any(spans)
        };
        kinds.iter().any(|&kind| self.holds(place, kind).any(named))
    }

    /// Whether a note at `place` may have it and `other` on one claim.
    fn has_together(&self, place: usize, other: usize) -> bool {
        use NoteKind::{CodeAlso, CodeFirst, Excludes2, UseAdditional};
        let kinds = [CodeFirst, UseAdditional, CodeAlso, Excludes2];
        self.may_name(place, other, &kinds)
    }

    /// Whether a note at `place` may put it in relation to `other`. Where none does, the two are strangers.
    fn mentions(&self, place: usize, other: usize) -> bool {
        use NoteKind::{CodeAlso, CodeFirst, Excludes1, Excludes2};
        self.may_name(place, other, &[Excludes1, Excludes2, CodeFirst, CodeAlso])
    }
}

impl Case {
    fn new(at: String, codes: Vec<String>, rule: &'static str, places: &[u32]) -> Self {
        let denial = match rule {
            "not-billable" | "seventh-character-missing" => (16, Some("M81")),
            "unknown-code" | "seventh-character-wrong" | "maternal-and-newborn" => {
                (16, Some("M76"))
            }
            "duplicate" | "excludes1" => (16, Some("M64")),
            _ => (16, Some("MA63")),
        };
        let by_note = matches!(
            rule,
            "excludes1" | "code-first-order" | "additional-only-first"
        );
        Self {
            at,
            codes,
            expected: (rule, places.to_vec()),
            denial,
            by_note,
        }
    }
}

/// Some of `cases`, evenly over the whole of the list.
fn some(cases: Vec<Case>) -> impl Iterator<Item = Case> {
    let step = cases.len().div_ceil(OF_A_KIND).max(1);
    cases.into_iter().step_by(step)
}

/// Pairs of which an Excludes1 note of one names the other, in either order.
fn exclusions(list: &List<'_>) -> Vec<Case> {
    let pairs = list.plain_notes(NoteKind::Excludes1);
    let cases = pairs.filter_map(|(at, named)| {
        let (own, target) = (list.billable[at]?, list.billable[named]?);
        let contradicted = list.has_together(own, target) || list.has_together(target, own);
        let (one, other) = (list.code(own), list.code(target));
        (own != target && !list.is_under(own, named) && !contradicted).then(|| {
            let codes = if at % 2 == 0 {
                vec![one, other]
            } else {
                vec![other, one]
            };
            Case::new(list.code(at), codes, "excludes1", &[0, 1])
        })
    });
    cases.collect()
}

/// Pairs in the order that a code-first note forbids, neither of which is a manifestation by its title.
fn wrong_order(list: &List<'_>) -> Vec<Case> {
    let pairs = list.plain_notes(NoteKind::CodeFirst);
    let cases = pairs.filter_map(|(at, named)| {
        let (second, first) = (list.below(at)?, list.below(named)?);
        let place = list.places[&*second];
        let says = |text: &str| text.to_lowercase().contains("classified elsewhere");
        let manifestation = list.above(place).any(|it| says(&list.concepts[it].title));
        let limited = list.concepts[at]
            .notes
            .iter()
            .any(|it| it.kind == NoteKind::CodeFirst && it.text.contains("for "));
        let mutual = list
            .holds(list.places[&*first], NoteKind::CodeFirst)
            .next()
            .is_some();
        (second != first && !manifestation && !limited && !mutual).then(|| {
            Case::new(
                list.code(at),
                vec![second, first],
                "code-first-order",
                &[0, 1],
            )
        })
    });
    cases.collect()
}

/// Manifestations in first place, by their titles: `… in diseases classified elsewhere`.
fn manifestations(list: &List<'_>) -> Vec<Case> {
    let concepts = list.concepts.iter().enumerate();
    let cases = concepts.filter_map(|(place, concept)| {
        let manifestation = concept.billable
            && concept.title.contains(" in ")
            && concept.title.ends_with("diseases classified elsewhere")
            && list.holds(place, NoteKind::CodeFirst).next().is_some();
        let codes = vec![concept.code.clone(), "I10".to_owned()];
        manifestation.then(|| Case::new(concept.code.clone(), codes, "manifestation-first", &[0]))
    });
    cases.collect()
}

/// Headers, and codes of which only the 7th character is missing.
fn unfinished(list: &List<'_>) -> [Vec<Case>; 2] {
    let mut next = vec![Level::Chapter; list.concepts.len()];
    for concept in list.concepts {
        if let Some(parent) = concept.parent {
            next[parent as usize] = concept.level;
        }
    }
    let of = |lacks_seventh: bool, rule| {
        let concepts = list.concepts.iter().enumerate();
        let cases = concepts.filter(|(place, concept)| {
            concept.level >= Level::Category
                && !concept.billable
                && (next[*place] == Level::Extended) == lacks_seventh
        });
        cases
            .map(|(_, it)| Case::new(it.code.clone(), vec![it.code.clone()], rule, &[0]))
            .collect()
    };
    [
        of(false, "not-billable"),
        of(true, "seventh-character-missing"),
    ]
}

/// 7th characters that no definition above the code has, in the right place.
fn wrong_seventh(list: &List<'_>) -> Vec<Case> {
    let concepts = list.concepts.iter();
    let extended = concepts.filter(|it| it.level == Level::Extended);
    let cases = extended.filter_map(|it| {
        let stem = &it.code[..it.code.len() - 1];
        // No definition of the list has a Z.
        let wrong = format!("{stem}Z");
        let absent = !list.places.contains_key(&*wrong);
        absent.then(|| {
            let at = list.concepts[it.parent? as usize].code.clone();
            Some(Case::new(at, vec![wrong], "seventh-character-wrong", &[0]))
        })?
    });
    cases.collect()
}

/// Codes that no release has: a whole code and one character more, or its last one changed.
fn unknown(list: &List<'_>) -> Vec<Case> {
    let concepts = list.concepts.iter().enumerate();
    let whole = concepts
        .filter(|(_, it)| it.billable && it.level == Level::Subcategory && it.code.len() == 5);
    let cases = whole.filter_map(|(_, it)| {
        let wrong = format!("{}7", it.code);
        let absent = !list.places.contains_key(&*wrong);
        absent.then(|| Case::new(it.code.clone(), vec![wrong], "unknown-code", &[0]))
    });
    cases.collect()
}

fn duplicates(list: &List<'_>) -> Vec<Case> {
    let concepts = list.concepts.iter();
    let cases = concepts.filter(|it| it.billable).map(|it| {
        // Once with and once without its dot.
        let codes = vec![
            "I10".to_owned(),
            it.code.clone(),
            it.code.replace('.', "").to_lowercase(),
        ];
        Case::new(it.code.clone(), codes, "duplicate", &[1, 2])
    });
    cases.filter(|it| it.at != "I10").collect()
}

/// Codes of chapters and blocks whose notes say that they only go with others.
fn never_first(list: &List<'_>) -> Vec<Case> {
    let concepts = list.concepts.iter().enumerate();
    let cases = concepts.filter_map(|(place, it)| {
        let at = list
            .above(place)
            .find(|&at| ["20", "B95-B97", "Z16", "Y90-Y99"].contains(&&*list.concepts[at].code))?;
        it.billable.then(|| {
            Case::new(
                list.code(at),
                vec![it.code.clone()],
                "additional-only-first",
                &[0],
            )
        })
    });
    cases.collect()
}

/// A code of chapter 15, which is for mothers, with one of chapter 16, which is for newborns.
fn records(list: &List<'_>) -> Vec<Case> {
    let of = |chapter: u8| {
        let concepts = list.concepts.iter();
        let billable = concepts.filter(move |it| it.chapter == chapter && it.billable);
        billable.map(|it| it.code.clone())
    };
    let pairs = of(15).step_by(17).zip(of(16));
    let cases = pairs.map(|(mother, newborn)| {
        let codes = vec![mother, newborn];
        Case::new("16".to_owned(), codes, "maternal-and-newborn", &[0, 1])
    });
    cases.collect()
}

fn cases(list: &List<'_>) -> BTreeMap<&'static str, Vec<Case>> {
    let [headers, without_seventh] = unfinished(list);
    let kinds = [
        exclusions(list),
        wrong_order(list),
        manifestations(list),
        headers,
        without_seventh,
        wrong_seventh(list),
        unknown(list),
        duplicates(list),
        never_first(list),
        records(list),
    ];
    let kinds = kinds.into_iter().filter(|it| !it.is_empty());
    kinds
        .map(|cases| (cases[0].expected.0, some(cases).collect()))
        .collect()
}

fn ask(served: &Served, codes: &[String]) -> CheckResult {
    served.ask(CheckRequest {
        codes: codes.to_vec(),
        date: Some("2026-05-04".to_owned()),
        ..CheckRequest::default()
    })
}

/// Whether `finding` is the one that `case` expects.
fn is_expected(list: &List<'_>, case: &Case, finding: &Finding) -> bool {
    let (rule, places) = &case.expected;
    let denial = finding.denial.as_ref();
    let refused = denial.map(|it| (it.carc, it.rarc.as_deref())) == Some(case.denial);
    let by_note = !case.by_note || is_true(list, case, finding);
    finding.severity == Severity::Error
        && finding.rule == *rule
        && finding.places == *places
        && !finding.text.is_empty()
        && !finding.mend.is_empty()
        && refused
        && by_note
}

#[test]
fn every_case_of_the_list_has_its_finding() {
    let Some((served, (source, _))) = served().zip(real_release::release()) else {
        return;
    };
    let list = List::of(source);
    let kinds = cases(&list);
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), KINDS);
    let mut wrong = Vec::new();
    let mut total = 0;
    for (rule, cases) in kinds {
        println!("{rule}: {} cases", cases.len());
        total += cases.len();
        assert!(cases.len() >= 20, "{rule}: {}", cases.len());
        for case in cases {
            let result = ask(served, &case.codes);
            let errors = result
                .findings
                .iter()
                .filter(|it| it.severity == Severity::Error);
            let expected = errors.clone().any(|it| is_expected(&list, &case, it));
            // Another error may stand beside it only where the codes have that one, too.
            let others = errors.filter(|it| !is_expected(&list, &case, it));
            let others: Vec<_> = others.collect();
            if !expected || result.passed || others.iter().any(|it| !is_true(&list, &case, it)) {
                wrong.push(format!("{case:?}\n  {:?}", result.findings));
            }
        }
    }
    println!("{total} cases");
    assert!(total >= 200);
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether an error beside the expected one is there by the words of the list: its note stands where it says and names
/// the beginning of the other code, or it is one of the place of the code.
fn is_true(list: &List<'_>, case: &Case, finding: &Finding) -> bool {
    let Some(note) = &finding.note else {
        return false;
    };
    let written = list.concepts[list.places[&*note.at]]
        .notes
        .iter()
        .any(|it| it.text == note.text);
    let codes = finding.places.iter().map(|&it| &case.codes[it as usize]);
    let under = codes
        .filter_map(|code| list.places.get(&**code))
        .any(|&it| list.is_under(it, list.places[&*note.at]));
    written && under
}

/// Lists that a coder may hand in: the underlying condition before its manifestation, two codes of which a note says that
/// both may be coded, a code and the one that its note asks for.
fn clean(list: &List<'_>) -> Vec<Vec<String>> {
    let mut lists = Vec::new();
    let fits = |own: usize, other: usize| {
        own != other && !list.is_under(own, other) && !list.is_under(other, own)
    };
    for kind in [
        NoteKind::CodeFirst,
        NoteKind::UseAdditional,
        NoteKind::CodeAlso,
    ] {
        let found: Vec<_> = list
            .plain_notes(kind)
            .filter_map(|(at, named)| {
                let (own, other) = (list.billable[at]?, list.billable[named]?);
                let codes = match kind {
                    NoteKind::CodeFirst => [other, own],
                    _ => [own, other],
                };
                let sound = fits(own, other) && !never_alone(list, codes[0]);
                sound.then(|| codes.map(|it| list.code(it)).to_vec())
            })
            .collect();
        let step = found.len().div_ceil(2 * OF_A_KIND).max(1);
        lists.extend(found.into_iter().step_by(step));
    }
    lists
}

/// Pairs of codes that no note of either has in common: of other chapters, and without a note that names the other's letter.
fn strangers(list: &List<'_>) -> Vec<Vec<String>> {
    let billable: Vec<_> = (0..list.concepts.len())
        .filter(|&it| list.concepts[it].billable && !never_alone(list, it))
        .collect();
    let half = billable.len() / 2;
    let pairs = billable[..half].iter().zip(&billable[half..]);
    pairs
        .step_by(37)
        .filter(|&(&one, &other)| !list.mentions(one, other) && !list.mentions(other, one))
        .map(|(&one, &other)| vec![list.code(one), list.code(other)])
        .collect()
}

/// Whether a code is one that may not be the first.
fn never_alone(list: &List<'_>, place: usize) -> bool {
    list.holds(place, NoteKind::CodeFirst).next().is_some()
        || list.above(place).any(|at| {
            ["15", "16", "17", "20", "B95-B97", "Z16", "Z3A"].contains(&&*list.concepts[at].code)
        })
}

#[test]
fn nothing_wrong_is_found_in_lists_that_the_notes_ask_for() {
    let Some((served, (source, _))) = served().zip(real_release::release()) else {
        return;
    };
    let list = List::of(source);
    let (asked, strangers) = (clean(&list), strangers(&list));
    println!("{} asked for, {} strangers", asked.len(), strangers.len());
    assert!(asked.len() + strangers.len() >= 200);
    let mut wrong = Vec::new();
    for codes in asked.iter().chain(&strangers) {
        let result = ask(served, codes);
        let grave = |it: &&Finding| it.severity != Severity::Information;
        if let Some(finding) = result.findings.iter().find(grave) {
            wrong.push(format!("{codes:?} {finding:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
