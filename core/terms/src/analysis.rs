//! From the hits of single symptoms to codes that fit the whole list.
//!
//! Pure arithmetic over hits; whoever calls has searched for each symptom, and for all of them as one text.
//!
//! * A symptom **supports** a concept by the confidence of its hit. It supports the headers above the hit, up to the
//!   category, by 0.7 times that, so that two symptoms which meet different codes of one category meet there.
//!   Hits far behind the best of their symptom are chance, and support nothing.
//! * A concept's **score** is the mean support over all symptoms, those without support counting 0. What the symptoms
//!   searched as one text meet closes up to a fifth of the gap to 1; a concept of low specificity loses up to
//!   a tenth.
//! * A diagnosis that only one symptom supports and no symptom names is worth half of that: a diagnosis is
//!   coded when it is documented, and signs and symptoms as such until then (ICD-10-CM guidelines, section I.B.4 and 5).

use std::collections::HashMap;

use crate::release::{Concept, ConceptId, Release, TermId};
use crate::search::{Hit, MatchKind};
use crate::source::Level;

/// What a header above a hit gets of its confidence.
const HEADER: f64 = 0.7;
/// Least confidence of a hit that supports anything.
const LEAST: f32 = 0.05;
/// Least confidence, as a share of that of the symptom's best hit.
const LEAST_OF_BEST: f32 = 0.3;
/// Share of the gap to 1 that a certain hit of all symptoms as one text closes.
const JOINT: f64 = 0.2;
/// What a concept of no specificity loses.
const VAGUENESS: f64 = 0.1;
/// What a diagnosis is worth that nothing documents.
const UNDOCUMENTED: f64 = 0.5;
/// The chapter of symptoms, signs and abnormal findings.
const SYMPTOM_CHAPTER: u8 = 18;
/// Lead over the next candidate, as a share of the first one's score, from which the first is clearly ahead.
const CLEAR: f32 = 0.25;
/// Lead below which nothing separates them.
const WEAK: f32 = 0.08;

/// A concept that fits the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The concept.
    pub concept: ConceptId,
    /// How well it fits the whole list, 0 to 1.
    pub score: f32,
    /// Share of the symptoms that support it.
    pub coverage: f32,
    /// How exact it is; see [`specificity`].
    pub specificity: f32,
    /// What each symptom adds, strongest first; the shares sum to 1.
    pub contributions: Vec<Contribution>,
}

/// What one symptom adds to a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// Place of the symptom in the list.
    pub symptom: usize,
    /// Its share of the support.
    pub share: f32,
    /// The concept it met: the candidate or one below it.
    pub met: ConceptId,
    /// The term it met; `None` for a match by code.
    pub term: Option<TermId>,
}

/// Figures of the whole list.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Share of the symptoms with at least one hit.
    pub coverage: f32,
    /// Mean specificity of the candidates, weighted by score.
    pub specificity: f32,
    /// Chapters of the candidates with their share of the score, largest first.
    pub chapters: Vec<(u8, f32)>,
}

/// Whether the evidence tells the candidates apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separation {
    /// The first candidate leads by a quarter of its score or more.
    Clear,
    /// It leads by less.
    Weak,
    /// It leads by so little that nothing follows from it.
    None,
    /// There is no candidate.
    Empty,
}

/// How exact a concept is: 1 for what may stand on a claim, 0.75 for a header below a category, 0.5 for a category,
/// 0.25 for a block, 0 for a chapter.
pub fn specificity(concept: &Concept<'_>) -> f32 {
    match concept.level() {
        _ if concept.billable() => 1.0,
        Level::Chapter => 0.0,
        Level::Block => 0.25,
        Level::Category => 0.5,
        Level::Subcategory | Level::Extended => 0.75,
    }
}

/// Whether a concept names a symptom or sign rather than a diagnosis.
pub fn names_symptom(concept: &Concept<'_>) -> bool {
    concept.chapter() == SYMPTOM_CHAPTER
}

