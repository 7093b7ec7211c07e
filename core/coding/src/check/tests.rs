//! The rules over a few codes, written out as a release would have them.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::code::Code;
use crate::side::Beside;

use NoteKind::{CodeFirst, Excludes1, UseAdditional};

const UNDERLYING: &str = "underlying disease, such as:";

/// Codes that the release says the same of, with title, titles above, and notes.
type Entry = (
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
    &'static [(NoteKind, &'static str, &'static str)],
);

/// A release of two dozen codes.
const RELEASE: &[Entry] = &[
    (&["A00.0", "E10.9", "E11", "I10"], "A disease", &[], &[]),
    (
        &["E11.9", "E11.52"],
        "Type 2 diabetes",
        &[],
        &[(Excludes1, "E11", "type 1 diabetes mellitus (E10.-)")],
    ),
    (
        &["G59"],
        "Mononeuropathy in diseases classified elsewhere",
        &[],
        &[
            (CodeFirst, "G59", UNDERLYING),
            (CodeFirst, "G59", "cholera (A00.-)"),
            (Excludes1, "G59", "gangrene (E08-E13 with .52)"),
        ],
    ),
    (
        &["I50.9"],
        "Heart failure",
        &[],
        &[(
            CodeFirst,
            "I50",
            "heart failure due to hypertension (I11.0)",
        )],
    ),
    (
        &["I11.0"],
        "Hypertensive heart disease with heart failure",
        &[],
        &[
            (
                UseAdditional,
                "I11.0",
                "code to identify type of heart failure (I50.-)",
            ),
            (
                UseAdditional,
                "I10-I1A",
                "code to identify: tobacco use (Z72.0)",
            ),
        ],
    ),
    (
        &["J60"],
        "Coal worker's lung",
        &[],
        &[
            (Excludes1, "J60-J70", "asthma (J45.-)"),
            (NoteKind::Excludes2, "J60", "asthma (J45.-)"),
            (Excludes1, "J60", "cholera (A00.-)"),
            (NoteKind::CodeAlso, "J60-J70", "cholera (A00.-)"),
        ],
    ),
    (&["J45"], "Asthma", &[], &[]),
    (&["M25.569"], "Pain in unspecified knee", &[], &[]),
    (
        &["O80"],
        "Delivery",
        &[],
        &[(
            NoteKind::Note,
            "15",
            "CODES FROM THIS CHAPTER ARE FOR USE ONLY ON MATERNAL RECORDS, NEVER ON NEWBORN RECORDS",
        )],
    ),
    (
        &["P07.00"],
        "Low birth weight",
        &[],
        &[(
            NoteKind::Note,
            "16",
            "Codes from this chapter are for use on newborn records only, never on maternal records",
        )],
    ),
    (
        &["Q21.0"],
        "Septal defect",
        &[],
        &[(
            NoteKind::Note,
            "17",
            "Codes from this chapter are not for use on maternal records",
        )],
    ),
    (
        &["B95.0"],
        "Streptococcus as the cause of diseases classified elsewhere",
        &[],
        &[(
            NoteKind::Note,
            "B95-B97",
            "These categories are provided for use as supplementary or additional codes to identify the agent(s)",
        )],
    ),
    (
        &["L99"],
        "Disorders of skin",
        &[],
        &[(
            Excludes1,
            "L99",
            "fracture (S52.- with open fracture 7th character)",
        )],
    ),
    (
        &["N40.0"],
        "Benign prostatic hyperplasia",
        &["Diseases of male genital organs"],
        &[],
    ),
    (
        &["S52.001", "S52.001A"],
        "Fracture of upper end of right ulna",
        &[],
        &[],
    ),
    (
        &["T39.01"],
        "Poisoning by and adverse effect of aspirin",
        &[],
        &[
            (
                CodeFirst,
                "T36-T50",
                ", for adverse effects, the nature of the adverse effect, such as:",
            ),
            (CodeFirst, "T36-T50", "cholera (A00.-)"),
        ],
    ),
    (
        &["Z68.1"],
        "Body mass index [BMI] 19.9 or less, adult",
        &[],
        &[(
            NoteKind::Note,
            "Z68",
            "BMI adult codes are for use for persons 20 years of age or older",
        )],
    ),
];

