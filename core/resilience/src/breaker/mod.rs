//! The circuit breaker: stops asking what does not answer, and finds out when it does again.
//!
//! Two signals open it. *Consecutive failures* catch what is dead within a few calls; the *rate* of failed or slow calls
//! over a window catches what is half dead. resilience4j has the second, Linkerd both.
//!
//! The commonest complaint about breakers is that one stays half-open for ever, because a probe never came back. Here a
//! probe is a lease: a caller that gives up returns it without a verdict, and a probe that is silent for longer than
//! `probe_lease` counts as failed. Every permit knows its generation, so that what comes back from before the last
//! transition decides nothing.

mod config;
mod machine;
mod shared;
mod window;

pub use config::{BreakerConfig, CallWindow};
pub use machine::{BreakerStatus, CircuitState, Machine, Mode, Permit, Rejection, Transition};
pub use shared::{CircuitBreaker, Ticket};

/// How a call ended, for the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// It was answered; a refusal by a rule is an answer too.
    Success,
    /// It failed, or nothing came back in time.
    Failure,
    /// It was turned away because there is too much (429, 503 with `Retry-After`): counts against the rate and fails a
    /// probe, but is no sign of death.
    Overloaded,
    /// It says nothing, such as a call that its caller gave up.
    Ignored,
}
