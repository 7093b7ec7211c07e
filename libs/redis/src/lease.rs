//! One of several does it: leases with a fencing number.
//!
//! Redis copies to its replicas after it has answered, so no lease in it excludes a second holder by itself. Three things
//! together do: a holder counts its time from before it asked, by its own monotonic clock and less a margin; a history of
//! Redis that began gives no lease to anybody new for the length of one, in which holders of before find back; and the
//! fencing number, by which whatever is written to refuses who is late. The number alone helps against a holder that was
//! cut off together with the old primary, and goes on renewing there.

use std::fmt;
use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

use medcover_kernel::{Error, Result};
use redis::{Script, cmd};

use crate::{Ask, Lineage, Redis, RedisError};

/// How long it is remembered when a history of Redis began that nobody asks any more.
const REMEMBERED: Duration = Duration::from_hours(24);
/// The part of a lease that its holder does without, for clocks that do not run alike.
const MARGIN: u32 = 5;
/// A lease is renewed so often within its time.
const RENEWALS: u32 = 4;

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/take.lua")));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/renew.lua")));
static RELEASE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/release.lua")));

/// A lease that several ask for.
#[derive(Clone, Debug)]
pub struct Lease {
    redis: Redis,
    key: String,
    ttl: Duration,
}

/// The lease in one's hands.
pub struct Held {
    lease: Lease,
    token: String,
    fence: u64,
    /// By the clock of the client.
    until: Duration,
}

impl Lease {
    /// The lease called `name`, for `ttl` at a time: 100 ms to a day.
    pub fn new(redis: Redis, name: &str, ttl: Duration) -> Result<Self> {
        if !(Duration::from_millis(100)..=Duration::from_hours(24)).contains(&ttl) {
            return Err(Error::internal("a lease takes 100 ms to a day"));
        }
        let key = format!("medcover:lease:{name}");
        Ok(Self { redis, key, ttl })
    }

    /// Takes it, unless somebody has it, or may still have it from before Redis began anew.
    pub async fn take(&self) -> std::result::Result<Option<Held>, RedisError> {
        let token = format!("{:016x}", self.redis.random());
        let began = self.redis.elapsed();
        // Taken twice is taken once: the token tells.
        let fence: u64 = self.run(&TAKE, &[&token]).await?;
        Ok((fence > 0).then(|| Held {
            lease: self.clone(),
            token,
            fence,
            until: self.end(began),
        }))
    }

    /// Does `work` whenever the lease is held, with its fencing number, until `stop` is ready. Work is dropped where it stands
    /// when the lease is lost, before anybody else can have it; when work ends by itself, the lease is given back for a while.
    pub async fn lead<W: Future<Output = ()>>(
        &self,
        stop: impl Future<Output = ()>,
        work: impl Fn(u64) -> W,
    ) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let taken = tokio::select! {
                biased;
                () = &mut stop => return,
                taken = self.take() => taken,
            };
            if let Ok(Some(mut held)) = taken {
                let fence = held.fence;
                tracing::info!(lease = self.key, fence, "a lease is held");
                let stopped = tokio::select! {
                    biased;
                    () = &mut stop => true,
                    () = held.keep() => {
                        tracing::warn!(lease = self.key, fence, "a lease is lost");
                        false
                    }
                    () = work(fence) => false,
                };
                held.release().await;
                if stopped {
                    return;
                }
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(self.ttl / RENEWALS) => {}
            }
        }
    }

    /// Until when a lease holds that was asked for at `began`.
    fn end(&self, began: Duration) -> Duration {
        let sure = self.ttl.saturating_sub(self.ttl / MARGIN);
        began.saturating_add(sure)
    }

    async fn run<T: redis::FromRedisValue>(
        &self,
        script: &Script,
        arguments: &[&str],
    ) -> std::result::Result<T, RedisError> {
        let ask = Ask {
            scripts: &[script],
            ..Ask::PRIMARY
        };
        let build = |lineage: &Lineage| {
            let mut call = cmd("EVALSHA");
            call.arg(script.get_hash()).arg(3).arg(&self.key);
            call.arg(format!("{}:fence", self.key));
            call.arg(format!("medcover:lineage:{}", lineage.as_str()));
            call.arg(u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX));
            call.arg(REMEMBERED.as_secs());
            call.arg(arguments);
            call.into()
        };
        self.redis.ask(ask, build).await
    }
}

impl Held {
    /// The number of this holding. It is higher than that of every earlier holder; what the holder writes to refuses a lower
    /// one than it has seen. It is counted on from microseconds of the servers' clock, so that it grows even where Redis has
    /// lost the last one.
    pub const fn fence(&self) -> u64 {
        self.fence
    }

    /// Whether nobody else can have it yet.
    pub fn is_held(&self) -> bool {
        self.lease.redis.elapsed() < self.until
    }

    /// Holds it for another while; whether that could be done. Where Redis did not answer, it may still be held.
    pub async fn renew(&mut self) -> std::result::Result<bool, RedisError> {
        let began = self.lease.redis.elapsed();
        let fence = self.fence.to_string();
        let renewed: bool = self.lease.run(&RENEW, &[&self.token, &fence]).await?;
        if renewed {
            self.until = self.lease.end(began);
        } else {
            self.until = Duration::ZERO;
        }
        Ok(renewed)
    }

    /// Renews it for as long as that can be done; ready when it is lost.
    pub async fn keep(&mut self) {
        let every = self.lease.ttl / RENEWALS;
        loop {
            let left = self.until.saturating_sub(self.lease.redis.elapsed());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(every.min(left)).await;
            let left = self.until.saturating_sub(self.lease.redis.elapsed());
            // What is not known in time is lost, whatever Redis says afterwards.
            match tokio::time::timeout(left, self.renew()).await {
                Ok(Ok(true) | Err(_)) => {}
                Ok(Ok(false)) | Err(_) => return,
            }
        }
    }

    /// Gives it back, so that nobody has to wait. Where that fails it runs out.
    pub async fn release(self) {
        let _released: std::result::Result<u64, _> = self.lease.run(&RELEASE, &[&self.token]).await;
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("key", &self.lease.key)
            .field("fence", &self.fence)
            .finish_non_exhaustive()
    }
}