fn facts(code: Code) -> Option<Facts<'static>> {
    let entry = RELEASE.iter().find(|it| it.0.contains(&code.as_str()));
    let &(_, title, above, notes) = entry?;
    let billable = !matches!(code.as_str(), "E11" | "S52.001");
    Some(Facts {
        code,
        title,
        titles_above: above.to_vec(),
        billable,
        active: true,
        billable_below: if billable {
            vec![]
        } else {
            vec!["E11.52", "E11.9"]
        },
        billable_below_total: if billable { 0 } else { 9 },
        default: (code.as_str() == "E11").then_some("E11.9"),
        lacks_seventh: code.as_str() == "S52.001",
        beside: vec![
            Beside {
                code: "M25.561",
                title: "Pain in right knee",
            },
            Beside {
                code: "M25.562",
                title: "Pain in left knee",
            },
        ],
        notes: notes
            .iter()
            .map(|&(kind, at, text)| Note::read(kind, at, text))
            .collect(),
    })
}

fn coded(given: &str) -> Coded<'_> {
    let known = Code::parse(given).ok().and_then(facts);
    let stem = Code::parse("S52.001").unwrap();
    let lookup = match known {
        Some(facts) => Lookup::Known(facts),
        None if given.starts_with("S52.001") => Lookup::Unknown(Unknown {
            nearest: Some((stem, "Fracture")),
            seventh: vec!['A', 'B', 'D'],
            elsewhere: vec![],
        }),
        None => Lookup::Unknown(Unknown::default()),
    };
    Coded { given, lookup }
}

fn checked(codes: &[&str], context: &Context<'_>) -> Vec<Finding> {
    let codes: Vec<_> = codes.iter().map(|it| coded(it)).collect();
    check(&codes, context)
}

/// Severity, rule and places of each finding.
fn found(codes: &[&str]) -> Vec<(Severity, &'static str, Vec<usize>)> {
    let findings = checked(codes, &Context::default());
    findings
        .into_iter()
        .map(|it| (it.severity, it.rule.slug(), it.places))
        .collect()
}

use Severity::{Error, Information, Warning};

#[test]
fn what_is_right_leaves_nothing() {
    assert_eq!(found(&["I10"]), []);
    assert_eq!(found(&["E11.9", "I10", "s52001a"]), []);
}

#[test]
fn an_exclusion_is_found_from_either_side() {
    for codes in [["E11.9", "E10.9"], ["E10.9", "E11.9"]] {
        assert_eq!(found(&codes), [(Error, "excludes1", vec![0, 1])]);
    }
    let findings = checked(&["E11.9", "E10.9"], &Context::default());
    let note = findings[0].note.as_ref().unwrap();
    assert_eq!(
        (&*note.at, &*note.text),
        ("E11", "type 1 diabetes mellitus (E10.-)")
    );
}

#[test]
fn a_narrowed_exclusion_holds_for_what_it_leaves() {
    assert_eq!(
        found(&["A00.0", "G59", "E11.52"]),
        [(Error, "excludes1", vec![1, 2])]
    );
    assert_eq!(found(&["A00.0", "G59", "E11.9"]), []);
}

#[test]
fn a_narrowing_that_is_not_understood_is_a_warning() {
    assert_eq!(
        found(&["L99", "S52.001A"]),
        [(Warning, "excludes1", vec![0, 1])]
    );
}

#[test]
fn what_is_coded_first_stands_first() {
    assert_eq!(
        found(&["I10", "I50.9", "I11.0"]),
        [
            (Error, "code-first-order", vec![1, 2]),
            (Information, "use-additional-missing", vec![2]),
        ]
    );
    // A note for some cases is not known to be for this one.
    assert_eq!(
        found(&["T39.01", "A00.0"]),
        [(Warning, "code-first-order", vec![0, 1])]
    );
    assert_eq!(
        found(&["I11.0", "I50.9"]),
        [(Information, "use-additional-missing", vec![0])]
    );
    assert_eq!(
        found(&["I50.9"]),
        [(Information, "code-first-missing", vec![0])]
    );
}

