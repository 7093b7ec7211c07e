//! The file of a month past its time: CSV, compressed, with its checksum beside it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use medcover_store::Value;
use sha2::{Digest as _, Sha256};

use crate::releases::hex;

const HEADER: [&str; 6] = ["searched_at", "id", "operation", "query", "hits", "took_us"];
/// Files of one month, at most: rows that come late make one more.
const MOST: usize = 1_000;

/// What is written goes on to the file and into the checksum.
struct Summed {
    file: File,
    sum: Sha256,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that is being written under a name that nobody reads; gone when it is dropped.
pub(super) struct Archive {
    rows: csv::Writer<GzEncoder<Summed>>,
    count: i64,
    files: Files,
}

/// Where it is written, and where it is to lie.
struct Files {
    temporary: PathBuf,
    whole: PathBuf,
    sum: PathBuf,
    stays: bool,
}

/// A whole file; gone when it is dropped, unless it is to be kept.
pub(super) struct Archived {
    files: Files,
    /// How many rows it has.
    pub(super) rows: i64,
    /// The checksum of the compressed file.
    pub(super) sha256: String,
}

impl Archive {
    /// Begins the file of `partition` in `folder`, which is made where it is missing.
    pub(super) fn begin(folder: &Path, partition: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let files = Files::of(folder, partition)?;
        let summed = Summed {
            file: File::create(&files.temporary)?,
            sum: Sha256::new(),
        };
        let mut rows = csv::Writer::from_writer(GzEncoder::new(summed, Compression::default()));
        rows.write_record(HEADER)?;
        let count = 0;
        Ok(Self { rows, count, files })
    }

    /// Adds rows, their cells in the order of the header.
    pub(super) fn write(&mut self, rows: &[Vec<Value>]) -> io::Result<()> {
        for row in rows {
            self.rows.write_record(row.iter().map(text))?;
            self.count += 1;
        }
        Ok(())
    }

    /// Ends the file, reads it back, and puts it in its place with its checksum, all of it on the disk.
    pub(super) fn finish(self) -> io::Result<Archived> {
        let Self { rows, count, files } = self;
        let compressed = rows.into_inner().map_err(csv::IntoInnerError::into_error)?;
        let Summed { file, sum } = compressed.finish()?;
        file.sync_all()?;
        let sha256 = hex(&sum.finalize());
        if sum_of(&files.temporary)? != sha256 {
            return Err(io::Error::other("the file is not as it was written"));
        }
        let archived = Archived {
            files,
            rows: count,
            sha256,
        };
        archived.place()?;
        Ok(archived)
    }
}

impl Archived {
    /// The name of the file in its folder.
    pub(super) fn name(&self) -> &str {
        let name = self.files.whole.file_name().and_then(OsStr::to_str);
        name.unwrap_or_default()
    }

    /// Lets it stay.
    pub(super) fn keep(mut self) {
        self.files.stays = true;
    }

    fn place(&self) -> io::Result<()> {
        let files = &self.files;
        let line = format!("{}  {}\n", self.sha256, self.name());
        let mut sum = File::create_new(&files.sum)?;
        sum.write_all(line.as_bytes())?;
        sum.sync_all()?;
        fs::rename(&files.temporary, &files.whole)?;
        match files.whole.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

impl Files {
    /// Of the first name that is free.
    fn of(folder: &Path, partition: &str) -> io::Result<Self> {
        for number in 1..=MOST {
            let name = match number {
                1 => format!("{partition}.csv.gz"),
                number => format!("{partition}-{number}.csv.gz"),
            };
            let (whole, sum) = (folder.join(&name), folder.join(format!("{name}.sha256")));
            if !whole.try_exists()? && !sum.try_exists()? {
                let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
                let stays = false;
                return Ok(Self {
                    temporary,
                    whole,
                    sum,
                    stays,
                });
            }
        }
        Err(io::Error::other(format!(
            "{partition} has {MOST} files already"
        )))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What cannot be removed is of no consequence: nothing is read from here.
        let _ = fs::remove_file(&self.temporary);
        if !self.stays {
            let _ = fs::remove_file(&self.whole);
            let _ = fs::remove_file(&self.sum);
        }
    }
}

fn sum_of(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut Digesting(&mut sum))?;
    Ok(hex(&sum.finalize()))
}

/// Bytes on their way into a checksum.
struct Digesting<'a>(&'a mut Sha256);

impl Write for Digesting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Timestamp(at) => at.to_string(),
        Value::Id(id) => id.to_string(),
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Null | Value::Boolean(_) | Value::Json(_) | Value::Bytes(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn row(query: &str) -> Vec<Value> {
        let at = medcover_kernel::Timestamp::from_micros(0);
        let number = Value::Integer(7);
        vec![
            at.into(),
            uuid::Uuid::nil().into(),
            "search_icd10".into(),
            query.into(),
            number.clone(),
            number,
        ]
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = folder
            .read_dir()
            .expect("a folder")
            .map(|it| it.expect("a file").file_name());
        let mut names: Vec<_> = names.map(|it| it.into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn a_whole_file_has_every_row_and_its_checksum_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut archive = Archive::begin(folder.path(), "search_logs_2026_08").expect("it begins");
        archive
            .write(&[row("a, \"b\"\nc"), row("ß")])
            .expect("there is room");
        let archived = archive.finish().expect("it ends");
        assert_eq!(
            (archived.rows, archived.name()),
            (2, "search_logs_2026_08.csv.gz")
        );
        let sum = archived.sha256.clone();
        archived.keep();
        let kept = [
            "search_logs_2026_08.csv.gz",
            "search_logs_2026_08.csv.gz.sha256",
        ];
        assert_eq!(names(folder.path()), kept);
        let line = fs::read_to_string(folder.path().join(kept[1])).expect("text");
        assert_eq!(line, format!("{sum}  {}\n", kept[0]));
        let mut text = String::new();
        let file = File::open(folder.path().join(kept[0])).expect("a file");
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .expect("text");
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(rows.headers().expect("a header"), &HEADER[..]);
        let queries: Vec<_> = rows
            .records()
            .map(|it| it.expect("a row")[3].to_owned())
            .collect();
        assert_eq!(queries, ["a, \"b\"\nc", "ß"]);
    }

    #[test]
    fn what_is_not_kept_is_gone_and_what_is_kept_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let begin = || Archive::begin(folder.path(), "search_logs_2026_08").expect("it begins");
        drop(begin());
        drop(begin().finish().expect("it ends"));
        assert!(names(folder.path()).is_empty());
        begin().finish().expect("it ends").keep();
        begin().finish().expect("it ends").keep();
        let second = "search_logs_2026_08-2.csv.gz".to_owned();
        assert_eq!(names(folder.path()).len(), 4);
        assert!(names(folder.path()).contains(&second));
    }
}
