//! Ways of using the tables, each beside a plainer one in the same run. Nothing is tuned to the ratio that is wanted.

pub(crate) mod cached;
pub(crate) mod calls;
pub(crate) mod concurrent;
pub(crate) mod connections;
pub(crate) mod partitions;
mod rounds;
pub(crate) mod trigrams;

use serde::Serialize;

use crate::measure::Timing;

/// A way beside a plainer one.
#[derive(Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) what: &'static str,
    /// What is wanted, as it is written.
    pub(crate) stated: &'static str,
    /// What came out, as it is written.
    pub(crate) found: String,
    pub(crate) plain: Way,
    pub(crate) ours: Way,
    /// Why it is what it is.
    pub(crate) why: String,
    /// Its parts, where there are several.
    pub(crate) parts: Vec<Part>,
}

/// What was measured of one way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) timing: Timing,
    /// Answers a second, where many asked at once.
    pub(crate) per_second: Option<f64>,
}

/// One of several things that were measured both ways.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) what: String,
    pub(crate) plain: Timing,
    pub(crate) ours: Timing,
}

impl Way {
    pub(crate) fn of(name: impl Into<String>, timing: Timing) -> Self {
        Self {
            name: name.into(),
            timing,
            per_second: None,
        }
    }

    /// Answers a second; 0 where nobody counted.
    pub(crate) fn rate(&self) -> f64 {
        self.per_second.unwrap_or_default()
    }
}

impl Part {
    /// How many times as fast ours is, by the mean.
    pub(crate) fn ratio(&self) -> f64 {
        self.plain.mean_ms / self.ours.mean_ms
    }
}

/// `2.75 ×`.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2} ×")
}
