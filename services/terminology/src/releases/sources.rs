//! The source files that releases were compiled from, kept so that another build can compile them anew.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::file;
use super::manifest::SourceFile;
use crate::load::Input;

/// Longest part of a source's name that its kept file carries.
const MAX_NAME: usize = 80;

/// Keeps `inputs` in `folder`; those that are there already stay as they are.
pub(super) fn keep(folder: &Path, inputs: &[Input]) -> io::Result<Vec<SourceFile>> {
    inputs.iter().map(|input| keep_one(folder, input)).collect()
}

fn keep_one(folder: &Path, input: &Input) -> io::Result<SourceFile> {
    let sha256 = sha256(&input.bytes);
    let file = format!("{}-{}", &sha256[..12], plain(&input.name));
    let kept = fs::metadata(folder.join(&file));
    if !kept.is_ok_and(|kept| kept.len() == input.bytes.len() as u64) {
        file::write(folder, &file, &input.bytes)?;
    }
    Ok(SourceFile {
        name: input.name.clone(),
        file,
        sha256,
    })
}

/// Reads kept files again; a file that is gone or changed is an error.
pub(super) fn read(folder: &Path, sources: &[SourceFile]) -> io::Result<Vec<Input>> {
    let read_one = |source: &SourceFile| {
        let bytes = fs::read(folder.join(plain(&source.file)))?;
        if sha256(&bytes) != source.sha256 {
            return Err(io::Error::other(format!("{} has changed", source.file)));
        }
        Ok(Input {
            name: source.name.clone(),
            bytes,
        })
    };
    sources.iter().map(read_one).collect()
}

/// The checksum that names the source of a release: that of its file or, of several files, that of their checksums, one
/// a line.
pub(super) fn sha256_of_all(sources: &[SourceFile]) -> String {
    if let [only] = sources {
        return only.sha256.clone();
    }
    let checksums: Vec<_> = sources.iter().map(|it| it.sha256.as_str()).collect();
    sha256(
        checksums
            .join(
                "
",
            )
            .as_bytes(),
    )
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Each byte as two digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string succeeds");
    }
    text
}

/// The last part of a name, with nothing in it that means something in a path.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') => c,
        _ => '_',
    });
    kept.take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, bytes: &[u8]) -> Input {
        Input {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let inputs = [input("../a b.xml", b"one"), input("order.txt", b"two")];
        let kept = keep(folder.path(), &inputs).expect("kept");
        let again = read(folder.path(), &kept).expect("read");
        assert_eq!(again[0].name, "../a b.xml");
        assert_eq!(again[1].bytes, b"two");
        assert!(kept[0].file.ends_with("-a_b.xml"), "{}", kept[0].file);
        assert_ne!(sha256_of_all(&kept), sha256_of_all(&kept[..1]));
    }

    #[test]
    fn a_kept_file_that_has_changed_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = keep(folder.path(), &[input("a", b"one")]).expect("kept");
        fs::write(folder.path().join(&kept[0].file), b"two").expect("written");
        assert!(read(folder.path(), &kept).is_err());
    }
}
