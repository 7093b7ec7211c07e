//! The answer to a search.

use super::writer::JsonWriter;
use crate::app::found::{Found, Placed, thousandths};
use crate::app::words;

/// Room for the fixed parts of a hit and texts of usual length.
const HIT_BYTES: usize = 400;

/// `found` as a `SearchAnswer`.
pub(crate) fn answer(found: &Found<'_>) -> Vec<u8> {
    let mut json = JsonWriter::with_capacity(200 + HIT_BYTES * found.hits.len());
    json.raw("{\"query\":\"");
    json.escaped(found.query);
    json.raw("\",\"release\":\"");
    for (place, release) in found.releases.iter().enumerate() {
        json.raw(if place > 0 { ", " } else { "" });
        json.escaped(release.label());
    }
    json.raw("\",\"took_us\":");
    json.number(found.took_us);
    json.raw(",\"hits\":");
    json.list(found.hits, |json, placed| hit(json, found, placed));
    let failed: Vec<_> = found.failed().collect();
    if !failed.is_empty() {
        json.raw(",\"degraded\":");
        json.list(&failed, |json, strategy| {
            json.raw("\"");
            json.raw(words::strategy(*strategy));
            json.raw("\"");
        });
    }
    if let Some(next) = &found.next {
        json.raw(",\"next\":");
        json.string(next);
    }
    json.raw("}");
    json.finish()
}

fn hit(json: &mut JsonWriter, found: &Found<'_>, placed: &Placed) {
    let concept = found.concept(placed);
    let met = found.met(placed);
    json.raw("{\"system\":\"");
    json.escaped(found.releases[placed.release].system());
    json.raw("\",\"code\":\"");
    json.escaped(concept.code_bytes());
    json.raw("\",\"title\":\"");
    json.escaped(concept.title_bytes());
    json.raw("\",\"billable\":");
    json.boolean(concept.billable());
    json.raw(",\"chapter\":");
    json.number(u64::from(concept.chapter()));
    json.raw(",\"confidence\":");
    json.thousandths(thousandths(placed.hit.confidence));
    json.raw(",\"match\":{\"kind\":\"");
    json.raw(words::match_kind(met.kind));
    json.raw("\",\"term\":\"");
    json.escaped(met.term);
    json.raw("\",\"source\":\"");
    json.raw(words::term_source(met.source));
    json.raw("\",\"edits\":");
    json.number(u64::from(placed.hit.edits));
    json.raw("}}");
}
