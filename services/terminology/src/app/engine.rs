//! What the four searches share: rank, cut the page, count, hand over.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;

use medcover_kernel::Result;
use medcover_terms::ConceptId;
use medcover_terms::search::{Hit, MAX_RANKED, Query, Scratch};

use super::TerminologyService;
use super::cursor::{Place, Scope};
use super::found::{Found, Placed};
use crate::releases::OpenRelease;

/// A search whose request was found valid.
pub(super) struct Wanted<'a> {
    /// The use case, to which its cursors belong.
    pub(super) operation: &'static str,
    pub(super) query: Query<'a>,
    pub(super) limit: usize,
    pub(super) cursor: Option<&'a str>,
    /// Whether the words are counted among the popular ones.
    pub(super) counted: bool,
}

impl<'a> Wanted<'a> {
    /// The query for as many hits as show this page and whether another follows; all, where the page may be any.
    fn to_rank(&self) -> Query<'a> {
        let wanted = match self.cursor {
            None => self.limit + 1,
            Some(_) => MAX_RANKED,
        };
        Query {
            wanted,
            ..self.query
        }
    }
}

/// What a thread uses again for every search.
#[derive(Default)]
struct Buffers {
    scratch: Scratch,
    hits: Vec<Placed>,
}

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

/// Searches `release` and hands the page to `render`.
pub(super) fn search<R>(
    service: &TerminologyService,
    release: &Arc<OpenRelease>,
    wanted: &Wanted<'_>,
    render: impl FnOnce(&Found<'_>) -> R,
) -> Result<R> {
    let started = service.clock.elapsed();
    let filters = filters(&wanted.query);
    let scope = Scope {
        operation: wanted.operation,
        release: release.tag(),
        query: wanted.query.text,
        filters: &filters,
    };
    let after = wanted
        .cursor
        .map(|cursor| service.cursors.open_cursor(cursor, &scope))
        .transpose()?;
    let counted = wanted.counted && after.is_none();
    if counted {
        service.count(wanted.query.text);
    }
    BUFFERS.with_borrow_mut(|Buffers { scratch, hits }| {
        let ranked = release.release().search(&wanted.to_rank(), scratch);
        let (page, more) = page(ranked, after, wanted.limit);
        hits.clear();
        hits.extend(page.iter().map(|&hit| Placed { release: 0, hit }));
        let last = page.last().filter(|_| more);
        let found = Found {
            query: wanted.query.text,
            releases: std::slice::from_ref(release),
            took_us: service.micros_since(started),
            hits,
            next: last.map(|hit| service.cursors.seal(place_of(hit), &scope)),
        };
        if counted {
            service.log(wanted.operation, &found);
        }
        Ok(render(&found))
    })
}

/// Searches all `releases` and hands the best of all to `render`: in the order of confidence, because scores of
/// different systems do not compare.
pub(super) fn search_all<R>(
    service: &TerminologyService,
    releases: &[Arc<OpenRelease>],
    wanted: &Wanted<'_>,
    render: impl FnOnce(&Found<'_>) -> R,
) -> R {
    let started = service.clock.elapsed();
    if wanted.counted {
        service.count(wanted.query.text);
    }
    BUFFERS.with_borrow_mut(|Buffers { scratch, hits }| {
        hits.clear();
        for (place, release) in releases.iter().enumerate() {
            let ranked = release.release().search(&wanted.to_rank(), scratch);
            let best = &ranked[..ranked.len().min(wanted.limit)];
            hits.extend(best.iter().map(|&hit| Placed {
                release: place,
                hit,
            }));
        }
        // Stable, and the systems stand in order, so ties stay in the order of systems and of their own ranking.
        hits.sort_by(|a, b| b.hit.confidence.total_cmp(&a.hit.confidence));
        hits.truncate(wanted.limit);
        let found = Found {
            query: wanted.query.text,
            releases,
            took_us: service.micros_since(started),
            hits,
            next: None,
        };
        if wanted.counted {
            service.log(wanted.operation, &found);
        }
        render(&found)
    })
}

/// The best hits of `text` in `release`, as they are ranked.
pub(super) fn ranked(release: &OpenRelease, query: &Query<'_>, most: usize) -> Vec<Hit> {
    BUFFERS.with_borrow_mut(|Buffers { scratch, .. }| {
        let query = Query {
            wanted: most,
            ..*query
        };
        release.release().search(&query, scratch).to_vec()
    })
}

/// Whether a search for `code` puts its concept first.
pub(crate) fn probe(release: &OpenRelease, code: &str, concept: ConceptId) -> bool {
    let best = ranked(release, &Query::new(code), 1);
    best.first().is_some_and(|hit| hit.concept == concept)
}

/// The hits that follow `after`, at most `limit`, and whether more follow them.
fn page(ranked: &[Hit], after: Option<Place>, limit: usize) -> (&[Hit], bool) {
    let first = after.map_or(0, |after| {
        let shown = ranked.iter().position(|hit| place_of(hit) == after);
        shown.map_or(ranked.len(), |place| place + 1)
    });
    let rest = &ranked[first..];
    let page = &rest[..rest.len().min(limit)];
    (page, rest.len() > limit)
}

fn place_of(hit: &Hit) -> Place {
    Place {
        score: hit.score.to_bits(),
        concept: hit.concept.number(),
    }
}

/// Everything beside the text that decides what is found, in one line.
fn filters(query: &Query<'_>) -> String {
    let mut text = String::new();
    let Query {
        completing,
        chapter,
        billable,
        least_similarity,
        text: _,
        wanted: _,
    } = query;
    if *completing {
        text.push_str("completing;");
    }
    if let Some(chapter) = chapter {
        write!(text, "chapter={chapter};").expect("writing to a string succeeds");
    }
    if let Some(billable) = billable {
        write!(text, "billable={billable};").expect("writing to a string succeeds");
    }
    if *least_similarity > 0.0 {
        write!(text, "similarity={least_similarity};").expect("writing to a string succeeds");
    }
    text
}
