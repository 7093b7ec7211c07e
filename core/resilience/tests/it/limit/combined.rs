//! A hundred thousand random traces, every decision exact.

use std::time::Duration;

use medcover_kernel::{Rng, SeededRng};
use medcover_resilience::{
    Cost, RateDecision, RateLimits, RateState, SlidingWindow, TokenBucket, Wait,
};

use super::{NaiveBucket, NaiveWindow, any_cost, any_pause};

struct Naive {
    bucket: NaiveBucket,
    windows: [NaiveWindow; 2],
}

impl Naive {
    fn admits(&mut self, now: Duration, cost: Cost) -> bool {
        self.bucket.admits(now, cost) && self.windows.iter().all(|it| it.admits(now, cost))
    }

    fn take(&mut self, now: Duration, cost: Cost) {
        self.bucket.take(cost);
        for window in &mut self.windows {
            window.take(now, cost);
        }
    }

    /// What is left, in whole requests, of bucket and windows.
    fn remaining(&mut self, now: Duration) -> [u64; 3] {
        let tokens = self.bucket.level(now) / (1_000 * self.bucket.period);
        let [one, other] = &self.windows;
        let left = |it: &NaiveWindow| (it.limit * 1_000 - it.used(now)) / 1_000;
        [tokens as u64, left(one), left(other)]
    }
}

fn remaining(decision: &RateDecision) -> [u64; 3] {
    let [one, other] = decision.windows;
    [decision.bucket, one, other].map(|it| u64::from(it.expect("configured").remaining))
}

/// A random limiter and its model. Rates that do not divide a second are the rule here.
fn any_limits(rng: &dyn Rng) -> (RateLimits, Naive) {
    let (burst, refill) = (1 + rng.below(12) as u32, 1 + rng.below(40) as u32);
    let period = Duration::from_millis(1 + rng.below(3_000));
    let windows = [2_000, 9_000].map(|longest| {
        let length = Duration::from_millis(1 + rng.below(longest));
        (1 + rng.below(16) as u32, length)
    });
    let bucket = TokenBucket::new(burst, refill, period).expect("it works");
    let exact = windows.map(|(limit, length)| SlidingWindow::new(limit, length).expect("it works"));
    let naive = Naive {
        bucket: NaiveBucket::new(burst, refill, period),
        windows: windows.map(|(limit, length)| NaiveWindow::new(limit, length)),
    };
    let limits = RateLimits::new(Some(bucket), exact.to_vec()).expect("it works");
    (limits, naive)
}

/// How long the model says that `cost` has to wait is what was said, to the nanosecond.
fn assert_wait(naive: &mut Naive, now: Duration, cost: Cost, wait: Wait, seed: u64) {
    let Wait::For(wait) = wait else {
        let thousandths = u64::from(cost.as_thousandths());
        let least = naive
            .windows
            .iter()
            .map(|it| it.limit)
            .min()
            .expect("it works");
        let least = least.min(naive.bucket.burst as u64);
        assert!(thousandths > least * 1_000, "seed {seed}: refused for ever");
        return;
    };
    assert!(wait > Duration::ZERO);
    // The model's bucket moves with its questions, so the earlier moment is asked first.
    let just_before = now + wait.saturating_sub(Duration::from_nanos(1));
    assert!(!naive.admits(just_before, cost), "seed {seed}: too long");
    assert!(naive.admits(now + wait, cost), "seed {seed}: too short");
}

#[test]
fn a_hundred_thousand_traces_are_decided_as_the_naive_model_does() {
    let (mut admitted, mut refused) = (0_u32, 0_u32);
    for seed in 0..100_000 {
        let rng = SeededRng::new(seed);
        let (limits, mut naive) = any_limits(&rng);
        let mut state = RateState::default();
        let mut now = Duration::from_nanos(rng.below(1 << 50));
        for _ in 0..24 {
            now += any_pause(&rng, Duration::from_millis(800));
            let cost = any_cost(&rng);
            let decision = limits.decide(&mut state, now, cost);
            assert_eq!(
                decision.is_admitted(),
                naive.admits(now, cost),
                "seed {seed} at {now:?}"
            );
            if decision.is_admitted() {
                naive.take(now, cost);
                admitted += 1;
            } else {
                refused += 1;
            }
            assert_eq!(
                remaining(&decision),
                naive.remaining(now),
                "seed {seed} at {now:?}"
            );
            if let Some(refusal) = decision.refused
                && rng.below(16) == 0
            {
                assert_wait(&mut naive, now, cost, refusal.wait, seed);
                break;
            }
        }
    }
    assert!(
        admitted > 500_000 && refused > 300_000,
        "{admitted} admitted, {refused} refused: the traces try both"
    );
}

#[test]
fn when_one_refuses_nothing_is_charged() {
    let bucket = TokenBucket::new(5, 1, Duration::from_secs(1)).unwrap();
    let window = SlidingWindow::new(2, Duration::from_mins(1)).unwrap();
    let limits = RateLimits::new(Some(bucket), vec![window]).unwrap();
    let (mut state, now) = (RateState::default(), Duration::from_secs(1));
    for _ in 0..2 {
        assert!(limits.decide(&mut state, now, Cost::ONE).is_admitted());
    }
    for _ in 0..10 {
        let decision = limits.decide(&mut state, now, Cost::ONE);
        assert_eq!(
            decision.refused.unwrap().wait,
            Wait::For(Duration::from_mins(1))
        );
        assert_eq!(decision.bucket.unwrap().remaining, 3);
    }
    let later = now + Duration::from_mins(1);
    let light = limits.decide(&mut state, later, Cost::thousandths(5_001));
    assert_eq!(light.refused.unwrap().wait, Wait::Forever);
}
