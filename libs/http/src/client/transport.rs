//! What takes a request to a service, and why there may be no answer.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Response};
use medcover_kernel::{Deadline, Error, ErrorKind};

use crate::problem::Problem;

/// When whoever finds a service away should ask again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What takes requests to a service in another process: to one server ([`Way`](crate::Way)), or to one of several. It
/// prints as a name for logs.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Display {
    /// Sends `request` to `path` there (the request's own address does not count) and gives back the answer as it begins.
    /// Nobody waits for it after `deadline`.
    async fn exchange(
        &self,
        request: Request<Body>,
        path: PathAndQuery,
        deadline: Deadline,
    ) -> Result<Response<Body>, Unanswered>;
}

/// A request that got no answer.
#[derive(Debug)]
pub struct Unanswered {
    why: Why,
    cause: Cause,
}

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is certain that nobody was asked.
    Unsent,
    /// It may have been read, and have had its effect.
    Unknown,
    /// It may have been read, and no answer came in time.
    Late,
    /// Nobody was asked, on purpose.
    Refused(Refusal),
}

/// Why nobody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The machine-readable name: of the problem, in the log and in metrics.
    pub slug: &'static str,
    /// The same for whoever asked.
    pub message: &'static str,
    /// When asking again may help.
    pub retry_after: Duration,
}

impl Unanswered {
    /// Nobody got the request, because of `cause`.
    pub fn unsent(cause: impl Into<Cause>) -> Self {
        Self::new(Why::Unsent, cause)
    }

    /// Somebody may have got the request, and did not answer because of `cause`.
    pub fn unknown(cause: impl Into<Cause>) -> Self {
        Self::new(Why::Unknown, cause)
    }

    /// Somebody may have got the request, and did not answer in time.
    pub fn late(cause: impl Into<Cause>) -> Self {
        Self::new(Why::Late, cause)
    }

    /// Nobody is asked, for this reason; `cause` is for the log.
    pub fn refused(refusal: Refusal, cause: impl Into<Cause>) -> Self {
        Self::new(Why::Refused(refusal), cause)
    }

    fn new(why: Why, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self { why, cause }
    }

    /// Why there is no answer.
    pub const fn why(&self) -> Why {
        self.why
    }

    /// Whether it is certain that nobody was asked. Otherwise the request may have had its effect.
    pub const fn is_unsent(&self) -> bool {
        matches!(self.why, Why::Unsent | Why::Refused(_))
    }

    /// What whoever asked is told; the log hears that it was asked of `to`.
    pub fn into_error(self, to: &dyn fmt::Display) -> Error {
        let error = match self.why {
            Why::Unsent => {
                Error::unavailable("A service that is needed here cannot be reached; try again.")
                    .with_retry_after(RETRY_AFTER)
            }
            Why::Unknown => Error::unavailable(
                "A service that is needed here was asked and did not answer. Whether the request had its effect is not \
                 known; send it again, under its `Idempotency-Key` if it has one.",
            )
            .with_retry_after(RETRY_AFTER),
            Why::Late => late(),
            Why::Refused(Refusal {
                slug,
                message,
                retry_after,
            }) => Error::new(ErrorKind::Unavailable, slug, message).with_retry_after(retry_after),
        };
        error.with_source(format!("{to}: {self}"))
    }
}

/// What whoever asked is told when the answer did not come before their deadline.
pub(super) fn late() -> Error {
    let message = Problem::deadline_exceeded().error().message().to_owned();
    Error::new(ErrorKind::DeadlineExceeded, "deadline-exceeded", message)
}

impl fmt::Display for Unanswered {
    /// With all causes, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        let causes = std::iter::successors(self.cause.source(), |cause| cause.source());
        causes
            .into_iter()
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Unanswered {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}
