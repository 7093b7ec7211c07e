//! The store of compiled releases: one folder, one pointer, and the set that is open.
//!
//! ```text
//! <data>/terminology/current.json                        which releases there are, which are current
//! <data>/terminology/icd10cm-2026-04-01-<checksum>.release   compiled, never changed
//! <data>/sources/<checksum>-<name>                       the files they were compiled from
//! ```
//! Any process may load a release: it writes a new file beside the others and replaces the pointer. A running server
//! sees the new pointer ([`Releases::refresh`]), opens what it names, and exchanges the set in one step; requests under
//! way keep the set with which they began. What cannot be opened is named in [`ReleaseSet::problems`], and the release
//! served before goes on.

mod bytes;
mod compile;
mod file;
mod manifest;
mod notes;
mod open;
mod set;
mod sources;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use medcover_kernel::{Clock, Error, Result};

pub use bytes::Bytes;
#[cfg(test)]
pub(crate) use compile::publish_source;
pub use compile::{Loaded, load_release};
pub use notes::{KindReading, NotRead, NoteReading, WhyNot};
pub use open::OpenRelease;
pub use set::{ReleaseProblem, ReleaseSet};

pub(crate) use set::ICD10CM;
pub(crate) use sources::hex;

use manifest::{Entry, Manifest, Stamp};
use open::NotOpened;

/// The releases of a data folder.
#[derive(Debug)]
pub struct Releases {
    folders: Folders,
    set: ArcSwap<ReleaseSet>,
    /// The state of the pointer that the set was made from. Held while a set is exchanged, so that an older pointer
    /// never follows a newer one.
    seen: Mutex<Stamp>,
}

/// Where things lie.
#[derive(Clone, Debug)]
struct Folders {
    compiled: PathBuf,
    sources: PathBuf,
}

impl Folders {
    fn of(data: &Path) -> Self {
        Self {
            compiled: data.join("terminology"),
            sources: data.join("sources"),
        }
    }

    fn create(&self) -> Result<()> {
        for folder in [&self.compiled, &self.sources] {
            fs::create_dir_all(folder).map_err(|error| not_writable(folder, &error))?;
        }
        Ok(())
    }
}

fn not_writable(path: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!("{} cannot be written: {error}.", path.display()))
}

impl Releases {
    /// Opens what the data folder holds. It never fails: what cannot be opened is among the problems. A compiled file
    /// that this build cannot read, or that is damaged, is compiled again where its source is kept.
    pub fn open(data: &Path, clock: &dyn Clock) -> Self {
        let folders = Folders::of(data);
        let seen = Manifest::stamp(&folders.compiled);
        let (set, unread) = open_set(&folders, &ReleaseSet::default());
        let releases = Self {
            folders,
            set: ArcSwap::from_pointee(set),
            seen: Mutex::new(seen),
        };
        if unread
            .iter()
            .any(|entry| compile::again(&releases.folders, entry, clock))
        {
            releases.refresh();
        }
        releases
    }

    /// The set that is open now.
    pub fn load(&self) -> Guard<Arc<ReleaseSet>> {
        self.set.load()
    }

    /// The set that is open now, to be kept for long.
    pub fn load_full(&self) -> Arc<ReleaseSet> {
        self.set.load_full()
    }

    /// Looks whether the pointer has changed, and if so opens what it names. Returns whether it had.
    pub fn refresh(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Manifest::stamp(&self.folders.compiled);
        if *seen == now {
            return false;
        }
        let (set, _) = open_set(&self.folders, &self.set.load());
        for problem in &set.problems {
            tracing::error!(release = problem.release, "{}", problem.what);
        }
        self.set.store(Arc::new(set));
        *seen = now;
        true
    }
}

/// Opens what the pointer names, taking from `before` what is open already. Returns the entries that were not opened,
/// too.
fn open_set(folders: &Folders, before: &ReleaseSet) -> (ReleaseSet, Vec<Entry>) {
    let manifest = match Manifest::read(&folders.compiled) {
        Ok(manifest) => manifest,
        Err(error) => return (unreadable(before, &error), Vec::new()),
    };
    let mut set = ReleaseSet::default();
    let mut unread = Vec::new();
    for entry in &manifest.releases {
        match reuse_or_open(folders, before, entry) {
            Ok(release) if entry.current => set.current.push(release),
            Ok(release) => set.others.push(release),
            Err(error) => unread.push((entry.clone(), error)),
        }
    }
    let current = unread.iter().map(|(entry, _)| entry);
    let mut current = current.filter(|entry| entry.current && entry.system == ICD10CM);
    set.lost = current.next().map(|entry| entry.version.clone());
    for (entry, error) in &unread {
        stand_in(&mut set, before, entry, error);
    }
    let order = |release: &Arc<OpenRelease>| {
        let system = release.system();
        (system != ICD10CM, system.to_owned())
    };
    set.current.sort_by_key(order);
    (set, unread.into_iter().map(|(entry, _)| entry).collect())
}

/// The set as it was, when the pointer cannot be read.
fn unreadable(before: &ReleaseSet, error: &std::io::Error) -> ReleaseSet {
    ReleaseSet {
        current: before.current.clone(),
        others: before.others.clone(),
        lost: before.lost.clone(),
        problems: vec![ReleaseProblem {
            release: String::new(),
            what: format!("The pointer to the releases cannot be read: {error}."),
        }],
    }
}

fn reuse_or_open(
    folders: &Folders,
    before: &ReleaseSet,
    entry: &Entry,
) -> std::result::Result<Arc<OpenRelease>, NotOpened> {
    let open = before.all().find(|release| release.entry() == entry);
    match open {
        Some(release) => Ok(Arc::clone(release)),
        None => OpenRelease::open(&folders.compiled, entry).map(Arc::new),
    }
}

/// Lets an older release serve in the place of a current one that cannot be opened, and says so.
fn stand_in(set: &mut ReleaseSet, before: &ReleaseSet, entry: &Entry, error: &NotOpened) {
    let same_system = |release: &&Arc<OpenRelease>| release.system() == entry.system;
    let mut serving = String::new();
    if entry.current {
        let open = before.current.iter().find(same_system);
        let beside = set.others.iter().filter(same_system);
        let newest = beside.max_by_key(|release| release.entry().version.clone());
        if let Some(release) = open.or(newest).map(Arc::clone) {
            serving = format!("; {} serves instead", release.label());
            set.others.retain(|other| !Arc::ptr_eq(other, &release));
            set.current.push(release);
        }
    }
    let Entry {
        system,
        version,
        file,
        ..
    } = entry;
    set.problems.push(ReleaseProblem {
        release: format!("{system} {version}"),
        what: format!("{file} is not served: {error}{serving}. Run `medcover load {system}`."),
    });
}
