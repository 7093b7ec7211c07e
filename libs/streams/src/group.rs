//! A group: made, looked at, and how far it is noted durably.

use std::sync::atomic::Ordering;
use std::time::Duration;

use medcover_redis::RedisError;
use medcover_store::Position;
use tokio::time::sleep;

use crate::hand::Hand;
use crate::scripts::{FORGET, JOIN, SURVEY};
use crate::status::{GroupStatus, RelayCounts, millis};

/// Consumers that hold nothing are forgotten after so long.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

impl Hand {
    /// Makes the group, from where it has applied everything.
    pub(crate) async fn join(&self) -> Result<(), String> {
        let applied = self.progress.applied(&self.group).await;
        let applied = applied.map_err(|cause| cause.to_string())?;
        let said: Result<String, _> = self
            .redis
            .run(&JOIN, &self.keys.both(), |call| {
                call.arg(&*self.group).arg(applied.get());
            })
            .await;
        let (stream, group) = (&self.stream, &self.group);
        match &*said.map_err(|cause| cause.to_string())? {
            "there" => return Ok(()),
            "anew" => {
                tracing::warn!(%stream, %group, "the stream began too late for the group; it is made anew");
            }
            _ if applied > Position::new(0) => {
                tracing::warn!(%stream, %group, from = applied.get(), "the group was lost; it is made anew");
            }
            _ => tracing::info!(%stream, %group, "a group is made"),
        }
        RelayCounts::add(&self.counts.repaired, 1);
        Ok(())
    }

    /// Notes durably how far the group is, from time to time.
    pub(crate) async fn keep(&self) {
        let mut kept = Position::new(0);
        loop {
            sleep(self.config.keep_every()).await;
            let status = match self.survey().await {
                Ok(status) => status,
                Err(error) => {
                    tracing::debug!(group = %self.group, %error, "the group cannot be surveyed");
                    continue;
                }
            };
            self.counts.survey(status);
            let now = millis(self.clock.elapsed());
            self.counts.reached.store(now, Ordering::Relaxed);
            let Some(applied) = status.map(|it| it.applied).filter(|it| *it > kept) else {
                continue;
            };
            match self.progress.advance(&self.group, applied).await {
                Ok(()) => kept = applied,
                Err(error) => {
                    tracing::warn!(group = %self.group, %error, "it cannot be noted how far a group is");
                }
            }
        }
    }

    /// How far the group is; nothing where there is none. Forgets consumers that are long gone.
    async fn survey(&self) -> Result<Option<GroupStatus>, RedisError> {
        type Found = (u64, u64, u64, u64, u64, u64, Option<u64>);
        let _forgotten: u64 = self
            .redis
            .run(&FORGET, &[&self.keys.stream], |call| {
                let after = FORGOTTEN_AFTER.as_secs().saturating_mul(1_000);
                call.arg(&*self.group).arg(after);
            })
            .await?;
        let keys = self.keys.with(&self.group_keys);
        let found: Option<Found> = self
            .redis
            .run(&SURVEY, &keys, |call| {
                call.arg(&*self.group);
            })
            .await?;
        let status = |(applied, ends, pending, dead, length, consumers, lag)| GroupStatus {
            applied: Position::new(applied),
            ends: Position::new(ends),
            pending,
            lag,
            dead,
            length,
            consumers,
        };
        Ok(found.map(status))
    }
}