/// Ranks the concepts that fit a list of symptoms, at most `most`.
///
/// `hits` holds, for each symptom, its hits, best first; `joint` the hits of all symptoms as one text.
pub fn analyze_symptom_matches<B: AsRef<[u8]>>(
    release: &Release<B>,
    hits: &[Vec<Hit>],
    joint: &[Hit],
    most: usize,
) -> Vec<Candidate> {
    let joint: HashMap<u32, f32> = joint
        .iter()
        .rev()
        .map(|hit| (hit.concept.0, hit.confidence))
        .collect();
    let mut candidates: Vec<_> = gather(release, hits)
        .into_iter()
        .filter(|(_, evidence)| evidence.is_direct() || evidence.supports.len() > 1)
        .map(|(number, evidence)| {
            let joint = joint.get(&number).copied().unwrap_or(0.0);
            let concept = release.concept(ConceptId(number));
            evidence.candidate(&concept, hits.len(), joint)
        })
        .collect();
    candidates.sort_unstable_by(|a, b| {
        (b.score.total_cmp(&a.score))
            .then_with(|| b.specificity.total_cmp(&a.specificity))
            .then_with(|| a.concept.cmp(&b.concept))
    });
    without_vaguer_repeats(release, candidates, most)
}

/// All that speaks for one concept.
#[derive(Default)]
struct Evidence {
    /// The strongest support of each symptom, in the order of symptoms.
    supports: Vec<Support>,
    /// Whether some symptom names it: its best hit meets a whole term.
    named: bool,
}

struct Support {
    symptom: usize,
    weight: f64,
    met: ConceptId,
    term: Option<TermId>,
    direct: bool,
}

fn gather<B: AsRef<[u8]>>(release: &Release<B>, hits: &[Vec<Hit>]) -> HashMap<u32, Evidence> {
    let mut all = HashMap::<u32, Evidence>::new();
    for (symptom, hits) in hits.iter().enumerate() {
        let best = hits.iter().map(|hit| hit.confidence).fold(0.0, f32::max);
        let least = LEAST.max(best * LEAST_OF_BEST);
        for (place, hit) in hits.iter().enumerate() {
            if hit.confidence < least {
                continue;
            }
            let support = |weight, direct| Support {
                symptom,
                weight,
                met: hit.concept,
                term: hit.term,
                direct,
            };
            let weight = f64::from(hit.confidence.min(1.0));
            let evidence = all.entry(hit.concept.0).or_default();
            evidence.add(support(weight, true));
            evidence.named |= place == 0 && names(hit.kind);
            let headers = release.concept(hit.concept).ancestors();
            for header in headers.take_while(|it| it.level() >= Level::Category) {
                let evidence = all.entry(header.id().0).or_default();
                evidence.add(support(weight * HEADER, false));
            }
        }
    }
    all
}

/// Whether a match means that the symptom says the very name of the concept.
fn names(kind: MatchKind) -> bool {
    matches!(
        kind,
        MatchKind::Code | MatchKind::Exact | MatchKind::Default | MatchKind::Synonym
    )
}

impl Evidence {
    fn add(&mut self, support: Support) {
        match self.supports.last_mut() {
            Some(last) if last.symptom == support.symptom => {
                if support.weight > last.weight {
                    *last = support;
                }
            }
            _ => self.supports.push(support),
        }
    }

    fn is_direct(&self) -> bool {
        self.supports.iter().any(|it| it.direct)
    }

    fn candidate(mut self, concept: &Concept<'_>, symptoms: usize, joint: f32) -> Candidate {
        // Summed from the strongest down, so that the order of the symptoms does not show in the last digits.
        self.supports.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let weights: Vec<_> = self.supports.iter().map(|it| it.weight).collect();
        let total: f64 = weights.iter().sum();
        let specificity = specificity(concept);
        let documented = names_symptom(concept) || self.named || weights.len() > 1;
        Candidate {
            concept: concept.id(),
            score: calculate_confidence(&weights, symptoms, joint, specificity, documented),
            coverage: weights.len() as f32 / symptoms.max(1) as f32,
            specificity,
            contributions: self
                .supports
                .iter()
                .map(|it| Contribution {
                    symptom: it.symptom,
                    share: (it.weight / total) as f32,
                    met: it.met,
                    term: it.term,
                })
                .collect(),
        }
    }
}

/// How well a concept fits a list of `symptoms`, 0 to 1; the formula stands at the head of this module. `supports` are
/// those above 0, `joint` is the confidence of its hit by all symptoms as one text.
pub fn calculate_confidence(
    supports: &[f64],
    symptoms: usize,
    joint: f32,
    specificity: f32,
    documented: bool,
) -> f32 {
    let mean = supports.iter().sum::<f64>() / symptoms.max(supports.len()).max(1) as f64;
    let joined = mean + (1.0 - mean) * JOINT * f64::from(joint.clamp(0.0, 1.0));
    let exact = joined * (1.0 - VAGUENESS * (1.0 - f64::from(specificity)));
    let worth = if documented { 1.0 } else { UNDOCUMENTED };
    (exact * worth).clamp(0.0, 1.0) as f32
}

