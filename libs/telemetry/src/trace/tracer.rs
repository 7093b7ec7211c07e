//! Where spans begin.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use medcover_kernel::{Clock, CorrelationId, Rng, TraceId, TraceParent};

use super::layer::Layer;
use super::place::{TracePlace, TraceState};
use super::queue::SpanQueue;
use super::span::Span;

/// Begins the spans whose parents are in other processes, or that have none. Cloning is cheap.
///
/// Whether a trace is recorded is decided once, at its head: by the flag that comes with the parent, else by the trace's
/// id, so that every process decides alike.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<Recorder>>);

/// What recorded spans share.
pub(super) struct Recorder {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) queue: Arc<SpanQueue>,
    /// Traces whose random bits reach this are recorded.
    pub(super) threshold: u64,
}

/// Random bits lie below this.
const RANDOM: u64 = 1 << 56;

/// The random bits from which on `percent` of all traces are recorded.
pub(super) const fn threshold(percent: u8) -> u64 {
    RANDOM
        - RANDOM / 100 * (if percent > 100 { 100 } else { percent }) as u64
        - (if percent >= 100 { RANDOM % 100 } else { 0 })
}

/// What is known of a span before it begins.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) layer: Layer,
    pub(crate) name: Cow<'static, str>,
    pub(crate) trace: TraceId,
    pub(crate) remote: Option<TraceParent>,
    pub(crate) state: Option<TraceState>,
    pub(crate) correlation: Option<CorrelationId>,
}

impl Tracer {
    /// Records nothing.
    pub const fn off() -> Self {
        Self(None)
    }

    pub(super) const fn of(recorder: Arc<Recorder>) -> Self {
        Self(Some(recorder))
    }

    /// The span of a request in `trace`, which came from `remote` or begins here.
    pub fn enter(
        &self,
        layer: Layer,
        name: &'static str,
        trace: TraceId,
        remote: Option<TraceParent>,
    ) -> Span {
        match self.records(trace, remote) {
            None => Span::none(),
            Some(recorder) => Span::begun(recorder, head(layer, name, trace, remote)),
        }
    }

    /// The span of work that was left for later under `parent`, in the undertaking `correlation`. Work that was left by
    /// nobody who says where is not recorded.
    pub fn resume(
        &self,
        layer: Layer,
        name: impl Into<Cow<'static, str>>,
        parent: Option<TraceParent>,
        correlation: CorrelationId,
    ) -> Span {
        let recorder = parent.and_then(|it| self.records(it.trace, parent));
        let Some((recorder, parent)) = recorder.zip(parent) else {
            return Span::none();
        };
        let correlation = Some(correlation);
        let head = head(layer, name, parent.trace, Some(parent));
        Span::begun(
            recorder,
            Head {
                correlation,
                ..head
            },
        )
    }

    fn records(&self, trace: TraceId, remote: Option<TraceParent>) -> Option<&Arc<Recorder>> {
        let recorder = self.0.as_ref()?;
        let chosen = || trace.randomness() >= recorder.threshold;
        remote
            .map_or_else(chosen, |it| it.sampled)
            .then_some(recorder)
    }
}

fn head(
    layer: Layer,
    name: impl Into<Cow<'static, str>>,
    trace: TraceId,
    remote: Option<TraceParent>,
) -> Head {
    Head {
        layer,
        name: name.into(),
        trace,
        remote,
        state: None,
        correlation: None,
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Tracer(on)"
        } else {
            "Tracer(off)"
        })
    }
}

impl Span {
    /// The place of whatever happens in this span; where it is not recorded, that of `parent`.
    pub fn place_or(&self, parent: TraceParent, state: Option<TraceState>) -> TracePlace {
        match self.place(state.clone()) {
            Some(place) => place,
            None => TracePlace::passing(parent, state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_traces_are_what_was_asked_for() {
        assert_eq!(threshold(0), RANDOM);
        assert_eq!(threshold(100), 0);
        let tenth = RANDOM - threshold(10);
        assert!((tenth as f64 / RANDOM as f64 - 0.1).abs() < 1e-9);
    }
}
