//! The best hits so far, of each concept the best.

use super::Hit;

/// Takes `hit` among the `wanted` best in `hits`: best score first, of equal ones the concept that stands first in the
/// release; of equal terms of one concept the one that stands first. Whatever the order of the offers and however many are
/// wanted, the first of them are the same.
pub(super) fn offer(hits: &mut Vec<Hit>, wanted: usize, hit: Hit) {
    if hits.len() >= wanted && hits.last().is_none_or(|last| !precedes(&hit, last)) {
        return;
    }
    if let Some(known) = hits.iter().position(|known| known.concept == hit.concept) {
        if !precedes(&hit, &hits[known]) {
            return;
        }
        hits.remove(known);
    }
    let place = hits.partition_point(|known| precedes(known, &hit));
    hits.insert(place, hit);
    hits.truncate(wanted);
}

fn precedes(one: &Hit, other: &Hit) -> bool {
    other
        .score
        .total_cmp(&one.score)
        .then(one.concept.cmp(&other.concept))
        .then(one.term.cmp(&other.term))
        .is_lt()
}

/// What a hit must score to be taken; nothing while there is room.
pub(super) fn bar(hits: &[Hit], wanted: usize) -> f32 {
    if hits.len() < wanted {
        f32::NEG_INFINITY
    } else {
        hits.last().map_or(f32::INFINITY, |last| last.score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{ConceptId, TermId};
    use crate::search::MatchKind;
    use proptest::prelude::*;

    fn hit((concept, score, term): Offer) -> Hit {
        Hit {
            concept: ConceptId(concept),
            term: Some(TermId(term)),
            kind: MatchKind::Words,
            source: None,
            edits: 0,
            score: f32::from(score),
            confidence: 0.0,
        }
    }

    /// A concept, its score, and the term that scored.
    type Offer = (u32, u8, u32);

    fn best(offers: &[Offer], wanted: usize) -> Vec<(u32, f32, Option<TermId>)> {
        let mut hits = Vec::new();
        for &one in offers {
            offer(&mut hits, wanted, hit(one));
        }
        let found = hits.iter().map(|hit| (hit.concept.0, hit.score, hit.term));
        found.collect()
    }

    proptest! {
        #[test]
        fn the_first_of_many_are_the_few(
            mut offers in proptest::collection::vec((0_u32..12, 0_u8..20, 0_u32..9), 0..60),
            wanted in 1_usize..8,
        ) {
            let many = best(&offers, 100);
            let few = best(&offers, wanted);
            prop_assert_eq!(&few[..], &many[..wanted.min(many.len())]);
            offers.reverse();
            prop_assert_eq!(best(&offers, 100), many);
        }
    }
}
