//! Concepts in the order a release needs: a parent before its children.

use medcover_terms::source::{Level, SourceConcept};

/// Orders `concepts` so that a parent stands before its children and siblings keep their order, and gives headers and
/// roots their level. Unless the source itself says which codes are billable, a concept with others below it is not.
///
/// Returns the code of a concept that is its own ancestor, if there is one.
pub(super) fn order(
    concepts: Vec<SourceConcept>,
    says_billable: bool,
) -> Result<Vec<SourceConcept>, String> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); concepts.len()];
    let mut to_visit = Vec::new();
    for (place, concept) in concepts.iter().enumerate() {
        match concept.parent {
            Some(parent) => children[parent as usize].push(place),
            None => to_visit.push((place, None)),
        }
    }
    to_visit.reverse();
    let mut waiting: Vec<Option<SourceConcept>> = concepts.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some((place, parent)) = to_visit.pop() {
        let mut concept = waiting[place]
            .take()
            .expect("invariant: a concept has one parent, so it is visited once");
        let own = ordered.len() as u32;
        concept.parent = parent;
        if parent.is_none() {
            concept.level = Level::Category;
        }
        concept.billable &= says_billable || children[place].is_empty();
        ordered.push(concept);
        to_visit.extend(
            children[place]
                .iter()
                .rev()
                .map(|&child| (child, Some(own))),
        );
    }
    match waiting.into_iter().flatten().next() {
        Some(unreached) => Err(unreached.code),
        None => Ok(ordered),
    }
}
