//! A terminology of a handful of codes, with the wordings that a page must survive.

use async_trait::async_trait;
use medcover_contract_terminology::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    Candidate, ChapterRef, ChapterShare, ChapterStatistics, CheckRequest, CheckResult,
    ClinicalMetrics, CodeDetails, CodeList, CodeRef, Contribution, Hit, Level, Match, MatchKind,
    Note, NoteKind, OperationFigures, PopularQuery, Reference, ReleaseInfo, SearchAnswer,
    SearchRequest, Separation, SeventhCharacter, SeventhCharacters, Statistics, SymptomMatches,
    SystemStatistics, TermRef, TermSource, TerminologyApi, UnifiedRequest,
};
use medcover_kernel::{Call, Error, Result};

const RELEASE: &str = "icd10cm 2026-04-01";
pub(crate) const HOSTILE: &str = "<script>alert('\"&')</script>";

/// Every concept: code, title, level, billable, parent.
const CONCEPTS: [(&str, &str, Level, bool, &str); 14] = [
    (
        "9",
        "Diseases of the circulatory system (I00-I99)",
        Level::Chapter,
        false,
        "",
    ),
    (
        "I20-I25",
        "Ischemic heart diseases (I20-I25)",
        Level::Block,
        false,
        "9",
    ),
    ("I20", "Angina pectoris", Level::Category, false, "I20-I25"),
    (
        "I21",
        "Acute myocardial infarction",
        Level::Category,
        false,
        "I20-I25",
    ),
    (
        "I22",
        "Subsequent ST elevation (STEMI) and non-ST elevation (NSTEMI) myocardial infarction",
        Level::Category,
        false,
        "I20-I25",
    ),
    (
        "I21.0",
        "ST elevation (STEMI) myocardial infarction of anterior wall",
        Level::Subcategory,
        false,
        "I21",
    ),
    (
        "I21.1",
        "ST elevation (STEMI) myocardial infarction of inferior wall",
        Level::Subcategory,
        false,
        "I21",
    ),
    (
        "I21.4",
        "Non-ST elevation (NSTEMI) myocardial infarction",
        Level::Subcategory,
        true,
        "I21",
    ),
    (
        "I21.9",
        "Acute myocardial infarction, unspecified",
        Level::Subcategory,
        true,
        "I21",
    ),
    (
        "I21.B",
        "Myocardial infarction with coronary microvascular dysfunction",
        Level::Subcategory,
        true,
        "I21",
    ),
    (
        "S52.041",
        "Displaced fracture of coronoid process of right ulna",
        Level::Subcategory,
        false,
        "",
    ),
    (
        "S52.041A",
        "Displaced fracture of coronoid process of right ulna, initial encounter for closed fracture",
        Level::Extended,
        true,
        "S52.041",
    ),
    ("X00", HOSTILE, Level::Category, false, ""),
    (
        "X00.\"><img src=x>",
        HOSTILE,
        Level::Subcategory,
        true,
        "X00",
    ),
];

pub(crate) struct Shelf;

fn refs(of: impl Fn(&str, &str) -> bool) -> Vec<CodeRef> {
    let kept = CONCEPTS.iter().filter(|c| of(c.0, c.4));
    kept.map(|&(code, title, level, billable, _)| CodeRef {
        code: code.to_owned(),
        title: title.to_owned(),
        level,
        billable,
    })
    .collect()
}

fn find(code: &str) -> Result<CodeRef> {
    let mut found = refs(|c, _| c == code);
    found
        .pop()
        .ok_or_else(|| Error::not_found(format!("There is no code {code} in {RELEASE}.")))
}

fn ancestors(code: &str) -> Vec<CodeRef> {
    let mut above = Vec::new();
    let mut at = code.to_owned();
    while let Some(parent) = CONCEPTS
        .iter()
        .find(|c| c.0 == at)
        .map(|c| c.4)
        .filter(|p| !p.is_empty())
    {
        above.insert(0, find(parent).expect("a parent is there"));
        parent.clone_into(&mut at);
    }
    above
}

