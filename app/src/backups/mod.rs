//! Back-ups: made, kept, tried and restored.

pub(crate) mod asked;
mod cluster;
mod config;
mod files;
mod folder;
mod inspect;
mod manifest;
mod restore;
mod schedule;
mod take;
#[cfg(test)]
mod tests;
mod totals;
mod watch;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use medcover_http::Stop;
use medcover_kernel::{Clock, Timestamp};
use medcover_telemetry::Metrics;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::settings::Settings;
use crate::state::State;
use crate::stores::Opened;
pub(crate) use cluster::Target;
pub(crate) use config::BackupConfig;
pub(crate) use folder::{Folder, Listed};
pub(crate) use manifest::Manifest;
pub(crate) use restore::{Restored, Restoring, find, verify};
use schedule::{is_due, is_late};
use take::Source;
pub(crate) use totals::Totals;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The back-ups of what this process keeps.
#[derive(Clone)]
pub(crate) struct Backups(Arc<Inner>);

struct Inner {
    settings: Settings,
    stores: Vec<Opened>,
    clock: Arc<dyn Clock>,
    started: Timestamp,
    standing: Mutex<Standing>,
}

/// What there is to see of back-ups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The moment that the newest good one shows.
    pub(crate) newest: Option<Timestamp>,
    /// How many good ones there are.
    pub(crate) kept: usize,
    /// How many cannot be read.
    pub(crate) damaged: usize,
    /// How many were made, and how often that failed, since the process started.
    pub(crate) made: u64,
    pub(crate) failed: u64,
    /// What was wrong when one was last made; nothing when it was made.
    pub(crate) fault: Option<String>,
    /// When that last failed.
    pub(crate) tried: Option<Timestamp>,
    /// How long the last one took.
    pub(crate) took: Option<Duration>,
    /// The last trial.
    pub(crate) drill: Option<Drilled>,
    /// What somebody asked for last.
    pub(crate) asked: asked::Progress,
}

/// How the trial of a back-up ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Drilled {
    /// When, in microseconds since 1970.
    pub(crate) at: Timestamp,
    /// How long it took to restore and check, in milliseconds.
    pub(crate) took_ms: u64,
    /// What was wrong; empty when all was well.
    pub(crate) faults: Vec<String>,
}

