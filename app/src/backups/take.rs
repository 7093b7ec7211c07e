//! Making a back-up.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use medcover_kernel::{Clock, Timestamp};
use medcover_store::{Held, SqliteCopy};

use super::cluster;
use super::files;
use super::folder::{Folder, Work, name};
use super::inspect;
use super::manifest::{Made, Manifest};
use super::restore::millis;
use super::totals::Totals;
use crate::settings::Settings;
use crate::stores::{Engine, Opened};

/// The data folder within a back-up.
pub(super) const DATA: &str = "data";
/// The data folder of PostgreSQL's server within a back-up.
pub(super) const CLUSTER: &str = "postgres";
/// The settings in force, without secrets.
const SETTINGS: &str = "settings.json";
/// Folders of the data folder with releases and what they were compiled from.
const RELEASES: [&str; 2] = ["terminology", "sources"];
/// The pointer to the releases, and the folder that it lies in. Whoever loads writes it last.
const POINTER: &str = "terminology/current.json";
/// Files of the data folder of which a service has its own kind of copy, or that belong to a process.
const STATE: &str = "store.";
/// Files at the top of the data folder: what makes it a demo's.
const TOP: [&str; 2] = ["demo.json", "demo-people.txt"];
/// How often releases are copied again because one was loaded meanwhile.
const TRIES: usize = 5;

/// What is backed up.
pub(super) struct Source<'a> {
    pub(super) settings: &'a Settings,
    /// The stores, open.
    pub(super) stores: &'a [Opened],
    pub(super) clock: &'a Arc<dyn Clock>,
    /// How many back-ups stay, if any go.
    pub(super) keep: Option<usize>,
}

