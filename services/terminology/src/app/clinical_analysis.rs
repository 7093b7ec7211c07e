//! From symptoms to codes that fit them.

use std::fmt::Write as _;

use medcover_contract_terminology::{
    Analysis, AnalysisRequest, Candidate, ChapterShare, ClinicalMetrics, Contribution,
    MAX_QUERY_CHARS, MAX_SYMPTOMS, Separation, SymptomMatches,
};
use medcover_kernel::Result;
use medcover_terms::analysis::{self, analyze_symptom_matches, calculate_clinical_metrics};
use medcover_terms::search::Hit;
use medcover_terms::search::Query;

use super::checks::Checks;
use super::engine;
use super::found;
use crate::releases::{OpenRelease, ReleaseSet};

/// Best codes shown for each symptom.
const SHOWN: usize = 5;
/// Hits of each symptom that candidates are looked for in.
const CONSIDERED: usize = 100;
/// Candidates for the whole list.
const CANDIDATES: usize = 10;

/// Ranks the codes that fit a list of symptoms. A symptom given twice counts once.
pub(crate) fn clinical_analysis(set: &ReleaseSet, request: &AnalysisRequest) -> Result<Analysis> {
    let release = set.icd10cm()?;
    let symptoms = symptoms(request)?;
    let list = List::of(&symptoms);
    let ranked: Vec<_> = list.texts.iter().map(|text| hits(release, text)).collect();
    let joint = if ranked.len() > 1 {
        hits(release, &list.joined)
    } else {
        Vec::new()
    };
    let candidates = analyze_symptom_matches(release.release(), &ranked, &joint, CANDIDATES);
    let separation = separation(release, &candidates);
    let matches: Vec<_> = symptoms
        .iter()
        .zip(&list.place_of)
        .map(|(symptom, &place)| SymptomMatches {
            symptom: (*symptom).to_owned(),
            hits: ranked[place]
                .iter()
                .take(SHOWN)
                .map(|it| found::hit(release, it))
                .collect(),
        })
        .collect();
    let metrics = metrics(release, &ranked, &candidates, &matches);
    let statement = statement(separation, &metrics, candidates.first(), release);
    Ok(Analysis {
        release: release.label().to_owned(),
        symptoms: matches,
        candidates: candidates
            .iter()
            .map(|it| candidate(release, it, &list))
            .collect(),
        separation,
        metrics,
        statement,
    })
}

fn symptoms(request: &AnalysisRequest) -> Result<Vec<&str>> {
    let mut checks = Checks::default();
    checks.list("/symptoms", &request.symptoms, MAX_SYMPTOMS);
    let symptoms = request
        .symptoms
        .iter()
        .take(MAX_SYMPTOMS)
        .enumerate()
        .map(|(place, symptom)| checks.text(format!("/symptoms/{place}"), symptom))
        .collect();
    checks.done()?;
    Ok(symptoms)
}

/// The list with repeated symptoms folded.
struct List {
    texts: Vec<String>,
    /// For each symptom asked, its place in `texts`.
    place_of: Vec<usize>,
    /// For each of `texts`, where it was first asked.
    asked_at: Vec<u32>,
    /// All of them as one text, in an order that does not depend on the one asked.
    joined: String,
}

impl List {
    fn of(symptoms: &[&str]) -> Self {
        let mut list = Self {
            texts: Vec::new(),
            place_of: Vec::new(),
            asked_at: Vec::new(),
            joined: String::new(),
        };
        for (asked, symptom) in symptoms.iter().enumerate() {
            let text = symptom.to_lowercase();
            let known = list.texts.iter().position(|it| *it == text);
            let place = known.unwrap_or_else(|| {
                list.texts.push(text);
                list.asked_at.push(asked as u32);
                list.texts.len() - 1
            });
            list.place_of.push(place);
        }
        let mut sorted = list.texts.clone();
        sorted.sort_unstable();
        list.joined = sorted.join(" ").chars().take(MAX_QUERY_CHARS).collect();
        list
    }
}

fn hits(release: &OpenRelease, text: &str) -> Vec<Hit> {
    engine::ranked(release, &Query::new(text), CONSIDERED)
}

fn separation(release: &OpenRelease, candidates: &[analysis::Candidate]) -> Separation {
    match analysis::separation(release.release(), candidates) {
        analysis::Separation::Clear => Separation::Clear,
        analysis::Separation::Weak => Separation::Weak,
        analysis::Separation::None => Separation::None,
        analysis::Separation::Empty => Separation::Empty,
    }
}

fn candidate(release: &OpenRelease, candidate: &analysis::Candidate, list: &List) -> Candidate {
    let concept = release.release().concept(candidate.concept);
    let contributions = candidate.contributions.iter().map(|it| Contribution {
        symptom: list.asked_at[it.symptom],
        share: it.share,
        term: match it.term {
            Some(term) => release.release().term_text(term).to_owned(),
            None => release.release().concept(it.met).code().to_owned(),
        },
    });
    Candidate {
        code: concept.code().to_owned(),
        title: concept.title().to_owned(),
        chapter: concept.chapter(),
        billable: concept.billable(),
        symptom_code: analysis::names_symptom(&concept),
        score: candidate.score,
        coverage: candidate.coverage,
        specificity: candidate.specificity,
        contributions: contributions.collect(),
    }
}

fn metrics(
    release: &OpenRelease,
    hits: &[Vec<Hit>],
    candidates: &[analysis::Candidate],
    matches: &[SymptomMatches],
) -> ClinicalMetrics {
    let figures = calculate_clinical_metrics(release.release(), hits, candidates);
    let title = |number| {
        let chapter = release.chapters().iter().find(|it| it.number == number);
        let concept = chapter.map(|it| release.release().concept(it.concept));
        concept.map_or("", |it| it.title()).to_owned()
    };
    ClinicalMetrics {
        coverage: figures.coverage,
        specificity: figures.specificity,
        chapters: figures
            .chapters
            .into_iter()
            .map(|(chapter, share)| ChapterShare {
                chapter,
                title: title(chapter),
                share,
            })
            .collect(),
        unmatched: matches
            .iter()
            .filter(|it| it.hits.is_empty())
            .map(|it| it.symptom.clone())
            .collect(),
    }
}

fn statement(
    separation: Separation,
    metrics: &ClinicalMetrics,
    first: Option<&analysis::Candidate>,
    release: &OpenRelease,
) -> String {
    let mut text = String::from(
        "These are codes whose wording fits the words given; they are not a diagnosis.",
    );
    text.push_str(match separation {
        Separation::Clear => " The first candidate fits clearly better than the next.",
        Separation::Weak => " The first candidate fits only somewhat better than the next.",
        Separation::None => {
            " The first candidates fit equally well: these words do not tell them apart."
        }
        Separation::Empty => " No code fits.",
    });
    let concept = first.map(|it| release.release().concept(it.concept));
    if concept.is_some_and(|it| analysis::names_symptom(&it)) {
        text.push_str(
            " Symptom codes come first, because no diagnosis is named or supported by two symptoms; a diagnosis is coded \
             when it is documented.",
        );
    }
    match metrics.unmatched.len() {
        0 => {}
        1 => text.push_str(" One symptom met no code."),
        many => {
            write!(text, " {many} symptoms met no code.").expect("writing to a string succeeds");
        }
    }
    text
}
