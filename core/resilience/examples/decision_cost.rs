//! What a decision of the limits costs: bucket and both windows, for one key that asks all the time and for many.
//!
//! `cargo run --release -p medcover-resilience --example decision_cost`

use std::hint::black_box;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_resilience::{Cost, KeyedLimits, KeyedLimitsConfig, RateLimitTier, TierLimits};

const DECISIONS: u32 = 2_000_000;

fn main() {
    let clock = SystemClock::new();
    for tier in [RateLimitTier::Anonymous, RateLimitTier::Enterprise] {
        for keys in [1, 1_000, 100_000, 10_000_000] {
            let limits = TierLimits::of(tier).limits().expect("numbers that work");
            let limits = KeyedLimits::new(&limits, KeyedLimitsConfig::default()).expect("sound");
            let started = clock.elapsed();
            for number in 0..DECISIONS {
                // Scattered, so that neighbours are not neighbours in memory.
                let key = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) % keys;
                black_box(limits.check_rate_limit(&key, clock.elapsed(), Cost::ONE));
            }
            report(
                tier,
                keys,
                clock.elapsed().saturating_sub(started),
                limits.figures().bytes,
            );
        }
    }
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn report(tier: RateLimitTier, keys: u64, took: Duration, bytes: usize) {
    let each = (took / DECISIONS).as_nanos();
    let mib = bytes / 1024 / 1024;
    println!("{tier:<13} {keys:>10} keys {each:>6} ns a decision, {mib:>4} MiB held");
}