/// The first `most` candidates, without headers that cover no more than a better candidate below them.
fn without_vaguer_repeats<B: AsRef<[u8]>>(
    release: &Release<B>,
    ranked: Vec<Candidate>,
    most: usize,
) -> Vec<Candidate> {
    let mut kept = Vec::<Candidate>::new();
    for candidate in ranked {
        if kept.len() == most {
            break;
        }
        let lies_above = |better: &Candidate| is_above(release, candidate.concept, better.concept);
        let repeats =
            |better: &Candidate| better.coverage >= candidate.coverage && lies_above(better);
        if !kept.iter().any(repeats) {
            kept.push(candidate);
        }
    }
    kept
}

fn is_above<B: AsRef<[u8]>>(release: &Release<B>, upper: ConceptId, lower: ConceptId) -> bool {
    release
        .concept(lower)
        .ancestors()
        .any(|it| it.id() == upper)
}

/// The figures of a list: `hits` as they were analysed, `candidates` as they were ranked.
pub fn calculate_clinical_metrics<B: AsRef<[u8]>>(
    release: &Release<B>,
    hits: &[Vec<Hit>],
    candidates: &[Candidate],
) -> Metrics {
    let matched = hits.iter().filter(|hits| !hits.is_empty()).count();
    let total: f32 = candidates.iter().map(|it| it.score).sum();
    let weighted: f32 = candidates.iter().map(|it| it.score * it.specificity).sum();
    let share = |part: f32| if total > 0.0 { part / total } else { 0.0 };
    let mut chapters = Vec::<(u8, f32)>::new();
    for candidate in candidates {
        let chapter = release.concept(candidate.concept).chapter();
        match chapters.iter_mut().find(|it| it.0 == chapter) {
            Some(known) => known.1 += share(candidate.score),
            None => chapters.push((chapter, share(candidate.score))),
        }
    }
    chapters.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Metrics {
        coverage: matched as f32 / hits.len().max(1) as f32,
        specificity: share(weighted),
        chapters,
    }
}

