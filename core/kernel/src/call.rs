//! What travels with every use case.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::{
    Caller, Clock, CorrelationId, Error, ErrorKind, IdempotencyKey, ManualClock, Purpose,
    RequestId, Result, Rng, Scopes, SeededRng, SpanId, TenantId, Tier, Timestamp, TraceId,
    TraceParent,
};

/// When an answer stops being of use, on the scale of [`Clock::elapsed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// `after` from `elapsed`, the present reading of the monotonic clock.
    pub fn after(elapsed: Duration, after: Duration) -> Self {
        Self(elapsed.saturating_add(after))
    }

    /// What is left at `elapsed`; zero once passed.
    pub fn left(self, elapsed: Duration) -> Duration {
        self.0.saturating_sub(elapsed)
    }

    /// Refuses to begin work whose answer nobody waits for.
    pub fn check(self, elapsed: Duration) -> Result<()> {
        if self.left(elapsed).is_zero() {
            return Err(Error::new(
                ErrorKind::DeadlineExceeded,
                "deadline-exceeded",
                "The deadline of the request passed before the answer was ready.",
            ));
        }
        Ok(())
    }
}

/// What a caller showed to prove who they are, kept so that a call to another process can show it again. It never prints.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Bearer(Arc<str>),
    /// An API key.
    ApiKey(Arc<str>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::ApiKey(_) => "ApiKey(…)",
        })
    }
}

/// A note, shared by the clones of a call, that its answer is one given before under the same key. The edge tells the
/// caller.
#[derive(Clone, Debug, Default)]
pub struct Replay(Arc<AtomicBool>);

impl Replay {
    /// Notes that the answer was given before.
    pub fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was noted.
    pub fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an in-process call carries, so that it means the same as the network call it may be tomorrow.
///
/// It is made by [`Call::anonymous`] at the edge, which then fills in who calls; by [`Call::operator`] at the command
/// line; by [`Call::by`] where work begins on its own; by [`Call::for_tests`] in tests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// Whose data.
    pub tenant: TenantId,
    /// Who asks.
    pub caller: Caller,
    /// What they may do.
    pub scopes: Scopes,
    /// How much they may ask for.
    pub tier: Tier,
    /// Why they ask.
    pub purpose: Purpose,
    /// The request as it arrived.
    pub request: RequestId,
    /// The trace it belongs to.
    pub trace: TraceId,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// When the answer stops being of use.
    pub deadline: Deadline,
    /// The caller's name for this undertaking, under which it has its effect once.
    pub idempotency: Option<IdempotencyKey>,
    /// Where to note that the answer is one given before; `None` where nobody asks.
    pub replay: Option<Replay>,
    /// What the caller showed to prove who they are.
    pub credential: Option<Credential>,
}

impl Call {
    /// A call of nobody known, which may do what is open to all.
    pub const fn anonymous(
        request: RequestId,
        trace: TraceId,
        correlation: CorrelationId,
        deadline: Deadline,
    ) -> Self {
        Self {
            tenant: TenantId::DEFAULT,
            caller: Caller::Anonymous,
            scopes: Scopes::none(),
            tier: Tier::Anonymous,
            purpose: Purpose::Operations,
            request,
            trace,
            correlation,
            deadline,
            idempotency: None,
            replay: None,
            credential: None,
        }
    }

    /// A call that begins here: `caller` works for `tenant` with `scopes`, an undertaking of its own, `within` from now.
    pub fn by(
        caller: Caller,
        tenant: TenantId,
        scopes: Scopes,
        within: Duration,
        clock: &dyn Clock,
        rng: &dyn Rng,
    ) -> Self {
        let request = RequestId::new(clock, rng);
        let correlation = CorrelationId::from_uuid(request.as_uuid());
        let deadline = Deadline::after(clock.elapsed(), within);
        Self {
            tenant,
            caller,
            scopes,
            tier: Tier::Enterprise,
            ..Self::anonymous(request, TraceId::new(rng), correlation, deadline)
        }
    }

    /// A call of the operator at the command line, who may do everything, for the default tenant.
    pub fn operator(within: Duration, clock: &dyn Clock, rng: &dyn Rng) -> Self {
        let (caller, tenant) = (Caller::Operator, TenantId::DEFAULT);
        Self::by(caller, tenant, Scopes::all(), within, clock, rng)
    }

    /// The operator's call, always with the same ids and without end.
    pub fn for_tests() -> Self {
        let clock = ManualClock::at(Timestamp::from_micros(1_767_225_600_000_000));
        Self::operator(Duration::MAX, &clock, &SeededRng::new(1))
    }

    /// The call's place in its trace where nobody records a span of it: its request stands in for one.
    pub const fn unrecorded(&self) -> TraceParent {
        TraceParent {
            trace: self.trace,
            span: SpanId::of_request(self.request),
            sampled: false,
        }
    }

    /// The same call for another tenant.
    #[must_use]
    pub fn for_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = tenant;
        self
    }

    /// The same call for another purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// The same call under a key.
    #[must_use]
    pub fn with_idempotency(mut self, key: IdempotencyKey) -> Self {
        self.idempotency = Some(key);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_deadline_refuses() {
        let deadline = Deadline::after(Duration::from_secs(1), Duration::from_secs(2));
        assert_eq!(
            deadline.left(Duration::from_secs(2)),
            Duration::from_secs(1)
        );
        assert!(deadline.check(Duration::from_secs(2)).is_ok());
        let late = deadline
            .check(Duration::from_secs(3))
            .expect_err("it has passed");
        assert_eq!(late.kind(), ErrorKind::DeadlineExceeded);
    }

    #[test]
    fn a_credential_never_prints() {
        let mut call = Call::for_tests();
        call.credential = Some(Credential::Bearer("secret".into()));
        assert!(!format!("{call:?}").contains("secret"));
    }
}
