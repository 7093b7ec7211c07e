//! What a back-up says of itself. It is written last, so that what has one is whole.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail, ensure};
use medcover_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files::{self, KeptFile, digest};
use super::totals::Totals;
use crate::stores::Engine;

/// The file's name within the back-up.
pub(super) const FILE: &str = "manifest.json";
/// The largest that is read.
const MAX_BYTES: u64 = 64 << 20;
/// What kind of file it is.
const KIND: &str = "medcover-backup";
/// The form of back-ups that this program makes; it reads no later one.
const FORMAT: u32 = 1;

/// What a back-up says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    kind: String,
    format: u32,
    /// The version of the program that made it.
    pub(crate) medcover: String,
    /// The version of the tables that every store has.
    tables: u16,
    /// What keeps the state.
    pub(crate) engine: Engine,
    /// The moment that it shows. On PostgreSQL, that at which the server had been copied.
    #[serde(with = "moment")]
    pub(crate) made_at: Timestamp,
    /// How long it took to make, in milliseconds.
    pub(crate) took_ms: u64,
    /// How long writers stood still for it, in microseconds.
    pub(crate) held_us: u64,
    /// Where the state stood. On PostgreSQL, before the copy began: it has all of that, and what was written meanwhile.
    pub(crate) totals: Totals,
    /// Folders, which may be empty.
    pub(crate) folders: Vec<String>,
    /// Files.
    pub(crate) files: Vec<KeptFile>,
}

/// The whole file: the manifest, and what shows that it was not changed by accident.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sha256: String,
    manifest: Manifest,
}

/// What a back-up has, and how it was made.
pub(super) struct Made {
    pub(super) engine: Engine,
    pub(super) at: Timestamp,
    pub(super) held_us: u64,
    pub(super) took_ms: u64,
    pub(super) totals: Totals,
}

impl Manifest {
    /// Of what lies in `root`.
    pub(super) fn of(root: &Path, made: Made) -> Result<Self> {
        let (folders, files) = files::contents(root)?;
        Ok(Self {
            kind: KIND.to_owned(),
            format: FORMAT,
            medcover: env!("CARGO_PKG_VERSION").to_owned(),
            tables: medcover_store::CORE_VERSION,
            engine: made.engine,
            made_at: made.at,
            took_ms: made.took_ms,
            held_us: made.held_us,
            totals: made.totals,
            folders,
            files,
        })
    }

    /// Writes it into `root`, durably.
    pub(super) fn write(&self, root: &Path) -> Result<()> {
        let sealed = Sealed {
            sha256: self.seal()?,
            manifest: self.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&sealed)?;
        text.push(b'\n');
        files::write(&root.join(FILE), &text)?;
        Ok(())
    }

    /// That of the back-up in `root`, unless it is damaged, is none, or a later program made it.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let bytes = fs::metadata(&path).map(|it| it.len());
        let bytes = bytes.with_context(|| format!("there is no back-up in {}", root.display()))?;
        let place = path.display();
        ensure!(bytes <= MAX_BYTES, "{place} is too large for a manifest");
        let text = fs::read(&path).with_context(|| format!("cannot read {place}"))?;
        let value: Value = serde_json::from_slice(&text)
            .with_context(|| format!("{place} is damaged: it is no JSON"))?;
        let manifest = &value["manifest"];
        if manifest["kind"] != KIND {
            bail!("{place} is not of a back-up that medcover made");
        }
        let newer = |key: &str, known: u32| manifest[key].as_u64() > Some(known.into());
        if newer("format", FORMAT) || newer("tables", medcover_store::CORE_VERSION.into()) {
            let by = manifest["medcover"].as_str().unwrap_or("?");
            bail!(
                "the back-up was made by medcover {by}, which is newer than this one: restore it with that"
            );
        }
        let sealed: Sealed =
            serde_json::from_value(value).with_context(|| format!("{place} is damaged"))?;
        let manifest = sealed.manifest;
        ensure!(
            manifest.seal()? == sealed.sha256,
            "{place} is damaged: it is not as it was written"
        );
        manifest.check_paths()?;
        Ok(manifest)
    }

    fn seal(&self) -> Result<String> {
        Ok(digest(&serde_json::to_vec(self)?))
    }

    /// Nothing that it names lies outside the back-up.
    fn check_paths(&self) -> Result<()> {
        let files = self.files.iter().map(|file| &file.path);
        for path in self.folders.iter().chain(files) {
            let mut parts = Path::new(path).components();
            let plain = parts.all(|part| matches!(part, Component::Normal(_)));
            ensure!(
                plain && !path.is_empty(),
                "the manifest names {path:?}, which is outside the back-up"
            );
        }
        Ok(())
    }

    /// How many bytes its files have.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Moments as RFC 3339.
mod moment {
    use medcover_kernel::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        let at: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Timestamp::from_micros(at.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path) -> Manifest {
        fs::create_dir(folder.join("data")).expect("made");
        fs::write(folder.join("data/a"), "abc").expect("written");
        let made = Made {
            engine: Engine::Sqlite,
            at: Timestamp::from_micros(1_775_001_600_000_001),
            held_us: 3,
            took_ms: 4,
            totals: Totals::default(),
        };
        let manifest = Manifest::of(folder, made).expect("read");
        manifest.write(folder).expect("written");
        manifest
    }

    fn refusal(folder: &Path, from: &str, to: &str) -> String {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        let refused = Manifest::read(folder).expect_err("it is refused");
        fs::write(&path, text).expect("written");
        refused.to_string()
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = written(folder.path());
        assert_eq!(Manifest::read(folder.path()).expect("read"), manifest);
        assert_eq!((manifest.bytes(), &*manifest.files[0].path), (3, "data/a"));
    }

    #[test]
    fn what_is_damaged_foreign_or_newer_is_refused_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        written(folder.path());
        let of = |from, to| refusal(folder.path(), from, to);
        assert!(of("\"held_us\": 3", "\"held_us\": 4").contains("not as it was written"));
        assert!(of("\"manifest\"", "\"manifesto\"").contains("not of a back-up that medcover"));
        assert!(of("medcover-backup", "another-backup").contains("not of a back-up that medcover"));
        assert!(of("\"format\": 1", "\"format\": 2").contains("newer than this one"));
        assert!(of("\"tables\": ", "\"tables\": 9").contains("newer than this one"));
        assert!(of("\"sha256\"", "\"sha25\"").contains("is damaged"));
        assert!(of("{", "").contains("it is no JSON"));
        let empty = tempfile::tempdir().expect("a folder");
        let none = Manifest::read(empty.path()).expect_err("there is none");
        assert!(
            none.to_string().contains("there is no back-up in"),
            "{none}"
        );
    }

    #[test]
    fn it_names_nothing_outside_the_back_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = written(folder.path());
        for hostile in ["../a", "/etc/passwd", "data/../../a", ""] {
            let mut other = manifest.clone();
            other.files[0].path = hostile.to_owned();
            fs::remove_file(folder.path().join(FILE)).expect("removed");
            other.write(folder.path()).expect("written");
            let refused = Manifest::read(folder.path()).expect_err("it is refused");
            assert!(refused.to_string().contains("outside"), "{refused}");
        }
    }
}
