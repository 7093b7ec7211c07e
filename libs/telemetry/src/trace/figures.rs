//! Where the time of operations goes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use medcover_kernel::TraceId;

use super::kept::{Kept, KeptBy, KeptTrace};
use super::layer::Layer;

use super::span::SpanData;
use crate::metrics::Histogram;

/// So many operations are told apart; names of operations are constants, and far fewer.
const MOST_OPERATIONS: usize = 512;

/// What recorded spans say about where time goes.
#[derive(Clone, Debug, Default)]
pub struct TraceFigures {
    /// Spans that these figures are over.
    pub spans: u64,
    /// Operations, those on which most time was spent first.
    pub operations: Vec<OperationTimes>,
    /// How all of that time is shared out.
    pub layers: Vec<LayerShare>,
    /// The slowest traces of late, the slowest first.
    pub slowest: Vec<Arc<KeptTrace>>,
}

/// What one operation took.
#[derive(Clone, Debug)]
pub struct OperationTimes {
    /// Its name.
    pub operation: String,
    /// What kind of work it is: a request, a message, a saga.
    pub layer: Layer,
    /// How often it was recorded.
    pub count: u64,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 99 % of them took no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// How its time is shared out, the largest share first.
    pub layers: Vec<LayerShare>,
}

/// How much time was spent in a layer itself, without what it waited for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShare {
    /// The layer.
    pub layer: Layer,
    /// The time.
    pub own: Duration,
    /// Its share in hundredths, rounded.
    pub percent: u8,
}

/// The times of all operations, as recorded spans tell them.
#[derive(Debug)]
pub struct TraceTimes(Mutex<State>);

#[derive(Debug)]
struct State {
    spans: u64,
    operations: BTreeMap<Cow<'static, str>, Operation>,
    kept: Kept,
}

#[derive(Debug)]
struct Operation {
    layer: Layer,
    took: Box<Histogram>,
    own: Own,
}

/// Time by layer.
#[derive(Clone, Copy, Debug, Default)]
struct Own([Duration; Layer::ALL.len()]);

impl TraceTimes {
    /// Of nothing yet; so many traces are to be kept of the newest, and of those that failed.
    pub(super) fn keeping(most: usize) -> Self {
        Self(Mutex::new(State {
            spans: 0,
            operations: BTreeMap::new(),
            kept: Kept::new(most),
        }))
    }

    pub(super) fn record(&self, spans: &[SpanData]) {
        let mut state = self.lock();
        for span in spans {
            state.spans += 1;
            state.record(span);
            state.kept.record(span);
        }
    }

    /// Where the time went, up to now.
    pub fn figures(&self) -> TraceFigures {
        let state = self.lock();
        let mut all = Own::default();
        let mut operations: Vec<_> = state.operations.iter().collect();
        operations.sort_by_key(|(_, it)| std::cmp::Reverse(it.own.total()));
        for (_, it) in &operations {
            all.add(&it.own);
        }
        TraceFigures {
            spans: state.spans,
            layers: all.shares(),
            slowest: state.kept.list(KeptBy::Slowest),
            operations: operations
                .into_iter()
                .map(|(name, it)| it.times(name))
                .collect(),
        }
    }

    /// Traces that are kept.
    pub fn kept(&self, by: KeptBy) -> Vec<Arc<KeptTrace>> {
        self.lock().kept.list(by)
    }

    /// What is kept of `trace`: each part that a request, a message or a run began here, in the order in which they began.
    pub fn parts_of(&self, trace: TraceId) -> Vec<Arc<KeptTrace>> {
        self.lock().kept.parts(trace)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Children end before what they are part of; the operation is known by the first of them.
    fn record(&mut self, span: &SpanData) {
        if !self.operations.contains_key(&span.operation) {
            if self.operations.len() >= MOST_OPERATIONS {
                return;
            }
            let new = Operation {
                layer: span.layer,
                took: Box::default(),
                own: Own::default(),
            };
            self.operations.insert(span.operation.clone(), new);
        }
        let Some(operation) = self.operations.get_mut(&span.operation) else {
            return;
        };
        operation.own.0[span.layer as usize] += span.own;
        if span.is_root() {
            operation.layer = span.layer;
            operation.took.record(span.took);
        }
    }
}

impl Operation {
    fn times(&self, name: &str) -> OperationTimes {
        let took = self.took.read();
        OperationTimes {
            operation: name.to_owned(),
            layer: self.layer,
            count: took.count(),
            p50: millis(took.quantile_ms(0.50)),
            p99: millis(took.quantile_ms(0.99)),
            max: millis(took.max_ms()),
            layers: self.own.shares(),
        }
    }
}

impl Own {
    fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    fn add(&mut self, other: &Self) {
        for (sum, part) in self.0.iter_mut().zip(other.0) {
            *sum += part;
        }
    }

    fn shares(&self) -> Vec<LayerShare> {
        let total = self.total().as_secs_f64();
        let spent = Layer::ALL.into_iter().zip(self.0);
        let spent = spent.filter(|(_, own)| !own.is_zero());
        let mut shares: Vec<_> = spent
            .map(|(layer, own)| LayerShare {
                layer,
                own,
                percent: (own.as_secs_f64() / total * 100.0).round() as u8,
            })
            .collect();
        shares.sort_by_key(|it| std::cmp::Reverse(it.own));
        shares
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1_000.0)
}
