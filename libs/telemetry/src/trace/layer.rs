//! The part of the system that a span is of.

use std::fmt;

/// Which part of the system a span was spent in. The time of an operation is shared out among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A request that is answered here.
    Server,
    /// A request that is answered elsewhere, and passed on.
    Gateway,
    /// One try at asking another process.
    Client,
    /// Reading or keeping state.
    Store,
    /// Handing events of a log on to those who mean them.
    Outbox,
    /// Work on a message.
    Consumer,
    /// A saga, or one of its steps.
    Saga,
    /// Making what the cache is to keep.
    Cache,
}

/// How a span relates to those of other processes, in the words of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// It does not.
    Internal,
    /// It answers somebody.
    Server,
    /// It asks somebody.
    Client,
    /// It leaves work for later.
    Producer,
    /// It does such work.
    Consumer,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Server,
        Self::Gateway,
        Self::Client,
        Self::Store,
        Self::Outbox,
        Self::Consumer,
        Self::Saga,
        Self::Cache,
    ];

    /// Its name in figures, logs and spans.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Gateway => "gateway",
            Self::Client => "client",
            Self::Store => "store",
            Self::Outbox => "outbox",
            Self::Consumer => "consumer",
            Self::Saga => "saga",
            Self::Cache => "cache",
        }
    }

    /// What its spans are to other processes.
    pub const fn kind(self) -> SpanKind {
        match self {
            Self::Server | Self::Gateway => SpanKind::Server,
            Self::Client => SpanKind::Client,
            Self::Outbox => SpanKind::Producer,
            Self::Consumer => SpanKind::Consumer,
            Self::Store | Self::Saga | Self::Cache => SpanKind::Internal,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
