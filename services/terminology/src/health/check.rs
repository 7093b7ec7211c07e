//! One thing that can be well or not.

use std::borrow::Cow;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How well something is; a later one is worse.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    Healthy,
    /// It works, but not as it should; somebody should look.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How well it is.
    pub status: Status,
    /// What was seen, for a person.
    pub detail: Cow<'static, str>,
}

impl Finding {
    /// All is well.
    pub fn healthy(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Healthy, detail)
    }

    /// It works, but not as it should.
    pub fn degraded(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Degraded, detail)
    }

    /// It does not work.
    pub fn unhealthy(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Unhealthy, detail)
    }

    fn new(status: Status, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }
}

/// Looks at one thing that the process needs.
#[async_trait]
pub trait Check: Send + Sync {
    /// Its name in the report: `data_integrity`.
    fn name(&self) -> &'static str;

    /// Looks. It is stopped when it takes too long, so it must not hold what others need.
    async fn run(&self) -> Finding;

    /// Why requests cannot be answered at all, known without looking; `None` when they can. While any check has such a
    /// reason, no traffic should come.
    fn unready(&self) -> Option<&'static str> {
        None
    }
}
