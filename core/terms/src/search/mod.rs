//! Search over a release: by code, by words in any order, by misspelt words.

use crate::release::{ConceptId, TermId};
use crate::source::TermSource;

/// Hits that ranking looks at, and therefore the most that paging reaches. It does not depend on the page, so that the
/// order of the hits does not either.
pub const MAX_RANKED: usize = 100;

/// What to search for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query<'q> {
    /// The text as typed; only its first 256 characters are looked at.
    pub text: &'q str,
    /// Whether the last word may be the beginning of one.
    pub completing: bool,
    /// Only this chapter.
    pub chapter: Option<u8>,
    /// Only billable concepts, or only others.
    pub billable: Option<bool>,
    /// Least similarity, 0 to 1, of a hit that has misspelt words.
    pub least_similarity: f32,
}

impl<'q> Query<'q> {
    /// A search for `text` without filters.
    pub const fn new(text: &'q str) -> Self {
        Self {
            text,
            completing: false,
            chapter: None,
            billable: None,
            least_similarity: 0.0,
        }
    }
}

/// A concept that answers a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The concept.
    pub concept: ConceptId,
    /// The term that matched; `None` for a match by code.
    pub term: Option<TermId>,
    /// How query and term met.
    pub kind: MatchKind,
    /// Where the term comes from; `None` for a match by code.
    pub source: Option<TermSource>,
    /// Letters that had to be changed.
    pub edits: u8,
    /// What the ranking model gives; hits are ordered by it, then by concept.
    pub score: f32,
    /// Probability that the searcher would accept this concept.
    pub confidence: f32,
}

/// How a query and a term met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// The query is the code.
    Code,
    /// The query begins the code.
    CodePrefix,
    /// The query is the term.
    Exact,
    /// The query begins the term.
    TermPrefix,
    /// Words of the query stand in the term.
    Words,
    /// So they do after a phrase of the clinical vocabulary was read as its meaning.
    Synonym,
    /// So they do but for spelling mistakes.
    Similarity,
    /// The term is that of the header for which this code stands.
    Default,
}

mod codes;
mod expand;
pub(crate) mod model;
mod rank;
mod readings;
mod retrieve;
mod scratch;
mod similarity;

pub use scratch::Scratch;
pub use similarity::similarity;

use crate::format::{BILLABLE, ConceptRecord, Section, TermRecord};
use crate::release::{Release, View};

/// In a query of more words than this, a word that is a word is taken as typed.
const MOST_WORDS_DOUBTED: usize = 4;
/// Longest part of a query that is looked at, in characters.
const MAX_CHARS: usize = 256;

impl<B: AsRef<[u8]>> Release<B> {
    /// Finds concepts for `query`, best first, at most [`MAX_RANKED`], no concept twice.
    ///
    /// Codes that the query is, or begins, come first. The rest is found by its words, in every reading that the
    /// clinical vocabulary, spelling and joined or split words allow, and ranked by one model.
    pub fn search<'s>(&self, query: &Query<'_>, scratch: &'s mut Scratch) -> &'s [Hit] {
        let view = self.view();
        scratch.hits.clear();
        let end = query
            .text
            .char_indices()
            .nth(MAX_CHARS)
            .map_or(query.text.len(), |(at, _)| at);
        let text = query.text[..end].trim_start();
        let by_code = codes::search(
            view,
            text.trim_end(),
            self.identity().dotted,
            query,
            scratch,
        );
        if by_code < MAX_RANKED {
            by_words(view, text, self.identity().dotted, query, scratch);
        }
        order(scratch);
        for hit in &mut scratch.hits {
            hit.confidence = if hit.kind == MatchKind::Code {
                1.0
            } else {
                model::MODEL.probability(hit.score)
            };
        }
        self.drop_dissimilar(query, scratch);
        &scratch.hits
    }

    /// The wording of a term.
    pub fn term_text(&self, id: TermId) -> &str {
        let view = self.view();
        let terms: &[TermRecord] = view.records(Section::Terms);
        terms
            .get(id.0 as usize)
            .map_or("", |term| view.text(term.text))
    }

    fn drop_dissimilar(&self, query: &Query<'_>, scratch: &mut Scratch) {
        if query.least_similarity <= 0.0 {
            return;
        }
        let words = similarity::Trigrams::of(query.text);
        let keep = |hit: &Hit| {
            let misspelt = hit.edits > 0 && hit.kind != MatchKind::Synonym;
            !misspelt
                || hit
                    .term
                    .is_none_or(|term| words.met_by(self.term_text(term)) >= query.least_similarity)
        };
        scratch.hits.retain(keep);
    }
}

fn by_words(view: View<'_>, text: &str, dotted: bool, query: &Query<'_>, scratch: &mut Scratch) {
    expand::expand(view, text, query.completing, scratch);
    let says = rank::Says {
        unspecified: scratch
            .slots
            .iter()
            .any(|slot| matches!(slot.folded.as_str(), "unspecified" | "nos")),
        other: scratch
            .slots
            .iter()
            .any(|slot| slot.folded.as_str() == "other"),
        dotted,
    };
    scratch.met_whole = false;
    read_and_rank(view, query, says, scratch);
    // Nothing meets the whole query: perhaps a word that is a word was meant to be another.
    let doubted = !scratch.met_whole && scratch.slots.len() <= MOST_WORDS_DOUBTED;
    if doubted && expand::correct_known(view, scratch) {
        read_and_rank(view, query, says, scratch);
    }
}

fn read_and_rank(view: View<'_>, query: &Query<'_>, says: rank::Says, scratch: &mut Scratch) {
    readings::gather(view, scratch);
    let concepts: &[ConceptRecord] = view.records(Section::Concepts);
    let terms: &[TermRecord] = view.records(Section::Terms);
    let admit = |term: u32| {
        (query.chapter.is_none() && query.billable.is_none())
            || terms
                .get(term as usize)
                .and_then(|term| concepts.get(term.concept as usize))
                .is_some_and(|concept| admits(query, concept))
    };
    let before = scratch.hits.len();
    for number in 0..scratch.variants.len() {
        let variant = scratch.variants[number];
        retrieve::candidates(view, &variant, query.completing, &admit, scratch);
        rank::score(view, &variant, says, scratch);
    }
    if query.billable.is_some() || query.chapter.is_some() {
        let mut at = before;
        while at < scratch.hits.len() {
            if concepts
                .get(scratch.hits[at].concept.0 as usize)
                .is_some_and(|concept| admits(query, concept))
            {
                at += 1;
            } else {
                scratch.hits.swap_remove(at);
            }
        }
    }
}

/// Whether a concept passes the filters.
fn admits(query: &Query<'_>, concept: &ConceptRecord) -> bool {
    query
        .chapter
        .is_none_or(|chapter| chapter == concept.chapter)
        && query
            .billable
            .is_none_or(|billable| billable == (concept.flags & BILLABLE != 0))
}

/// Keeps the best hit of each concept, best first; of equal ones, the concept that stands first in the release.
fn order(scratch: &mut Scratch) {
    let Scratch {
        hits, order, seen, ..
    } = scratch;
    order.clear();
    order.extend(
        hits.iter()
            .enumerate()
            .map(|(number, hit)| rank::order_key(hit, number)),
    );
    order.sort_unstable();
    seen.clear();
    let mut kept = Vec::with_capacity(order.len().min(MAX_RANKED));
    for key in order.iter() {
        let hit = hits[*key as u32 as usize];
        if seen.insert(hit.concept.0) {
            kept.push(hit);
            if kept.len() == MAX_RANKED {
                break;
            }
        }
    }
    *hits = kept;
}
