//! The file of a compiled release: a header, a table of sections, and the sections, all little-endian.
//!
//! ```text
//! 0   magic "MCTERMS\n"          8 bytes
//! 8   format version             u32
//! 12  number of sections         u32
//! 16  length of the whole file   u64
//! 24  checksum (xxh3-64) of everything from byte 32 on   u64
//! 32  fingerprint of the word rules it was compiled with u64
//! 40  section table: (offset u64, bytes u64) each
//!     sections, each starting at a multiple of 64
//! ```
//! The checksum guards against damage, not against an author: every access is bounds-checked besides.

use bytemuck::{Pod, Zeroable};

/// First bytes of every release file.
const MAGIC: &[u8; 8] = b"MCTERMS\n";
/// Raised with every change of layout or meaning; a file of another version is compiled again from its source.
pub const FORMAT_VERSION: u32 = 4;
const HEADER: usize = 40;
const ALIGN: usize = 64;

/// Nothing, where a record may name another.
pub(crate) const NONE: u32 = u32::MAX;

/// Declares [`Section`]: each section's place in the table.
macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Section { $($(#[$doc])* $name),* }
        const SECTIONS: usize = [$(Section::$name),*].len();
    };
}

sections! {
    /// [`Counts`], one record.
    Counts,
    /// `key=value` lines: the identity of the release.
    Identity,
    /// All text, UTF-8.
    Text,
    /// [`ConceptRecord`] in the order of the source.
    Concepts,
    /// Concept ids: children, in order, addressed by ranges; those without a parent stand last.
    Children,
    /// Term ids of each concept, addressed by ranges.
    ConceptTerms,
    /// [`NoteRecord`].
    Notes,
    /// [`ReferenceRecord`].
    References,
    /// [`SeventhRecord`].
    Seventh,
    /// Open-addressing table of concept id + 1, by hash of the plain code.
    CodeTable,
    /// Concept ids (categories and below) in the order of their plain codes.
    CodeOrder,
    /// [`TermRecord`], best first: a term's place is its rank when nothing else decides.
    Terms,
    /// [`TermContent`] of each term.
    TermContents,
    /// The words of terms that have more than [`INLINE_WORDS`], addressed by [`TermContent`].
    LongTerms,
    /// [`WordRecord`], in the order of their text.
    Words,
    /// Open-addressing table of word id + 1, by hash of the word.
    WordTable,
    /// Term ids, ascending, addressed by ranges.
    Postings,
    /// Bit sets over terms, addressed by number.
    BitSets,
    /// [`PrefixRecord`], in order of (first word, end word).
    Prefixes,
    /// [`RelatedRecord`].
    Related,
    /// First entry of each bucket of the deletion neighbourhood, by the top bits of the hash.
    DeletionBuckets,
    /// Hashes of the deletion neighbourhood, ascending.
    DeletionHashes,
    /// What each hash stands for: a word id, or, with the top bit, a [`StemRecord`].
    DeletionTargets,
    /// [`StemRecord`]: beginnings of words.
    Stems,
    /// [`PhraseRecord`], by first word.
    Phrases,
    /// Word ids of phrases and meanings.
    PhraseWords,
    /// Pieces of JSON, each followed by a comma; references stand as [`Section::Children`] does.
    Json,
}

/// A stretch of [`Section::Text`], in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// A stretch of records of some section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Range {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Counts {
    pub(crate) concepts: u32,
    pub(crate) billable: u32,
    pub(crate) terms: u32,
    pub(crate) words: u32,
    /// Words of 64 bits in each bit set.
    pub(crate) bit_words: u32,
    /// Buckets of the deletion neighbourhood: 2 to this power.
    pub(crate) deletion_bits: u32,
    /// Weight of a word that no term holds.
    pub(crate) unknown_weight: f32,
    /// How many concepts have a parent.
    pub(crate) children: u32,
}

