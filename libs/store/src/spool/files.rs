//! The files of a spool, and its folder.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use medcover_kernel::Timestamp;
use uuid::Uuid;

use super::record::{Contents, End};

/// What the names of files end with.
const SUFFIX: &str = ".spool";
/// What is put behind the name of one that is not what was written.
const SET_ASIDE: &str = ".damaged";

/// Names a file of a spool: in the order in which they were begun, by the id that its records bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileName {
    pub(super) number: u64,
    pub(super) id: Uuid,
}

/// A file of a spool, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolFile {
    /// Its name in the folder.
    pub name: String,
    /// Records that are whole.
    pub records: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// When the first of them was kept.
    pub oldest: Option<Timestamp>,
    /// Whether a record has no end: it is being written, or its writer was killed before anybody was told of it.
    pub torn: bool,
    /// Why the rest cannot be read, where it cannot.
    pub fault: Option<String>,
}

impl FileName {
    pub(super) fn text(self) -> String {
        format!("{:010}-{}{SUFFIX}", self.number, self.id)
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, id) = text.strip_suffix(SUFFIX)?.split_once('-')?;
        let name = Self {
            number: number.parse().ok()?,
            id: id.parse().ok()?,
        };
        (name.text() == text).then_some(name)
    }

    pub(super) fn within(self, folder: &Path) -> PathBuf {
        folder.join(self.text())
    }
}

/// What lies in the folder of a spool, read but not changed; nothing where there is no folder.
///
/// Errors: the folder or a file of it cannot be read.
pub fn spool_files(folder: &Path) -> io::Result<Vec<SpoolFile>> {
    let (names, strangers) = list(folder)?;
    let mut files = Vec::with_capacity(names.len() + strangers.len());
    for name in names {
        let contents = match read(folder, name) {
            // It was relayed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            contents => contents?,
        };
        files.push(SpoolFile {
            name: name.text(),
            records: contents.records.len() as u64,
            bytes: contents.whole as u64,
            oldest: contents.records.first().map(|it| it.at),
            torn: contents.end == End::Torn,
            fault: contents.end.fault(),
        });
    }
    files.extend(strangers.into_iter().map(|name| SpoolFile {
        records: 0,
        bytes: 0,
        oldest: None,
        torn: false,
        fault: Some(stranger(&name)),
        name,
    }));
    Ok(files)
}

/// What is to be said of something in the folder that is not relayed.
pub(super) fn stranger(name: &str) -> String {
    if name.ends_with(SET_ASIDE) {
        "it was set aside, because not all of it could be relayed".to_owned()
    } else {
        "it is no file of a spool".to_owned()
    }
}

impl End {
    pub(super) fn fault(self) -> Option<String> {
        match self {
            Self::Clean | Self::Torn => None,
            Self::Damaged(what) => Some(what),
        }
    }
}

/// The files in the order in which they were begun, and the names of whatever else there is.
pub(super) fn list(folder: &Path) -> io::Result<(Vec<FileName>, Vec<String>)> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Vec::new(), Vec::new()));
        }
        entries => entries?,
    };
    let (mut names, mut strangers) = (Vec::new(), Vec::new());
    for entry in entries {
        let text = entry?.file_name().to_string_lossy().into_owned();
        match FileName::parse(&text) {
            Some(name) => names.push(name),
            None => strangers.push(text),
        }
    }
    names.sort_unstable();
    strangers.sort_unstable();
    Ok((names, strangers))
}

pub(super) fn read(folder: &Path, name: FileName) -> io::Result<Contents> {
    Ok(Contents::read(name.id, &fs::read(name.within(folder))?))
}

/// Makes a file that nobody else can look into, and waits until its name is on the disk.
pub(super) fn create(folder: &Path, name: FileName) -> io::Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut options = OpenOptions::new();
    let file = options.append(true).create_new(true).mode(0o600);
    let file = file.open(name.within(folder))?;
    sync(folder)?;
    if let Some(parent) = folder.parent() {
        sync(parent)?;
    }
    Ok(file)
}

/// Takes off what a writer that was killed has left behind the last whole record.
pub(super) fn cut(folder: &Path, name: FileName, whole: usize) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(name.within(folder))?;
    file.set_len(whole as u64)?;
    file.sync_all()
}

pub(super) fn remove(folder: &Path, name: FileName) -> io::Result<()> {
    fs::remove_file(name.within(folder))?;
    sync(folder)
}

/// Renames a file that is not what was written, so that nobody relays it again.
pub(super) fn set_aside(folder: &Path, name: FileName) -> io::Result<()> {
    let aside = format!("{}{SET_ASIDE}", name.text());
    fs::rename(name.within(folder), folder.join(aside))?;
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
