//! The folder in which back-ups lie.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use medcover_kernel::Timestamp;

use super::files;
use super::manifest::Manifest;

/// How the name of a folder begins that is no back-up yet, or was only looked into. Whatever is left of one is removed.
const WORK: &str = ".work-";
/// Held by whoever works in the folder.
const LOCK: &str = ".lock";

/// The folder in which back-ups lie, each in a folder of its own.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// A back-up as it is listed.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Its name, which begins with the moment at which it was begun.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What it says of itself, or why nothing.
    pub(crate) manifest: Result<Manifest>,
}

impl Listed {
    /// The moment that it shows, where it can be read.
    pub(crate) fn made_at(&self) -> Option<Timestamp> {
        self.manifest.as_ref().ok().map(|it| it.made_at)
    }
}

/// Nobody else works in the folder while this is kept.
#[derive(Debug)]
pub(super) struct Turn {
    folder: Folder,
    _file: File,
}

/// A folder to work in, removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(super) struct Work(PathBuf);

impl Folder {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// All back-ups, the newest first. What is damaged is listed with its fault.
    pub(crate) fn list(&self) -> Result<Vec<Listed>> {
        let unreadable = || format!("cannot read {}", self.0.display());
        if !self.0.exists() {
            return Ok(Vec::new());
        }
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.0).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !entry.file_type().with_context(unreadable)?.is_dir() {
                continue;
            }
            let path = entry.path();
            let manifest = Manifest::read(&path);
            listed.push(Listed {
                name,
                path,
                manifest,
            });
        }
        listed.sort_by(|one, other| other.name.cmp(&one.name));
        Ok(listed)
    }

    /// The back-up that `wanted` names: by its name here, or as a path anywhere. Without it the newest that can be read and
    /// that was made at `until` or before.
    pub(crate) fn find(&self, wanted: Option<&Path>, until: Option<Timestamp>) -> Result<Listed> {
        if let Some(wanted) = wanted {
            let here = self.0.join(wanted);
            let path = if here.is_dir() {
                here
            } else {
                wanted.to_owned()
            };
            let name = path.file_name().unwrap_or(path.as_os_str());
            return Ok(Listed {
                name: name.to_string_lossy().into_owned(),
                manifest: Manifest::read(&path),
                path,
            });
        }
        let fits = |it: &Listed| {
            let at = it.made_at();
            at.is_some_and(|at| until.is_none_or(|until| at <= until))
        };
        let newest = self.list()?.into_iter().find(fits);
        newest.with_context(|| {
            let until = until.map_or_else(String::new, |at| format!(" made by {at}"));
            format!("there is no back-up{until} in {}", self.0.display())
        })
    }

    /// Lets nobody else work in the folder, and removes what others left who were killed.
    pub(super) fn turn(&self) -> Result<Turn> {
        files::make_folder(&self.0)?;
        let path = self.0.join(LOCK);
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = opened.with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "somebody else makes or tries a back-up in {}; wait until that has ended",
                self.0.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        let folder = self.clone();
        let turn = Turn {
            folder,
            _file: file,
        };
        turn.clear()?;
        Ok(turn)
    }
}

