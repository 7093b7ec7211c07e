//! What stands in for an answer when nobody gives one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::document::{CacheRules, Rules};

/// What stands in when whoever answers cannot be reached, is not asked because it failed too often, or answers 5xx: for requests
/// that only read. In this order: another upstream, a kept answer (`cache.stale_if_error_ms`), a fixed one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FallbackRules {
    /// The name of an upstream of this file that is asked instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What is answered when nothing better is at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<FixedAnswer>,
}

/// An answer that is always the same. Whoever asks gets it, known or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedAnswer {
    /// 200 to 299 or 400 to 599, of those that have a body.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// What the body is; a body that says to be JSON must be.
    #[schema(example = "application/json")]
    pub content_type: String,
    /// The body, up to 16 KiB.
    #[schema(max_length = 16_384)]
    pub body: String,
}

/// One thing that stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandIn {
    /// What the upstream of this name answers.
    Upstream(String),
    /// What was answered before, while it is kept.
    Kept,
    /// A fixed answer with this status.
    Fixed(u16),
}

impl Rules {
    /// What stands in for the answer to a request, in the order in which it is tried. Only what reads has a fallback: of
    /// anything else nobody may say that it was done.
    pub fn stand_ins(&self, method: &str) -> Vec<StandIn> {
        if !matches!(method, "GET" | "HEAD") {
            return Vec::new();
        }
        let (to, answer) = match &self.fallback {
            Some(FallbackRules { to, answer }) => (to.clone(), answer.as_ref()),
            None => (None, None),
        };
        let kept = self.cache.as_ref().is_some_and(CacheRules::shows_stale);
        let kept = (kept && method == "GET").then_some(StandIn::Kept);
        let fixed = answer.map(|it| StandIn::Fixed(it.status));
        let to = to.map(StandIn::Upstream);
        [to, kept, fixed].into_iter().flatten().collect()
    }
}
