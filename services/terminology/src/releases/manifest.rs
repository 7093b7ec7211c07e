//! The pointer file: which compiled releases there are, and which one of each system is current.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::file;
use crate::load::SystemKind;

/// Name of the pointer file within the folder of releases.
const FILE: &str = "current.json";
/// Largest pointer file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What the pointer file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// In the order in which they were loaded.
    pub(super) releases: Vec<Entry>,
}

/// One compiled release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Short name of the system.
    pub(super) system: String,
    /// Name of the release.
    pub(super) version: String,
    /// Whether it is the one that answers for its system.
    pub(super) current: bool,
    /// Name of the compiled file, beside the pointer.
    pub(super) file: String,
    /// How many concepts were compiled.
    pub(super) concepts: u32,
    /// How many of them may stand on a claim.
    pub(super) billable: u32,
    /// SHA-256 of the source.
    pub(super) source_sha256: String,
    /// When it was loaded, RFC 3339.
    pub(super) loaded_at: String,
    /// How its sources are read.
    pub(super) kind: SystemKind,
    /// The files it was read from, as they are kept.
    pub(super) sources: Vec<SourceFile>,
}

/// A source file as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SourceFile {
    /// The name it came with.
    pub(super) name: String,
    /// Its name in the folder of sources.
    pub(super) file: String,
    /// Its SHA-256.
    pub(super) sha256: String,
}

/// Tells one state of the pointer file from another without reading it.
pub(super) type Stamp = Option<(SystemTime, u64, u64)>;

impl Manifest {
    /// What the pointer in `folder` says; nothing is loaded where there is none.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let file = match File::open(folder.join(FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text)?;
        serde_json::from_slice(&text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Replaces the pointer in `folder` at once: readers see the old one or the new one.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        file::write(folder, FILE, &text)
    }

    /// The state of the pointer file in `folder`.
    pub(super) fn stamp(folder: &Path) -> Stamp {
        let metadata = std::fs::metadata(folder.join(FILE)).ok()?;
        Some((
            metadata.modified().ok()?,
            metadata.len(),
            file::number(&metadata),
        ))
    }

    /// Puts `entry` in the place of the same release; if it is to be current, no other of its system is any more.
    /// Returns the files that nothing names now.
    pub(super) fn switch_to(&mut self, entry: Entry) -> Vec<String> {
        let same = |it: &Entry| it.system == entry.system && it.version == entry.version;
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.releases)
            .into_iter()
            .partition(same);
        self.releases = kept;
        for other in &mut self.releases {
            other.current &= !(entry.current && other.system == entry.system);
        }
        let files = gone.into_iter().map(|it| it.file);
        let unused = files.filter(|file| *file != entry.file).collect();
        self.releases.push(entry);
        unused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: &str, file: &str) -> Entry {
        Entry {
            system: "icd10cm".to_owned(),
            version: version.to_owned(),
            current: true,
            file: file.to_owned(),
            concepts: 3,
            billable: 1,
            source_sha256: "00".to_owned(),
            loaded_at: "2026-04-01T00:00:00.000000Z".to_owned(),
            kind: SystemKind::Icd10Cm,
            sources: Vec::new(),
        }
    }

    #[test]
    fn one_release_of_a_system_is_current_and_others_stay() {
        let mut manifest = Manifest::default();
        assert!(manifest.switch_to(entry("2025-10-01", "a")).is_empty());
        assert!(manifest.switch_to(entry("2026-04-01", "b")).is_empty());
        assert_eq!(manifest.switch_to(entry("2026-04-01", "c")), ["b"]);
        let seen: Vec<_> = manifest
            .releases
            .iter()
            .map(|it| (it.file.as_str(), it.current))
            .collect();
        assert_eq!(seen, [("a", false), ("c", true)]);
    }

    #[test]
    fn a_pointer_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(
            Manifest::read(folder.path()).expect("none there"),
            Manifest::default()
        );
        let manifest = Manifest {
            releases: vec![entry("2026-04-01", "a")],
        };
        let before = Manifest::stamp(folder.path());
        manifest.write(folder.path()).expect("written");
        assert_ne!(before, Manifest::stamp(folder.path()));
        assert_eq!(Manifest::read(folder.path()).expect("read"), manifest);
    }

    #[test]
    fn a_cut_pointer_is_an_error_and_not_an_empty_one() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), "{\"releases\":[").expect("written");
        assert!(Manifest::read(folder.path()).is_err());
    }
}