fn note(kind: NoteKind, at: &str, text: &str, references: &[(&str, &str, &str)]) -> Note {
    let reference = |&(named, first, last): &(&str, &str, &str)| {
        let start = text.find(named).expect("stands in the text");
        Reference {
            first: first.to_owned(),
            last: last.to_owned(),
            start: start as u32,
            end: (start + named.len()) as u32,
        }
    };
    Note {
        kind,
        at: at.to_owned(),
        text: text.to_owned(),
        references: references.iter().map(reference).collect(),
    }
}

fn notes(code: &str) -> Vec<Note> {
    if code.starts_with('X') {
        return vec![note(
            NoteKind::Excludes1,
            code,
            "œdème <b>&amp;</b> (R60.-), \"quoted\"",
            &[("R60.-", "R60", "R60")],
        )];
    }
    vec![
        note(NoteKind::Includes, "I21", "cardiac infarction", &[]),
        note(NoteKind::Includes, "I21", "coronary (artery) embolism", &[]),
        note(
            NoteKind::Includes,
            "I21",
            "infarction of heart, myocardium, or ventricle",
            &[],
        ),
        note(
            NoteKind::Excludes2,
            "I21",
            "old myocardial infarction (I25.2)",
            &[("I25.2", "I25.2", "I25.2")],
        ),
        note(
            NoteKind::Excludes2,
            "I21",
            "postmyocardial infarction syndrome (I24.1)",
            &[("I24.1", "I24.1", "I24.1")],
        ),
        note(
            NoteKind::UseAdditional,
            "I21",
            "code, if applicable, to identify: exposure to environmental tobacco smoke (Z77.22)",
            &[("Z77.22", "Z77.22", "Z77.22")],
        ),
        note(
            NoteKind::UseAdditional,
            "I20-I25",
            "code to identify presence of hypertension (I10-I1A)",
            &[("I10-I1A", "I10", "I1A")],
        ),
        note(
            NoteKind::Excludes1,
            "9",
            "pregnancy, childbirth and the puerperium (O00-O9A)",
            &[("O00-O9A", "O00", "O9A")],
        ),
    ]
}

fn details(code: &str) -> Result<CodeDetails> {
    let item = find(code)?;
    let parent = CONCEPTS.iter().find(|c| c.0 == code).map_or("", |c| c.4);
    let children = refs(|_, p| p == code);
    let siblings = refs(|c, p| !p.is_empty() && p == parent && c != code);
    let seventh = code.starts_with("S52").then(|| seventh(code));
    let terms = match code {
        "I21.9" => vec!["Myocardial infarction (acute) NOS"],
        "X00" => vec![HOSTILE],
        _ => Vec::new(),
    };
    Ok(CodeDetails {
        system: "icd10cm".to_owned(),
        release: RELEASE.to_owned(),
        code: item.code,
        title: item.title,
        short_title: None,
        level: item.level,
        billable: item.billable,
        active: true,
        chapter: Some(ChapterRef {
            number: 9,
            title: "Diseases of the circulatory system".to_owned(),
        }),
        block: None,
        ancestors: ancestors(code),
        children_total: children.len() as u32,
        children,
        siblings_total: siblings.len() as u32,
        siblings,
        terms: terms
            .into_iter()
            .map(|text| (text, TermSource::InclusionTerm))
            .chain([("cardiac infarction", TermSource::Includes)])
            .map(|(text, source)| TermRef {
                text: text.to_owned(),
                source,
            })
            .collect(),
        notes: notes(code),
        seventh_characters: seventh,
        default_code: match code {
            "I21" => Some(find("I21.9")?),
            "S52.041" => Some(find("S52.041A")?),
            _ => None,
        },
    })
}

fn seventh(code: &str) -> SeventhCharacters {
    let meanings = [
        ("A", "initial encounter for closed fracture"),
        ("B", "initial encounter for open fracture type I or II"),
        (
            "D",
            "subsequent encounter for closed fracture with routine healing",
        ),
        ("S", "sequela"),
    ];
    let choice = |(character, meaning): (&str, &str)| SeventhCharacter {
        character: character.to_owned(),
        meaning: meaning.to_owned(),
        code: Some(format!("{}{character}", &code[..7])),
    };
    SeventhCharacters {
        at: "S52".to_owned(),
        characters: meanings.map(choice).to_vec(),
    }
}

