//! The slowest traces of late, whole, as far as this process knows them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use medcover_kernel::SpanId;

use super::span::SpanData;

/// So many are kept of those that ended last: the slowest among so many are shown.
const RECENT: usize = 1_024;
/// So many are shown.
const SHOWN: usize = 20;
/// Spans of one, at most.
const MOST_SPANS: usize = 256;
/// Ones that have not ended, at most.
const MOST_OPEN: usize = 1_024;

/// What this process did for one request or message.
#[derive(Clone, Debug)]
pub struct SlowTrace {
    /// The span of the request or message.
    pub root: SpanData,
    /// What happened in its course, in the order in which it began.
    pub spans: Vec<SpanData>,
}

/// Traces by how they ended.
#[derive(Debug, Default)]
pub(super) struct Slow {
    /// Children whose root has not ended yet.
    open: BTreeMap<SpanId, Vec<SpanData>>,
    /// The slowest, the slowest first.
    slowest: Vec<SlowTrace>,
    /// How long the last ones took that stand among the slowest, by age.
    entered: VecDeque<SpanId>,
    ended: usize,
}

impl Slow {
    pub(super) fn record(&mut self, span: &SpanData) {
        if span.is_root() {
            let spans = self.open.remove(&span.span).unwrap_or_default();
            self.end(span, spans);
        } else if self.open.len() < MOST_OPEN || self.open.contains_key(&span.root) {
            let spans = self.open.entry(span.root).or_default();
            if spans.len() < MOST_SPANS {
                spans.push(span.clone());
            }
        } else {
            // Roots that were lost leave their children behind. Starting anew loses the children of those under way.
            self.open.clear();
        }
    }

    fn end(&mut self, root: &SpanData, mut spans: Vec<SpanData>) {
        self.ended += 1;
        if self.ended.is_multiple_of(RECENT) {
            // What was slow long ago makes room.
            if let Some(oldest) = self.entered.pop_front() {
                self.slowest.retain(|it| it.root.span != oldest);
            }
        }
        let last = self
            .slowest
            .last()
            .map_or(Duration::ZERO, |it| it.root.took);
        if self.slowest.len() == SHOWN {
            if root.took <= last {
                return;
            }
            if let Some(out) = self.slowest.pop() {
                self.entered.retain(|it| *it != out.root.span);
            }
        }
        spans.sort_by_key(|it| it.started_at);
        let place = self.slowest.partition_point(|it| it.root.took >= root.took);
        let root = root.clone();
        self.entered.push_back(root.span);
        self.slowest.insert(place, SlowTrace { root, spans });
    }

    pub(super) fn list(&self) -> Vec<SlowTrace> {
        self.slowest.clone()
    }
}
