//! What runs beside the requests.

use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use tokio::time::{MissedTickBehavior, interval};

use crate::releases::Releases;

/// Watches the pointer to the releases, so that what another process loads is served here.
#[derive(Debug)]
pub struct Watch {
    releases: Arc<Releases>,
    every: Duration,
}

impl Watch {
    pub(crate) fn new(releases: Arc<Releases>, every_ms: u64) -> Self {
        Self {
            releases,
            every: Duration::from_millis(every_ms),
        }
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.draining() => return,
                _ = ticks.tick() => self.look().await,
            }
        }
    }

    /// Opening a release reads a whole file, which must not hold up a thread that serves requests.
    async fn look(&self) {
        let releases = Arc::clone(&self.releases);
        let looked = tokio::task::spawn_blocking(move || releases.refresh()).await;
        match looked {
            Ok(true) => tracing::info!("the releases served have changed"),
            Ok(false) => {}
            Err(error) => tracing::error!(cause = %error, "the releases could not be looked at"),
        }
    }
}
