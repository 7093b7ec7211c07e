//! How the services of this process hear of events: through queues in their stores, or over Redis.

use std::sync::Arc;
use std::time::Duration;

use medcover_config::{Check, Section};
use medcover_http::Stop;
use medcover_kernel::{Clock, Rng};
use medcover_redis::Redis;
use medcover_streams::{Carrier, Standing, StreamsConfig};
use medcover_telemetry::Metrics;
use medcover_workflow::bus::Subscription;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

/// Deliveries of an event over Redis, of which one may fail or end without a word, before it is left to the queue.
const DELIVERIES: u32 = 3;
/// Events of one subscription that a process has in hand at once.
const IN_HAND: u32 = 16;

/// The section `messages`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MessagesConfig {
    /// What carries events to those who hear them.
    pub(crate) transport: Transport,
    /// For how long Redis may be away before the queues in the stores do its work.
    pub(crate) fall_back_ms: u64,
    /// How long an event lies still in the hands of a process before another takes it over. Handling it may take half as long.
    pub(crate) take_over_ms: u64,
}

/// What carries events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    /// Queues in the stores.
    #[default]
    Store,
    /// Streams of Redis; the queues have what is late, and everything while Redis is away.
    Redis,
}

/// The events of one log, and who hears them.
pub(crate) struct Heard {
    /// The service whose log it is.
    pub(crate) log: &'static str,
    /// All who listen to it.
    pub(crate) by: Vec<Subscription>,
}

/// What delivers events in this process, until it runs.
#[derive(Default)]
pub(crate) struct Messages {
    carriers: Vec<Carrier>,
    subscriptions: Vec<Subscription>,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self {
            transport: Transport::Store,
            fall_back_ms: 3_000,
            take_over_ms: 20_000,
        }
    }
}

impl Section for MessagesConfig {
    fn validate(&self, check: &mut Check<'_>) {
        // A consumer says once a second how far its group is.
        check.range("fall_back_ms", self.fall_back_ms, 2_000..=600_000);
        check.range("take_over_ms", self.take_over_ms, 1_000..=600_000);
    }
}

impl MessagesConfig {
    fn streams(&self) -> StreamsConfig {
        StreamsConfig {
            concurrency: IN_HAND,
            handle_ms: self.take_over_ms / 2,
            claim_ms: self.take_over_ms,
            attempts: DELIVERIES,
            longest_pause_ms: self.take_over_ms / 2,
            ..StreamsConfig::default()
        }
    }
}

impl Messages {
    /// Delivers `heard` as `config` says, over `redis` where there is one. `worker` names this start of the process.
    pub(crate) fn new(
        config: &MessagesConfig,
        redis: Option<&Redis>,
        worker: &str,
        heard: Vec<Heard>,
        metrics: &Metrics,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Self {
        let redis = redis.filter(|_| config.transport == Transport::Redis);
        let Some(redis) = redis else {
            return Self {
                subscriptions: heard.into_iter().flat_map(|it| it.by).collect(),
                ..Self::default()
            };
        };
        let (streams, patience) = (config.streams(), Duration::from_millis(config.fall_back_ms));
        let carrier = |Heard { log, by }: Heard| {
            Carrier::new(redis, clock, rng, log, worker, by, &streams, patience)
        };
        let new = Self {
            carriers: heard.into_iter().filter_map(carrier).collect(),
            ..Self::default()
        };
        medcover_streams::register_carriers(metrics, new.standings());
        new
    }

    /// How what Redis carries does.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        self.carriers.iter().map(Carrier::standing).collect()
    }

    /// Begins to deliver, until the process stops.
    pub(crate) fn run(self, stop: &Stop, workers: &mut JoinSet<()>) {
        for subscription in self.subscriptions {
            let mut stop = stop.clone();
            workers.spawn(async move { subscription.run(stop.draining()).await });
        }
        for carrier in self.carriers {
            let mut stop = stop.clone();
            workers.spawn(async move { carrier.run(stop.draining()).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_set_streams_can_be_run_with() {
        for take_over_ms in [1_000, 20_000, 600_000] {
            let config = MessagesConfig {
                take_over_ms,
                ..MessagesConfig::default()
            };
            let streams = config.streams();
            assert!(streams.handle_ms < streams.claim_ms);
            assert!(streams.longest_pause_ms <= streams.claim_ms);
            assert!(streams.pause_ms <= streams.longest_pause_ms);
        }
    }
}
