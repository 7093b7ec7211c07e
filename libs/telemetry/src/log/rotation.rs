//! A file that makes way for the next when it is full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::buffer::Output;

/// `medcover.log`, and `medcover.log.1` to `.4` from newest to oldest.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    max_bytes: u64,
    files: u32,
}

impl RotatingFile {
    /// Goes on at the end of `path`; keeps `files` files of `max_bytes`, the present one included.
    pub(super) fn open(path: &Path, max_bytes: u64, files: u32) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = append_to(path)?;
        Ok(Self {
            path: path.to_owned(),
            bytes: file.metadata()?.len(),
            file,
            max_bytes,
            files,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.files == 1 {
            self.file.set_len(0)?;
            self.bytes = 0;
            return Ok(());
        }
        // Renaming replaces its target, so the oldest goes by itself.
        for number in (1..self.files - 1).rev() {
            let from = self.numbered(number);
            if from.exists() {
                fs::rename(from, self.numbered(number + 1))?;
            }
        }
        fs::rename(&self.path, self.numbered(1))?;
        self.file = append_to(&self.path)?;
        self.bytes = 0;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }

    /// How many of the bytes of `lines` the present file takes: whole lines only, and one line at least when the file is
    /// empty.
    fn fitting(&self, lines: &[u8]) -> usize {
        let room = usize::try_from(self.max_bytes.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        let newline = |&byte: &u8| byte == b'\n';
        match lines[..room].iter().rposition(newline) {
            Some(end) => end + 1,
            None if self.bytes > 0 => 0,
            None => lines
                .iter()
                .position(newline)
                .map_or(lines.len(), |end| end + 1),
        }
    }
}

impl Output for RotatingFile {
    fn write_lines(&mut self, mut lines: &[u8]) -> io::Result<()> {
        while !lines.is_empty() {
            let (now, later) = lines.split_at(self.fitting(lines));
            self.file.write_all(now)?;
            self.bytes += now.len() as u64;
            lines = later;
            if !lines.is_empty() {
                self.rotate()?;
            }
        }
        Ok(())
    }
}

/// Only the owner and the group read logs.
fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn keeps_the_newest_files_and_never_splits_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("logs/medcover.log");
        let mut log = RotatingFile::open(&path, 13, 3).expect("a file");
        for number in 0..10 {
            log.write_lines(format!("line {number}\nand {number}\n").as_bytes())
                .expect("written");
        }
        assert_eq!(text(&path), "line 9\nand 9\n");
        assert_eq!(text(&log.numbered(1)), "line 8\nand 8\n");
        assert_eq!(text(&log.numbered(2)), "line 7\nand 7\n");
        assert!(!log.numbered(3).exists());
    }

    #[test]
    fn one_chunk_may_fill_several_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("medcover.log");
        let mut log = RotatingFile::open(&path, 10, 5).expect("a file");
        log.write_lines(b"1234567\n1234567890123\nab\ncd\n")
            .expect("written");
        assert_eq!(text(&log.numbered(2)), "1234567\n");
        assert_eq!(text(&log.numbered(1)), "1234567890123\n");
        assert_eq!(text(&path), "ab\ncd\n");
    }

    #[test]
    fn goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("medcover.log");
        for _ in 0..2 {
            let mut log = RotatingFile::open(&path, 10, 2).expect("a file");
            log.write_lines(b"123456\n").expect("written");
        }
        assert_eq!(text(&path), "123456\n");
        assert_eq!(text(&folder.path().join("medcover.log.1")), "123456\n");
    }

    #[test]
    fn a_single_file_begins_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("medcover.log");
        let mut log = RotatingFile::open(&path, 10, 1).expect("a file");
        log.write_lines(b"123456\nabcdef\n").expect("written");
        assert_eq!(text(&path), "abcdef\n");
    }
}