fn hit(
    code: &str,
    confidence: f32,
    kind: MatchKind,
    term: &str,
    source: TermSource,
    edits: u8,
) -> Hit {
    let item = find(code).expect("on the shelf");
    Hit {
        system: "icd10cm".to_owned(),
        code: item.code,
        title: item.title,
        billable: item.billable,
        chapter: 9,
        confidence,
        matched: Match {
            kind,
            term: term.to_owned(),
            source,
            edits,
        },
    }
}

fn hits() -> Vec<Hit> {
    let title = |code: &str| find(code).expect("on the shelf").title;
    vec![
        hit(
            "I21.9",
            0.93,
            MatchKind::Default,
            "Heart attack",
            TermSource::IndexEntry,
            0,
        ),
        hit(
            "I21",
            0.81,
            MatchKind::Words,
            &title("I21"),
            TermSource::Title,
            0,
        ),
        hit(
            "I21.4",
            0.47,
            MatchKind::Similarity,
            "infarction of heart, myocardium, or ventricle",
            TermSource::Includes,
            2,
        ),
        hit(
            "X00",
            0.06,
            MatchKind::Synonym,
            HOSTILE,
            TermSource::Designation,
            1,
        ),
    ]
}

fn answer(q: &str, cursor: Option<&str>) -> Result<SearchAnswer> {
    match q {
        "down" => return Err(Error::unavailable("No release is loaded yet.")),
        "defect" => return Err(Error::internal("secret detail")),
        long if long.chars().count() > 256 => {
            return Err(Error::invalid("/q", "must have 1 to 256 characters"));
        }
        _ => {}
    }
    Ok(SearchAnswer {
        query: q.trim().to_owned(),
        release: RELEASE.to_owned(),
        took_us: 84,
        hits: if q == "nothing" { Vec::new() } else { hits() },
        degraded: Vec::new(),
        next: (q == "many" && cursor.is_none()).then(|| "a+b/c=".to_owned()),
    })
}

#[async_trait]
impl TerminologyApi for Shelf {
    async fn search_icd10(&self, _: &Call, request: SearchRequest) -> Result<SearchAnswer> {
        answer(&request.q, request.cursor.as_deref())
    }

    async fn autocomplete_icd10(
        &self,
        _: &Call,
        request: AutocompleteRequest,
    ) -> Result<SearchAnswer> {
        answer(&request.q, request.cursor.as_deref())
    }

    async fn advanced_search(&self, _: &Call, request: AdvancedRequest) -> Result<SearchAnswer> {
        let mut found = answer(&request.query, request.cursor.as_deref())?;
        found
            .hits
            .retain(|hit| request.billable.is_none_or(|wanted| hit.billable == wanted));
        Ok(found)
    }

    async fn unified_search(&self, _: &Call, request: UnifiedRequest) -> Result<SearchAnswer> {
        answer(&request.q, None)
    }

    async fn get_code_details(&self, _: &Call, code: &str) -> Result<CodeDetails> {
        details(code)
    }

    async fn children(&self, _: &Call, code: &str) -> Result<CodeList> {
        find(code)?;
        Ok(CodeList {
            code: code.to_owned(),
            release: RELEASE.to_owned(),
            items: refs(|_, p| p == code),
        })
    }

    async fn siblings(&self, _: &Call, code: &str) -> Result<CodeList> {
        Ok(CodeList {
            code: code.to_owned(),
            release: RELEASE.to_owned(),
            items: details(code)?.siblings,
        })
    }

    async fn ancestors(&self, _: &Call, code: &str) -> Result<CodeList> {
        Ok(CodeList {
            code: code.to_owned(),
            release: RELEASE.to_owned(),
            items: ancestors(code),
        })
    }

    async fn batch_code_lookup(&self, _: &Call, _: BatchRequest) -> Result<BatchResult> {
        Ok(BatchResult {
            release: RELEASE.to_owned(),
            items: Vec::new(),
            found: 0,
        })
    }