#[test]
fn a_manifestation_is_never_first() {
    assert_eq!(
        found(&["G59", "A00.0"]),
        [(Error, "manifestation-first", vec![0, 1])]
    );
    assert_eq!(found(&["G59"]), [(Error, "manifestation-first", vec![0])]);
    assert_eq!(found(&["I10", "G59"]), []);
}

#[test]
fn a_further_code_is_asked_for_once_an_instruction() {
    // One note at the code, one at its block.
    assert_eq!(
        found(&["I11.0"]),
        [
            (Information, "use-additional-missing", vec![0]),
            (Information, "use-additional-missing", vec![0]),
        ]
    );
}

#[test]
fn a_note_that_has_both_codes_together_makes_an_exclusion_doubtful() {
    // The exception stands nearer than the exclusion.
    assert_eq!(found(&["J60", "J45"]), [(Warning, "excludes1", vec![0, 1])]);
    // The exclusion stands nearer than what allows both.
    assert_eq!(found(&["A00.0", "J60"]), [(Error, "excludes1", vec![0, 1])]);
}

#[test]
fn a_record_is_of_a_mother_or_of_a_child() {
    assert_eq!(
        found(&["P07.00", "I10", "O80"]),
        [(Error, "maternal-and-newborn", vec![2, 0])]
    );
    assert_eq!(
        found(&["O80", "Q21.0"]),
        [(Warning, "maternal-and-newborn", vec![0, 1])]
    );
    assert_eq!(found(&["P07.00", "Q21.0"]), []);
}

#[test]
fn a_code_that_goes_with_others_is_not_the_first() {
    assert_eq!(
        found(&["B95.0"]),
        [(Error, "additional-only-first", vec![0])]
    );
    assert_eq!(found(&["I10", "B95.0"]), []);
}

#[test]
fn a_side_left_open_is_a_suggestion_that_names_the_sides() {
    let findings = checked(&["M25.569"], &Context::default());
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].severity, findings[0].rule),
        (Information, Rule::SideUnspecified)
    );
    assert!(
        findings[0]
            .mend
            .contains("M25.561 (Pain in right knee), M25.562"),
        "{}",
        findings[0].mend
    );
}

#[test]
fn a_header_is_mended_by_the_code_for_its_bare_name() {
    let findings = checked(&["E11"], &Context::default());
    assert!(
        findings[0].mend.ends_with("that is E11.9."),
        "{}",
        findings[0].mend
    );
}

#[test]
fn a_fault_names_the_denial_that_it_would_bring() {
    let denials = |codes: &[&str]| -> Vec<_> {
        let findings = checked(codes, &Context::default());
        let denials = findings.iter().map(Finding::denial);
        denials.map(|it| it.map(|it| (it.carc, it.rarc))).collect()
    };
    assert_eq!(denials(&["E11"]), [Some((16, Some("M81")))]);
    assert_eq!(denials(&["S52.001"]), [Some((16, Some("M81")))]);
    assert_eq!(denials(&["Q99.9"]), [Some((16, Some("M76")))]);
    assert_eq!(denials(&["I10", "I10"]), [Some((16, Some("M64")))]);
    assert_eq!(denials(&["G59"]), [Some((16, Some("MA63")))]);
    // The order is wrong at the first place, and behind it.
    assert_eq!(denials(&["I50.9", "I11.0"])[0], Some((16, Some("MA63"))));
    assert_eq!(
        denials(&["I10", "I50.9", "I11.0"])[0],
        Some((16, Some("M64")))
    );
    assert_eq!(denials(&["I50.9"]), [None]);
}

#[test]
fn codes_that_may_not_stand_on_a_claim_are_told_apart() {
    assert_eq!(found(&["E11"]), [(Error, "not-billable", vec![0])]);
    assert_eq!(
        found(&["S52.001"]),
        [(Error, "seventh-character-missing", vec![0])]
    );
    assert_eq!(
        found(&["S52.001Z"]),
        [(Error, "seventh-character-wrong", vec![0])]
    );
    assert_eq!(
        found(&["S52.001XA"]),
        [(Error, "seventh-character-wrong", vec![0])]
    );
    assert_eq!(found(&["Q99.9"]), [(Error, "unknown-code", vec![0])]);
    assert_eq!(found(&["nonsense"]), [(Error, "unknown-code", vec![0])]);
}

