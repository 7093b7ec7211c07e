//! What an answer says about the instance that gave it.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, Response, StatusCode};
use medcover_http::{Problem, Unanswered};
use medcover_resilience::{CallEnd, CallResult};

/// How a call went, as far as its instance is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It answered; a refusal is an answer.
    Answered,
    /// It failed, or did not answer.
    Failed,
    /// It cannot do it now, for having too much to do or for want of what is behind it, and says for how long.
    Overloaded(Duration),
    /// It says nothing: the caller went away, sent too much, or has used their share up.
    NotTheirs,
}

impl Verdict {
    /// Of an answer as it begins. 429 is about the caller: whoever asks too often must not have instances put aside.
    pub(crate) fn of_answer<B>(answer: &Response<B>) -> Self {
        match answer.status() {
            StatusCode::TOO_MANY_REQUESTS => Self::NotTheirs,
            StatusCode::SERVICE_UNAVAILABLE => {
                retry_after(answer.headers()).map_or(Self::Failed, Self::Overloaded)
            }
            StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::GATEWAY_TIMEOUT => Self::Failed,
            _ => Self::Answered,
        }
    }

    /// Of none.
    pub(crate) fn of_none(error: &Unanswered) -> Self {
        if Problem::of_body(error).is_some() {
            Self::NotTheirs
        } else {
            Self::Failed
        }
    }

    /// Whether it is worth asking again.
    pub(crate) const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Overloaded(_))
    }

    /// What was asked for.
    pub(crate) const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Overloaded(after) => Some(after),
            _ => None,
        }
    }

    /// For the breaker. Who says when to come back is alive, and costs nobody any time: the balancer puts it aside for that
    /// long. An open breaker would keep everybody away from it for longer than what is behind it was away.
    pub(crate) const fn result(self) -> CallResult {
        match self {
            Self::Answered => CallResult::Success,
            Self::Failed => CallResult::Failure,
            Self::Overloaded(_) | Self::NotTheirs => CallResult::Ignored,
        }
    }

    /// For the balancer.
    pub(crate) const fn end(self) -> CallEnd {
        match self {
            Self::Answered => CallEnd::Success,
            Self::Failed => CallEnd::Failure { retry_after: None },
            Self::Overloaded(after) => CallEnd::Failure {
                retry_after: Some(after),
            },
            Self::NotTheirs => CallEnd::Cancelled,
        }
    }
}

/// What an answer asks for, in whole seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: Option<&str>) -> Verdict {
        let mut answer = Response::builder().status(status);
        if let Some(after) = retry_after {
            answer = answer.header(RETRY_AFTER, after);
        }
        Verdict::of_answer(&answer.body(()).expect("an answer"))
    }

    #[test]
    fn only_what_the_instance_is_to_blame_for_counts_against_it() {
        for status in [200, 204, 304, 400, 404, 409, 412, 422, 501] {
            assert_eq!(of(status, None), Verdict::Answered, "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(of(status, None), Verdict::Failed, "{status}");
        }
        let asked = Verdict::Overloaded(Duration::from_secs(3));
        assert_eq!(of(503, Some("3")), asked);
        assert_eq!(asked.result(), CallResult::Ignored);
        assert_eq!(
            asked.end(),
            CallEnd::Failure {
                retry_after: Some(Duration::from_secs(3))
            }
        );
        assert_eq!(of(503, Some("Fri, 31 Dec 1999")), Verdict::Failed);
        assert_eq!(of(429, Some("3")), Verdict::NotTheirs);
    }
}
