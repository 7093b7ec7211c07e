//! One span, from its beginning to its end.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::{CorrelationId, SpanId, Timestamp, TraceId, TraceParent};

use super::layer::Layer;
use super::place::{TracePlace, TraceState};
use super::tracer::{Head, Recorder};
use crate::{Context, Outcome};

/// The names of what is said about spans. None of them may hold what a person said, or anything about a patient: routes,
/// states, numbers and names of ours only.
pub mod attributes {
    /// The address as a template, such as `/api/v1/codes/{code}`.
    pub const ROUTE: &str = "http.route";
    /// The method of a request.
    pub const METHOD: &str = "http.request.method";
    /// The status of an answer.
    pub const STATUS: &str = "http.response.status_code";
    /// Which bound refused: the name of the problem, as in `X-Refused-By`.
    pub const REFUSED_BY: &str = "medcover.refused_by";
    /// The service that is asked.
    pub const UPSTREAM: &str = "medcover.upstream";
    /// The process that is asked, by address.
    pub const INSTANCE: &str = "server.address";
    /// The how-manieth attempt it is, from 1.
    pub const ATTEMPT: &str = "medcover.attempt";
    /// Why it came to nothing, by name.
    pub const ERROR: &str = "error.type";
    /// The service whose state it is.
    pub const STORE: &str = "db.namespace";
    /// The kind of stream, or the table.
    pub const COLLECTION: &str = "db.collection.name";
    /// The queue that a message is of.
    pub const QUEUE: &str = "messaging.destination.name";
    /// The saga that a step is of.
    pub const SAGA: &str = "medcover.saga";
    /// Which way a saga goes.
    pub const DIRECTION: &str = "medcover.saga.direction";
    /// How many events, rows or messages.
    pub const COUNT: &str = "medcover.count";
}

/// What an attribute says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A number.
    Number(i64),
    /// A name.
    Name(Cow<'static, str>),
}

/// A span that has ended.
#[derive(Clone, Debug)]
pub struct SpanData {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// The span that it is part of.
    pub parent: Option<SpanId>,
    /// Another span that has to do with it, in another trace.
    pub link: Option<TraceParent>,
    /// What other systems want to be handed on.
    pub state: Option<TraceState>,
    /// The part of the system.
    pub layer: Layer,
    /// What was done.
    pub name: Cow<'static, str>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How much of that passed outside its children in this process.
    pub own: Duration,
    /// How it ended; `None` when whoever wanted it went away.
    pub outcome: Option<Outcome>,
    /// What else there is to say.
    pub attributes: Vec<(&'static str, AttributeValue)>,
    /// The undertaking, where it is known.
    pub correlation: Option<CorrelationId>,
    /// The first span of this process in whose course it happened: itself, where it has no parent here.
    pub root: SpanId,
    /// What that one did.
    pub operation: Cow<'static, str>,
}

impl SpanData {
    /// What the attribute `key` says.
    pub fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        let found = self.attributes.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| value)
    }

    /// Whether it is the first of this process.
    pub fn is_root(&self) -> bool {
        self.root == self.span
    }
}

/// A recorded span as its children see it. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Shared>);

struct Shared {
    recorder: Arc<Recorder>,
    /// Nanoseconds that its children took.
    children: AtomicU64,
    correlation: Option<CorrelationId>,
    root: SpanId,
    operation: Cow<'static, str>,
}

/// A span that has begun, if it is recorded. One that is not costs a look at the present thread, and nothing more.
///
/// Dropped, it ends as one that nobody wanted any more.
#[must_use]
#[derive(Debug)]
pub struct Span(Option<Box<Live>>);

struct Live {
    data: SpanData,
    began: Duration,
    recording: Recording,
    parent: Option<Recording>,
}

impl Span {
    /// Of which nothing is recorded.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A span within that in which the present thread works; not recorded where there is none.
    pub fn child(layer: Layer, name: impl Into<Cow<'static, str>>) -> Self {
        Context::read(|context| {
            let place = &context.place;
            let (Some(parent), Some(within)) = (place.parent(), place.recording()) else {
                return Self(None);
            };
            let head = Head {
                layer,
                name: name.into(),
                trace: parent.trace,
                remote: Some(parent),
                state: place.state().cloned(),
                correlation: within.0.correlation.or(context.correlation),
            };
            Self::begin(&within.0.recorder, head, Some(within))
        })
    }

    pub(super) fn begun(recorder: &Arc<Recorder>, head: Head) -> Self {
        Self::begin(recorder, head, None)
    }

