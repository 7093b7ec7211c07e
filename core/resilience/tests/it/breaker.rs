//! The breaker beside a model that keeps every call and counts anew each time.

use std::time::Duration;

use medcover_kernel::BasisPoints;
use medcover_resilience::{
    BreakerConfig, CallResult, CallWindow, CircuitState, Machine, Mode, Permit, Rejection,
};
use proptest::prelude::*;

const MILLI: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
enum Step {
    Acquire,
    Record(usize, CallResult, u32),
    Abandon(usize),
    Pass(u32),
    Force(Mode),
}

fn step() -> impl Strategy<Value = Step> {
    let result = prop_oneof![
        4 => Just(CallResult::Success),
        4 => Just(CallResult::Failure),
        1 => Just(CallResult::Overloaded),
        1 => Just(CallResult::Ignored),
    ];
    let mode = prop_oneof![
        3 => Just(Mode::Automatic),
        1 => Just(Mode::ForcedOpen),
        1 => Just(Mode::ForcedClosed),
        1 => Just(Mode::Disabled),
    ];
    prop_oneof![
        40 => Just(Step::Acquire),
        40 => (any::<usize>(), result, 0..200_u32).prop_map(|(at, result, took)| Step::Record(at, result, took)),
        5 => any::<usize>().prop_map(Step::Abandon),
        20 => (0..400_u32).prop_map(Step::Pass),
        1 => mode.prop_map(Step::Force),
    ]
}

fn config() -> impl Strategy<Value = BreakerConfig> {
    let window = prop_oneof![
        (3..12_u32).prop_map(CallWindow::Calls),
        (10..2_000_u64).prop_map(|ms| CallWindow::Time(Duration::from_millis(ms))),
    ];
    let rate = || {
        prop::option::of((1..=100_u32).prop_map(|it| BasisPoints::new(it * 100).expect("it works")))
    };
    let part = (
        0..5_u32,
        window,
        1..4_u32,
        rate(),
        rate(),
        1..4_u32,
        1..3_u32,
    );
    part.prop_map(
        |(row, window, least, failed, slow, probes, growth)| BreakerConfig {
            failure_threshold: row,
            window,
            minimum_calls: least,
            failure_rate: failed,
            slow_call: Duration::from_millis(100),
            slow_call_rate: slow,
            recovery_timeout: Duration::from_millis(300),
            longest_recovery: Duration::from_millis(300) * growth,
            probes,
            probe_lease: Duration::from_millis(250),
        },
    )
}

struct Call {
    at: Duration,
    result: CallResult,
    took: Duration,
}

enum Phase {
    Closed(Vec<Call>),
    Open(Duration),
    HalfOpen {
        good: u32,
        out: Vec<(usize, Duration)>,
    },
}

/// States by name, and everything that happened since the last of them began.
struct Naive {
    config: BreakerConfig,
    mode: Mode,
    phase: Phase,
    /// How often a phase began; permits of another one decide nothing.
    phases: u32,
    relapses: u32,
    permits: usize,
}

