//! A breaker that threads share, whose permits cannot be lost.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::FieldFault;

use super::{
    BreakerConfig, BreakerStatus, CallResult, Machine, Mode, Permit, Rejection, Transition,
};
use crate::sync::Lock;

/// A breaker behind a lock that is held for a few comparisons. Clones are the same breaker.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    machine: Arc<Lock<Machine>>,
}

/// Leave to make one call. Dropped without a result (its caller went away, or panicked), it is given back.
#[derive(Debug)]
#[must_use = "dropped, it says that the call was not made"]
pub struct Ticket {
    machine: Arc<Lock<Machine>>,
    permit: Option<Permit>,
}

impl CircuitBreaker {
    /// A closed breaker; or every setting that cannot work.
    pub fn new(config: BreakerConfig) -> Result<Self, Vec<FieldFault>> {
        let machine = Arc::new(Lock::new(Machine::new(config)?));
        Ok(Self { machine })
    }

    /// Leave to make a call, or why not.
    pub fn try_acquire(&self, now: Duration) -> Result<Ticket, Rejection> {
        let permit = self.machine.hold().try_acquire(now)?;
        Ok(Ticket {
            machine: Arc::clone(&self.machine),
            permit: Some(permit),
        })
    }

    /// Goes on under other settings: see [`Machine::reconfigure`].
    pub fn reconfigure(&self, config: BreakerConfig, now: Duration) -> Result<(), Vec<FieldFault>> {
        self.machine.hold().reconfigure(config, now)
    }

    /// Lets an operator decide, or the breaker again.
    pub fn force(&self, mode: Mode) {
        self.machine.hold().force(mode);
    }

    /// What there is to see.
    pub fn status(&self, now: Duration) -> BreakerStatus {
        self.machine.hold().status(now)
    }
}

impl Ticket {
    /// Notes how the call ended, which took so long.
    pub fn record(
        mut self,
        result: CallResult,
        took: Duration,
        now: Duration,
    ) -> Option<Transition> {
        let permit = self.permit.take()?;
        let mut machine = self.machine.hold();
        machine.record(permit, result, took, now)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.machine.hold().abandon(permit);
        }
    }
}
