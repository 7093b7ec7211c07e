//! What runs beside the requests.

use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use medcover_mesh::Tasks;
use tokio::time::{MissedTickBehavior, interval};

use crate::releases::Releases;
use crate::search_log::{PartitionMaker, SearchLogKeeper, ViewRefresher};

/// Something that runs beside the requests.
#[derive(Debug)]
pub enum Worker {
    /// Watches for releases.
    Watch(Watch),
    /// Writes the search log.
    SearchLog(SearchLogKeeper),
}

impl Worker {
    /// Runs until `stop`.
    pub async fn run(self, stop: Stop) {
        match self {
            Self::Watch(watch) => watch.run(stop).await,
            Self::SearchLog(keeper) => keeper.run(stop).await,
        }
    }
}

/// Something that one process of the installation does for all of them.
#[derive(Debug)]
pub enum SharedTask {
    /// Makes and retires the partitions of the search log.
    Partitions(PartitionMaker),
    /// Refreshes the views.
    Views(ViewRefresher),
}

impl SharedTask {
    /// Runs until `stop`, in whichever process leads it by `tasks`.
    pub async fn run(self, tasks: Tasks, mut stop: Stop) {
        let stop = stop.draining();
        match self {
            Self::Partitions(maker) => {
                let run = |leading| maker.run(leading);
                tasks.run(&PartitionMaker::task(), stop, run).await;
            }
            Self::Views(refresher) => {
                let run = |leading| refresher.run(leading);
                tasks.run(&refresher.task(), stop, run).await;
            }
        }
    }
}

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Worker;
    use crate::testing::{Served, icd10cm};

    #[tokio::test]
    async fn what_is_loaded_meanwhile_is_served_until_it_is_told_to_stop() {
        let served = Served::small();
        let (stopper, stop) = medcover_http::stop();
        let Some(Worker::Watch(watch)) = served.terminology.workers().pop() else {
            panic!("without a store it only watches");
        };
        let running = tokio::spawn(watch.run(stop));
        served.load(&icd10cm("2026-10-01"));
        let switched = async {
            loop {
                let label = served.terminology.releases().load().current()[0]
                    .label()
                    .to_owned();
                if label == "icd10cm 2026-10-01" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), switched)
            .await
            .expect("it switches");
        stopper.drain();
        tokio::time::timeout(Duration::from_secs(10), running)
            .await
            .expect("it stops")
            .expect("well");
    }
}
