//! Several on one count, clocks that do not agree, and a server that is slow, forgets or is away.

use std::time::Duration;

use medcover_kernel::{Clock, SystemClock, Timestamp};
use medcover_redis::redis::cmd;
use medcover_redis::{Ask, RateAsk, RateCounts, RateCountsConfig, Redis, RedisError};
use medcover_resilience::{
    Cost, RateDecision, RateLimitTier, RateLimits, SharedLimits, SlidingWindow, TierLimits,
    TokenBucket, Wait,
};
use medcover_testkit::RedisServer;

use super::counts;
use crate::{at, ready, until};

const HOUR: Duration = Duration::from_hours(1);
const SKEW: Duration = Duration::from_secs(1);

fn window(limit: u32) -> SharedLimits {
    let window = SlidingWindow::new(limit, HOUR).expect("it works");
    let bucket = TokenBucket::new(1_000, 1, Duration::from_secs(1)).expect("it works");
    let limits = RateLimits::new(Some(bucket), vec![window]).expect("it works");
    SharedLimits::new(limits).expect("exact")
}

async fn one(counts: &RateCounts, limits: &SharedLimits, now: Timestamp) -> RateDecision {
    let told = counts.decide(ask(limits, now)).await;
    told.expect("it answers").decision
}

fn ask(limits: &SharedLimits, now: Timestamp) -> RateAsk<'_> {
    RateAsk {
        name: "client:1",
        limits,
        cost: Cost::ONE,
        now,
    }
}

async fn number(redis: &Redis, command: &[&str]) -> i64 {
    let made = |_: &_| {
        let mut made = cmd(command[0]);
        made.arg(&command[1..]);
        made.into()
    };
    redis.ask(Ask::PRIMARY, made).await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_race_on_one_key_never_admit_more_than_its_limit() {
    let server = RedisServer::start(&[]).expect("it starts");
    let limits = window(250);
    let clock = SystemClock::default();
    let mut racing = Vec::new();
    for late in 0..8 {
        let counts = counts(&ready(&at(&server)).await, Some(SKEW));
        let limits = limits.clone();
        racing.push(tokio::spawn(async move {
            let mut admitted = 0;
            for _ in 0..100 {
                // Each has a clock of its own.
                let now = Timestamp::from_micros(clock.now().as_micros() - late * 40_000);
                admitted += u32::from(one(&counts, &limits, now).await.is_admitted());
            }
            admitted
        }));
    }
    let mut admitted = 0;
    for racer in racing {
        admitted += racer.await.expect("it ends");
    }
    assert_eq!(admitted, 250);
}

#[tokio::test]
async fn a_clock_that_is_wrong_gains_nothing_and_keeps_nobody_waiting() {
    let server = RedisServer::start(&[]).expect("it starts");
    let counts = counts(&ready(&at(&server)).await, Some(SKEW));
    let bucket = TokenBucket::new(2, 1, Duration::from_mins(1)).expect("it works");
    let limits = RateLimits::new(Some(bucket), Vec::new()).expect("it works");
    let limits = SharedLimits::new(limits).expect("exact");
    let clock = SystemClock::default();
    assert!(one(&counts, &limits, clock.now()).await.is_admitted());
    assert!(one(&counts, &limits, clock.now()).await.is_admitted());
    let told = counts.decide(ask(&limits, clock.now().plus(HOUR))).await;
    let told = told.expect("it answers");
    assert!(!told.decision.is_admitted(), "an hour did not pass");
    assert!(told.at <= clock.now().plus(SKEW));
    let behind = Timestamp::from_micros(clock.now().as_micros() - HOUR.as_micros() as i64);
    let told = one(&counts, &limits, behind).await;
    let wait = told.refused.expect("it is used up").wait;
    assert!(wait <= Wait::For(Duration::from_mins(1)), "{wait:?}");
}

#[tokio::test]
async fn what_tells_nothing_any_more_goes_and_logs_are_bounded() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    let counts = counts(&redis, Some(SKEW));
    let limits = TierLimits::of(RateLimitTier::Enterprise).limits();
    let limits = SharedLimits::new(limits.expect("as shipped")).expect("exact");
    let now = SystemClock::default().now();
    let mut admitted = 0;
    for _ in 0..30 {
        let asks = [ask(&limits, now); 100];
        let told = counts.decide_all(&asks).await.expect("it answers");
        admitted += told.iter().filter(|it| it.decision.is_admitted()).count();
    }
    assert!((2_000..2_300).contains(&admitted), "{admitted}");
    for log in ["medcover:limit:client:1:0", "medcover:limit:client:1:1"] {
        let entries = number(&redis, &["LLEN", log]).await / 2;
        assert!((1..=2_048).contains(&entries), "{entries}");
        assert!(number(&redis, &["MEMORY", "USAGE", log]).await < 64 * 1_024);
        let lives = number(&redis, &["PTTL", log]).await;
        let hour = HOUR.as_millis() as i64;
        assert!((hour..hour + 6_000).contains(&lives), "{lives}");
    }
    assert!(number(&redis, &["PTTL", "medcover:limit:client:1"]).await > 0);
    // Who only asks where they stand, or asks in vain, leaves nothing.
    let looked = counts.look("client:2", &limits, now).await;
    assert_eq!(
        looked.expect("it answers").tightest().map(|it| it.1.reset),
        Some(Duration::ZERO)
    );
    let heavy = RateAsk {
        name: "client:2",
        cost: Cost::thousandths(3_000_000),
        ..ask(&limits, now)
    };
    let refused = counts
        .decide(heavy)
        .await
        .expect("it answers")
        .decision
        .refused;
    assert_eq!(refused.expect("it is too heavy").wait, Wait::Forever);
    assert_eq!(
        number(&redis, &["EXISTS", "medcover:limit:client:2"]).await,
        0
    );
}

