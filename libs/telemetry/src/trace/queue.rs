//! The spans that wait for whoever looks at them next.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::span::SpanData;

/// Ended spans, bounded in number. Whoever ends a span never waits for more than the lock, under which nothing is done but
/// to add or take.
#[derive(Debug)]
pub(super) struct SpanQueue {
    state: Mutex<State>,
    stopping: Condvar,
    max: usize,
    recorded: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    spans: Vec<SpanData>,
    stop: bool,
}

impl SpanQueue {
    pub(super) fn new(max: usize) -> Self {
        Self {
            state: Mutex::default(),
            stopping: Condvar::new(),
            max,
            recorded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Adds `span`, or drops and counts it.
    pub(super) fn push(&self, span: SpanData) {
        self.recorded.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        if state.spans.len() < self.max && !state.stop {
            state.spans.push(span);
            return;
        }
        drop(state);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Spans that ended, dropped ones among them.
    pub(super) fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Relaxed)
    }

    /// Spans that found no place.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Exchanges what waits with the empty `spans`, after `gather` or at once when it is time to stop; `false` when there
    /// will be no more. It sleeps by the clock so that nobody who ends a span has to wake it.
    pub(super) fn swap(&self, spans: &mut Vec<SpanData>, gather: Duration) -> bool {
        let goes_on = |state: &mut State| !state.stop;
        let waited = self
            .stopping
            .wait_timeout_while(self.lock(), gather, goes_on);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut state.spans, spans);
        !state.stop
    }

    /// Takes no more.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.stopping.notify_all();
    }

    /// Nothing panics while holding the lock but an allocation that fails, and spans are never half a state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
