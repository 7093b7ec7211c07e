//! Limits that several processes count together.
//!
//! Whoever is asked something asks here whether that is within the limits of whoever asked it. One script sees to bucket
//! and windows and charges all of them or none, so that no two processes can both give the last of a limit. What it decides
//! is what [`RateLimits`](medcover_resilience::RateLimits) decide: a test compares them on random traces.
//!
//! The moment is the caller's, so that a decision depends on nothing but what was asked. Two things bound what clocks can do
//! that do not agree: a moment further than [`RateCountsConfig::skew`] from the server's own clock counts as being that far
//! from it, and one before that of the last charge counts as that. So no limit is exceeded by more than what it allows in
//! twice that time, and nobody waits longer than that for what is theirs.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use medcover_kernel::{Error, Result, Timestamp};
use medcover_resilience::{
    BreakerConfig, CallResult, CircuitBreaker, CircuitState, Cost, RateDecision, ShareTerms,
    SharedCount, SharedLimits, WindowCount,
};
use redis::{Cmd, Script, cmd, pipe};
use tokio::time::timeout;

use crate::{Ask, Redis, RedisError};

/// Keys outlive what they tell by this much, and by what clocks may differ.
const SLACK: Duration = Duration::from_secs(1);
/// The same where nothing bounds that.
const SLACK_WITHOUT_BOUND: Duration = Duration::from_mins(1);
/// For so long nobody is asked once that failed too often.
const PAUSE: Duration = Duration::from_secs(1);

static LIMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/limit.lua")));

/// How counts are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateCountsConfig {
    /// How long a request waits for them: 1 ms to a minute.
    pub within: Duration,
    /// How far a caller's clock is believed that differs from the server's, up to a minute; `None`: however far.
    pub skew: Option<Duration>,
}

impl Default for RateCountsConfig {
    /// 50 ms, and one second.
    fn default() -> Self {
        Self {
            within: Duration::from_millis(50),
            skew: Some(Duration::from_secs(1)),
        }
    }
}

/// A request that is to be counted.
#[derive(Clone, Copy, Debug)]
pub struct RateAsk<'a> {
    /// Whom it is charged to: one name is one share of the limits.
    pub name: &'a str,
    /// Their limits.
    pub limits: &'a SharedLimits,
    /// What it weighs.
    pub cost: Cost,
    /// When it came, by the clock of whoever asks.
    pub now: Timestamp,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateTold {
    /// The decision.
    pub decision: RateDecision,
    /// The moment for which it holds: the caller's, within what is believed of it.
    pub at: Timestamp,
}

/// Counts in Redis, by the names of those who ask.
///
/// While Redis is away or slow, asking fails: after five failures in a row for a second at a time without any wait. That has
/// a breaker of its own, for what is slow here need not be slow for a cache.
pub struct RateCounts {
    redis: Redis,
    config: RateCountsConfig,
    breaker: CircuitBreaker,
}

impl RateCounts {
    /// Those in `redis`. Fails where the settings cannot work.
    pub fn new(redis: Redis, config: RateCountsConfig) -> Result<Self> {
        let minute = Duration::from_mins(1);
        let within = Duration::from_millis(1)..=minute;
        if !within.contains(&config.within) || config.skew.is_some_and(|skew| skew > minute) {
            return Err(Error::internal(
                "counts are waited for 1 ms to a minute, and clocks differ up to a minute",
            ));
        }
        let breaker = CircuitBreaker::new(BreakerConfig {
            failure_rate: None,
            recovery_timeout: PAUSE,
            longest_recovery: PAUSE,
            probe_lease: config.within.saturating_mul(2),
            ..BreakerConfig::default()
        });
        let faulty = |faults| Error::internal(format!("a breaker that cannot work: {faults:?}"));
        Ok(Self {
            redis,
            config,
            breaker: breaker.map_err(faulty)?,
        })
    }

    /// Decides on a request, and charges it if it is admitted. Where that fails, it may have been charged all the same.
    pub async fn decide(&self, ask: RateAsk<'_>) -> std::result::Result<RateTold, RedisError> {
        let terms = ask.limits.terms(ask.cost);
        let answer = self.run(&[self.call(ask, &terms, terms.possible)]).await?;
        answer.first().map_or_else(unread, |it| told(ask, it))
    }