#[tokio::test]
async fn what_redis_dropped_for_want_of_room_is_not_counted_and_shuts_nobody_out() {
    let server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    let counts = counts(&redis, Some(SKEW));
    let (limits, clock) = (window(2), SystemClock::default());
    for gone in ["medcover:limit:client:1:0", "medcover:limit:client:1"] {
        for admitted in [true, true, false] {
            let told = one(&counts, &limits, clock.now()).await;
            assert_eq!(told.is_admitted(), admitted, "{told:?}");
        }
        assert_eq!(number(&redis, &["DEL", gone]).await, 1);
    }
    assert!(one(&counts, &limits, clock.now()).await.is_admitted());
    assert_eq!(
        number(&redis, &["LLEN", "medcover:limit:client:1:0"]).await,
        2
    );
}

#[tokio::test]
async fn without_an_answer_in_time_it_fails_soon_and_then_at_once_until_redis_is_back() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let redis = ready(&at(&server)).await;
    let config = RateCountsConfig {
        within: Duration::from_millis(100),
        ..RateCountsConfig::default()
    };
    let counts = RateCounts::new(redis.clone(), config).expect("it can wait that long");
    let (limits, clock) = (window(1_000), SystemClock::default());
    let answers = async || counts.decide(ask(&limits, clock.now())).await.is_ok();
    until("it answers", answers).await;
    server.freeze().expect("it stops");
    let began = clock.elapsed();
    for _ in 0..5 {
        let late = counts.decide(ask(&limits, clock.now())).await;
        assert!(matches!(late, Err(RedisError::Unavailable(_))), "{late:?}");
    }
    let told = counts.decide(ask(&limits, clock.now())).await;
    assert!(matches!(told, Err(RedisError::Open)) && counts.is_open());
    let took = clock.elapsed().saturating_sub(began);
    assert!(took < Duration::from_secs(3), "{took:?}");
    server.thaw().expect("it goes on");
    until("it answers again", answers).await;
    server.kill();
    until("it is missed", async || !answers().await).await;
    server.start_again().expect("it starts");
    until("it answers anew", answers).await;
}
