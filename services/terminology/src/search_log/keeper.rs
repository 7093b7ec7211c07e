//! Writes the search log in batches, and removes what is past its time.

use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use medcover_kernel::{Clock, EventId, Rng, Timestamp};
use medcover_store::StoreError;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Kept, Searched};
use crate::app::TerminologyService;

/// Rows written at once: few, since a machine of two cores has one less for searches meanwhile.
const BATCH: usize = 128;
/// Rest between two batches: with [`BATCH`] this bounds the log to two thousand rows a second.
const REST: Duration = Duration::from_millis(62);
/// How often old rows are looked for.
const CLEAR_EVERY: Duration = Duration::from_mins(10);
/// Last searches that are counted anew at start, so that the popular ones outlive the process.
const REMEMBERED: usize = 10_000;

/// What a keeper draws from and writes to.
pub(crate) struct Source {
    pub(super) waiting: mpsc::Receiver<Searched>,
    pub(super) kept: Kept,
}

/// Keeps the search log. It ends when it is told to stop and everything handed in is written.
pub struct SearchLogKeeper {
    source: Source,
    service: Arc<TerminologyService>,
    kept_for: Duration,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl SearchLogKeeper {
    pub(crate) fn new(
        source: Source,
        service: Arc<TerminologyService>,
        kept_for: Duration,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self {
            source,
            service,
            kept_for,
            clock,
            rng,
        }
    }

    /// Runs until `stop`.
    pub async fn run(mut self, mut stop: Stop) {
        if let Err(error) = self.begin().await {
            tracing::warn!(cause = %error, "earlier searches could not be read");
        }
        self.clear().await;
        let mut clearing = interval(CLEAR_EVERY);
        clearing.tick().await;
        clearing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                () = stop.draining() => break,
                _ = clearing.tick() => self.clear().await,
                taken = self.source.waiting.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                    self.write(&mut batch).await;
                    tokio::select! {
                        () = stop.draining() => break,
                        () = sleep(REST) => {}
                    }
                }
            }
        }
        self.source.waiting.close();
        while self.source.waiting.recv_many(&mut batch, BATCH).await > 0 {
            self.write(&mut batch).await;
        }
    }

    /// Counts the last searches of earlier runs among the popular ones.
    async fn begin(&self) -> Result<(), StoreError> {
        let count = |query: &str| self.service.count(query);
        self.source.kept.recent(REMEMBERED, count).await
    }

    /// Writes the batch and empties it. What cannot be written is given up: searches come first, and the next batch finds
    /// the store again or not.
    async fn write(&self, batch: &mut Vec<Searched>) {
        let id = || EventId::new(&*self.clock, &*self.rng).as_uuid();
        let rows: Vec<_> = batch.drain(..).map(|searched| (id(), searched)).collect();
        if let Err(error) = self.source.kept.write(&rows).await {
            tracing::warn!(rows = rows.len(), cause = %error, "the search log could not be written");
        }
    }

    /// Removes rows past their time.
    async fn clear(&self) {
        let before = self.clock.now().as_micros() - self.kept_for.as_micros() as i64;
        match self
            .source
            .kept
            .remove(Timestamp::from_micros(before))
            .await
        {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old searches were removed from the log"),
            Err(error) => tracing::warn!(cause = %error, "old searches could not be removed"),
        }
    }
}

impl std::fmt::Debug for SearchLogKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchLogKeeper")
            .field("kept_for", &self.kept_for)
            .finish_non_exhaustive()
    }
}