impl Backups {
    /// Of the stores that are open in `state`.
    pub(crate) fn new(settings: &Settings, state: &State, clock: &Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            settings: settings.clone(),
            stores: state.opened().to_vec(),
            clock: Arc::clone(clock),
            started: clock.now(),
            standing: Mutex::default(),
        }))
    }

    /// Shows them among `metrics`.
    pub(crate) fn shown_in(self, metrics: &Metrics) -> Self {
        if self.is_watched() {
            watch::register(metrics, self.clone());
        }
        self
    }

    /// Where they lie.
    pub(crate) fn folder(&self) -> Folder {
        let settings = &self.0.settings;
        Folder::at(settings.backup.folder(&settings.data.dir))
    }

    /// Makes one in `folder`. It reads and writes files on the thread that it runs on.
    pub(crate) async fn make(&self, folder: &Folder) -> Result<(String, Manifest)> {
        let source = Source {
            settings: &self.0.settings,
            stores: &self.0.stores,
            clock: &self.0.clock,
            // Whoever names another folder looks after it.
            keep: (folder.path() == self.folder().path()).then_some(self.0.settings.backup.keep),
        };
        let made = source.make(folder).await;
        let mut standing = self.standing();
        match &made {
            Ok((name, manifest)) => {
                standing.made += 1;
                (standing.fault, standing.tried) = (None, None);
                standing.newest = standing.newest.max(Some(manifest.made_at));
                standing.took = Some(Duration::from_millis(manifest.took_ms));
                tracing::info!(
                    backup = name,
                    bytes = manifest.bytes(),
                    took_ms = manifest.took_ms,
                    held_us = manifest.held_us,
                    "a back-up was made"
                );
            }
            Err(error) => {
                standing.failed += 1;
                standing.fault = Some(format!("{error:#}"));
                standing.tried = Some(self.0.clock.now());
                tracing::error!(cause = format!("{error:#}"), "no back-up was made");
            }
        }
        made
    }

    /// Whether anybody is to be told when there is none.
    pub(crate) fn is_watched(&self) -> bool {
        let config = &self.0.settings.backup;
        config.alarm_age().is_some() || config.drill_every().is_some()
    }

    /// What there is to see, and whether the newest is too old.
    pub(crate) fn seen(&self) -> (Standing, bool) {
        let standing = self.standing().clone();
        let limit = self.0.settings.backup.alarm_age();
        let now = self.0.clock.now();
        let late = limit.is_some_and(|limit| is_late(standing.newest, self.0.started, limit, now));
        (standing, late)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes and tries back-ups when they are due, until told to stop.
    pub(crate) async fn follow(self, mut stop: Stop) {
        if !self.is_watched() {
            return;
        }
        let data = &self.0.settings.data.dir;
        if self.folder().path().starts_with(data) {
            tracing::warn!(
                "back-ups lie in the data folder, and are lost with it: name another disk as backup.folder"
            );
        }
        while !stop.is_draining() {
            let (backups, mut ending) = (self.clone(), stop.clone());
            // What reads and writes files all the while must not keep requests waiting.
            let look = move || {
                Handle::current().block_on(async {
                    tokio::select! {
                        () = ending.draining() => {}
                        () = backups.look() => {}
                    }
                });
            };
            if let Err(error) = tokio::task::spawn_blocking(look).await {
                tracing::error!(cause = %error, "looking after back-ups broke");
            }
            tokio::select! {
                () = stop.draining() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does what is due now.
    pub(crate) async fn look(&self) {
        let (config, now) = (&self.0.settings.backup, self.0.clock.now());
        self.list();
        let (newest, tried) = {
            let standing = self.standing();
            (standing.newest, standing.tried)
        };
        if config
            .every()
            .is_some_and(|every| is_due(newest, tried, every, now))
        {
            // It has said why not, and it is tried again.
            let _ = self.make(&self.folder()).await;
            self.list();
        }
        let drilled = watch::last_drill(&self.folder());
        // One that failed may have met somebody else at work.
        let (done, failed) = match &drilled {
            Some(it) if it.faults.is_empty() => (Some(it.at), None),
            other => (None, other.as_ref().map(|it| it.at)),
        };
        self.standing().drill = drilled;
        if self.standing().newest.is_some()
            && config
                .drill_every()
                .is_some_and(|every| is_due(done, failed, every, now))
        {
            let ended = self.drill(None, Target::Copied).await;
            let told = ended.map(|it| (it.took_ms, it.faults));
            let (took_ms, faults) = told.unwrap_or_else(|error| (0, vec![format!("{error:#}")]));
            let drilled = Drilled {
                at: now,
                took_ms,
                faults,
            };
            watch::keep_drill(&self.folder(), &drilled);
            self.standing().drill = Some(drilled);
        }
    }

    /// Looks at what there is.
    fn list(&self) {
        let listed = match self.folder().list() {
            Ok(listed) => listed,
            Err(error) => {
                tracing::error!(cause = format!("{error:#}"), "back-ups cannot be listed");
                return;
            }
        };
        let mut standing = self.standing();
        standing.newest = listed.iter().filter_map(Listed::made_at).max();
        standing.kept = listed.iter().filter(|it| it.manifest.is_ok()).count();
        standing.damaged = listed.len() - standing.kept;
    }

    /// Restores a back-up to look at it, and removes it again.
    pub(crate) async fn drill(&self, wanted: Option<&Path>, target: Target) -> Result<Restored> {
        drill(&self.0.settings, &self.0.clock, wanted, target).await
    }
}

/// Restores a back-up beside the others to look at it, and removes it again.
pub(crate) async fn drill(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    wanted: Option<&Path>,
    target: Target,
) -> Result<Restored> {
    let folder = Folder::at(settings.backup.folder(&settings.data.dir));
    let restoring = Restoring { settings, clock };
    let found = find(&folder, wanted, target)?;
    let turn = folder.turn()?;
    let work = turn.work("drill")?;
    let restored = restoring.stage(found, &work.path().join("restored")).await;
    match &restored {
        Ok(it) if it.faults.is_empty() => tracing::info!(
            backup = it.backup,
            took_ms = it.took_ms,
            age_s = it.age_s,
            "a back-up was restored to try it"
        ),
        Ok(it) => tracing::error!(
            backup = it.backup,
            faults = it.faults.join("; "),
            "a restored back-up is not as it must be"
        ),
        Err(error) => tracing::error!(cause = format!("{error:#}"), "a back-up cannot be restored"),
    }
    restored
}

/// Where the state that `state` has open stands.
pub(crate) async fn totals(state: &State, clock: &Arc<dyn Clock>) -> Result<Totals> {
    Ok(inspect::look_at(state, clock, false).await?.totals)
}
