//! From source files to a compiled release that serves.

use std::fs::{self, File};
use std::io::{self, ErrorKind::InvalidData};
use std::path::Path;

use medcover_contract_terminology::ReleaseInfo;
use medcover_kernel::{Clock, Error, ErrorKind, Result};
use medcover_terms::source::Source;
use medcover_terms::{Release, compile};

use super::manifest::{Entry, Manifest, SourceFile};
use super::{Folders, ICD10CM, file, not_writable, sources};
use crate::load::{self, Input, LoadReport, Progress, Quiet, SystemKind};
use crate::tables::{Facts, TableLoad};

/// Held while the pointer is read, changed and replaced, so that two processes that load do not undo one another.
const LOCK: &str = ".lock";

/// What loading did.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The release, which is now the current one of its system.
    pub release: ReleaseInfo,
    /// What was found in the files.
    pub report: LoadReport,
}

/// Reads a release, compiles it and makes it the current one of its system: all of it, or nothing changes.
///
/// `data` is the data folder. A server that runs on it switches within `terminology.watch_ms`. A release of ICD-10-CM is copied to
/// `tables` too, where there are any: it is current there only once its file is whole, and here only once it is there.
pub fn load_release(
    data: &Path,
    inputs: &[Input],
    kind: &SystemKind,
    tables: Option<&mut TableLoad>,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> Result<Loaded> {
    let (source, report) = load::read(inputs, kind, progress)?;
    let folders = Folders::of(data);
    folders.create()?;
    let kept = sources::keep(&folders.sources, inputs)
        .map_err(|error| not_writable(&folders.sources, &error))?;
    progress.begin("Compiling", None);
    let compiled = Compiled::of(&source, kind, kept, true, clock)?;
    progress.finish();
    let mut tables = tables.filter(|_| source.system == ICD10CM);
    if let Some(tables) = &mut tables {
        tables.fill(&source, &compiled.facts(), progress)?;
    }
    let release = compiled.info(&source);
    compiled.publish(&folders, tables.as_deref_mut())?;
    if let Some(tables) = tables {
        tables.index(progress);
    }
    Ok(Loaded { release, report })
}

/// Compiles the kept source of a release again. Returns whether that was possible.
pub(super) fn again(folders: &Folders, entry: &Entry, clock: &dyn Clock) -> bool {
    let label = format!("{} {}", entry.system, entry.version);
    match compile_again(folders, entry, clock) {
        Ok(()) => {
            tracing::info!(release = label, "compiled again from its kept source");
            true
        }
        Err(error) => {
            tracing::error!(release = label, cause = %error, "not compiled again");
            false
        }
    }
}

fn compile_again(folders: &Folders, entry: &Entry, clock: &dyn Clock) -> Result<()> {
    if entry.sources.is_empty() {
        return Err(Error::unavailable("Its source was not kept."));
    }
    let inputs = sources::read(&folders.sources, &entry.sources)
        .map_err(|error| Error::unavailable(format!("Its source cannot be read: {error}.")))?;
    let (source, _) = load::read(&inputs, &entry.kind, &mut Quiet)?;
    let sources = entry.sources.clone();
    let compiled = Compiled::of(&source, &entry.kind, sources, entry.current, clock)?;
    compiled.publish(folders, None)
}

/// A release that was compiled and can be opened, and that nothing points to yet.
struct Compiled {
    bytes: Vec<u8>,
    entry: Entry,
}

impl Compiled {
    fn of(
        source: &Source,
        kind: &SystemKind,
        sources: Vec<SourceFile>,
        current: bool,
        clock: &dyn Clock,
    ) -> Result<Self> {
        let source_sha256 = sources::sha256_of_all(&sources);
        let bytes = compile(source, &source_sha256).map_err(|error| {
            Error::new(ErrorKind::Refused, "release-refused", error.to_string()).with_source(error)
        })?;
        let (concepts, billable) = counts(&bytes)?;
        let entry = Entry {
            system: source.system.clone(),
            version: source.version.clone(),
            current,
            file: file_name(source, &bytes),
            concepts,
            billable,
            source_sha256,
            loaded_at: clock.now().to_string(),
            kind: kind.clone(),
            sources,
        };
        Ok(Self { bytes, entry })
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            source_sha256: &self.entry.source_sha256,
            concepts: self.entry.concepts,
            billable: self.entry.billable,
        }
    }

    fn info(&self, source: &Source) -> ReleaseInfo {
        let Entry {
            system,
            version,
            current,
            concepts,
            billable,
            source_sha256,
            ..
        } = self.entry.clone();
        ReleaseInfo {
            system,
            title: source.title.clone(),
            uri: source.uri.clone(),
            version,
            current,
            concepts,
            billable,
            source_sha256,
        }
    }

    /// Writes the file, lets what is in `tables` be seen, and lets the pointer name the file.
    fn publish(self, folders: &Folders, tables: Option<&mut TableLoad>) -> Result<()> {
        let Self { bytes, entry } = self;
        let failed = |error: io::Error| not_writable(&folders.compiled, &error);
        file::write(&folders.compiled, &entry.file, &bytes).map_err(failed)?;
        if let Some(tables) = tables {
            tables.keep()?;
        }
        switch(folders, entry).map_err(failed)
    }
}

/// What was compiled is opened before anything points to it.
fn counts(bytes: &[u8]) -> Result<(u32, u32)> {
    let release = Release::open(bytes).map_err(Error::internal)?;
    Ok((release.concept_count(), release.billable_count()))
}

fn switch(folders: &Folders, entry: Entry) -> io::Result<()> {
    let lock = File::create(folders.compiled.join(LOCK))?;
    lock.lock()?;
    let mut manifest = match Manifest::read(&folders.compiled) {
        // A pointer that cannot be understood names nothing; loading is the way to mend it.
        Err(error) if error.kind() == InvalidData => Manifest::default(),
        read => read?,
    };
    let unused = manifest.switch_to(entry);
    manifest.write(&folders.compiled)?;
    for file in unused {
        // Whoever has it mapped keeps it; a file that cannot be removed only takes room.
        let _ = fs::remove_file(folders.compiled.join(file));
    }
    Ok(())
}

/// `icd10cm-2026-04-01-5f2c….release`: another content has another name.
fn file_name(source: &Source, bytes: &[u8]) -> String {
    let plain = |text: &str| {
        let kept = text.chars().map(|c| {
            let fits = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            if fits { c } else { '_' }
        });
        kept.take(40).collect::<String>()
    };
    let checksum = super::open::checksum(bytes);
    format!(
        "{}-{}-{:016x}.release",
        plain(&source.system),
        plain(&source.version),
        u64::from_le_bytes(checksum)
    )
}

/// Publishes a release that has no source files.
#[cfg(test)]
pub(crate) fn publish_source(data: &Path, source: &Source, clock: &dyn Clock) -> ReleaseInfo {
    let folders = Folders::of(data);
    folders.create().expect("a folder to write to");
    let kind = SystemKind::Icd10Cm;
    let compiled = Compiled::of(source, &kind, Vec::new(), true, clock).expect("compiles");
    let info = compiled.info(source);
    compiled.publish(&folders, None).expect("it is written");
    info
}