#[test]
fn a_date_outside_every_release_is_never_a_pass() {
    let loaded = Period::of_releases(&[date(2026, 4, 1)]);
    let context = Context {
        outside: Some((date(2019, 5, 5), &loaded)),
        ..Context::default()
    };
    let findings = checked(&["I10"], &context);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, Rule::ReleaseNotLoaded);
    assert!(
        findings[0].text.contains("2026-04-01 to 2027-03-31"),
        "{}",
        findings[0].text
    );
}

#[test]
fn age_and_sex_are_those_that_the_release_names() {
    let of = |codes: &[&str], age_years, sex| -> Vec<_> {
        let context = Context {
            age_years,
            sex,
            ..Context::default()
        };
        let findings = checked(codes, &context);
        findings.iter().map(|it| it.rule).collect()
    };
    assert_eq!(of(&["N40.0"], None, Some(Sex::Female)), [Rule::Sex]);
    assert_eq!(of(&["N40.0"], None, Some(Sex::Male)), []);
    assert_eq!(of(&["Z68.1"], Some(12), None), [Rule::Age]);
    assert_eq!(of(&["Z68.1"], Some(20), Some(Sex::Male)), []);
    assert_eq!(of(&["Z68.1", "N40.0"], None, None), []);
}

const CODES: [&str; 14] = [
    "A00.0", "E10.9", "E11", "E11.9", "E11.52", "G59", "I10", "I50.9", "I11.0", "L99", "S52.001",
    "S52.001Z", "N40.0", "Q99.9",
];

/// What was found, with codes in place of places.
fn by_code(codes: &[&str]) -> Vec<(Rule, Vec<String>)> {
    let findings = checked(codes, &Context::default());
    let mut named: Vec<_> = findings
        .into_iter()
        .map(|it| {
            let mut names: Vec<_> = it.places.iter().map(|&at| codes[at].to_owned()).collect();
            names.sort_unstable();
            (it.rule, names)
        })
        .collect();
    named.sort_unstable();
    named
}

proptest! {
    #[test]
    fn the_order_of_codes_without_an_order_does_not_matter(
        codes in prop::sample::subsequence(&CODES, 1..8).prop_shuffle()
    ) {
        let ordered = ["G59", "I50.9"];
        let free: Vec<_> = codes.into_iter().filter(|it| !ordered.contains(it)).collect();
        let mut sorted = free.clone();
        sorted.sort_unstable();
        prop_assert_eq!(by_code(&free), by_code(&sorted));
    }

    #[test]
    fn a_duplicate_adds_the_duplicate_and_nothing_else(
        codes in prop::sample::subsequence(&CODES, 1..8).prop_shuffle(),
        which in any::<prop::sample::Index>(),
    ) {
        let before = checked(&codes, &Context::default());
        let mut longer = codes.clone();
        longer.push(codes[which.index(codes.len())]);
        let mut after = checked(&longer, &Context::default());
        let added = after.iter().position(|it| it.rule == Rule::Duplicate);
        let added = after.remove(added.expect("it is found"));
        prop_assert_eq!(added.places, [which.index(codes.len()), codes.len()]);
        prop_assert_eq!(after, before);
    }

    #[test]
    fn a_code_more_takes_no_error_between_others_away(
        codes in prop::sample::subsequence(&CODES, 2..8).prop_shuffle()
    ) {
        let whole = by_code(&codes);
        let fewer = by_code(&codes[..codes.len() - 1]);
        for finding in fewer.iter().filter(|it| it.0 == Rule::Excludes1) {
            prop_assert!(whole.contains(finding));
        }
    }

    #[test]
    fn places_are_of_the_list(codes in prop::collection::vec("[A-Z0-9.]{0,9}", 0..8)) {
        let codes: Vec<_> = codes.iter().map(String::as_str).collect();
        for finding in checked(&codes, &Context::default()) {
            prop_assert!(finding.places.iter().all(|&it| it < codes.len()));
            prop_assert!(!finding.text.is_empty() && !finding.mend.is_empty());
        }
    }
}
