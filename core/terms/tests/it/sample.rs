//! The release that these tests search.

use std::sync::LazyLock;

use medcover_terms::source::{Level, Source, SourceConcept, SourceTerm, TermSource};
use medcover_terms::{Release, compile};

/// Rows: level, code, title, billable, chapter, inclusion terms, the code it stands for.
type Row = (
    Level,
    &'static str,
    &'static str,
    bool,
    u8,
    &'static [&'static str],
    Option<&'static str>,
);

const ROWS: &[Row] = &[
    (
        Level::Chapter,
        "4",
        "Endocrine, nutritional and metabolic diseases (E00-E89)",
        false,
        4,
        &[],
        None,
    ),
    (
        Level::Block,
        "E08-E13",
        "Diabetes mellitus (E08-E13)",
        false,
        4,
        &[],
        None,
    ),
    (
        Level::Category,
        "E11",
        "Type 2 diabetes mellitus",
        false,
        4,
        &[],
        Some("E11.9"),
    ),
    (
        Level::Subcategory,
        "E11.22",
        "Type 2 diabetes mellitus with diabetic chronic kidney disease",
        true,
        4,
        &[],
        None,
    ),
    (
        Level::Subcategory,
        "E11.65",
        "Type 2 diabetes mellitus with hyperglycemia",
        true,
        4,
        &[],
        None,
    ),
    (
        Level::Subcategory,
        "E11.9",
        "Type 2 diabetes mellitus without complications",
        true,
        4,
        &[],
        None,
    ),
    (
        Level::Chapter,
        "9",
        "Diseases of the circulatory system (I00-I99)",
        false,
        9,
        &[],
        None,
    ),
    (
        Level::Category,
        "I10",
        "Essential (primary) hypertension",
        true,
        9,
        &["High blood pressure"],
        None,
    ),
    (
        Level::Category,
        "I21",
        "Acute myocardial infarction",
        false,
        9,
        &[],
        Some("I21.9"),
    ),
    (
        Level::Subcategory,
        "I21.9",
        "Acute myocardial infarction, unspecified",
        true,
        9,
        &[],
        None,
    ),
    (
        Level::Category,
        "I50",
        "Heart failure",
        false,
        9,
        &[],
        Some("I50.9"),
    ),
    (
        Level::Subcategory,
        "I50.9",
        "Heart failure, unspecified",
        true,
        9,
        &["Congestive heart failure NOS"],
        None,
    ),
    (
        Level::Chapter,
        "10",
        "Diseases of the respiratory system (J00-J99)",
        false,
        10,
        &[],
        None,
    ),
    (
        Level::Category,
        "J45",
        "Asthma",
        false,
        10,
        &[],
        Some("J45.909"),
    ),
    (
        Level::Subcategory,
        "J45.909",
        "Unspecified asthma, uncomplicated",
        true,
        10,
        &["Asthma NOS"],
        None,
    ),
    (
        Level::Category,
        "K21",
        "Gastro-esophageal reflux disease",
        false,
        11,
        &[],
        None,
    ),
    (Level::Category, "R12", "Heartburn", true, 18, &[], None),
    (
        Level::Category,
        "D64",
        "Other anemias",
        false,
        3,
        &[],
        Some("D64.9"),
    ),
    (
        Level::Subcategory,
        "D64.9",
        "Anemia, unspecified",
        true,
        3,
        &[],
        None,
    ),
    (
        Level::Category,
        "K92",
        "Other diseases of digestive system",
        false,
        11,
        &[],
        None,
    ),
    (
        Level::Subcategory,
        "K92.2",
        "Gastrointestinal hemorrhage, unspecified",
        true,
        11,
        &[],
        None,
    ),
    (
        Level::Category,
        "H81",
        "Disorders of vestibular function",
        false,
        8,
        &[],
        None,
    ),
    (
        Level::Subcategory,
        "H81.0",
        "M\u{e9}ni\u{e8}re's disease",
        false,
        8,
        &[],
        None,
    ),
    (
        Level::Category,
        "S52",
        "Fracture of forearm",
        false,
        19,
        &[],
        None,
    ),
    (
        Level::Subcategory,
        "S52.041",
        "Displaced fracture of coronoid process of right ulna",
        false,
        19,
        &[],
        None,
    ),
    (
        Level::Extended,
        "S52.041A",
        "Displaced fracture of coronoid process of right ulna, initial encounter for closed fracture",
        true,
        19,
        &[],
        None,
    ),
];

/// The sample as a loader would give it.
pub(crate) fn source() -> Source {
    let mut concepts: Vec<SourceConcept> = Vec::new();
    for (level, code, title, billable, chapter, terms, _) in ROWS {
        let parent = concepts
            .iter()
            .rposition(|above| above.level < *level && *level != Level::Chapter);
        concepts.push(SourceConcept {
            code: (*code).to_owned(),
            level: *level,
            parent: parent.map(|place| place as u32),
            title: (*title).to_owned(),
            billable: *billable,
            active: true,
            chapter: *chapter,
            terms: terms
                .iter()
                .map(|text| SourceTerm {
                    text: (*text).to_owned(),
                    source: TermSource::InclusionTerm,
                })
                .collect(),
            ..SourceConcept::default()
        });
    }
    for (place, (.., default)) in ROWS.iter().enumerate() {
        concepts[place].default = default.map(|code| {
            let found = concepts.iter().position(|concept| concept.code == code);
            found.expect("the sample names its own codes") as u32
        });
    }
    Source {
        system: "icd10cm".to_owned(),
        version: "2026-04-01".to_owned(),
        title: "ICD-10-CM".to_owned(),
        dotted: true,
        concepts,
        ..Source::default()
    }
}

/// The sample's file.
pub(crate) fn file() -> Vec<u8> {
    compile(&source(), "0".repeat(64).as_str()).expect("the sample is sound")
}

/// The sample, open; compiled once for all tests.
pub(crate) fn release() -> &'static Release<Vec<u8>> {
    static RELEASE: LazyLock<Release<Vec<u8>>> =
        LazyLock::new(|| Release::open(file()).expect("it was just compiled"));
    &RELEASE
}
