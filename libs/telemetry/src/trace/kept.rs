//! Whole traces, as far as this process knows them: the newest, those that failed, and the slowest of late.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{SpanId, TraceId};

use super::span::SpanData;
use crate::Outcome;

/// So many are kept of those that ended last: the slowest among so many are shown.
const RECENT: usize = 1_024;
/// So many of the slowest are kept.
const SLOWEST: usize = 20;
/// Spans of one, at most.
const MOST_SPANS: usize = 256;
/// Ones that have not ended, at most.
const MOST_OPEN: usize = 1_024;

/// What this process did for one request, message or run.
#[derive(Clone, Debug)]
pub struct KeptTrace {
    /// The span of the request or message.
    pub root: SpanData,
    /// What happened in its course, in the order in which it began.
    pub spans: Vec<SpanData>,
}

/// Which of the traces that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptBy {
    /// Those that ended last, the last first.
    #[default]
    Newest,
    /// Those that failed or that nobody waited for any more, the last first.
    Failed,
    /// The slowest of late, the slowest first.
    Slowest,
}

/// Traces by how they ended.
#[derive(Debug)]
pub(super) struct Kept {
    /// Of the newest, and of those that failed, at most.
    most: usize,
    /// Children whose root has not ended yet.
    open: BTreeMap<SpanId, Vec<SpanData>>,
    newest: VecDeque<Arc<KeptTrace>>,
    failed: VecDeque<Arc<KeptTrace>>,
    /// The slowest, the slowest first.
    slowest: Vec<Arc<KeptTrace>>,
    /// Those that stand among the slowest, by age.
    entered: VecDeque<SpanId>,
    ended: usize,
}

impl KeptTrace {
    /// Whether it came to nothing: it failed, or nobody waited for it any more.
    pub const fn is_failed(&self) -> bool {
        !matches!(self.root.outcome, Some(Outcome::Done | Outcome::Refused))
    }

    /// All of its spans, the first of this process first.
    pub fn all(&self) -> impl Iterator<Item = &SpanData> {
        std::iter::once(&self.root).chain(&self.spans)
    }
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            open: BTreeMap::new(),
            newest: VecDeque::new(),
            failed: VecDeque::new(),
            slowest: Vec::new(),
            entered: VecDeque::new(),
            ended: 0,
        }
    }

    pub(super) fn record(&mut self, span: &SpanData) {
        if span.is_root() {
            let mut spans = self.open.remove(&span.span).unwrap_or_default();
            spans.sort_by_key(|it| it.started_at);
            let root = span.clone();
            self.end(&Arc::new(KeptTrace { root, spans }));
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

    fn end(&mut self, trace: &Arc<KeptTrace>) {
        latest(&mut self.newest, self.most, trace);
        if trace.is_failed() {
            latest(&mut self.failed, self.most, trace);
        }
        self.ended += 1;
        if self.ended.is_multiple_of(RECENT) {
            // What was slow long ago makes room.
            if let Some(oldest) = self.entered.pop_front() {
                self.slowest.retain(|it| it.root.span != oldest);
            }
        }
        let took = trace.root.took;
        if self.slowest.len() == SLOWEST {
            let last = self.slowest.last();
            if took <= last.map_or(Duration::ZERO, |it| it.root.took) {
                return;
            }
            if let Some(out) = self.slowest.pop() {
                self.entered.retain(|it| *it != out.root.span);
            }
        }
        let place = self.slowest.partition_point(|it| it.root.took >= took);
        self.entered.push_back(trace.root.span);
        self.slowest.insert(place, Arc::clone(trace));
    }

    pub(super) fn list(&self, by: KeptBy) -> Vec<Arc<KeptTrace>> {
        match by {
            KeptBy::Newest => self.newest.iter().cloned().collect(),
            KeptBy::Failed => self.failed.iter().cloned().collect(),
            KeptBy::Slowest => self.slowest.clone(),
        }
    }

    /// What is kept of `trace`: each part that a request, a message or a run began here, in the order in which they began.
    pub(super) fn parts(&self, trace: TraceId) -> Vec<Arc<KeptTrace>> {
        let lists = self.newest.iter().chain(&self.failed).chain(&self.slowest);
        let parts = lists.filter(|it| it.root.trace == trace);
        let parts: BTreeMap<_, _> = parts.map(|it| (it.root.span, it)).collect();
        let mut parts: Vec<_> = parts.into_values().cloned().collect();
        parts.sort_by_key(|it| it.root.started_at);
        parts
    }
}

/// Puts `trace` before the others, of which `most` stay.
fn latest(list: &mut VecDeque<Arc<KeptTrace>>, most: usize, trace: &Arc<KeptTrace>) {
    list.push_front(Arc::clone(trace));
    list.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::tree::tests::{root, under};

    fn spans(list: &[Arc<KeptTrace>]) -> Vec<SpanId> {
        list.iter().map(|it| it.root.span).collect()
    }

    #[test]
    fn the_newest_the_failed_and_the_slowest_are_kept_each_within_its_bound() {
        let mut kept = Kept::new(3);
        let ended: Vec<_> = (0..100)
            .map(|number| {
                let mut span = root(number);
                span.took = Duration::from_millis(number * 37 % 100);
                let outcomes = [
                    Some(Outcome::Done),
                    Some(Outcome::Refused),
                    Some(Outcome::Failed),
                    None,
                ];
                span.outcome = outcomes[number as usize % 4];
                kept.record(&span);
                span.span
            })
            .collect();
        let newest = spans(&kept.list(KeptBy::Newest));
        assert_eq!(newest, [ended[99], ended[98], ended[97]]);
        let failed = spans(&kept.list(KeptBy::Failed));
        assert_eq!(failed, [ended[99], ended[98], ended[95]]);
        let slowest = kept.list(KeptBy::Slowest);
        let took: Vec<_> = slowest.iter().map(|it| it.root.took.as_millis()).collect();
        let expected: Vec<_> = (80..100).rev().collect();
        assert_eq!(took, expected);
    }

    #[test]
    fn all_parts_of_a_trace_are_found_once_each_with_what_happened_in_its_course() {
        let mut kept = Kept::new(10);
        let (request, mut message) = (root(1), root(2));
        message.trace = request.trace;
        let commit = under(&request, 3);
        for span in [&commit, &request, &message, &root(4)] {
            kept.record(span);
        }
        let parts = kept.parts(request.trace);
        assert_eq!(spans(&parts), [request.span, message.span]);
        let all: Vec<_> = parts[0].all().map(|it| it.span).collect();
        assert_eq!(all, [request.span, commit.span]);
        assert!(kept.parts(root(5).trace).is_empty());
    }

    #[test]
    fn what_never_ends_and_what_has_too_many_parts_stay_within_their_bounds() {
        let mut kept = Kept::new(2);
        for number in 0..3_000 {
            kept.record(&under(&root(number), number + 10_000));
        }
        assert!(kept.open.len() <= MOST_OPEN);
        let request = root(9_000);
        for number in 0..1_000 {
            kept.record(&under(&request, number + 20_000));
        }
        kept.record(&request);
        assert_eq!(kept.list(KeptBy::Newest)[0].all().count(), MOST_SPANS + 1);
        let mut none = Kept::new(0);
        none.record(&request);
        assert!(none.list(KeptBy::Newest).is_empty());
    }
}
