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
    /// How many hits are wanted, 1 to [`MAX_RANKED`]. Fewer are found sooner, and are the first of what more would be.
    pub wanted: usize,
}

impl<'q> Query<'q> {
    /// How many hits to rank: what is wanted, and all where hits may yet be dropped.
    fn hits_to_rank(&self) -> usize {
        if self.least_similarity > 0.0 {
            MAX_RANKED
        } else {
            self.wanted.clamp(1, MAX_RANKED)
        }
    }

    /// A search for `text` without filters.
    pub const fn new(text: &'q str) -> Self {
        Self {
            text,
            completing: false,
            chapter: None,
            billable: None,
            least_similarity: 0.0,
            wanted: MAX_RANKED,
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

mod best;
mod bound;
mod codes;
mod expand;
mod groups;
mod holders;
mod lookup;
pub(crate) mod model;
mod part;
mod rank;
mod readings;
mod scratch;
mod similarity;
mod whole;

pub use scratch::Scratch;
pub use similarity::similarity;

use crate::format::{BILLABLE, ConceptRecord, Section, TermRecord};
use crate::release::{Release, View};
use part::Reach;

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
        let query = &Query {
            wanted: query.hits_to_rank(),
            ..*query
        };
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
        if by_code < query.wanted {
            by_words(view, text, query, scratch);
        }
        model::MODEL.calibrate(&mut scratch.hits);
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

fn by_words(view: View<'_>, text: &str, query: &Query<'_>, scratch: &mut Scratch) {
    let terms = view.counts.terms as usize;
    if scratch.met.len() < terms {
        scratch.met.resize(terms, 0);
    }
    expand::expand(view, text, query.completing, scratch);
    let says = rank::Says::of(&scratch.slots);
    readings::gather(view, scratch);
    let mut found = look(view, query, says, Meeting::Whole, scratch);
    // Nothing meets the whole query: perhaps a word that is a word was meant to be another.
    let doubted = !found && scratch.slots.len() <= MOST_WORDS_DOUBTED;
    if doubted && expand::correct_known(view, scratch) {
        readings::gather(view, scratch);
        found = look(view, query, says, Meeting::Whole, scratch);
    }
    let full = best::bar(&scratch.hits, query.wanted) >= model::MODEL.weights.all_covered;
    // Who completes and is met wants no other.
    let met = full || (query.completing && found);
    if !met {
        let reach = if found { Reach::FILL } else { Reach::ANSWER };
        look(view, query, says, Meeting::Part(reach), scratch);
    }
}

/// How much of a reading is to be met.
#[derive(Clone, Copy)]
enum Meeting {
    Whole,
    Part(Reach),
}

/// Finds and ranks terms in every reading; whether there were any.
fn look(
    view: View<'_>,
    query: &Query<'_>,
    says: rank::Says,
    meeting: Meeting,
    scratch: &mut Scratch,
) -> bool {
    let filters = Filters::of(view, query);
    let mut any = false;
    for number in 0..scratch.variants.len() {
        let variant = scratch.variants[number];
        match meeting {
            Meeting::Whole => whole::candidates(view, &variant, &filters, scratch),
            Meeting::Part(reach) => {
                part::candidates(view, &variant, reach, &filters, scratch);
            }
        }
        any |= !scratch.candidates.is_empty();
        let ranking = rank::Ranking {
            variant: &variant,
            says,
            meeting,
            wanted: query.wanted,
        };
        ranking.score(view, &filters, scratch);
    }
    any
}

/// The filters of a query over a release.
struct Filters<'q> {
    query: &'q Query<'q>,
    /// Whether everything passes.
    open: bool,
    concepts: &'q [ConceptRecord],
    terms: &'q [TermRecord],
}

impl<'q> Filters<'q> {
    fn of(view: View<'q>, query: &'q Query<'q>) -> Self {
        Self {
            query,
            open: query.chapter.is_none() && query.billable.is_none(),
            concepts: view.records(Section::Concepts),
            terms: view.records(Section::Terms),
        }
    }

    fn admit(&self, concept: ConceptId) -> bool {
        let concept = || self.concepts.get(concept.0 as usize);
        self.open || concept().is_some_and(|concept| admits(self.query, concept))
    }

    /// Whether the concept of a term passes.
    fn admit_term(&self, term: u32) -> bool {
        let term = || self.terms.get(term as usize);
        self.open || term().is_some_and(|term| self.admit(ConceptId(term.concept)))
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
