//! A release that is open, with what is worked out once when it is opened.

use std::fmt;
use std::io;
use std::path::Path;

use medcover_contract_terminology::{ReleaseInfo, Strategy};
use medcover_kernel::Error;
use medcover_terms::source::{Level, Source};
use medcover_terms::{Concept, ConceptId, OpenError, Release, compile_part};

use super::bytes::Bytes;
use super::file;
use super::manifest::Entry;
use crate::app;
use crate::load::SystemKind;

/// Where the file's own checksum stands.
const CHECKSUM: std::ops::Range<usize> = 24..32;

/// An open release.
pub struct OpenRelease {
    release: Release<Bytes>,
    entry: Entry,
    label: String,
    tag: [u8; 8],
    chapters: Vec<Chapter>,
    /// Strategies that found nothing for it because they failed, where it is a part.
    failed: Vec<Strategy>,
}

/// A chapter, and the spans of categories by which it may be asked for.
#[derive(Clone, Debug)]
pub(crate) struct Chapter {
    pub(crate) number: u8,
    pub(crate) concept: ConceptId,
    /// `A00-B99`, as its title says and as its categories show.
    pub(crate) ranges: Vec<String>,
    pub(crate) total_codes: u32,
    pub(crate) active_codes: u32,
    pub(crate) billable_codes: u32,
}

/// Why a compiled release is not opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotOpened {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Refused(#[from] OpenError),
    #[error("it holds {found}, where {expected} was loaded")]
    Other { expected: String, found: String },
}

impl OpenRelease {
    /// Maps and checks the file that `entry` names.
    pub(super) fn open(folder: &Path, entry: &Entry) -> Result<Self, NotOpened> {
        let map = file::map(&folder.join(&entry.file))?;
        let tag = checksum(&map);
        let release = Release::open(Bytes::Mapped(map))?;
        let identity = release.identity();
        if (identity.system.as_str(), identity.version.as_str())
            != (entry.system.as_str(), entry.version.as_str())
        {
            return Err(NotOpened::Other {
                expected: format!("{} {}", entry.system, entry.version),
                found: format!("{} {}", identity.system, identity.version),
            });
        }
        let label = format!("{} {}", identity.system, identity.version);
        let chapters = survey(&release);
        Ok(Self {
            release,
            entry: entry.clone(),
            label,
            tag,
            chapters,
            failed: Vec::new(),
        })
    }

    /// A part of the current release of ICD-10-CM, compiled to answer one question.
    pub(crate) fn of_source(source: &Source) -> medcover_kernel::Result<Self> {
        let bytes = compile_part(source).map_err(Error::internal)?;
        Self::of_bytes(bytes.into()).map_err(Error::internal)
    }

    /// The same from what it was compiled to.
    pub(crate) fn of_bytes(bytes: bytes::Bytes) -> Result<Self, OpenError> {
        let tag = checksum(&bytes);
        let release = Release::open(Bytes::Held(bytes))?;
        let identity = release.identity();
        let entry = Entry {
            system: identity.system.clone(),
            version: identity.version.clone(),
            current: true,
            file: String::new(),
            concepts: release.concept_count(),
            billable: release.billable_count(),
            source_sha256: String::new(),
            loaded_at: String::new(),
            kind: SystemKind::Icd10Cm,
            sources: Vec::new(),
        };
        Ok(Self {
            label: format!("{} {}", entry.system, entry.version),
            chapters: survey(&release),
            release,
            entry,
            tag,
            failed: Vec::new(),
        })
    }

    /// The same, to which `failed` could add nothing.
    pub(crate) fn without(self, failed: Vec<Strategy>) -> Self {
        Self { failed, ..self }
    }

    /// Strategies that could add nothing to it.
    pub(crate) fn failed(&self) -> &[Strategy] {
        &self.failed
    }

    /// The release itself.
    pub fn release(&self) -> &Release<Bytes> {
        &self.release
    }

    /// Short name of the system.
    pub fn system(&self) -> &str {
        &self.entry.system
    }

    /// `icd10cm 2026-04-01`, as answers name it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Names the exact content: another file, another tag.
    pub fn tag(&self) -> &[u8; 8] {
        &self.tag
    }

