//! Files that are written once and never changed, and their mapping.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

use memmap2::Mmap;

/// Writes `bytes` as `name` into `folder`, durably and at once: whoever looks sees no file, the old one or the whole
/// new one, even if the machine stops meanwhile.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, folder.join(name)))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // The first error is the one to tell; a left-over temporary file is never read.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Maps a file that [`write`] wrote.
#[expect(
    unsafe_code,
    reason = "mapping a file is sound only while nobody changes it, which the compiler cannot see"
)]
pub(super) fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: files of releases are written under a temporary name, renamed into place and never opened for writing
    // again: a new release is a new file, and a removed one lives on until its last mapping ends. Only somebody who
    // edits the data folder by hand could change or cut the bytes below the map.
    unsafe { Mmap::map(&file) }
}

/// The number of the file itself, which a replaced file of equal size and time does not share.
#[cfg(unix)]
pub(super) fn number(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.ino()
}

/// Where files have no number, size and time must do.
#[cfg(not(unix))]
pub(super) fn number(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_an_old_map_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "a", b"first").expect("written");
        let old = map(&folder.path().join("a")).expect("mapped");
        write(folder.path(), "a", b"other").expect("written");
        let new = map(&folder.path().join("a")).expect("mapped");
        assert_eq!((&old[..], &new[..]), (&b"first"[..], &b"other"[..]));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "no temporary file stays");
    }
}