impl Naive {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.phases += 1;
    }

    fn open(&mut self, now: Duration) {
        let recovery = self.config.recovery_timeout * 2_u32.pow(self.relapses.min(10));
        self.relapses += 1;
        self.enter(Phase::Open(
            now + recovery.min(self.config.longest_recovery),
        ));
    }

    fn pass(&mut self, now: Duration) {
        match &self.phase {
            Phase::Open(until) if now >= *until => self.enter(Phase::HalfOpen {
                good: 0,
                out: vec![],
            }),
            Phase::HalfOpen { out, .. } if out.iter().any(|lease| lease.1 <= now) => self.open(now),
            _ => {}
        }
    }

    fn acquire(&mut self, now: Duration) -> Option<(u32, usize)> {
        self.permits += 1;
        match self.mode {
            Mode::ForcedOpen => return None,
            Mode::ForcedClosed | Mode::Disabled => return Some((self.phases, self.permits)),
            Mode::Automatic => self.pass(now),
        }
        match &mut self.phase {
            Phase::Closed(_) => {}
            Phase::Open(_) => return None,
            Phase::HalfOpen { good, out } => {
                if *good + out.len() as u32 >= self.config.probes {
                    return None;
                }
                out.push((self.permits, now + self.config.probe_lease));
            }
        }
        Some((self.phases, self.permits))
    }

    fn abandon(&mut self, permit: (u32, usize)) {
        if permit.0 == self.phases
            && let Phase::HalfOpen { out, .. } = &mut self.phase
        {
            out.retain(|lease| lease.0 != permit.1);
        }
    }

    fn record(&mut self, permit: (u32, usize), result: CallResult, took: Duration, now: Duration) {
        self.pass(now);
        if permit.0 != self.phases || self.mode == Mode::Disabled {
            return;
        }
        if result == CallResult::Ignored {
            return self.abandon(permit);
        }
        let slow = took >= self.config.slow_call && self.config.slow_call_rate.is_some();
        match &mut self.phase {
            Phase::Closed(calls) => {
                calls.push(Call {
                    at: now,
                    result,
                    took,
                });
                if self.mode == Mode::Automatic && self.is_too_much(now) {
                    self.open(now);
                }
            }
            Phase::Open(_) => {}
            Phase::HalfOpen { good, out } => {
                out.retain(|lease| lease.0 != permit.1);
                if result != CallResult::Success || slow {
                    self.open(now);
                } else {
                    *good += 1;
                    if *good == self.config.probes {
                        self.relapses = 0;
                        self.enter(Phase::Closed(vec![]));
                    }
                }
            }
        }
    }

    fn is_too_much(&self, now: Duration) -> bool {
        let Phase::Closed(calls) = &self.phase else {
            return false;
        };
        let clear = calls
            .iter()
            .filter(|it| it.result != CallResult::Overloaded);
        let row = clear
            .rev()
            .take_while(|it| it.result == CallResult::Failure)
            .count();
        let counted: Vec<_> = match self.config.window {
            CallWindow::Calls(most) => calls.iter().rev().take(most as usize).collect(),
            CallWindow::Time(length) => {
                let tenth = |at: Duration| at.as_nanos() * 10 / length.as_nanos();
                calls
                    .iter()
                    .filter(|it| tenth(it.at) + 10 > tenth(now))
                    .collect()
            }
        };
        let share = |part: usize, rate: Option<BasisPoints>| {
            rate.is_some_and(|rate| part * 10_000 >= counted.len() * rate.get() as usize)
        };
        let failed = counted
            .iter()
            .filter(|it| it.result != CallResult::Success)
            .count();
        let slow = counted
            .iter()
            .filter(|it| it.took >= self.config.slow_call)
            .count();
        (self.config.failure_threshold > 0 && row >= self.config.failure_threshold as usize)
            || (counted.len() >= self.config.minimum_calls as usize
                && (share(failed, self.config.failure_rate)
                    || share(slow, self.config.slow_call_rate)))
    }

    fn state(&self) -> CircuitState {
        match (self.mode, &self.phase) {
            (Mode::ForcedOpen, _) => CircuitState::Open,
            (Mode::ForcedClosed | Mode::Disabled, _) | (_, Phase::Closed(_)) => {
                CircuitState::Closed
            }
            (_, Phase::Open(_)) => CircuitState::Open,
            (_, Phase::HalfOpen { .. }) => CircuitState::HalfOpen,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_machine_does_what_a_model_that_keeps_everything_does(
        config in config(),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        prop_assume!(config.check().is_ok());
        let mut machine = Machine::new(config).unwrap();
        let phase = Phase::Closed(vec![]);
        let mut naive = Naive { config, mode: Mode::Automatic, phase, phases: 0, relapses: 0, permits: 0 };
        let mut out: Vec<(Permit, (u32, usize))> = Vec::new();
        let mut now = Duration::ZERO;
        for step in steps {
            match step {
                Step::Acquire => {
                    let permit = machine.try_acquire(now);
                    let expected = naive.acquire(now);
                    prop_assert_eq!(permit.is_ok(), expected.is_some());
                    out.extend(permit.ok().zip(expected));
                }
                Step::Record(at, result, took) if !out.is_empty() => {
                    let (permit, known) = out.swap_remove(at % out.len());
                    machine.record(permit, result, MILLI * took, now);
                    naive.record(known, result, MILLI * took, now);
                }
                Step::Abandon(at) if !out.is_empty() => {
                    let (permit, known) = out.swap_remove(at % out.len());
                    machine.abandon(permit);
                    naive.abandon(known);
                }
                Step::Pass(time) => now += MILLI * time,
                Step::Force(mode) => {
                    machine.force(mode);
                    (naive.mode, naive.relapses) = (mode, 0);
                    naive.enter(Phase::Closed(vec![]));
                }
                Step::Record(..) | Step::Abandon(_) => {}
            }
            prop_assert_eq!(machine.state(), naive.state());
        }
    }

    #[test]
    fn whatever_happened_good_calls_close_it_again(
        first in config(),
        config in config(),
        changed_at in 0..100_usize,
        steps in prop::collection::vec(step(), 1..100),
    ) {
        prop_assume!(first.check().is_ok() && config.check().is_ok());
        let mut machine = Machine::new(first).unwrap();
        let (mut now, mut out) = (Duration::ZERO, Vec::new());
        let changed_at = changed_at % steps.len();
        for (at, step) in steps.into_iter().enumerate() {
            if at == changed_at {
                machine.reconfigure(config, now).unwrap();
            }
            match step {
                Step::Acquire => out.extend(machine.try_acquire(now).ok()),
                Step::Record(_, result, took) if let Some(permit) = out.pop() => {
                    machine.record(permit, result, MILLI * took, now);
                }
                Step::Pass(time) => now += MILLI * time,
                _ => {}
            }
        }
        // Permits that are out are lost; their leases run out, then the breaker recovers by good calls alone.
        drop(out);
        for _ in 0..40 {
            now += config.longest_recovery + first.probe_lease.max(config.probe_lease);
            while let Ok(permit) = machine.try_acquire(now) {
                machine.record(permit, CallResult::Success, MILLI, now);
                if machine.state() == CircuitState::Closed {
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "it is stuck: {:?}", machine.status(now));
    }
}

#[test]
fn a_probe_that_never_comes_back_counts_as_failed_and_one_given_back_does_not() {
    let config = BreakerConfig {
        failure_threshold: 1,
        ..BreakerConfig::default()
    };
    let mut machine = Machine::new(config).unwrap();
    let first = machine.try_acquire(Duration::ZERO).unwrap();
    machine.record(first, CallResult::Failure, MILLI, Duration::ZERO);
    let half_open = config.recovery_timeout;
    let lost = machine.try_acquire(half_open).unwrap();
    assert_eq!(machine.try_acquire(half_open), Err(Rejection::Probing));
    machine.abandon(lost);
    let silent = machine.try_acquire(half_open).unwrap();
    let later = half_open + config.probe_lease;
    assert_eq!(
        machine.try_acquire(later),
        Err(Rejection::Open(config.recovery_timeout))
    );
    // It answers after all, for a generation that is over.
    assert_eq!(
        machine.record(silent, CallResult::Success, MILLI, later),
        None
    );
    assert_eq!(machine.state(), CircuitState::Open);
}

#[test]
fn other_settings_keep_the_state_and_what_was_counted() {
    let five = BreakerConfig::default();
    let mut machine = Machine::new(five).unwrap();
    let fail = |machine: &mut Machine| {
        let permit = machine.try_acquire(Duration::ZERO).unwrap();
        machine.record(permit, CallResult::Failure, MILLI, Duration::ZERO);
        machine.state()
    };
    assert_eq!(fail(&mut machine), CircuitState::Closed);
    let two = BreakerConfig {
        failure_threshold: 2,
        recovery_timeout: Duration::from_secs(2),
        longest_recovery: Duration::from_secs(2),
        ..five
    };
    let broken = BreakerConfig { probes: 0, ..two };
    assert!(machine.reconfigure(broken, Duration::ZERO).is_err());
    machine.reconfigure(two, Duration::ZERO).unwrap();
    assert_eq!(fail(&mut machine), CircuitState::Open);
    let waits = |machine: &mut Machine| machine.try_acquire(Duration::ZERO);
    let seconds = |seconds| Err(Rejection::Open(Duration::from_secs(seconds)));
    assert_eq!(waits(&mut machine), seconds(2));
    machine.reconfigure(five, Duration::ZERO).unwrap();
    assert_eq!(waits(&mut machine), seconds(2), "no longer than it would");
    let one = BreakerConfig {
        recovery_timeout: Duration::from_secs(1),
        longest_recovery: Duration::from_secs(1),
        ..five
    };
    machine.reconfigure(one, Duration::ZERO).unwrap();
    assert_eq!(waits(&mut machine), seconds(1), "as long as it may now");
}

#[test]
fn every_setting_that_cannot_work_is_named() {
    let config = BreakerConfig {
        window: CallWindow::Calls(0),
        minimum_calls: 0,
        failure_rate: Some(BasisPoints::ZERO),
        recovery_timeout: Duration::ZERO,
        probes: 0,
        probe_lease: Duration::ZERO,
        ..BreakerConfig::default()
    };
    let faults = config.check().unwrap_err();
    let pointers: Vec<_> = faults.iter().map(|fault| &*fault.pointer).collect();
    assert_eq!(
        pointers,
        [
            "/window",
            "/minimum_calls",
            "/failure_rate",
            "/recovery_timeout",
            "/probes",
            "/probe_lease"
        ]
    );
}
