//! The circuit breaker `database`, and what is tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use medcover_kernel::{Clock, SystemRng, Timestamp};
use medcover_resilience::{
    BreakerConfig, BreakerStatus, BudgetConfig, CallResult, CircuitBreaker, CircuitState,
    FailedAttempt, Mode, Rejection, Repeat, RetryPolicy, SharedBudget, Ticket, Transition,
};
use tokio::sync::watch;

use super::fault::{Fault, refused};
use super::options::PostgresOptions;
use crate::{DatabaseStatus, StoreError};

/// Stands before every question to where it is written.
pub(super) struct Guard {
    /// Which schema of which server, for the log.
    place: String,
    breaker: CircuitBreaker,
    policy: RetryPolicy,
    budget: SharedBudget,
    /// How long anybody would wait for another try.
    patience: Duration,
    clock: Arc<dyn Clock>,
    /// Whether the server was not there when it was last looked after.
    away: watch::Sender<bool>,
    failures: AtomicU64,
    consecutive: AtomicU32,
    retries: AtomicU64,
    refused: AtomicU64,
}

/// Leave to ask. Dropped, it says that whoever asked went away.
pub(super) struct Asking {
    guard: Arc<Guard>,
    ticket: Ticket,
    began: Duration,
}

impl Guard {
    pub(super) fn new(
        options: &PostgresOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let config = BreakerConfig {
            failure_threshold: options.failure_threshold,
            recovery_timeout: options.recovery,
            longest_recovery: options.recovery,
            ..BreakerConfig::default()
        };
        let breaker = CircuitBreaker::new(config)
            .map_err(|faults| StoreError::Invalid(format!("breaker: {faults:?}")))?;
        let budget = SharedBudget::new(BudgetConfig::default()).expect("defaults that work");
        Ok(Self {
            place: options.place(),
            breaker,
            policy: RetryPolicy::default(),
            budget,
            patience: options.wait,
            clock,
            away: watch::Sender::new(false),
            failures: AtomicU64::new(0),
            consecutive: AtomicU32::new(0),
            retries: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// Whether it is any use to wait for a turn to ask.
    pub(super) fn admits(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.elapsed();
        match self.breaker.status(now).probes_at {
            Some(at) if at > now => Err(self.refuse(Rejection::Open(at.saturating_sub(now)))),
            _ => Ok(()),
        }
    }

    /// Leave to ask, which is given back however it ends.
    pub(super) fn begin(self: &Arc<Self>) -> Result<Asking, sqlx::Error> {
        let began = self.clock.elapsed();
        let ticket = self.breaker.try_acquire(began);
        let ticket = ticket.map_err(|rejection| self.refuse(rejection))?;
        self.budget.deposit(began);
        Ok(self.asking(ticket, began))
    }

    fn asking(self: &Arc<Self>, ticket: Ticket, began: Duration) -> Asking {
        let guard = Arc::clone(self);
        Asking {
            guard,
            ticket,
            began,
        }
    }

    fn refuse(&self, rejection: Rejection) -> sqlx::Error {
        self.refused.fetch_add(1, Ordering::Relaxed);
        refused(match rejection {
            Rejection::Open(after) => after,
            Rejection::Probing | Rejection::Forced => Duration::ZERO,
        })
    }

    /// After how long to ask again what failed for the `number`th time and has changed nothing, if that is worth it.
    pub(super) fn again(&self, fault: Fault, number: u32) -> Option<Duration> {
        if fault != Fault::Lost {
            return None;
        }
        let failed = FailedAttempt {
            number,
            repeat: Repeat::Safe,
            replayable: true,
            retry_after: None,
            left: self.patience,
        };
        let now = self.clock.elapsed();
        let pause = self.budget.decide(&self.policy, &failed, now, &SystemRng);
        let pause = pause.ok()?;
        self.retries.fetch_add(1, Ordering::Relaxed);
        Some(pause)
    }

    /// Whether the server was not there when it was last looked after.
    pub(super) fn was_away(&self) -> bool {
        *self.away.borrow()
    }

    /// Waits until that is so.
    pub(super) async fn until_away(&self) {
        // It does not end while the guard is there.
        let _ = self.away.subscribe().wait_for(|away| *away).await;
    }

    /// Notes that the server was not there when it was looked after, which counts as a call; whether the breaker is open.
    pub(super) fn is_away(self: &Arc<Self>) -> bool {
        self.away.send_replace(true);
        let now = self.clock.elapsed();
        if let Ok(ticket) = self.breaker.try_acquire(now) {
            self.asking(ticket, now).end(Some(Fault::Lost));
        }
        self.state().state == CircuitState::Open
    }

    /// Notes that the server is there again: the breaker starts afresh. Otherwise it would go on refusing what has been mended.
    pub(super) fn is_back(&self) {
        self.away.send_replace(false);
        self.consecutive.store(0, Ordering::Relaxed);
        self.breaker.force(Mode::Automatic);
        tracing::info!(place = self.place, "the database is there again");
    }

    fn state(&self) -> BreakerStatus {
        self.breaker.status(self.clock.elapsed())
    }

    /// What there is to see, but for the hosts.
    pub(super) fn status(&self) -> DatabaseStatus {
        let state = self.state();
        let ago = |at: Duration| {
            let ago = self.clock.elapsed().saturating_sub(at).as_micros();
            let ago = i64::try_from(ago).unwrap_or(i64::MAX);
            Timestamp::from_micros(self.clock.now().as_micros().saturating_sub(ago))
        };
        DatabaseStatus {
            breaker: state.state,
            breaker_opened: state.opened,
            failures: self.failures.load(Ordering::Relaxed),
            consecutive_failures: self.consecutive.load(Ordering::Relaxed),
            last_failure: state.last_failure.map(ago),
            retries: self.retries.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            ..DatabaseStatus::default()
        }
    }
}

impl Asking {
    /// Notes how it ended.
    pub(super) fn end(self, fault: Option<Fault>) {
        let guard = self.guard;
        let result = match fault {
            Some(Fault::Lost | Fault::Late) => CallResult::Failure,
            // Where the server is there, it is our own readers who use all connections.
            Some(Fault::Waited) if guard.was_away() => CallResult::Failure,
            Some(Fault::Waited | Fault::Refused) => CallResult::Ignored,
            Some(Fault::Answered) | None => CallResult::Success,
        };
        match result {
            CallResult::Failure => {
                guard.failures.fetch_add(1, Ordering::Relaxed);
                guard.consecutive.fetch_add(1, Ordering::Relaxed);
            }
            CallResult::Success => guard.consecutive.store(0, Ordering::Relaxed),
            CallResult::Overloaded | CallResult::Ignored => {}
        }
        let now = guard.clock.elapsed();
        let took = now.saturating_sub(self.began);
        if let Some(Transition { from, to }) = self.ticket.record(result, took, now) {
            let place = &*guard.place;
            tracing::warn!(
                place,
                breaker = "database",
                ?from,
                ?to,
                "a circuit breaker changed"
            );
        }
    }
}