    fn begin(recorder: &Arc<Recorder>, head: Head, parent: Option<&Recording>) -> Self {
        let span = SpanId::new(&*recorder.rng);
        let (root, operation) = match parent {
            Some(parent) => (parent.0.root, parent.0.operation.clone()),
            None => (span, head.name.clone()),
        };
        let shared = Shared {
            recorder: Arc::clone(recorder),
            children: AtomicU64::new(0),
            correlation: head.correlation,
            root,
            operation: operation.clone(),
        };
        Self(Some(Box::new(Live {
            data: SpanData {
                trace: head.trace,
                span,
                parent: head.remote.map(|it| it.span),
                link: None,
                state: head.state,
                layer: head.layer,
                name: head.name,
                started_at: recorder.clock.now(),
                took: Duration::ZERO,
                own: Duration::ZERO,
                outcome: None,
                attributes: Vec::new(),
                correlation: head.correlation,
                root,
                operation,
            },
            began: recorder.clock.elapsed(),
            recording: Recording(Arc::new(shared)),
            parent: parent.cloned(),
        })))
    }

    /// Whether anything is recorded.
    pub const fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Says something about it.
    pub fn set(&mut self, key: &'static str, value: impl Into<AttributeValue>) {
        if let Some(live) = &mut self.0 {
            live.data.attributes.push((key, value.into()));
        }
    }

    /// Says that it has to do with `other`, unless that is in the same trace.
    pub fn link(&mut self, other: Option<TraceParent>) {
        if let Some(live) = &mut self.0 {
            live.data.link = other.filter(|it| it.trace != live.data.trace);
        }
    }

    /// Says which undertaking it belongs to, and what other systems want to be handed on.
    pub fn belongs_to(&mut self, correlation: CorrelationId, state: Option<TraceState>) {
        if let Some(live) = &mut self.0 {
            live.data.correlation = Some(correlation);
            live.data.state = state;
        }
    }

    /// The span as the parent of others.
    pub fn parent(&self) -> Option<TraceParent> {
        let live = self.0.as_ref()?;
        Some(TraceParent {
            trace: live.data.trace,
            span: live.data.span,
            sampled: true,
        })
    }

    pub(super) fn place(&self, state: Option<TraceState>) -> Option<TracePlace> {
        let (live, parent) = (self.0.as_ref()?, self.parent()?);
        let state = state.or_else(|| live.data.state.clone());
        let recording = live.recording.clone();
        Some(TracePlace::recorded(parent, state, recording))
    }

    /// Ends it.
    pub fn end(mut self, outcome: Outcome) {
        if let Some(live) = &mut self.0 {
            live.data.outcome = Some(outcome);
        }
    }

    /// Does `work` within the span, then ends it as `ended` says of what came of it.
    pub async fn around<T>(
        mut self,
        work: impl Future<Output = T>,
        ended: impl FnOnce(&mut Self, &T) -> Outcome,
    ) -> T {
        let Some(mut place) = self.place(None) else {
            return work.await;
        };
        let mut work = pin!(work);
        let done = poll_fn(|cx| Context::at(&mut place, || work.as_mut().poll(cx))).await;
        let outcome = ended(&mut self, &done);
        self.end(outcome);
        done
    }
}

impl Live {
    fn ended(self) {
        let (shared, mut data) = (&self.recording.0, self.data);
        data.took = shared.recorder.clock.elapsed().saturating_sub(self.began);
        let children = Duration::from_nanos(shared.children.load(Ordering::Relaxed));
        data.own = data.took.saturating_sub(children);
        if let Some(parent) = &self.parent {
            let took = u64::try_from(data.took.as_nanos()).unwrap_or(u64::MAX);
            parent.0.children.fetch_add(took, Ordering::Relaxed);
        }
        shared.recorder.queue.push(data);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(live) = self.0.take() {
            live.ended();
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data.fmt(f)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recording({})", self.0.operation)
    }
}

impl PartialEq for Recording {
    /// Of the same span.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Recording {}

impl From<&'static str> for AttributeValue {
    fn from(name: &'static str) -> Self {
        Self::Name(name.into())
    }
}

impl From<String> for AttributeValue {
    fn from(name: String) -> Self {
        Self::Name(name.into())
    }
}

impl From<Cow<'static, str>> for AttributeValue {
    fn from(name: Cow<'static, str>) -> Self {
        Self::Name(name)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for AttributeValue {
            fn from(number: $number) -> Self {
                Self::Number(i64::from(number))
            }
        }
    )*};
}
numbers!(u16, u32, i64);

impl From<usize> for AttributeValue {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}