    /// Decides on several in their order, in one go.
    pub async fn decide_all(
        &self,
        asks: &[RateAsk<'_>],
    ) -> std::result::Result<Vec<RateTold>, RedisError> {
        let calls = asks.iter().map(|ask| {
            let terms = ask.limits.terms(ask.cost);
            self.call(*ask, &terms, terms.possible)
        });
        let answers = self.run(&calls.collect::<Vec<_>>()).await?;
        if answers.len() != asks.len() {
            return unread();
        }
        let both = asks.iter().zip(&answers);
        both.map(|(ask, answer)| told(*ask, answer)).collect()
    }

    /// Where somebody stands, without a request.
    pub async fn look(
        &self,
        name: &str,
        limits: &SharedLimits,
        now: Timestamp,
    ) -> std::result::Result<RateDecision, RedisError> {
        let cost = Cost::FREE;
        let ask = RateAsk {
            name,
            limits,
            cost,
            now,
        };
        let answer = self
            .run(&[self.call(ask, &limits.terms(cost), false)])
            .await?;
        let count = answer.first().and_then(|it| count(it));
        let looked = count.and_then(|it| limits.look(&it));
        looked.map_or_else(unread, Ok)
    }

    /// Whether nobody is asked at present, because that failed too often of late.
    pub fn is_open(&self) -> bool {
        let status = self.breaker.status(self.redis.elapsed());
        status.state == CircuitState::Open
    }

    fn call(&self, ask: RateAsk<'_>, terms: &ShareTerms, charge: bool) -> Cmd {
        let RateAsk { name, now, .. } = ask;
        let (skew, slack) = match self.config.skew {
            Some(skew) => (micros(skew), SLACK.saturating_add(skew.saturating_mul(2))),
            None => (-1, SLACK_WITHOUT_BOUND),
        };
        let mut call = cmd("EVALSHA");
        call.arg(LIMIT.get_hash()).arg(1 + terms.windows.len());
        call.arg(format!("medcover:limit:{name}"));
        for place in 0..terms.windows.len() {
            call.arg(format!("medcover:limit:{name}:{place}"));
        }
        call.arg(now.as_micros().max(0)).arg(skew);
        call.arg(u8::from(charge)).arg(micros(slack) / 1_000);
        call.arg(terms.cost);
        let bucket = terms.bucket.map_or([0; 5], |it| {
            let (room, cost) = (it.room, it.cost);
            [it.parts, room.0, room.1, cost.0, cost.1]
        });
        call.arg(&bucket);
        for window in &terms.windows {
            call.arg(&[window.room, window.length, window.entries, window.grain]);
        }
        call
    }

    async fn run(&self, calls: &[Cmd]) -> std::result::Result<Vec<Vec<i64>>, RedisError> {
        let began = self.redis.elapsed();
        let permit = self.breaker.try_acquire(began);
        let permit = permit.map_err(|_| RedisError::Open)?;
        // Dropped when it takes too long, the request leaves its connection to others: slow here is not dead.
        let asked = timeout(self.config.within, self.send(calls)).await;
        let late = |_| RedisError::Unavailable("counts did not come in time".into());
        let answer = asked.map_err(late).and_then(|it| it);
        let now = self.redis.elapsed();
        let result = match &answer {
            Ok(_) => CallResult::Success,
            Err(_) => CallResult::Failure,
        };
        if let Some(change) = permit.record(result, now.saturating_sub(began), now) {
            tracing::warn!(breaker = "limits", from = ?change.from, to = ?change.to, "a circuit breaker changed");
        }
        answer
    }

    /// Charging twice would be wrong, so it is not sent again unless it is known to have had no effect.
    async fn send(&self, calls: &[Cmd]) -> std::result::Result<Vec<Vec<i64>>, RedisError> {
        let ask = Ask {
            scripts: &[&LIMIT],
            ..Ask::ONCE
        };
        let build = |_: &_| {
            let mut all = pipe();
            for call in calls {
                all.add_command(call.clone());
            }
            all.into()
        };
        self.redis.ask(ask, build).await
    }
}

/// What the answer of the script means.
fn told(ask: RateAsk<'_>, answer: &[i64]) -> std::result::Result<RateTold, RedisError> {
    let read = || {
        let count = count(answer)?;
        let at = Timestamp::from_micros(i64::try_from(count.now).ok()?);
        let decision = ask.limits.decision(ask.cost, &count)?;
        Some(RateTold { decision, at })
    };
    read().map_or_else(unread, Ok)
}

fn count(answer: &[i64]) -> Option<SharedCount> {
    let numbers = answer.iter().map(|it| u64::try_from(*it).ok());
    let numbers: Vec<u64> = numbers.collect::<Option<_>>()?;
    let (&[charged, now, full, part], windows) = numbers.split_first_chunk::<4>()?;
    let (windows, rest) = windows.as_chunks::<3>();
    let windows = windows
        .iter()
        .map(|&[used, last, frees]| WindowCount { used, last, frees });
    rest.is_empty().then(|| SharedCount {
        charged: charged == 1,
        now,
        full_at: (full, part),
        windows: windows.collect(),
    })
}

fn unread<T>() -> std::result::Result<T, RedisError> {
    Err(RedisError::Refused("counts that cannot be".into()))
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Debug for RateCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateCounts")
            .field("redis", &self.redis)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
