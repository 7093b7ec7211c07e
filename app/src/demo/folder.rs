//! The data folder of a demo: how it is told from any other, and how it is emptied.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::exit::Refused;

/// Says that the folder is a demo's. It is written before anything else is, and removed never.
const MARKER: &str = "demo.json";
/// The people of the demo with their passwords.
const PEOPLE: &str = "demo-people.txt";
/// Where services keep what is somebody's.
const KEPT: [&str; 5] = ["auth", "hospital", "insurance", "billing", "journeys"];
/// Where releases lie, which are nobody's and stay, and the log of searches.
const TERMINOLOGY: &str = "terminology";
/// How the files of the log of searches begin.
const SEARCHES: &str = "store.db";

/// How far a demo has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// It was begun. Where nobody works on it, it is begun anew.
    Making,
    /// It can be served.
    Ready,
}

/// What the marker says.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    stage: Stage,
}

/// A data folder that is, or may become, a demo's.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder `dir`; nothing is made or changed.
    pub(super) fn of(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    /// How far the demo has come; nothing where there is none.
    pub(super) fn stage(&self) -> Result<Option<Stage>> {
        let path = self.0.join(MARKER);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
        };
        let marker = serde_json::from_str::<Marker>(&text);
        let marker = marker.map_err(|error| {
            Refused::new(
                format!("{} is not as medcover writes it: {error}", path.display()),
                "Remove the folder, or name another with --data.",
            )
        })?;
        Ok(Some(marker.stage))
    }

    /// Refuses a folder that holds what is not a demo's.
    pub(super) fn check_ours(&self) -> Result<()> {
        if self.stage()?.is_some() {
            return Ok(());
        }
        let kept = KEPT.into_iter().find(|kept| self.0.join(kept).exists());
        let searches = || (!self.searches().is_empty()).then_some("searches");
        if let Some(kept) = kept.or_else(searches) {
            return Err(Refused::new(
                format!(
                    "the data folder {} holds data that is not a demo's ({kept})",
                    self.0.display()
                ),
                "Leave --data out, and the demo gets a folder of its own; or name an empty one.",
            )
            .into());
        }
        Ok(())
    }

    /// Begins a demo: whatever there was of one is gone.
    pub(super) fn begin(&self) -> Result<()> {
        self.check_ours()?;
        self.mark(Stage::Making)?;
        for kept in KEPT {
            let path = self.0.join(kept);
            removed(fs::remove_dir_all(&path), &path)?;
        }
        for path in self.searches() {
            removed(fs::remove_file(&path), &path)?;
        }
        let people = self.people();
        removed(fs::remove_file(&people), &people)
    }

    /// From now on the demo can be served.
    pub(super) fn finish(&self) -> Result<()> {
        self.mark(Stage::Ready)
    }

    /// Where people and passwords are written.
    pub(super) fn people(&self) -> PathBuf {
        self.0.join(PEOPLE)
    }

    /// Writes people and passwords where nobody but the owner of the folder reads them.
    pub(super) fn write_people(&self, text: &str) -> Result<()> {
        let path = self.people();
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .with_context(|| format!("cannot write {}", path.display()))
    }

    /// The files of the log of searches.
    fn searches(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.0.join(TERMINOLOGY)).into_iter().flatten();
        let files = files.filter_map(|file| Some(file.ok()?.path()));
        let is_log = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(SEARCHES))
        };
        files.filter(is_log).collect()
    }

    /// Writes the marker whole or not at all.
    fn mark(&self, stage: Stage) -> Result<()> {
        let (path, new) = (self.0.join(MARKER), self.0.join("demo.json.new"));
        let text = serde_json::to_string(&Marker { stage })?;
        let written = File::create(&new).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.0)?.sync_all()
        });
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// `outcome` of removing `path`, which need not have been there.
fn removed(outcome: std::io::Result<()>, path: &Path) -> Result<()> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_data_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("billing")).expect("made");
        let folder = Folder::of(dir.path());
        let refused = folder.begin().expect_err("it is somebody's");
        assert!(refused.to_string().contains("not a demo's (billing)"));
        assert!(dir.path().join("billing").exists());
        assert_eq!(folder.stage().expect("readable"), None);
    }

    #[test]
    fn a_demo_is_emptied_but_for_its_releases() {
        let dir = tempfile::tempdir().expect("a folder");
        let terminology = dir.path().join("terminology");
        fs::create_dir_all(&terminology).expect("made");
        fs::write(terminology.join("2026.release"), "").expect("written");
        let folder = Folder::of(dir.path());
        folder.begin().expect("releases are nobody's");
        assert_eq!(folder.stage().expect("readable"), Some(Stage::Making));
        fs::create_dir_all(dir.path().join("billing/deep")).expect("made");
        fs::write(terminology.join("store.db-wal"), "").expect("written");
        folder.write_people("maria").expect("written");
        folder.finish().expect("written");
        assert_eq!(folder.stage().expect("readable"), Some(Stage::Ready));
        folder.begin().expect("it is a demo's");
        assert!(!dir.path().join("billing").exists() && !folder.people().exists());
        assert!(terminology.join("2026.release").exists());
        assert!(!terminology.join("store.db-wal").exists());
    }

    #[test]
    fn a_marker_of_another_make_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(MARKER), "{}").expect("written");
        let refused = Folder::of(dir.path()).begin().expect_err("it is damaged");
        assert!(refused.is::<Refused>(), "{refused}");
    }
}