    /// What callers may know of it.
    pub fn info(&self) -> ReleaseInfo {
        let identity = self.release.identity();
        ReleaseInfo {
            system: identity.system.clone(),
            title: identity.title.clone(),
            uri: identity.uri.clone(),
            version: identity.version.clone(),
            current: self.entry.current,
            concepts: self.release.concept_count(),
            billable: self.release.billable_count(),
            source_sha256: identity.source_sha256.clone(),
        }
    }

    /// Whether it answers right: it holds as many concepts as were loaded, and its last code is found by lookup and
    /// first by search. The error says what does not hold.
    pub fn verify(&self) -> Result<(), String> {
        let Self { release, label, .. } = self;
        let counts = (release.concept_count(), release.billable_count());
        if counts != (self.entry.concepts, self.entry.billable) {
            return Err(format!(
                "{label} does not hold as many concepts as were loaded."
            ));
        }
        let Some(concept) = release.concepts().last() else {
            return Err(format!("{label} is empty."));
        };
        let (id, code) = (concept.id(), concept.code());
        if release.find(code).map(|it| it.id()) != Some(id) {
            return Err(format!("{label} does not find its own code {code}."));
        }
        if !app::probe(self, code, id) {
            return Err(format!(
                "{label} does not find its own code {code} by search."
            ));
        }
        Ok(())
    }

    pub(super) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Chapters in the order of the release; none in a system without chapters.
    pub(crate) fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    /// The chapter that `text` names by its number or by its range.
    pub(crate) fn chapter_named(&self, text: &str) -> Option<u8> {
        let wanted: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| if c == '\u{2013}' { '-' } else { c })
            .collect();
        let mut chapters = self.chapters.iter();
        let has_range = |range: &String| range.eq_ignore_ascii_case(&wanted);
        let found = match wanted.parse::<u8>() {
            Ok(number) => chapters.find(|it| it.number == number),
            Err(_) => chapters.find(|it| it.ranges.iter().any(has_range)),
        };
        found.map(|it| it.number)
    }
}

impl fmt::Debug for OpenRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenRelease")
            .field("label", &self.label)
            .field("file", &self.entry.file)
            .finish_non_exhaustive()
    }
}

pub(super) fn checksum(file: &[u8]) -> [u8; 8] {
    let mut tag = [0; 8];
    if let Some(found) = file.get(CHECKSUM) {
        tag.copy_from_slice(found);
    }
    tag
}

/// One walk over all concepts for the figures of the chapters.
fn survey(release: &Release<Bytes>) -> Vec<Chapter> {
    let mut chapters = Vec::<Chapter>::new();
    let mut spans = Vec::<Option<(&str, &str)>>::new();
    for concept in release.concepts() {
        if concept.level() == Level::Chapter && concept.chapter() > 0 {
            chapters.push(Chapter::of(&concept));
            spans.push(None);
        }
        if concept.level() < Level::Category {
            continue;
        }
        let place = chapters
            .iter()
            .rposition(|it| it.number == concept.chapter());
        if let Some(place) = place {
            chapters[place].count(&concept);
            if concept.level() == Level::Category {
                let code = concept.code();
                let (first, last) = spans[place].unwrap_or((code, code));
                spans[place] = Some((first.min(code), last.max(code)));
            }
        }
    }
    for (chapter, span) in chapters.iter_mut().zip(spans) {
        let shown = span.map(|(first, last)| format!("{first}-{last}"));
        chapter.ranges.extend(shown);
    }
    chapters
}

impl Chapter {
    fn of(concept: &Concept<'_>) -> Self {
        Self {
            number: concept.chapter(),
            concept: concept.id(),
            ranges: range_in(concept.title()).into_iter().collect(),
            total_codes: 0,
            active_codes: 0,
            billable_codes: 0,
        }
    }

    fn count(&mut self, concept: &Concept<'_>) {
        self.total_codes += 1;
        self.active_codes += u32::from(concept.active());
        self.billable_codes += u32::from(concept.billable());
    }
}

/// The range in parentheses at the end of a chapter's title.
fn range_in(title: &str) -> Option<String> {
    let (_, range) = title.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let (first, last) = range.split_once('-')?;
    Some(format!("{}-{}", first.trim(), last.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_range_of_a_title() {
        assert_eq!(
            range_in("Codes for special purposes (U00-U85)").as_deref(),
            Some("U00-U85")
        );
        assert_eq!(range_in("Diseases (of the eye)"), None);
        assert_eq!(range_in("Diseases"), None);
    }
}