    async fn check_codes(&self, _: &Call, _: CheckRequest) -> Result<CheckResult> {
        Ok(CheckResult {
            release: None,
            passed: true,
            items: Vec::new(),
            findings: Vec::new(),
        })
    }

    async fn clinical_analysis(&self, _: &Call, request: AnalysisRequest) -> Result<Analysis> {
        if request.symptoms.len() > 30 {
            return Err(Error::invalid("/symptoms", "must have 1 to 30 entries"));
        }
        let contribution = |(symptom, share)| Contribution {
            symptom,
            share,
            term: "chest pain on effort".to_owned(),
        };
        let candidate = |code: &str, score| {
            let item = find(code).expect("on the shelf");
            Candidate {
                code: item.code,
                title: item.title,
                chapter: 9,
                billable: item.billable,
                symptom_code: code == "X00",
                score,
                coverage: 1.0,
                specificity: 1.0,
                contributions: [(0, 0.7), (1, 0.3)].map(contribution).to_vec(),
            }
        };
        Ok(Analysis {
            release: RELEASE.to_owned(),
            candidates: vec![
                candidate("I21.9", 0.82),
                candidate("I21.4", 0.78),
                candidate("X00", 0.2),
            ],
            separation: Separation::Weak,
            metrics: ClinicalMetrics {
                coverage: 0.75,
                specificity: 0.9,
                chapters: vec![ChapterShare {
                    chapter: 9,
                    title: "Diseases of the circulatory system".to_owned(),
                    share: 0.8,
                }],
                unmatched: vec!["blorp".to_owned()],
            },
            statement: "These codes fit the words given; they are not a diagnosis.".to_owned(),
            symptoms: request
                .symptoms
                .into_iter()
                .map(|symptom| SymptomMatches {
                    symptom,
                    hits: hits(),
                })
                .collect(),
        })
    }

    async fn get_performance_stats(&self, _: &Call) -> Result<Statistics> {
        Ok(Statistics {
            systems: vec![SystemStatistics {
                system: "icd10cm".to_owned(),
                version: "2026-04-01".to_owned(),
                concepts: 98_186,
                billable: 74_719,
                terms: 131_402,
            }],
            operations: vec![OperationFigures {
                operation: "search_icd10".to_owned(),
                count: 1_204,
                errors: 0,
                mean_us: 61.2,
                p50_us: 50.0,
                p95_us: 140.0,
                p99_us: 190.0,
            }],
            uptime_s: 8_000,
        })
    }

    async fn chapter_statistics(&self, _: &Call) -> Result<Vec<ChapterStatistics>> {
        let titles = [
            "Certain infectious and parasitic diseases",
            "Neoplasms",
            "Diseases of the blood and blood-forming organs and certain disorders involving the immune mechanism",
            "Endocrine, nutritional and metabolic diseases",
            "Mental, Behavioral and Neurodevelopmental disorders",
            "Diseases of the nervous system",
            "Diseases of the eye and adnexa",
            "Diseases of the ear and mastoid process",
            "Diseases of the circulatory system",
        ];
        let chapter = |(at, title): (usize, &&str)| ChapterStatistics {
            chapter: at as u8 + 1,
            title: (*title).to_owned(),
            total_codes: 1_402,
            active_codes: 1_402,
            billable_codes: 1_078,
        };
        Ok(titles.iter().enumerate().map(chapter).collect())
    }

    async fn popular_searches(&self, _: &Call) -> Result<Vec<PopularQuery>> {
        Ok(vec![PopularQuery {
            query: HOSTILE.to_owned(),
            search_count: 3,
        }])
    }

    async fn releases(&self, _: &Call) -> Result<Vec<ReleaseInfo>> {
        Ok(vec![ReleaseInfo {
            system: "icd10cm".to_owned(),
            title: "ICD-10-CM".to_owned(),
            uri: "http://hl7.org/fhir/sid/icd-10-cm".to_owned(),
            version: "2026-04-01".to_owned(),
            current: true,
            concepts: 98_186,
            billable: 74_719,
            source_sha256: "ab".repeat(32),
        }])
    }
}
