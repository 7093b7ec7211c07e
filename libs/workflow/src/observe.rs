//! Who is told what queues and sagas do, so that it can be counted.

use std::sync::Arc;

use medcover_saga::Event;
use medcover_telemetry::Tracer;

/// Is told what workers and sagas of this process do. Each method is called after what it tells was kept, and returns at
/// once; what was kept just before a crash may go untold.
pub trait Observer: Send + Sync {
    /// Messages of `queue` were claimed.
    fn claimed(&self, queue: &str, messages: usize);

    /// A message of `queue` was settled.
    fn settled(&self, queue: &str, how: Settlement);

    /// A run of `saga` came to an end, or to a stop where it waits for a person.
    fn run_ended(&self, saga: &str, how: RunEnd);

    /// What records the spans of their work, in the traces of the requests that left it to them; nothing unless said.
    fn tracer(&self) -> Tracer {
        Tracer::off()
    }
}

/// How a message was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// It had its effect.
    Done,
    /// It comes again.
    Retry,
    /// It was set aside.
    Dead,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunEnd {
    /// Every step took effect.
    Completed,
    /// Every effect is gone.
    Compensated,
    /// It waits for a person.
    Parked,
    /// A person took it over.
    Abandoned,
}

/// Whoever observes is nobody.
#[derive(Clone, Copy, Debug)]
struct Nobody;

impl Settlement {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

impl RunEnd {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Compensated => "compensated",
            Self::Parked => "parked",
            Self::Abandoned => "abandoned",
        }
    }

    /// The end that an entry of the log is, if it is one.
    pub(crate) const fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Completed => Some(Self::Completed),
            Event::Compensated => Some(Self::Compensated),
            Event::Parked { .. } => Some(Self::Parked),
            Event::Abandoned { .. } => Some(Self::Abandoned),
            _ => None,
        }
    }
}

impl Observer for Nobody {
    fn claimed(&self, _: &str, _: usize) {}
    fn settled(&self, _: &str, _: Settlement) {}
    fn run_ended(&self, _: &str, _: RunEnd) {}
}

/// Nobody is told.
pub(crate) fn nobody() -> Arc<dyn Observer> {
    Arc::new(Nobody)
}