pub(crate) const BILLABLE: u8 = 1;
pub(crate) const ACTIVE: u8 = 2;

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ConceptRecord {
    pub(crate) code: Span,
    pub(crate) title: Span,
    pub(crate) short_title: Span,
    pub(crate) parent: u32,
    pub(crate) default: u32,
    pub(crate) children: Range,
    pub(crate) terms: Range,
    pub(crate) notes: Range,
    pub(crate) seventh: Range,
    /// In [`Section::Json`]: the concept as others refer to it, its designations, its notes.
    pub(crate) reference: Span,
    pub(crate) terms_json: Span,
    pub(crate) notes_json: Span,
    pub(crate) level: u8,
    pub(crate) chapter: u8,
    pub(crate) flags: u8,
    pub(crate) unused: u8,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NoteRecord {
    pub(crate) text: Span,
    pub(crate) references: Range,
    pub(crate) kind: u32,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ReferenceRecord {
    pub(crate) first: Span,
    pub(crate) last: Span,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SeventhRecord {
    pub(crate) meaning: Span,
    pub(crate) character: u32,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct TermRecord {
    pub(crate) concept: u32,
    pub(crate) text: Span,
    pub(crate) source: u32,
}

/// What ranking looks at of a term: one line of the processor's cache, as sections begin at one.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct TermContent {
    pub(crate) concept: u32,
    /// The code for which the concept stands, or [`NONE`].
    pub(crate) default: u32,
    /// Sum of the weights of its words.
    pub(crate) weight: f32,
    pub(crate) word_count: u8,
    /// Number of its words that tell anything.
    pub(crate) telling: u8,
    /// What it is worth by itself depends on these: [`traits`].
    pub(crate) traits: u8,
    pub(crate) source: u8,
    /// Its words, ids with marks; of a longer term the first, and where all begin in [`Section::LongTerms`].
    pub(crate) words: [u32; INLINE_WORDS],
}

/// Most terms have no more words than this.
pub(crate) const INLINE_WORDS: usize = 12;

impl TermContent {
    /// Its words, given the section of long terms.
    pub(crate) fn words<'a>(&'a self, long: &'a [u32]) -> &'a [u32] {
        let count = self.word_count as usize;
        if let Some(words) = self.words.get(..count) {
            return words;
        }
        let all = long.get(self.words[1] as usize..);
        all.and_then(|all| all.get(..count)).unwrap_or_default()
    }

    /// Its first word; every term has one.
    pub(crate) const fn first(&self) -> u32 {
        self.words[0]
    }
}

/// What a term and its concept are, one bit each.
pub(crate) mod traits {
    /// The wording is not the title.
    pub(crate) const OTHER_WORDING: u8 = 1;
    /// The wording is an includes note.
    pub(crate) const INCLUDES: u8 = 1 << 1;
    /// The concept is a chapter or a block.
    pub(crate) const ABOVE_CATEGORY: u8 = 1 << 2;
    /// The concept is billable.
    pub(crate) const BILLABLE: u8 = 1 << 3;
    /// The concept is a code made by a 7th character.
    pub(crate) const EXTENDED: u8 = 1 << 4;
    /// The wording names a thing of no further detail: `unspecified`, `NOS`.
    pub(crate) const UNSPECIFIED: u8 = 1 << 5;
    /// The wording says `other`.
    pub(crate) const OTHER: u8 = 1 << 6;
    /// The concept is a circumstance or an administrative reason: chapters 20 and 21 of ICD-10-CM.
    pub(crate) const CIRCUMSTANCE: u8 = 1 << 7;
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct WordRecord {
    pub(crate) text: Span,
    pub(crate) postings: Range,
    pub(crate) related: Range,
    /// Number of its bit set, or [`NONE`] for a word with a list.
    pub(crate) bits: u32,
    /// In how many terms it stands.
    pub(crate) frequency: u32,
    /// How much it tells: the inverse document frequency.
    pub(crate) weight: f32,
    /// Which letters it has, as [`crate::deletion::letters`] says.
    pub(crate) letters: u32,
    /// Share of the weight kept in a term, and in a query, each 0 to 255.
    pub(crate) kept_in_term: u8,
    pub(crate) kept_in_query: u8,
    pub(crate) unused: u16,
    /// The first of the [`PhraseRecord`]s that begin with it, or [`NONE`].
    pub(crate) phrases: u32,
}

/// Words `first..end` share a beginning whose terms are held ready in a bit set.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PrefixRecord {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) bits: u32,
    pub(crate) frequency: u32,
}

#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RelatedRecord {
    pub(crate) word: u32,
    pub(crate) strength: f32,
}

/// The beginning `len` letters of word `first`, shared by the words up to `end`.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct StemRecord {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) len: u32,
}

/// A phrase of the clinical vocabulary and one of its meanings.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PhraseRecord {
    /// Words of the phrase, in [`Section::PhraseWords`]; ordered by the first.
    pub(crate) phrase: Range,
    pub(crate) meaning: Range,
    /// Place among the phrase's meanings, from 0.
    pub(crate) place: u32,
    /// One of `lexicon::Kind`.
    pub(crate) kind: u32,
}

/// Why a file is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It does not begin as a release file does.
    #[error("not a compiled medcover release")]
    Foreign,
    /// Another version of the format.
    #[error(
        "compiled in format {found}, this build reads format {FORMAT_VERSION}: load the release again"
    )]
    Version {
        /// The version it names.
        found: u32,
    },
    /// It was compiled with other word rules or another clinical vocabulary than this build's.
    #[error("compiled with another vocabulary than this build's: load the release again")]
    Rules,
    /// It is shorter or longer than it says.
    #[error("{found} bytes where the header says {expected}: the file is cut or was written over")]
    Length {
        /// Length that the header names.
        expected: u64,
        /// Length found.
        found: u64,
    },
    /// Its content is not what was written.
    #[error("the checksum does not match: the file is damaged")]
    Checksum,
    /// A section lies outside the file or does not hold whole records.
    #[error("section {section} is malformed")]
    Section {
        /// Number of the section.
        section: usize,
    },
}