/// Whether the first candidate is ahead of the next one that is not its own header or a code below it.
pub fn separation<B: AsRef<[u8]>>(release: &Release<B>, candidates: &[Candidate]) -> Separation {
    let Some((first, others)) = candidates.split_first() else {
        return Separation::Empty;
    };
    let apart = |other: &&Candidate| {
        !is_above(release, other.concept, first.concept)
            && !is_above(release, first.concept, other.concept)
    };
    let next = others.iter().find(apart).map_or(0.0, |it| it.score);
    let lead = (first.score - next) / first.score.max(f32::MIN_POSITIVE);
    match lead {
        lead if lead >= CLEAR => Separation::Clear,
        lead if lead >= WEAK => Separation::Weak,
        _ => Separation::None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::compile;
    use crate::source::{Source, SourceConcept};
    use proptest::prelude::*;

    const R05: u32 = 2;
    const R06: u32 = 3;
    const J20: u32 = 5;
    const J20_0: u32 = 6;
    const J20_1: u32 = 7;

    fn concept(code: &str, parent: Option<u32>, level: Level, chapter: u8) -> SourceConcept {
        SourceConcept {
            code: code.to_owned(),
            title: format!("title of {code}"),
            parent,
            level,
            chapter,
            active: true,
            billable: code.contains('.'),
            ..SourceConcept::default()
        }
    }

    fn release() -> &'static Release<Vec<u8>> {
        static RELEASE: LazyLock<Release<Vec<u8>>> = LazyLock::new(compiled);
        &RELEASE
    }

    fn compiled() -> Release<Vec<u8>> {
        let source = Source {
            system: "icd10cm".to_owned(),
            version: "1".to_owned(),
            dotted: true,
            concepts: vec![
                concept("18", None, Level::Chapter, 18),
                concept("R00-R09", Some(0), Level::Block, 18),
                concept("R05.9", Some(1), Level::Subcategory, 18),
                concept("R06.0", Some(1), Level::Subcategory, 18),
                concept("10", None, Level::Chapter, 10),
                concept("J20", Some(4), Level::Category, 10),
                concept("J20.0", Some(5), Level::Subcategory, 10),
                concept("J20.1", Some(5), Level::Subcategory, 10),
            ],
            ..Source::default()
        };
        Release::open(compile(&source, "00").expect("compiles")).expect("opens")
    }

    fn hit(concept: u32, confidence: f32) -> Hit {
        Hit {
            concept: ConceptId(concept),
            term: None,
            kind: MatchKind::Words,
            source: None,
            edits: 0,
            score: confidence,
            confidence,
        }
    }

    fn analyze(hits: &[Vec<Hit>]) -> Vec<Candidate> {
        analyze_symptom_matches(release(), hits, &[], 10)
    }

    #[test]
    fn a_symptom_code_leads_where_no_diagnosis_is_supported_twice() {
        let hits = [vec![hit(J20_0, 0.6), hit(R05, 0.5)], vec![hit(R06, 0.5)]];
        let ranked = analyze(&hits);
        assert_eq!(ranked[0].concept, ConceptId(R05));
        assert_eq!(ranked[1].concept, ConceptId(R06));
    }

    #[test]
    fn a_diagnosis_leads_that_two_symptoms_support() {
        let hits = [
            vec![hit(J20_0, 0.6), hit(R05, 0.6)],
            vec![hit(J20_0, 0.6), hit(R06, 0.6)],
        ];
        let ranked = analyze(&hits);
        assert_eq!(ranked[0].concept, ConceptId(J20_0));
        assert!((ranked[0].coverage - 1.0).abs() < f32::EPSILON);
        assert_eq!(separation(release(), &ranked), Separation::Clear);
    }

    #[test]
    fn symptoms_that_meet_different_codes_meet_in_their_category() {
        let hits = [vec![hit(J20_0, 0.6)], vec![hit(J20_1, 0.6)]];
        let ranked = analyze(&hits);
        assert_eq!(ranked[0].concept, ConceptId(J20));
        assert_eq!(ranked[0].contributions[1].met, ConceptId(J20_1));
    }

    #[test]
    fn a_header_that_covers_no_more_is_not_repeated() {
        let hits = [vec![hit(J20_0, 0.9)], vec![hit(J20_0, 0.9)]];
        assert_eq!(analyze(&hits).len(), 1);
    }

    #[test]
    fn equal_candidates_are_not_told_apart() {
        let hits = [vec![hit(R05, 0.5)], vec![hit(R06, 0.5)]];
        let ranked = analyze(&hits);
        assert_eq!(separation(release(), &ranked), Separation::None);
        assert_eq!(separation(release(), &[]), Separation::Empty);
    }

    fn any_list() -> impl Strategy<Value = Vec<Vec<Hit>>> {
        let any_hit = (0..8_u32, 0.0..=1.0_f32).prop_map(|(concept, it)| hit(concept, it));
        let symptom = prop::collection::vec(any_hit, 0..6).prop_map(|mut hits| {
            hits.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
            hits
        });
        prop::collection::vec(symptom, 1..6)
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_figures_stay_in_bounds(hits in any_list()) {
            let ranked = analyze(&hits);
            for it in &ranked {
                let sum: f32 = it.contributions.iter().map(|it| it.share).sum();
                prop_assert!((sum - 1.0).abs() < 1e-5, "{}", sum);
                prop_assert!((0.0..=1.0).contains(&it.score) && (0.0..=1.0).contains(&it.coverage));
            }
            prop_assert!(ranked.windows(2).all(|pair| pair[0].score >= pair[1].score));
            let metrics = calculate_clinical_metrics(release(), &hits, &ranked);
            let spread: f32 = metrics.chapters.iter().map(|it| it.1).sum();
            prop_assert!(ranked.iter().all(|it| it.score <= 0.0) || (spread - 1.0).abs() < 1e-4);
        }

        #[test]
        fn the_order_of_the_symptoms_does_not_matter(hits in any_list(), turn in 0..6_usize) {
            let mut turned = hits.clone();
            turned.rotate_left(turn % hits.len());
            let scores = |hits: &[Vec<Hit>]| -> Vec<_> {
                analyze(hits).into_iter().map(|it| (it.concept, it.score.to_bits())).collect()
            };
            prop_assert_eq!(scores(&hits), scores(&turned));
        }

        #[test]
        fn a_symptom_without_hits_never_raises_coverage(hits in any_list()) {
            let mut more = hits.clone();
            more.push(Vec::new());
            let coverage = |list: &[Candidate], concept| {
                list.iter().find(|it| it.concept == concept).map(|it| it.coverage)
            };
            let (before, after) = (analyze(&hits), analyze(&more));
            for it in &after {
                if let Some(before) = coverage(&before, it.concept) {
                    prop_assert!(it.coverage < before);
                }
            }
        }
    }
}