impl Source<'_> {
    /// Makes a back-up in `folder`, and removes those that are out of date. Its name, and what it says of itself. It reads and
    /// writes files on the thread that it runs on.
    pub(super) async fn make(&self, folder: &Folder) -> Result<(String, Manifest)> {
        let (began, turn) = (self.clock.elapsed(), folder.turn()?);
        let name = name(self.clock.now());
        let work = turn.work(&name)?;
        let (at, held_us, totals) = match self.settings.store.engine {
            Engine::Sqlite => self.take_files(&work).await?,
            Engine::Postgres => self.take_cluster(&work).await?,
        };
        let took = self.clock.elapsed().saturating_sub(began);
        let made = Made {
            engine: self.settings.store.engine,
            at,
            held_us,
            took_ms: millis(took),
            totals,
        };
        let manifest = Manifest::of(work.path(), made)?;
        files::sync_tree(work.path())?;
        manifest.write(work.path())?;
        files::sync_folder(work.path())?;
        turn.finish(work, &name)?;
        if let Some(keep) = self.keep {
            for gone in turn.prune(keep)? {
                tracing::info!(backup = gone, "an old back-up was removed");
            }
        }
        Ok((name, manifest))
    }

    /// The files of all services as they were at one moment, for which their writers stand still together.
    async fn take_files(&self, work: &Work) -> Result<(Timestamp, u64, Totals)> {
        let data = work.path().join(DATA);
        files::make_folder(&data)?;
        let mut copies = Vec::new();
        for opened in self.stores {
            if let Some((store, file)) = opened.file() {
                let into = data.join(opened.service);
                files::make_folder(&into)?;
                let copy = SqliteCopy::open(file, &into.join("store.db")).await?;
                copies.push((store, file, into, copy));
            }
        }
        let mut held = Vec::with_capacity(copies.len());
        let began = self.clock.elapsed();
        for (store, ..) in &copies {
            held.push(store.hold().await?);
        }
        let at = self.clock.now();
        let mut anchored = Vec::with_capacity(copies.len());
        for (_, file, _, copy) in &mut copies {
            copy.begin().await?;
            let anchors = anchors(file);
            let bytes = fs::metadata(&anchors).map_or(0, |it| it.len());
            anchored.push((anchors, bytes));
        }
        ensure!(
            held.iter().all(Held::stands),
            "the writers did not stand still for as long as was needed; the machine is too busy for a back-up now"
        );
        drop(held);
        let held = self.clock.elapsed().saturating_sub(began);
        for ((_, _, into, copy), (anchors, bytes)) in copies.into_iter().zip(anchored) {
            copy.finish().await?;
            if anchors.exists() {
                files::copy(&anchors, &into.join("store.db.anchors"), Some(bytes))?;
            }
        }
        self.take_rest(&data)?;
        let totals = self.look_into(work).await?;
        let held_us = u64::try_from(held.as_micros()).unwrap_or(u64::MAX);
        Ok((at, held_us, totals))
    }

    /// A copy of PostgreSQL's server, and the files beside it.
    async fn take_cluster(&self, work: &Work) -> Result<(Timestamp, u64, Totals)> {
        let data = work.path().join(DATA);
        files::make_folder(&data)?;
        // The anchors before the server: each names a record that is in the copy.
        for opened in self.stores {
            let anchors = self.folder(opened.service).join("store.anchors");
            if anchors.exists() {
                let into = data.join(opened.service);
                files::make_folder(&into)?;
                files::copy(&anchors, &into.join("store.anchors"), None)?;
            }
        }
        self.take_rest(&data)?;
        let totals = self.look_before().await?;
        let into = work.path().join(CLUSTER);
        cluster::base_backup(&self.settings.backup, &self.settings.store, &into).await?;
        Ok((self.clock.now(), 0, totals))
    }

    fn folder(&self, service: &str) -> PathBuf {
        self.settings.data.dir.join(service)
    }

    /// What is not the state of services: the master secret, releases, what makes a demo, and the settings.
    fn take_rest(&self, data: &Path) -> Result<()> {
        let from = &self.settings.data.dir;
        let key = self.folder("auth").join("master.key");
        if key.exists() {
            files::make_folder(&data.join("auth"))?;
            files::copy(&key, &data.join("auth/master.key"), None)?;
        }
        for top in TOP.iter().filter(|top| from.join(top).exists()) {
            files::copy(&from.join(top), &data.join(top), None)?;
        }
        take_releases(from, data)?;
        let settings = serde_json::to_vec_pretty(self.settings)?;
        let into = data.parent().unwrap_or(data);
        files::write(&into.join(SETTINGS), &settings)
    }

    /// Opens a copy of the copy, since whoever opens a store writes to it: what cannot be opened is no back-up.
    async fn look_into(&self, work: &Work) -> Result<Totals> {
        let (data, trial) = (work.path().join(DATA), work.path().join("trial"));
        files::make_folder(&trial)?;
        for opened in self.stores {
            let (from, to) = (data.join(opened.service), trial.join(opened.service));
            files::make_folder(&to)?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                let name = entry.file_name();
                let text = name.to_string_lossy();
                if text.starts_with(STATE) || text == "master.key" {
                    files::copy(&entry.path(), &to.join(&name), None)?;
                }
            }
        }
        let seen = inspect::look(self.settings, &trial, self.clock, false).await;
        fs::remove_dir_all(&trial)?;
        let seen = seen.context("what was copied cannot be opened")?;
        Ok(seen.totals)
    }

    /// Where the state stands before the server is copied.
    async fn look_before(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        for opened in self.stores {
            let standing = opened.standing().await?;
            totals
                .services
                .push(inspect::of_service(opened.service, &standing));
        }
        Ok(totals)
    }
}

/// The file of the anchors of the store in `file`.
fn anchors(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".anchors");
    name.into()
}

/// Copies the releases that the pointer names. Whoever loads meanwhile may remove what they replaced: then once more.
fn take_releases(from: &Path, to: &Path) -> Result<()> {
    let pointer = || fs::read(from.join(POINTER)).ok();
    for _ in 0..TRIES {
        let before = pointer();
        let copied = RELEASES.iter().try_for_each(|name| {
            let (from, to) = (from.join(name), to.join(name));
            if from.is_dir() {
                copy_tree(&from, &to)
            } else {
                Ok(())
            }
        });
        if before == pointer() {
            return copied;
        }
        for name in RELEASES {
            forget_releases(&to.join(name))?;
        }
    }
    anyhow::bail!("releases are loaded all the while; try again when that has ended")
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    files::make_folder(to)?;
    let unreadable = || format!("cannot read {}", from.display());
    for entry in fs::read_dir(from).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.starts_with(STATE) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        if entry.file_type().with_context(unreadable)?.is_dir() {
            copy_tree(&from, &to)?;
        } else {
            files::copy(&from, &to, None)?;
        }
    }
    Ok(())
}

/// Removes what was copied of releases, but not the state that lies beside them.
fn forget_releases(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if !entry.file_name().to_string_lossy().starts_with(STATE) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
