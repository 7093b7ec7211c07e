//! Two processes that count callers together in Redis, and alone without it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_http::{LimitsConfig, NotCounted, SharedCounts, Sharing, TierConfig};
use medcover_kernel::{Clock as _, SystemClock, SystemRng};
use medcover_redis::{RateAsk, RateCounts, RateCountsConfig, Redis, RedisConfig};
use medcover_resilience::{Cost, RateDecision, SharedLimits};
use medcover_testkit::RedisServer;

use crate::limits::{HOME, House, PREMIUM};

/// How long a test waits for what must come, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const WITHIN: Duration = Duration::from_millis(300);

#[derive(Debug)]
struct InRedis(RateCounts);

#[async_trait]
impl SharedCounts for InRedis {
    async fn charge(
        &self,
        caller: &str,
        limits: &SharedLimits,
        cost: Cost,
    ) -> Result<RateDecision, NotCounted> {
        let ask = RateAsk {
            name: caller,
            limits,
            cost,
            now: SystemClock::default().now(),
        };
        let told = self.0.decide(ask).await;
        told.map(|it| it.decision)
            .map_err(|error| NotCounted(error.to_string()))
    }

    async fn look(&self, caller: &str, limits: &SharedLimits) -> Result<RateDecision, NotCounted> {
        let now = SystemClock::default().now();
        let looked = self.0.look(caller, limits, now).await;
        looked.map_err(|error| NotCounted(error.to_string()))
    }
}

/// A process which gives 20 an hour to an address, and to keys of the tier premium 40.
async fn house(server: &RedisServer) -> House {
    let config = RedisConfig {
        address: server.address(),
        check_ms: 100,
        ..RedisConfig::default()
    };
    let clock = Arc::new(SystemClock::default());
    let redis = Redis::follow(&config, clock, Arc::new(SystemRng)).expect("its settings work");
    assert!(redis.ready(PATIENCE).await, "a primary is found");
    let config = RateCountsConfig {
        within: WITHIN,
        ..RateCountsConfig::default()
    };
    let counts = RateCounts::new(redis, config).expect("it can wait that long");
    let hourly = |requests_per_hour| TierConfig {
        requests_per_minute: 1_000,
        requests_per_hour,
        burst_capacity: 1_000,
        token_refill_rate: 1_000,
    };
    let limits = LimitsConfig {
        anonymous: hourly(20),
        premium: hourly(40),
        ..LimitsConfig::default()
    };
    House::counted_by(Some(Arc::new(InRedis(counts))), &limits)
}

/// How many of `each` requests to both, in turn, are answered; the others are refused as they should be.
async fn ask(houses: &[House; 2], each: u32, path: &str, headers: &[(&str, &str)]) -> u32 {
    let mut answered = 0;
    for _ in 0..each {
        for house in houses {
            let answer = house.ask(HOME, path, headers).await;
            match answer.status.as_u16() {
                200 => answered += 1,
                429 => {
                    assert_eq!(answer.header("x-refused-by"), "rate-limited");
                    assert!(answer.header("ratelimit").starts_with("\"hour\";r=0;"));
                    assert!(!answer.header("retry-after").is_empty());
                }
                other => panic!("{other}"),
            }
        }
    }
    answered
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let tried = tokio::time::timeout(PATIENCE, async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(tried.await.is_ok(), "in vain: {what}");
}

async fn left(house: &House, caller: &str) -> u32 {
    let usages = house.traffic.usage_of(caller).await.expect("a caller");
    usages[0].limits[2].remaining
}

#[tokio::test]
async fn two_processes_give_a_limit_once_and_both_tell_what_is_used() {
    let server = RedisServer::start(&[]).expect("it starts");
    let houses = [house(&server).await, house(&server).await];
    assert_eq!(ask(&houses, 3, "/open", &[]).await, 6);
    assert_eq!(ask(&houses, 5, "/tenth", &[]).await, 10);
    for house in &houses {
        assert_eq!(left(house, "address:203.0.113.5").await, 13);
    }
    for house in &houses {
        let usage = house.ask(HOME, "/api/v1/limits/usage", &[]).await.json();
        assert_eq!(usage["limits"][2]["remaining"], 12);
        assert_eq!(house.traffic.sharing().await, Some(Sharing::Together));
    }
    assert_eq!(ask(&houses, 10, "/open", &[]).await, 12);
    // Somebody who is known has a share of their own, also where nobody need be known.
    assert_eq!(ask(&houses, 15, "/open", &[PREMIUM]).await, 30);
    assert_eq!(ask(&houses, 15, "/records", &[PREMIUM]).await, 10);
    for house in &houses {
        let limits = house.traffic.figures().limits.expect("limits");
        let sharing = limits.sharing.expect("it is shared");
        assert!(sharing.shared && sharing.decided_alone == 0, "{sharing:?}");
        let refused: u64 = limits.tiers.iter().map(|tier| tier.refused).sum();
        assert_eq!(refused, 14);
        assert!(
            house
                .metrics
                .text()
                .contains("medcover_rate_limit_shared 1")
        );
    }
}

#[tokio::test]
async fn whom_a_process_refuses_by_its_own_counts_redis_is_not_asked_about() {
    let server = RedisServer::start(&[]).expect("it starts");
    let houses = [house(&server).await, house(&server).await];
    for _ in 0..50 {
        houses[0].ask(HOME, "/open", &[]).await;
    }
    let sharing = |house: &House| house.traffic.figures().limits.and_then(|it| it.sharing);
    let here = sharing(&houses[0]).expect("it is shared");
    assert_eq!((here.decided_together, here.refused_before), (20, 30));
    assert_eq!(houses[1].ask(HOME, "/open", &[]).await.status, 429);
    let there = sharing(&houses[1]).expect("it is shared");
    assert_eq!((there.decided_together, there.refused_before), (1, 0));
}

#[tokio::test]
async fn without_redis_each_goes_on_by_its_own_counts_and_then_together_again() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let houses = [house(&server).await, house(&server).await];
    assert_eq!(ask(&houses, 5, "/open", &[]).await, 10);
    // It is there and does not answer: nobody waits for long, and each has what it did not give yet.
    server.freeze().expect("it stops");
    let clock = SystemClock::default();
    let began = clock.elapsed();
    assert_eq!(ask(&houses, 20, "/open", &[]).await, 30);
    let took = clock.elapsed().saturating_sub(began);
    assert!(took < Duration::from_secs(10), "{took:?}");
    for house in &houses {
        assert_eq!(house.traffic.sharing().await, Some(Sharing::Alone));
        assert_eq!(left(house, "address:203.0.113.5").await, 0);
        assert!(
            house
                .metrics
                .text()
                .contains("medcover_rate_limit_shared 0")
        );
    }
    server.thaw().expect("it goes on");
    server.kill();
    assert_eq!(ask(&houses, 30, "/open", &[PREMIUM]).await, 60);
    server.start_again().expect("it starts");
    for house in &houses {
        until("they count together", async || {
            // What failed is not forgotten at once, by the clock of the house.
            house.clock.advance(Duration::from_secs(2));
            house.traffic.sharing().await == Some(Sharing::Together)
        })
        .await;
    }
    // What each gave alone it still knows; the others were not told. Twenty of the key are left by the counts of all.
    assert_eq!(ask(&houses, 5, "/open", &[]).await, 0);
    assert_eq!(ask(&houses, 40, "/open", &[PREMIUM]).await, 20);
}
