//! Restoring a back-up: checked before anything is touched, looked at before it is put in its place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use medcover_config::Secret;
use medcover_kernel::{Clock, Timestamp};
use serde::Serialize;

use super::cluster::{Recovered, Target};
use super::files;
use super::folder::{Folder, Listed};
use super::inspect::{self, Seen};
use super::manifest::Manifest;
use super::take::{CLUSTER, DATA};
use super::totals::Totals;
use crate::data_folder::ServerLock;
use crate::settings::Settings;
use crate::stores::Engine;

/// What was restored, and how it is.
#[derive(Debug, Serialize)]
pub(crate) struct Restored {
    /// The name of the back-up.
    pub(crate) backup: String,
    /// The moment that the state shows.
    pub(crate) recovery_point: String,
    /// How much older than now that is, in seconds: what would be lost.
    pub(crate) age_s: u64,
    /// How long restoring and checking took, in milliseconds: the time to recovery.
    pub(crate) took_ms: u64,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// Where the state stands.
    pub(crate) totals: Totals,
    /// What is not as it must be; empty when all is well.
    pub(crate) faults: Vec<String>,
}

/// What is restored, and by which settings.
pub(crate) struct Restoring<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

/// The settings for looking at a server that nobody else uses.
const CONNECTIONS: u32 = 6;

/// Finds the back-up that `wanted` names, or the newest one from which `target` can be reached.
pub(crate) fn find(
    folder: &Folder,
    wanted: Option<&Path>,
    target: Target,
) -> Result<(Listed, Target)> {
    let until = match target {
        Target::Moment(at) => Some(at),
        Target::Copied | Target::Latest => None,
    };
    let listed = folder.find(wanted, until)?;
    let engine = listed.manifest.as_ref().ok().map(|it| it.engine);
    // Without an archived log, the back-ups are the moments that there are.
    let target = match engine {
        Some(Engine::Sqlite) => Target::Copied,
        _ => target,
    };
    Ok((listed, target))
}

