//! The machine: states, permits and what changes the one and the other.

use std::time::Duration;

use medcover_kernel::FieldFault;

use super::window::{Calls, Tally};
use super::{BreakerConfig, CallResult};

/// What a breaker does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    /// It lets them through and counts.
    Closed,
    /// It refuses them.
    Open,
    /// It lets a few through to find out.
    HalfOpen,
}

/// Who decides on the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The breaker.
    #[default]
    Automatic,
    /// An operator: nothing goes through.
    ForcedOpen,
    /// An operator: everything goes through and is counted.
    ForcedClosed,
    /// Nobody: everything goes through and nothing is counted.
    Disabled,
}

/// Leave to make one call. Give it back by `record` or `abandon`; it can be given back once.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    generation: u64,
    probe: Option<u64>,
}

/// Why a call may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is open, and will probe after this time.
    Open(Duration),
    /// It is half-open, and all probes are on their way.
    Probing,
    /// An operator opened it.
    Forced,
}

/// A change of state, for the log and the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state it left.
    pub from: CircuitState,
    /// The state it is in.
    pub to: CircuitState,
}

/// What health and metrics show of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerStatus {
    /// The state.
    pub state: CircuitState,
    /// Who decides on it.
    pub mode: Mode,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// Calls in the window.
    pub calls: u32,
    /// Of these, failed.
    pub failed: u32,
    /// Of these, slow.
    pub slow: u32,
    /// When a call last failed, on the monotonic clock.
    pub last_failure: Option<Duration>,
    /// When it will probe, if it is open.
    pub probes_at: Option<Duration>,
    /// Times it has opened.
    pub opened: u64,
}

/// The breaker without a lock; threads share a [`CircuitBreaker`](super::CircuitBreaker).
#[derive(Clone, Debug)]
pub struct Machine {
    config: BreakerConfig,
    mode: Mode,
    phase: Phase,
    generation: u64,
    consecutive: u32,
    calls: Calls,
    last_failure: Option<Duration>,
    /// Times in a row that it opened without having closed.
    relapses: u32,
    opened: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    Closed,
    Open { until: Duration },
    HalfOpen(Probes),
}

#[derive(Clone, Debug, Default)]
struct Probes {
    succeeded: u32,
    next: u64,
    /// Probes on their way and when each counts as failed; at most `probes`.
    leases: Vec<(u64, Duration)>,
}

impl Machine {
    /// A closed breaker; or every setting that cannot work.
    pub fn new(config: BreakerConfig) -> Result<Self, Vec<FieldFault>> {
        config.check()?;
        Ok(Self {
            config,
            mode: Mode::Automatic,
            phase: Phase::Closed,
            generation: 0,
            consecutive: 0,
            calls: Calls::new(config.window),
            last_failure: None,
            relapses: 0,
            opened: 0,
        })
    }

    /// Goes on under other settings, or says all that cannot work of them. The state stays, and what was counted over the same
    /// window; an open one waits no longer than it may from now.
    pub fn reconfigure(
        &mut self,
        config: BreakerConfig,
        now: Duration,
    ) -> Result<(), Vec<FieldFault>> {
        config.check()?;
        if config.window != self.config.window {
            self.calls = Calls::new(config.window);
        }
        self.config = config;
        match &mut self.phase {
            Phase::Open { until } => {
                *until = (*until).min(now.saturating_add(config.longest_recovery));
            }
            // No further probe would come to close it.
            Phase::HalfOpen(probes) if probes.succeeded >= config.probes => {
                self.relapses = 0;
                self.enter(Phase::Closed);
            }
            _ => {}
        }
        Ok(())
    }

    /// Leave to make a call, or why not.
    pub fn try_acquire(&mut self, now: Duration) -> Result<Permit, Rejection> {
        match self.mode {
            Mode::ForcedOpen => return Err(Rejection::Forced),
            Mode::ForcedClosed | Mode::Disabled => return Ok(self.permit(None)),
            Mode::Automatic => self.pass_time(now),
        }
        match &mut self.phase {
            Phase::Closed => Ok(self.permit(None)),
            Phase::Open { until } => Err(Rejection::Open(until.saturating_sub(now))),
            Phase::HalfOpen(probes) => {
                if probes.succeeded as usize + probes.leases.len() >= self.config.probes as usize {
                    return Err(Rejection::Probing);
                }
                let probe = probes.next;
                probes.next += 1;
                let silent = now.saturating_add(self.config.probe_lease);
                probes.leases.push((probe, silent));
                Ok(self.permit(Some(probe)))
            }
        }
    }

    /// Notes how a call ended that `took` so long; the change of state, if that made one. (From open to half-open it goes by
    /// time, when it is next asked.)
    pub fn record(
        &mut self,
        permit: Permit,
        result: CallResult,
        took: Duration,
        now: Duration,
    ) -> Option<Transition> {
        let before = self.state();
        self.pass_time(now);
        if permit.generation == self.generation && self.mode != Mode::Disabled {
            match permit.probe {
                _ if result == CallResult::Ignored => self.abandon(permit),
                None => self.count(result, took, now),
                Some(probe) => self.judge(probe, result, took, now),
            }
        }
        self.transition_from(before)
    }

