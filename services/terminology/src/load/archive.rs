//! Files out of what they came in: plain, gzip, or a zip archive (a Python wheel is one).
//!
//! What a file is, its first bytes say, not its name. Members are read into memory only, so no path in an archive leads
//! anywhere. A bound on members, on their size together and on their ratio of compression keeps a small file from
//! becoming a large one.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::Input;
use super::error::{Fault, LoadError};

/// Most bytes that one input may hold, unpacked.
const MAX_UNPACKED: u64 = 512 << 20;
/// Most members of an archive. The official archives have fewer than ten, the wheel fifteen.
const MAX_MEMBERS: usize = 10_000;
/// The most bytes that one packed byte may become. Order files, mostly spaces, reach 12.
const MAX_RATIO: u64 = 100;
/// Unpacked size from which the ratio counts; below it a high one does no harm.
const RATIO_FROM: u64 = 1 << 20;
/// Endings of the members that can hold a code system; others (PDF, code) are passed over unread.
const READABLE: &[&str] = &[".csv", ".json", ".tsv", ".txt", ".xml"];

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";

/// The files that `input` holds: itself, or the readable members of an archive.
pub(super) fn unpack(input: &Input) -> Result<Vec<Input>, LoadError> {
    if input.bytes.starts_with(GZIP) {
        let name = input.name.trim_end_matches(".gz").to_owned();
        let bytes = bounded(
            MultiGzDecoder::new(&input.bytes[..]),
            &input.name,
            input.bytes.len() as u64,
            MAX_UNPACKED,
        )?;
        return Ok(vec![Input { name, bytes }]);
    }
    if input.bytes.starts_with(ZIP) || input.bytes.starts_with(EMPTY_ZIP) {
        return members(input);
    }
    if input.bytes.len() as u64 > MAX_UNPACKED {
        return Err(too_large(&input.name));
    }
    Ok(vec![input.clone()])
}

fn members(input: &Input) -> Result<Vec<Input>, LoadError> {
    let refuse = |error: zip::result::ZipError| {
        let reason = format!("the zip archive cannot be read: {error}");
        LoadError::new(Fault::Content, &input.name, reason)
    };
    let mut archive = ZipArchive::new(Cursor::new(&input.bytes[..])).map_err(refuse)?;
    if archive.len() > MAX_MEMBERS {
        let reason = format!("the archive has more than {MAX_MEMBERS} members");
        return Err(LoadError::new(Fault::Size, &input.name, reason));
    }
    let mut files = Vec::new();
    let mut room = MAX_UNPACKED;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(refuse)?;
        let name = member.name().map_err(refuse)?.to_lowercase();
        if !READABLE.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        let name = format!("{}/{}", input.name, member.name().map_err(refuse)?);
        let packed = member.compressed_size();
        let bytes = bounded(member, &name, packed, room)?;
        room -= bytes.len() as u64;
        files.push(Input { name, bytes });
    }
    Ok(files)
}

/// All of `reader`, unless it is more than `room` or swells beyond the ratio.
fn bounded(reader: impl Read, name: &str, packed: u64, room: u64) -> Result<Vec<u8>, LoadError> {
    let by_ratio = packed.saturating_mul(MAX_RATIO).max(RATIO_FROM);
    let limit = room.min(by_ratio);
    let mut bytes = Vec::new();
    reader
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            let reason = format!("it cannot be unpacked: {error}");
            LoadError::new(Fault::Content, name, reason)
        })?;
    match bytes.len() as u64 > limit {
        false => Ok(bytes),
        true if limit < room => {
            let reason = format!("it unpacks to more than {MAX_RATIO} times its size");
            Err(LoadError::new(Fault::Size, name, reason))
        }
        true => Err(too_large(name)),
    }
}

fn too_large(name: &str) -> LoadError {
    let reason = format!("it holds more than {} MiB", MAX_UNPACKED >> 20);
    LoadError::new(Fault::Size, name, reason)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn input(bytes: Vec<u8>) -> Input {
        Input {
            name: "given".into(),
            bytes,
        }
    }

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_plain_file_is_itself() {
        let files = unpack(&input(b"code,title".to_vec())).unwrap();
        assert_eq!(files[0].bytes, b"code,title");
    }

    #[test]
    fn an_archive_gives_its_readable_members() {
        let bytes = zipped(&[
            ("a/list.XML", b"<a/>"),
            ("manual.pdf", b"%PDF"),
            ("../../out.txt", b"x"),
        ]);
        let files = unpack(&input(bytes)).unwrap();
        let names: Vec<_> = files.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["given/a/list.XML", "given/../../out.txt"]);
    }

    #[test]
    fn a_compressed_file_is_unpacked() {
        assert_eq!(unpack(&input(gzipped(b"<a/>"))).unwrap()[0].bytes, b"<a/>");
    }

    #[test]
    fn refuses_what_swells_without_end() {
        let zeros = vec![0; 32 << 20];
        for bytes in [gzipped(&zeros), zipped(&[("bomb.xml", &zeros)])] {
            assert!(bytes.len() < 64 << 10);
            let error = unpack(&input(bytes)).unwrap_err();
            assert_eq!(error.fault, Fault::Size, "{error}");
        }
    }

    #[test]
    fn a_cut_archive_is_refused_at_every_length() {
        let whole = zipped(&[(
            "list.xml",
            b"<ICD10CM.tabular>text text text</ICD10CM.tabular>",
        )]);
        for length in 4..whole.len() {
            assert!(
                unpack(&input(whole[..length].to_vec())).is_err(),
                "{length}"
            );
        }
        let whole = gzipped(b"<ICD10CM.tabular>text text text</ICD10CM.tabular>");
        for length in 2..whole.len() {
            assert!(
                unpack(&input(whole[..length].to_vec())).is_err(),
                "{length}"
            );
        }
    }
}
