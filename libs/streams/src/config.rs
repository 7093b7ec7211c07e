//! The settings of streams and their limits.

use std::time::Duration;

use medcover_config::{Check, Section};
use medcover_workflow::Retry;
use serde::{Deserialize, Serialize};

/// The section `streams`: how messages go over Redis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamsConfig {
    /// Messages that are published, read or acknowledged at once.
    pub batch: u32,
    /// Messages that a consumer has in hand at once.
    pub concurrency: u32,
    /// How long a reader waits for messages before it asks again; a stop takes as long at most.
    pub block_ms: u64,
    /// How long a handler may take.
    pub handle_ms: u64,
    /// How long a message lies still before it counts as abandoned. More than a handler may take.
    pub claim_ms: u64,
    /// Attempts at a message before it is set aside.
    pub attempts: u32,
    /// The upper bound of the pause after the first failure; it doubles with each.
    pub pause_ms: u64,
    /// The upper bound of every pause. Not more than `claim_ms`, by which Redis measures it.
    pub longest_pause_ms: u64,
    /// How often a consumer looks for messages whose pause is over, and for abandoned ones.
    pub sweep_ms: u64,
    /// How often it is noted durably how far a group is; how often the stream is compared with its record, and trimmed.
    pub keep_ms: u64,
}

impl Default for StreamsConfig {
    /// 64 messages in hand, half a minute for each, eight attempts over about a minute.
    fn default() -> Self {
        Self {
            batch: 256,
            concurrency: 64,
            block_ms: 1_000,
            handle_ms: 30_000,
            claim_ms: 60_000,
            attempts: 8,
            pause_ms: 250,
            longest_pause_ms: 30_000,
            sweep_ms: 500,
            keep_ms: 1_000,
        }
    }
}

impl Section for StreamsConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("batch", self.batch, 1..=1_000);
        check.range("concurrency", self.concurrency, 1..=10_000);
        check.range("block_ms", self.block_ms, 10..=60_000);
        check.range("handle_ms", self.handle_ms, 10..=3_600_000);
        let claim = self.handle_ms.saturating_add(1)..=7_200_000;
        check.range("claim_ms", self.claim_ms, claim);
        check.range("attempts", self.attempts, 1..=100);
        check.range("pause_ms", self.pause_ms, 1..=self.longest_pause_ms);
        check.range("longest_pause_ms", self.longest_pause_ms, 1..=self.claim_ms);
        check.range("sweep_ms", self.sweep_ms, 10..=60_000);
        check.range("keep_ms", self.keep_ms, 10..=60_000);
    }
}

impl StreamsConfig {
    pub(crate) const fn retry(&self) -> Retry {
        Retry {
            attempts: self.attempts,
            first: Duration::from_millis(self.pause_ms),
            cap: Duration::from_millis(self.longest_pause_ms),
        }
    }

    pub(crate) const fn keep_every(&self) -> Duration {
        Duration::from_millis(self.keep_ms)
    }

    pub(crate) const fn sweep_every(&self) -> Duration {
        Duration::from_millis(self.sweep_ms)
    }

    pub(crate) const fn handle(&self) -> Duration {
        Duration::from_millis(self.handle_ms)
    }
}
