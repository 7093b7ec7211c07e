//! How fast shared limits decide: one at a time, by several at once, and many in one go.
//!
//! `cargo run --release -p medcover-redis --example limit_rate -- 20000 [HOST:PORT]`; without an address it starts a server of
//! its own, which keeps nothing on disk.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, SystemClock, SystemRng};
use medcover_redis::{RateAsk, RateCounts, RateCountsConfig, Redis, RedisConfig};
use medcover_resilience::{Cost, RateLimitTier, SharedLimits, TierLimits};
use medcover_testkit::RedisServer;

/// Who asks.
const CALLERS: u64 = 1_000;
/// Requests in one go, and tasks at once.
const MANY: u64 = 100;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let requests = arguments
        .next()
        .map_or(20_000, |it| it.parse().expect("a number"));
    let address = arguments.next();
    let own = address
        .is_none()
        .then(|| RedisServer::start(&[]).expect("it starts"));
    let address = address.or_else(|| own.as_ref().map(RedisServer::address));
    let config = RedisConfig {
        address: address.unwrap_or_default(),
        ..RedisConfig::default()
    };
    let clock = Arc::new(SystemClock::default());
    let redis = Redis::follow(&config, clock, Arc::new(SystemRng)).expect("its settings work");
    assert!(redis.ready(Duration::from_secs(10)).await, "Redis is there");
    let config = RateCountsConfig {
        within: Duration::from_secs(10),
        ..RateCountsConfig::default()
    };
    let counts = Arc::new(RateCounts::new(redis, config).expect("it can wait that long"));
    for tier in [RateLimitTier::Anonymous, RateLimitTier::Enterprise] {
        let limits = TierLimits::of(tier).limits().expect("as shipped");
        let limits = SharedLimits::new(limits).expect("exact");
        println!("{tier:?}, {requests} requests of {CALLERS} callers");
        alone(&counts, &limits, requests).await;
        together(&counts, &limits, requests).await;
        in_one_go(&counts, &limits, requests).await;
    }
}

fn ask<'a>(name: &'a str, limits: &'a SharedLimits, clock: SystemClock) -> RateAsk<'a> {
    RateAsk {
        name,
        limits,
        cost: Cost::ONE,
        now: clock.now(),
    }
}

/// One request after another, each with its own trip.
async fn alone(counts: &RateCounts, limits: &SharedLimits, requests: u64) {
    let clock = SystemClock::default();
    let mut took = Vec::new();
    for number in 0..requests {
        let name = format!("alone:{}", number % CALLERS);
        let began = clock.elapsed();
        counts
            .decide(ask(&name, limits, clock))
            .await
            .expect("it answers");
        took.push(clock.elapsed().saturating_sub(began));
    }
    took.sort_unstable();
    let place = |percent| took[(took.len() - 1) * percent / 100];
    let rate = requests as f64 / clock.elapsed().as_secs_f64();
    let (median, most) = (place(50), place(99));
    println!(
        "  one at a time: {rate:.0} a second, median {median:.0?}, of 100 the slowest {most:.0?}"
    );
}

/// As a server does that works on many requests.
async fn together(counts: &Arc<RateCounts>, limits: &SharedLimits, requests: u64) {
    let clock = SystemClock::default();
    let tasks = (0..MANY).map(|task| {
        let (counts, limits) = (Arc::clone(counts), limits.clone());
        tokio::spawn(async move {
            for number in 0..requests / MANY {
                let name = format!("together:{}", (task * requests + number) % CALLERS);
                counts
                    .decide(ask(&name, &limits, clock))
                    .await
                    .expect("it answers");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("it ends");
    }
    let rate = requests as f64 / clock.elapsed().as_secs_f64();
    println!("  by {MANY} tasks: {rate:.0} a second");
}

async fn in_one_go(counts: &RateCounts, limits: &SharedLimits, requests: u64) {
    let clock = SystemClock::default();
    let names: Vec<_> = (0..CALLERS).map(|caller| format!("go:{caller}")).collect();
    for first in (0..requests).step_by(MANY as usize) {
        let asks = (first..first + MANY).map(|number| {
            let name = &names[(number % CALLERS) as usize];
            ask(name, limits, clock)
        });
        let asks: Vec<_> = asks.collect();
        counts.decide_all(&asks).await.expect("it answers");
    }
    let rate = requests as f64 / clock.elapsed().as_secs_f64();
    println!("  {MANY} in one go: {rate:.0} a second");
}