    /// Takes back a permit of which nothing came.
    pub fn abandon(&mut self, Permit { generation, probe }: Permit) {
        if generation == self.generation
            && let Phase::HalfOpen(probes) = &mut self.phase
        {
            probes.leases.retain(|lease| Some(lease.0) != probe);
        }
    }

    /// Lets an operator decide, or the breaker again, which then starts closed and with nothing counted.
    pub fn force(&mut self, mode: Mode) {
        self.mode = mode;
        self.relapses = 0;
        self.enter(Phase::Closed);
    }

    /// What there is to see. Time alone moves an open breaker on to half-open when it is next asked.
    pub fn status(&mut self, now: Duration) -> BreakerStatus {
        let tally = self.calls.total(now);
        BreakerStatus {
            state: self.state(),
            mode: self.mode,
            consecutive_failures: self.consecutive,
            calls: tally.calls,
            failed: tally.failed,
            slow: tally.slow,
            last_failure: self.last_failure,
            probes_at: match self.phase {
                Phase::Open { until } => Some(until),
                _ => None,
            },
            opened: self.opened,
        }
    }

    /// The state, as of the last time it was asked.
    pub fn state(&self) -> CircuitState {
        match (self.mode, &self.phase) {
            (Mode::ForcedOpen, _) | (Mode::Automatic, Phase::Open { .. }) => CircuitState::Open,
            (Mode::Automatic, Phase::HalfOpen(_)) => CircuitState::HalfOpen,
            _ => CircuitState::Closed,
        }
    }

    fn permit(&self, probe: Option<u64>) -> Permit {
        Permit {
            generation: self.generation,
            probe,
        }
    }

    /// What happens without anybody's doing: recovery time ends, leases run out.
    fn pass_time(&mut self, now: Duration) {
        match &self.phase {
            Phase::Open { until } if *until <= now => {
                self.enter(Phase::HalfOpen(Probes::default()));
            }
            Phase::HalfOpen(probes) if probes.leases.iter().any(|lease| lease.1 <= now) => {
                self.last_failure = Some(now);
                self.open(now);
            }
            _ => {}
        }
    }

    fn count(&mut self, result: CallResult, took: Duration, now: Duration) {
        let failed = self.note(result, now);
        self.calls.record(now, failed, self.is_slow(took));
        if self.mode == Mode::Automatic && self.is_too_much(now) {
            self.open(now);
        }
    }

    fn judge(&mut self, probe: u64, result: CallResult, took: Duration, now: Duration) {
        let failed = self.note(result, now);
        let failed = failed || (self.config.slow_call_rate.is_some() && self.is_slow(took));
        let Phase::HalfOpen(probes) = &mut self.phase else {
            return;
        };
        let leases = probes.leases.len();
        probes.leases.retain(|lease| lease.0 != probe);
        if probes.leases.len() == leases {
            return;
        }
        if failed {
            self.open(now);
        } else {
            probes.succeeded += 1;
            if probes.succeeded >= self.config.probes {
                self.relapses = 0;
                self.enter(Phase::Closed);
            }
        }
    }

    /// Whether the result counts as failed; keeps the count of failures in a row.
    fn note(&mut self, result: CallResult, now: Duration) -> bool {
        match result {
            CallResult::Success => self.consecutive = 0,
            CallResult::Failure => self.consecutive = self.consecutive.saturating_add(1),
            CallResult::Overloaded | CallResult::Ignored => {}
        }
        let failed = matches!(result, CallResult::Failure | CallResult::Overloaded);
        if failed {
            self.last_failure = Some(now);
        }
        failed
    }

    fn is_slow(&self, took: Duration) -> bool {
        took >= self.config.slow_call
    }

    fn is_too_much(&mut self, now: Duration) -> bool {
        let threshold = self.config.failure_threshold;
        let Tally {
            calls,
            failed,
            slow,
        } = self.calls.total(now);
        (threshold > 0 && self.consecutive >= threshold)
            || (calls >= self.config.minimum_calls
                && (Tally::reaches(failed, calls, self.config.failure_rate)
                    || Tally::reaches(slow, calls, self.config.slow_call_rate)))
    }

    fn open(&mut self, now: Duration) {
        let doublings = self.relapses.min(31);
        let recovery = self.config.recovery_timeout.saturating_mul(1 << doublings);
        let recovery = recovery.min(self.config.longest_recovery);
        self.relapses = self.relapses.saturating_add(1);
        self.opened += 1;
        self.enter(Phase::Open {
            until: now.saturating_add(recovery),
        });
    }

    /// Every phase is a generation of its own and starts with nothing counted.
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.consecutive = 0;
        self.calls.clear();
    }

    fn transition_from(&self, from: CircuitState) -> Option<Transition> {
        let to = self.state();
        (from != to).then_some(Transition { from, to })
    }
}