/// Where each section lies. Made once, when the file is opened.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    sections: [(usize, usize); SECTIONS],
}

impl Layout {
    /// Checks the whole file and finds its sections.
    pub(crate) fn read(bytes: &[u8], fingerprint: u64) -> Result<Self, OpenError> {
        if bytes.len() < HEADER || &bytes[..8] != MAGIC {
            return Err(OpenError::Foreign);
        }
        let found = u32_at(bytes, 8);
        if found != FORMAT_VERSION || u32_at(bytes, 12) as usize != SECTIONS {
            return Err(OpenError::Version { found });
        }
        let expected = u64_at(bytes, 16);
        if expected != bytes.len() as u64 {
            return Err(OpenError::Length {
                expected,
                found: bytes.len() as u64,
            });
        }
        if u64_at(bytes, 24) != xxhash_rust::xxh3::xxh3_64(&bytes[32..]) {
            return Err(OpenError::Checksum);
        }
        if u64_at(bytes, 32) != fingerprint {
            return Err(OpenError::Rules);
        }
        let mut sections = [(0, 0); SECTIONS];
        for (number, section) in sections.iter_mut().enumerate() {
            let at = HEADER + number * 16;
            let malformed = OpenError::Section { section: number };
            let (Some(start), Some(len)) = (bytes.get(at..at + 8), bytes.get(at + 8..at + 16))
            else {
                return Err(malformed);
            };
            let (start, len) = (u64_at(start, 0) as usize, u64_at(len, 0) as usize);
            if start % ALIGN != 0 || start.checked_add(len).is_none_or(|end| end > bytes.len()) {
                return Err(malformed);
            }
            *section = (start, len);
        }
        Ok(Self { sections })
    }

    /// The bytes of a section.
    pub(crate) fn bytes<'a>(&self, file: &'a [u8], section: Section) -> &'a [u8] {
        let (start, len) = self.sections[section as usize];
        &file[start..start + len]
    }

    /// The records of a section. A section that does not hold whole, aligned records reads as empty; [`Self::check`]
    /// has refused it before.
    pub(crate) fn records<'a, T: Pod>(&self, file: &'a [u8], section: Section) -> &'a [T] {
        bytemuck::try_cast_slice(self.bytes(file, section)).unwrap_or_default()
    }

    /// Refuses a file whose section does not hold whole, aligned records.
    pub(crate) fn check<T: Pod>(&self, file: &[u8], section: Section) -> Result<(), OpenError> {
        bytemuck::try_cast_slice::<u8, T>(self.bytes(file, section))
            .map(|_| ())
            .map_err(|_| OpenError::Section {
                section: section as usize,
            })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Gathers sections and writes the file.
#[derive(Default)]
pub(crate) struct Writer {
    sections: Vec<(Section, Vec<u8>)>,
}

impl Writer {
    /// Adds a section of records.
    pub(crate) fn records<T: Pod>(&mut self, section: Section, records: &[T]) {
        self.sections
            .push((section, bytemuck::cast_slice(records).to_vec()));
    }

    /// Writes the file; sections not added are empty.
    pub(crate) fn finish(self, fingerprint: u64) -> Vec<u8> {
        let mut file = vec![0; (HEADER + SECTIONS * 16).next_multiple_of(ALIGN)];
        for number in 0..SECTIONS {
            let empty = (file.len() as u64, 0_u64);
            let at = HEADER + number * 16;
            file[at..at + 8].copy_from_slice(&empty.0.to_le_bytes());
        }
        for (section, bytes) in self.sections {
            let at = HEADER + section as usize * 16;
            let start = file.len() as u64;
            file[at..at + 8].copy_from_slice(&start.to_le_bytes());
            file[at + 8..at + 16].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
            file.extend_from_slice(&bytes);
            file.resize(file.len().next_multiple_of(ALIGN), 0);
        }
        file[..8].copy_from_slice(MAGIC);
        file[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        file[12..16].copy_from_slice(&(SECTIONS as u32).to_le_bytes());
        let len = file.len() as u64;
        file[16..24].copy_from_slice(&len.to_le_bytes());
        file[32..40].copy_from_slice(&fingerprint.to_le_bytes());
        let checksum = xxhash_rust::xxh3::xxh3_64(&file[32..]);
        file[24..32].copy_from_slice(&checksum.to_le_bytes());
        file
    }
}
