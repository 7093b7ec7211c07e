//! Files of back-ups: copied, hashed and put on the disk.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How much is read at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// Folders within folders are followed so deep.
const MAX_DEPTH: usize = 16;

/// A file of a back-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptFile {
    /// Its path within the back-up.
    pub(crate) path: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its SHA-256.
    pub(crate) sha256: String,
}

impl KeptFile {
    /// Says what is wrong with the file, if it is not as it was written.
    pub(super) fn verify(&self, root: &Path) -> Result<()> {
        let path = root.join(&self.path);
        let mut file = File::open(&path).with_context(|| format!("{} is missing", self.path))?;
        self.check(pass(&mut file, &mut io::sink())?)
    }

    /// Copies it from one folder to the other, durably, and says what is wrong with it.
    pub(super) fn restore(&self, from: &Path, to: &Path) -> Result<()> {
        let source = from.join(&self.path);
        let mut file = File::open(&source).with_context(|| format!("{} is missing", self.path))?;
        let target = to.join(&self.path);
        let copied = keep(&mut file, &target);
        self.check(copied.with_context(|| format!("cannot write {}", target.display()))?)
    }

    fn check(&self, (bytes, sha256): (u64, String)) -> Result<()> {
        if bytes != self.bytes {
            bail!(
                "{} has {bytes} bytes instead of {}: it was cut or went on",
                self.path,
                self.bytes
            );
        }
        if sha256 != self.sha256 {
            bail!(
                "{} is not what was written: its checksum differs",
                self.path
            );
        }
        Ok(())
    }
}

/// Makes a folder that its owner alone can look into, and those above it.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("cannot make {}", path.display()))
}

/// Copies the first `bytes` of a file, or all of it, to where its owner alone can read it; durably.
pub(super) fn copy(from: &Path, to: &Path, bytes: Option<u64>) -> Result<()> {
    let copied = File::open(from).and_then(|file| {
        let mut file = file.take(bytes.unwrap_or(u64::MAX));
        keep(&mut file, to)
    });
    copied
        .map(drop)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Writes a file, durably.
pub(super) fn write(path: &Path, mut bytes: &[u8]) -> Result<()> {
    let written = keep(&mut bytes, path);
    written
        .map(drop)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn keep(from: &mut impl Read, to: &Path) -> io::Result<(u64, String)> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    let kept = pass(from, &mut file)?;
    file.sync_all()?;
    Ok(kept)
}

/// Hands everything on; its length and SHA-256.
fn pass(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            let hash: [u8; 32] = hasher.finalize().into();
            return Ok((bytes, hex(&hash)));
        }
        hasher.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        bytes += read as u64;
    }
}

/// The SHA-256 of `bytes`, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    hex(&hash)
}

/// `bytes` in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Every folder and file below `root`, by path; what is neither is refused.
pub(super) fn contents(root: &Path) -> Result<(Vec<String>, Vec<KeptFile>)> {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    gather(root, "", 0, &mut folders, &mut files)?;
    folders.sort();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((folders, files))
}

fn gather(
    root: &Path,
    below: &str,
    depth: usize,
    folders: &mut Vec<String>,
    files: &mut Vec<KeptFile>,
) -> Result<()> {
    let at = root.join(below);
    let unreadable = || format!("cannot read {}", at.display());
    if depth > MAX_DEPTH {
        bail!("{} lies too deep", at.display());
    }
    for entry in fs::read_dir(&at).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name().into_string();
        let Ok(name) = name else {
            bail!("{} has a file whose name is no UTF-8", at.display());
        };
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type().with_context(unreadable)?;
        if kind.is_dir() {
            gather(root, &path, depth + 1, folders, files)?;
            folders.push(path);
        } else if kind.is_file() {
            let mut file = File::open(entry.path()).with_context(unreadable)?;
            let (bytes, sha256) = pass(&mut file, &mut io::sink()).with_context(unreadable)?;
            let kept = KeptFile {
                path,
                bytes,
                sha256,
            };
            files.push(kept);
        } else {
            bail!("{path} is neither file nor folder, and cannot be backed up");
        }
    }
    Ok(())
}

/// Puts what a folder lists on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("cannot put {} on the disk", path.display()))
}

/// Puts a whole tree on the disk, files that another program wrote too.
pub(super) fn sync_tree(root: &Path) -> Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(root)
}
