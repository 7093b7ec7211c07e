//! Spans in the order in which a person reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::span::SpanData;

/// `spans` as a tree: each with the number of those above it, and right after the one that it is part of; those of one
/// parent in the order in which they began. What is part of a span that is not there stands at the top.
pub fn tree<'s>(spans: impl IntoIterator<Item = &'s SpanData>) -> Vec<(usize, &'s SpanData)> {
    let mut all: Vec<_> = spans.into_iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.started_at));
    let known: BTreeSet<_> = all.iter().map(|it| it.span).collect();
    let (mut top, mut below) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for span in all {
        match span.parent.filter(|it| known.contains(it)) {
            Some(parent) => below.entry(parent).or_default().push(span),
            None => top.push((0, span)),
        }
    }
    // The last is the next: of each parent, the first to begin was put last.
    let mut ordered = Vec::new();
    while let Some((depth, span)) = top.pop() {
        ordered.push((depth, span));
        let children = below.remove(&span.span).unwrap_or_default();
        top.extend(children.into_iter().map(|it| (depth + 1, it)));
    }
    ordered
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use medcover_kernel::{SeededRng, SpanId, Timestamp, TraceId};

    use super::*;
    use crate::trace::layer::Layer;

    /// A span that began a trace, named by its `number`, by which it also began.
    pub(in crate::trace) fn root(number: u64) -> SpanData {
        let rng = SeededRng::new(number);
        let (trace, span) = (TraceId::new(&rng), SpanId::new(&rng));
        SpanData {
            trace,
            span,
            parent: None,
            link: None,
            state: None,
            layer: Layer::Server,
            name: number.to_string().into(),
            started_at: Timestamp::from_micros(number.cast_signed()),
            took: Duration::ZERO,
            own: Duration::ZERO,
            outcome: None,
            attributes: Vec::new(),
            correlation: None,
            root: span,
            operation: "test".into(),
        }
    }

    /// One that is part of `parent`.
    pub(in crate::trace) fn under(parent: &SpanData, number: u64) -> SpanData {
        SpanData {
            trace: parent.trace,
            parent: Some(parent.span),
            root: parent.root,
            ..root(number)
        }
    }

    #[test]
    fn each_stands_below_what_it_is_part_of_in_the_order_in_which_it_began() {
        let (request, elsewhere) = (root(1), root(100));
        let (load, commit) = (under(&request, 2), under(&request, 5));
        let (page, message) = (under(&load, 3), under(&commit, 9));
        let torn = under(&elsewhere, 4);
        let given = [&message, &torn, &commit, &page, &request, &load];
        let ordered = tree(given);
        let told: Vec<_> = ordered
            .iter()
            .map(|(depth, it)| (*depth, &*it.name))
            .collect();
        assert_eq!(
            told,
            [(0, "1"), (1, "2"), (2, "3"), (1, "5"), (2, "9"), (0, "4")]
        );
        assert!(tree([]).is_empty());
    }
}
