//! What a policy says about one request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use medcover_kernel::{Error, ErrorKind};
use tokio::time::sleep;

use crate::edge::Answering;
use crate::problem::Problem;

/// What a policy says about one request: an extension of the request, which whoever knows the policy puts there and the
/// [`Edge`](crate::Edge) takes out. What is `None` is as everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteRules {
    /// The route of the policy that the request takes.
    pub route: Option<Arc<str>>,
    /// How long the request may take; what the settings of the edge say otherwise does not count.
    pub timeout: Option<Duration>,
    /// The largest body taken; never more than the settings of the edge allow.
    pub max_body_bytes: Option<usize>,
    /// What the request counts towards its client's limit, in hundredths.
    pub weight_percent: Option<u16>,
    /// The request waits this long before anything is done.
    pub delay: Option<Duration>,
    /// The request is answered with this error before anything is done.
    pub abort: Option<Abort>,
    /// What may know the answer already, asked once the request may pass; never where a permission is needed.
    pub keep: Option<Keeping>,
}

/// Hands a request on to whoever answers it.
pub type Pass = Box<dyn FnOnce(Request) -> Answering + Send>;

/// Keeps answers, so that some requests need not be passed on.
pub trait Keep: Send + Sync {
    /// The answer to `request`: a kept one, or what `pass` gives.
    fn answer(self: Arc<Self>, request: Request, pass: Pass) -> Answering;
}

/// What keeps answers; equal to itself only.
#[derive(Clone)]
pub struct Keeping(pub Arc<dyn Keep>);

impl PartialEq for Keeping {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Keeping {}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeping")
    }
}

/// An error that is answered on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abort {
    /// 429.
    Limited,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
    /// 504.
    DeadlineExceeded,
}

impl Abort {
    /// The abort with this status, if there is one.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            429 => Some(Self::Limited),
            500 => Some(Self::Internal),
            503 => Some(Self::Unavailable),
            504 => Some(Self::DeadlineExceeded),
            _ => None,
        }
    }

    fn problem(self) -> Problem {
        let kind = match self {
            Self::Limited => ErrorKind::Limited,
            Self::Internal => ErrorKind::Internal,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::DeadlineExceeded => ErrorKind::DeadlineExceeded,
        };
        let message = "The policy of this server answers some requests so, on purpose.";
        Error::new(kind, "fault-injected", message).into()
    }
}

/// The error that a policy wants to be seen, if it wants one.
pub(crate) fn aborted(rules: Option<&RouteRules>) -> Result<(), Problem> {
    let abort = rules.and_then(|rules| rules.abort);
    abort.map_or(Ok(()), |abort| Err(abort.problem()))
}

/// `handle`, unless what a policy wants to be asked first knows the answer.
pub(crate) fn kept(
    rules: Option<&RouteRules>,
    handle: impl FnOnce(Request) -> Answering + Send + 'static,
) -> impl FnOnce(Request) -> Answering + Send + 'static {
    let keep = rules.and_then(|rules| rules.keep.clone());
    move |request| match keep {
        Some(Keeping(keep)) => keep.answer(request, Box::new(handle)),
        None => handle(request),
    }
}

/// `answering`, begun as late as a policy wants it.
pub(crate) fn delayed(answering: Answering, rules: Option<&RouteRules>) -> Answering {
    let Some(delay) = rules.and_then(|rules| rules.delay) else {
        return answering;
    };
    Box::pin(async move {
        sleep(delay).await;
        answering.await
    })
}
