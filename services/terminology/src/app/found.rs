//! What a search found, seen in the releases. Both forms of the answer, typed and written, are made from it.

use std::sync::Arc;

use medcover_contract_terminology::{Hit, Match, MatchKind, SearchAnswer, Strategy, TermSource};
use medcover_terms::{Concept, search};

use super::words;
use crate::releases::OpenRelease;

/// A hit, and the release it lies in by its place in [`Found::releases`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) release: usize,
    pub(crate) hit: search::Hit,
}

/// One page of a search.
pub(crate) struct Found<'a> {
    /// The query, trimmed.
    pub(crate) query: &'a str,
    /// The releases searched.
    pub(crate) releases: &'a [Arc<OpenRelease>],
    pub(crate) took_us: u64,
    /// Best first.
    pub(crate) hits: &'a [Placed],
    /// Cursor of the page after this one.
    pub(crate) next: Option<String>,
}

/// How a query met a concept.
pub(crate) struct Met<'a> {
    pub(crate) kind: MatchKind,
    pub(crate) term: &'a str,
    pub(crate) source: TermSource,
}

impl<'a> Found<'a> {
    pub(crate) fn concept(&self, placed: &Placed) -> Concept<'a> {
        self.releases[placed.release]
            .release()
            .concept(placed.hit.concept)
    }

    /// Strategies of which nothing is among the hits because they failed.
    pub(crate) fn failed(&self) -> impl Iterator<Item = Strategy> {
        self.releases.iter().flat_map(|it| it.failed()).copied()
    }

    pub(crate) fn met(&self, placed: &Placed) -> Met<'a> {
        met(&self.releases[placed.release], &placed.hit)
    }
}

/// A page, as the contract has it.
pub(crate) fn answer(found: &Found<'_>) -> SearchAnswer {
    let labels: Vec<_> = found.releases.iter().map(|it| it.label()).collect();
    let hits = found.hits.iter();
    SearchAnswer {
        query: found.query.to_owned(),
        release: labels.join(", "),
        took_us: found.took_us,
        hits: hits
            .map(|it| hit(&found.releases[it.release], &it.hit))
            .collect(),
        degraded: found.failed().collect(),
        next: found.next.clone(),
    }
}

/// A hit, as the contract has it.
pub(crate) fn hit(release: &OpenRelease, hit: &search::Hit) -> Hit {
    let concept = release.release().concept(hit.concept);
    let met = met(release, hit);
    Hit {
        system: release.system().to_owned(),
        code: concept.code().to_owned(),
        title: concept.title().to_owned(),
        billable: concept.billable(),
        chapter: concept.chapter(),
        confidence: thousandths(hit.confidence) as f32 / 1_000.0,
        matched: Match {
            kind: met.kind,
            term: met.term.to_owned(),
            source: met.source,
            edits: hit.edits,
        },
    }
}

/// A hit by code met no term but the code itself.
pub(crate) fn met<'r>(release: &'r OpenRelease, hit: &search::Hit) -> Met<'r> {
    let kind = words::match_kind_of(hit.kind);
    match (hit.term, hit.source) {
        (Some(term), Some(source)) => Met {
            kind,
            term: release.release().term_text(term),
            source: words::source_of(source),
        },
        _ => Met {
            kind,
            term: release.release().concept(hit.concept).code(),
            source: TermSource::Code,
        },
    }
}

/// A confidence as answers show it: three decimals are more than it is worth, and short to write.
pub(crate) fn thousandths(confidence: f32) -> u32 {
    // A confidence that is no number would be a defect of the model; it shows as 0.
    (confidence.clamp(0.0, 1.0) * 1_000.0).round() as u32
}