impl Turn {
    fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(&self.folder.0)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(WORK) {
                let path = entry.path();
                fs::remove_dir_all(&path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// A new folder to work in.
    pub(super) fn work(&self, name: &str) -> Result<Work> {
        let path = self.folder.0.join(format!("{WORK}{name}"));
        files::make_folder(&path)?;
        Ok(Work(path))
    }

    /// Makes what was worked on a back-up, which is there from one moment to the next.
    pub(super) fn finish(&self, work: Work, name: &str) -> Result<()> {
        let target = self.folder.0.join(name);
        if target.exists() {
            bail!("{} is there already", target.display());
        }
        fs::rename(work.path(), &target)
            .with_context(|| format!("cannot make {}", target.display()))?;
        // It has another name now, so nothing is removed.
        drop(work);
        files::sync_folder(&self.folder.0)
    }

    /// Removes the oldest back-ups beyond the newest `keep`; returns their names.
    pub(super) fn prune(&self, keep: usize) -> Result<Vec<String>> {
        let listed = self.folder.list()?;
        let mut pruned = Vec::new();
        for it in out_of_date(listed, keep) {
            // Without its manifest it is none, if what follows is broken off.
            let work = self.folder.0.join(format!("{WORK}{}", it.name));
            fs::rename(&it.path, &work)
                .and_then(|()| fs::remove_dir_all(&work))
                .with_context(|| format!("cannot remove {}", it.path.display()))?;
            pruned.push(it.name);
        }
        Ok(pruned)
    }
}

/// Of back-ups, the newest first, those beyond the newest `keep` that can be read. What cannot be read takes nobody's place
/// and is left for people to look at.
fn out_of_date(listed: Vec<Listed>, keep: usize) -> Vec<Listed> {
    let good = listed.into_iter().filter(|it| it.manifest.is_ok());
    good.skip(keep.max(1)).collect()
}

impl Work {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What is left is removed by whoever works here next.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The name of a back-up begun at `at`: names sort like moments.
pub(super) fn name(at: Timestamp) -> String {
    let text = at.to_string();
    text.chars().filter(|it| !matches!(it, '-' | ':')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backups::manifest::Made;
    use crate::backups::totals::Totals;
    use crate::stores::Engine;

    fn make(folder: &Folder, at: i64) -> String {
        let at = Timestamp::from_micros(at);
        let turn = folder.turn().expect("nobody is at it");
        let work = turn.work("new").expect("made");
        fs::write(work.path().join("a"), "abc").expect("written");
        let made = Made {
            engine: Engine::Sqlite,
            at,
            held_us: 0,
            took_ms: 0,
            totals: Totals::default(),
        };
        let manifest = Manifest::of(work.path(), made).expect("read");
        manifest.write(work.path()).expect("written");
        let name = name(at);
        turn.finish(work, &name).expect("finished");
        name
    }

    fn names(folder: &Folder) -> Vec<String> {
        let listed = folder.list().expect("listed");
        listed.into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn the_newest_stand_first_and_the_oldest_go() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(dir.path().join("backups"));
        assert!(folder.list().expect("none").is_empty());
        let made: Vec<_> = (1..=5).map(|at| make(&folder, at * 1_000_000)).collect();
        assert_eq!(made[0], "19700101T000001.000000Z");
        // One that cannot be read neither goes nor keeps another from staying.
        fs::write(
            dir.path()
                .join("backups")
                .join(&made[3])
                .join("manifest.json"),
            "{",
        )
        .expect("written");
        let turn = folder.turn().expect("nobody is at it");
        assert_eq!(turn.prune(2).expect("pruned"), [&*made[1], &made[0]]);
        assert_eq!(names(&folder), [&*made[4], &made[3], &made[2]]);
        assert!(
            turn.prune(0).expect("pruned").len() == 1,
            "never the last good one"
        );
        assert_eq!(names(&folder), [&*made[4], &made[3]]);
    }

    #[test]
    fn what_was_broken_off_is_no_back_up_and_goes_with_the_next_turn() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(dir.path().to_owned());
        let broken_off = dir.path().join(".work-20260101");
        fs::create_dir_all(broken_off.join("data")).expect("made");
        assert!(folder.list().expect("none").is_empty());
        let turn = folder.turn().expect("nobody is at it");
        assert!(!broken_off.exists());
        let second = folder.turn().expect_err("somebody is");
        assert!(second.to_string().contains("somebody else"), "{second}");
        drop(turn);
        folder.turn().expect("nobody is at it any more");
    }

    #[test]
    fn one_is_found_by_name_by_path_and_by_moment() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(dir.path().to_owned());
        let made: Vec<_> = (1..=3).map(|at| make(&folder, at * 1_000_000)).collect();
        let found = |wanted: Option<&Path>, until: Option<i64>| {
            let found = folder.find(wanted, until.map(Timestamp::from_micros));
            found.map(|it| it.name)
        };
        assert_eq!(found(None, None).expect("found"), made[2]);
        assert_eq!(found(None, Some(2_500_000)).expect("found"), made[1]);
        assert!(found(None, Some(5)).is_err());
        assert_eq!(
            found(Some(Path::new(&made[0])), None).expect("found"),
            made[0]
        );
        let path = dir.path().join(&made[0]);
        let elsewhere = Folder::at(dir.path().join("none"));
        let listed = elsewhere.find(Some(&path), None).expect("found");
        assert!(listed.manifest.is_ok() && listed.name == made[0]);
    }
}
