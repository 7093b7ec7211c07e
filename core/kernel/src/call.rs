//! What travels with every use case.

use std::time::Duration;

use crate::{CorrelationId, Error, ErrorKind, RequestId, Result, TenantId, TraceId};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody has said who they are.
    Anonymous,
    /// The operator at the command line of this machine.
    Operator,
}

/// When an answer stops being of use, on the scale of [`Clock::elapsed`](crate::Clock::elapsed).
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

/// What an in-process call carries, so that it means the same as the network call it may be tomorrow.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose data.
    pub tenant: TenantId,
    /// Who asks.
    pub caller: Caller,
    /// The request as it arrived.
    pub request: RequestId,
    /// The trace it belongs to.
    pub trace: TraceId,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// When the answer stops being of use.
    pub deadline: Deadline,
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
}