impl Restoring<'_> {
    /// Restores `listed` into the folder `into`, which must not be there or be empty; with `replace` what is there is put
    /// aside under another name. Nothing is put in its place that does not stand where the manifest says.
    pub(crate) async fn restore(
        &self,
        (listed, target): (Listed, Target),
        into: &Path,
        replace: bool,
    ) -> Result<Restored> {
        // Without a slash at its end, so that names beside it can be made of it.
        let into = &into.components().collect::<PathBuf>();
        check_target(into, replace)?;
        let held = into.is_dir().then(|| ServerLock::take(into)).transpose()?;
        let stage = beside(into, "restoring", self.clock.now());
        let restored = self.stage((listed, target), &stage).await;
        let restored = restored.inspect_err(|_| {
            // What is left has a name that says what it is; nothing reads it.
            let _ = fs::remove_dir_all(&stage);
        })?;
        drop(held);
        if into.is_dir() {
            self.put_aside(into, replace)?;
        }
        fs::rename(&stage, into).with_context(|| format!("cannot make {}", into.display()))?;
        if let Some(parent) = into.parent().filter(|it| !it.as_os_str().is_empty()) {
            files::sync_folder(parent)?;
        }
        Ok(restored)
    }

    fn put_aside(&self, into: &Path, replace: bool) -> Result<()> {
        if !replace {
            // The lock that was taken lies there, if anything does.
            let _ = fs::remove_file(into.join("lock"));
            return fs::remove_dir(into)
                .with_context(|| format!("{} is not empty any more", into.display()));
        }
        let aside = beside(into, "replaced", self.clock.now());
        fs::rename(into, &aside).with_context(|| format!("cannot put {} aside", into.display()))?;
        tracing::info!(folder = %aside.display(), "what was there was put aside");
        Ok(())
    }

    /// Restores `listed` into the folder `stage`, which is made, and looks at it.
    pub(crate) async fn stage(
        &self,
        (listed, target): (Listed, Target),
        stage: &Path,
    ) -> Result<Restored> {
        let began = self.clock.elapsed();
        let backup = listed.name;
        let manifest = listed.manifest?;
        if manifest.engine != self.settings.store.engine {
            bail!(
                "the back-up {backup} is of the engine {:?}, and store.engine is {:?}: give the settings of the installation",
                manifest.engine,
                self.settings.store.engine
            );
        }
        verify(&manifest, &listed.path)?;
        bring(&manifest, &listed.path, stage)?;
        let (seen, recovery_point) = self.look(&manifest, target, stage).await?;
        let took = self.clock.elapsed().saturating_sub(began);
        Ok(Restored {
            backup,
            recovery_point: recovery_point.to_string(),
            age_s: self.clock.now().since(recovery_point).as_secs(),
            took_ms: millis(took),
            bytes: manifest.bytes(),
            totals: seen.totals,
            faults: seen.faults,
        })
    }

    async fn look(
        &self,
        manifest: &Manifest,
        target: Target,
        stage: &Path,
    ) -> Result<(Seen, Timestamp)> {
        if manifest.engine == Engine::Sqlite {
            let seen = inspect::look(self.settings, stage, self.clock, true).await?;
            let differences = seen.totals.differences(&manifest.totals);
            if !differences.is_empty() {
                bail!(
                    "what was restored is not what was backed up: {}",
                    differences.join("; ")
                );
            }
            return Ok((seen, manifest.made_at));
        }
        let server = Recovered::start(&self.settings.backup, &stage.join(CLUSTER), target).await?;
        let mut settings = self.settings.clone();
        let store = &mut settings.store;
        for url in store.urls.values_mut().chain([&mut store.url]) {
            if !url.is_empty() {
                *url = Secret::new(server.instead_of(url.reveal())?);
            }
        }
        store.replicas.clear();
        store.replicas_of.clear();
        (store.pool_size, store.max_overflow, store.instances) = (CONNECTIONS, 0, 1);
        let seen = inspect::look(&settings, stage, self.clock, true).await;
        server.stop().await?;
        let seen = seen?;
        if !seen.totals.cover(&manifest.totals) {
            let differences = seen.totals.differences(&manifest.totals);
            bail!(
                "what was restored lacks something of what was backed up: {}",
                differences.join("; ")
            );
        }
        let recovery_point = match target {
            Target::Copied => manifest.made_at,
            Target::Moment(at) => at,
            // As far as the archive goes, which only the last event tells.
            Target::Latest => seen.last.unwrap_or(manifest.made_at),
        };
        Ok((seen, recovery_point))
    }
}

/// Reads every file of a back-up, and names those that are not as they were written.
pub(crate) fn verify(manifest: &Manifest, root: &Path) -> Result<()> {
    let wrong = manifest
        .files
        .iter()
        .filter_map(|file| file.verify(root).err());
    let wrong: Vec<_> = wrong.map(|error| format!("{error:#}")).take(10).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "the back-up is damaged, and nothing was touched: {}",
        wrong.join("; ")
    )
}

/// Copies what belongs into a data folder to `stage`, and PostgreSQL's server into a folder within it.
fn bring(manifest: &Manifest, from: &Path, stage: &Path) -> Result<()> {
    let raw = stage.join("raw");
    files::make_folder(&raw)?;
    for folder in &manifest.folders {
        files::make_folder(&raw.join(folder))?;
    }
    for file in &manifest.files {
        file.restore(from, &raw)?;
    }
    for entry in fs::read_dir(raw.join(DATA))? {
        let entry = entry?;
        fs::rename(entry.path(), stage.join(entry.file_name()))?;
    }
    let cluster = raw.join(CLUSTER);
    if cluster.is_dir() {
        fs::rename(&cluster, stage.join(CLUSTER))?;
    }
    fs::remove_dir_all(&raw)?;
    files::sync_folder(stage)
}

fn check_target(into: &Path, replace: bool) -> Result<()> {
    let found = match fs::read_dir(into) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", into.display())),
    };
    let mut names = found.filter_map(|entry| Some(entry.ok()?.file_name()));
    if !replace && names.any(|name| name != "lock") {
        bail!(
            "{} is not empty, and nothing was touched: name another folder with --into, or say --replace to put aside what is there",
            into.display()
        );
    }
    Ok(())
}

fn beside(into: &Path, what: &str, at: Timestamp) -> PathBuf {
    let mut name = into.as_os_str().to_owned();
    name.push(format!(".{what}-{}", super::folder::name(at)));
    name.into()
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
