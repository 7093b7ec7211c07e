//! Where a process spends its time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the recorded traces of a process say since it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Traces {
    /// Spans that these figures are over; one trace in so many is recorded as the settings say.
    pub spans: u64,
    /// Operations, those on which most time was spent first.
    pub operations: Vec<TracedOperation>,
    /// How the time of all of them is shared out.
    pub layers: Vec<LayerTime>,
    /// The slowest of late with what happened in their course, the slowest first.
    pub slowest: Vec<KeptTrace>,
}

/// One operation: a request, a message or a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TracedOperation {
    /// Its name.
    #[schema(example = "book_appointment")]
    pub operation: String,
    /// What part of the system begins it.
    #[schema(example = "server")]
    pub layer: String,
    /// How often it was recorded.
    pub count: u64,
    /// Half of them took no longer, in microseconds.
    pub p50_us: u64,
    /// 99 % of them took no longer, in microseconds.
    pub p99_us: u64,
    /// The longest, in microseconds.
    pub max_us: u64,
    /// How its time is shared out, the largest share first.
    pub layers: Vec<LayerTime>,
}

/// Time that a part of the system took itself, without what it waited for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LayerTime {
    /// `server`, `gateway`, `client`, `store`, `outbox`, `consumer`, `saga` or `cache`.
    #[schema(example = "store")]
    pub layer: String,
    /// The time, in microseconds.
    pub own_us: u64,
    /// Its share in hundredths, rounded.
    #[schema(maximum = 100)]
    pub percent: u8,
}

/// Which of the traces that a process keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeptBy {
    /// Those that ended last, the last first.
    #[default]
    Newest,
    /// Those that failed or that nobody waited for any more, the last first.
    Failed,
    /// The slowest of late, the slowest first.
    Slowest,
}

/// Traces that a process keeps in memory: as many as its settings say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptTraces {
    /// One entry for each request, message or run.
    pub traces: Vec<TraceSummary>,
}

/// What began a trace in this process, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceSummary {
    /// The id of the trace, as the log and collectors have it.
    pub trace_id: String,
    /// What was done first.
    pub root: TraceSpan,
    /// How many spans there are of it.
    pub spans: usize,
}

/// All that a process keeps of one trace, as a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceTree {
    /// The id of the trace.
    pub trace_id: String,
    /// The spans, each right after the one that it is part of.
    pub spans: Vec<TreeSpan>,
}

/// A span in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TreeSpan {
    /// How many are above it. What is part of something in another process is above all here.
    pub depth: usize,
    /// How long after the first of the tree it began, in microseconds.
    pub after_us: u64,
    /// The span.
    pub span: TraceSpan,
}

/// What a process did for one request, message or run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptTrace {
    /// The id of the trace, as the log and collectors have it.
    pub trace_id: String,
    /// What began it here.
    pub root: TraceSpan,
    /// What happened in its course, in the order in which it began.
    pub spans: Vec<TraceSpan>,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceSpan {
    /// Its id.
    pub span_id: String,
    /// The id of the span that it is part of.
    pub parent_id: Option<String>,
    /// What was done.
    #[schema(example = "store.commit")]
    pub name: String,
    /// The part of the system.
    #[schema(example = "store")]
    pub layer: String,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How much of that passed outside its children in this process, in microseconds.
    pub own_us: u64,
    /// `done`, `refused`, `failed`, or `abandoned` where nobody waited for it any more.
    pub outcome: String,
    /// What else is known of it: names and numbers, nothing of patients.
    pub attributes: BTreeMap<String, String>,
}
