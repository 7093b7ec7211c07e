//! A compiled release, opened: concepts by code, and what surrounds them.

use crate::code_key::{Key, hash};
use crate::format::{
    ACTIVE, BILLABLE, ConceptRecord, Counts, Layout, NoteRecord, OpenError, PhraseRecord,
    PrefixRecord, Range, ReferenceRecord, RelatedRecord, Section, SeventhRecord, Span, StemRecord,
    TermContent, TermRecord, WordRecord,
};
use crate::lexicon;
use crate::source::{Level, NoteKind, TermSource};

/// A release over the bytes of its file, which are checked once, when it is opened.
///
/// The bytes are usually a memory map. Every access is bounds-checked: a file that passes the checksum but was made to
/// mislead gives wrong answers at worst.
#[derive(Debug)]
pub struct Release<B> {
    bytes: B,
    layout: Layout,
    counts: Counts,
    identity: Identity,
}

/// Which release of which system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Short name of the system: `icd10cm`.
    pub system: String,
    /// Its canonical URI.
    pub uri: String,
    /// Its human name.
    pub title: String,
    /// Name of the release.
    pub version: String,
    /// First day on which its codes are valid, where known.
    pub valid_from: Option<String>,
    /// SHA-256 of the source, in hexadecimal.
    pub source_sha256: String,
    /// Whether codes follow ICD-10-CM's rules of writing.
    pub dotted: bool,
}

/// A concept's number in its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptId(pub(crate) u32);

impl ConceptId {
    /// Its place in the order of the release.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A term's number in its release; lower is better when nothing else decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub(crate) u32);

impl<B: AsRef<[u8]>> Release<B> {
    /// Opens a release file: checks its form, version, checksum and word rules.
    pub fn open(bytes: B) -> Result<Self, OpenError> {
        let file = bytes.as_ref();
        let layout = Layout::read(file, lexicon::fingerprint())?;
        check_sections(&layout, file)?;
        let counts: Counts = layout
            .records(file, Section::Counts)
            .first()
            .copied()
            .ok_or(OpenError::Section {
                section: Section::Counts as usize,
            })?;
        let identity = Identity::read(layout.bytes(file, Section::Identity));
        Ok(Self {
            bytes,
            layout,
            counts,
            identity,
        })
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> &B {
        &self.bytes
    }

    /// Which release of which system this is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How many concepts it holds, chapters and blocks included.
    pub fn concept_count(&self) -> u32 {
        self.counts.concepts
    }

    /// How many of them may stand on a claim.
    pub fn billable_count(&self) -> u32 {
        self.counts.billable
    }

    /// How many terms search looks at.
    pub fn term_count(&self) -> u32 {
        self.counts.terms
    }

    /// All concepts, in the order of the source.
    pub fn concepts(&self) -> impl Iterator<Item = Concept<'_>> {
        let view = self.view();
        (0..self.counts.concepts).map(move |number| view.concept(number))
    }

    /// The concept of a code, in any notation.
    pub fn find(&self, code: &str) -> Option<Concept<'_>> {
        self.view().find(code)
    }

    /// A concept by its number. A number of another release may name another concept or the last one.
    pub fn concept(&self, id: ConceptId) -> Concept<'_> {
        self.view()
            .concept(id.0.min(self.counts.concepts.saturating_sub(1)))
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            file: self.bytes.as_ref(),
            layout: &self.layout,
            counts: &self.counts,
        }
    }
}

fn check_sections(layout: &Layout, file: &[u8]) -> Result<(), OpenError> {
    layout.check::<Counts>(file, Section::Counts)?;
    layout.check::<ConceptRecord>(file, Section::Concepts)?;
    layout.check::<TermRecord>(file, Section::Terms)?;
    layout.check::<TermContent>(file, Section::TermContents)?;
    layout.check::<WordRecord>(file, Section::Words)?;
    layout.check::<NoteRecord>(file, Section::Notes)?;
    layout.check::<ReferenceRecord>(file, Section::References)?;
    layout.check::<SeventhRecord>(file, Section::Seventh)?;
    layout.check::<PrefixRecord>(file, Section::Prefixes)?;
    layout.check::<RelatedRecord>(file, Section::Related)?;
    layout.check::<StemRecord>(file, Section::Stems)?;
    layout.check::<PhraseRecord>(file, Section::Phrases)?;
    layout.check::<u64>(file, Section::BitSets)?;
    layout.check::<u8>(file, Section::Json)?;
    for section in [
        Section::Children,
        Section::ConceptTerms,
        Section::CodeTable,
        Section::CodeOrder,
        Section::LongTerms,
        Section::WordTable,
        Section::Postings,
        Section::DeletionBuckets,
        Section::DeletionHashes,
        Section::DeletionTargets,
        Section::PhraseWords,
    ] {
        layout.check::<u32>(file, section)?;
    }
    Ok(())
}

impl Identity {
    fn read(bytes: &[u8]) -> Self {
        let mut identity = Self::default();
        for line in String::from_utf8_lossy(bytes).lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.to_owned();
            match key {
                "system" => identity.system = value,
                "uri" => identity.uri = value,
                "title" => identity.title = value,
                "version" => identity.version = value,
                "valid_from" => identity.valid_from = Some(value).filter(|day| !day.is_empty()),
                "source_sha256" => identity.source_sha256 = value,
                "dotted" => identity.dotted = value == "true",
                _ => {}
            }
        }
        identity
    }
}

/// The records of an open release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    file: &'a [u8],
    layout: &'a Layout,
    pub(crate) counts: &'a Counts,
}

impl<'a> View<'a> {
    pub(crate) fn records<T: bytemuck::Pod>(self, section: Section) -> &'a [T] {
        self.layout.records(self.file, section)
    }

    /// The bytes of a span; empty where it lies outside.
    pub(crate) fn bytes(self, span: Span) -> &'a [u8] {
        let text = self.layout.bytes(self.file, Section::Text);
        let end = span.start as usize + span.len as usize;
        text.get(span.start as usize..end).unwrap_or_default()
    }

    /// The text of a span; empty where the span lies outside or cuts a letter.
    pub(crate) fn text(self, span: Span) -> &'a str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// A piece of JSON written ahead.
    fn json(self, span: Span) -> &'a [u8] {
        let end = span.start as usize + span.len as usize;
        let json = self.layout.bytes(self.file, Section::Json);
        json.get(span.start as usize..end).unwrap_or_default()
    }

    /// The references to concepts that stand beside each other.
    fn references_json(self, concepts: &[u32]) -> &'a [u8] {
        let records: &[ConceptRecord] = self.records(Section::Concepts);
        let of = |number: Option<&u32>| Some(records.get(*number? as usize)?.reference);
        let Some((first, last)) = of(concepts.first()).zip(of(concepts.last())) else {
            return &[];
        };
        self.json(Span {
            start: first.start,
            len: (last.start + last.len).saturating_sub(first.start),
        })
    }

    /// The concepts without a parent.
    fn roots(self) -> &'a [u32] {
        let children: &[u32] = self.records(Section::Children);
        children
            .get(self.counts.children as usize..)
            .unwrap_or_default()
    }

    pub(crate) fn list<T: bytemuck::Pod>(self, section: Section, range: Range) -> &'a [T] {
        let end = range.start as usize + range.len as usize;
        self.records(section)
            .get(range.start as usize..end)
            .unwrap_or_default()
    }

    pub(crate) fn concept(self, number: u32) -> Concept<'a> {
        let records: &[ConceptRecord] = self.records(Section::Concepts);
        Concept {
            view: self,
            number,
            record: &records[number as usize],
        }
    }

    pub(crate) fn find(self, code: &str) -> Option<Concept<'a>> {
        let key = Key::of(code);
        if key.as_bytes().is_empty() {
            return None;
        }
        let slots: &[u32] = self.records(Section::CodeTable);
        let mask = slots.len() - 1;
        let mut slot = hash(key.as_bytes()) as usize & mask;
        for _ in 0..slots.len() {
            let number = slots[slot].checked_sub(1)?;
            let concept = self.concept(number);
            if Key::of(concept.code()).as_bytes() == key.as_bytes() {
                return Some(concept);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// Places in [`Section::CodeOrder`] of the codes that begin with `key`.
    pub(crate) fn codes_beginning(self, key: &Key) -> &'a [u32] {
        let order: &[u32] = self.records(Section::CodeOrder);
        let wanted = key.as_bytes();
        let beginning = |number: &u32| {
            let own = Key::of(self.concept(*number).code());
            own.as_bytes()[..own.as_bytes().len().min(wanted.len())].cmp(wanted)
        };
        let first = order.partition_point(|number| beginning(number).is_lt());
        let len = order[first..].partition_point(|number| beginning(number).is_eq());
        &order[first..first + len]
    }
}

/// One concept of a release.
#[derive(Clone, Copy, Debug)]
pub struct Concept<'a> {
    view: View<'a>,
    number: u32,
    record: &'a ConceptRecord,
}

impl<'a> Concept<'a> {
    /// Its number in the release.
    pub fn id(&self) -> ConceptId {
        ConceptId(self.number)
    }

    /// The code as people write it: with its dot.
    pub fn code(&self) -> &'a str {
        self.view.text(self.record.code)
    }

    /// The title.
    pub fn title(&self) -> &'a str {
        self.view.text(self.record.title)
    }

    /// The bytes of [`Self::code`], unchecked: for writers that copy them, and would pay for the check each time.
    pub fn code_bytes(&self) -> &'a [u8] {
        self.view.bytes(self.record.code)
    }

    /// The bytes of [`Self::title`], likewise.
    pub fn title_bytes(&self) -> &'a [u8] {
        self.view.bytes(self.record.title)
    }

    /// The short title of the order file, where that was loaded.
    pub fn short_title(&self) -> Option<&'a str> {
        Some(self.view.text(self.record.short_title)).filter(|title| !title.is_empty())
    }

    /// Place in the hierarchy.
    pub fn level(&self) -> Level {
        match self.record.level {
            0 => Level::Chapter,
            1 => Level::Block,
            2 => Level::Category,
            3 => Level::Subcategory,
            _ => Level::Extended,
        }
    }

    /// Whether it may stand on a claim.
    pub fn billable(&self) -> bool {
        self.record.flags & BILLABLE != 0
    }

    /// False for a concept that the release lists as retired.
    pub fn active(&self) -> bool {
        self.record.flags & ACTIVE != 0
    }

    /// Number of its chapter; 0 in a system without chapters.
    pub fn chapter(&self) -> u8 {
        self.record.chapter
    }

    /// The concept it stands under.
    pub fn parent(&self) -> Option<Concept<'a>> {
        // A parent stands before its child; anything else is a file that contradicts itself, and would loop.
        (self.record.parent < self.number).then(|| self.view.concept(self.record.parent))
    }

    /// From its parent up to the chapter.
    pub fn ancestors(&self) -> impl Iterator<Item = Concept<'a>> + use<'a> {
        std::iter::successors(self.parent(), Concept::parent)
    }

    /// The concepts directly below it, in the order of the release.
    pub fn children(&self) -> impl ExactSizeIterator<Item = Concept<'a>> + use<'a> {
        let view = self.view;
        view.list::<u32>(Section::Children, self.record.children)
            .iter()
            .map(move |&number| view.concept(number))
    }

    /// The other children of its parent, in the order of the release; for a chapter, the other chapters.
    pub fn siblings(&self) -> impl Iterator<Item = Concept<'a>> + use<'a> {
        let view = self.view;
        let (before, after) = self.beside();
        let numbers = before.iter().chain(after);
        numbers.map(move |&number| view.concept(number))
    }

    /// How many siblings it has.
    pub fn sibling_count(&self) -> usize {
        let (before, after) = self.beside();
        before.len() + after.len()
    }

    /// The concepts before and after it under its parent.
    fn beside(&self) -> (&'a [u32], &'a [u32]) {
        let brothers = match self.parent() {
            Some(parent) => self
                .view
                .list::<u32>(Section::Children, parent.record.children),
            None => self.view.roots(),
        };
        let place = brothers.partition_point(|&number| number < self.number);
        (
            &brothers[..place],
            brothers.get(place + 1..).unwrap_or_default(),
        )
    }

    /// The concept as others refer to it: a JSON object of code, title, level and whether it is billable.
    pub fn reference_json(&self) -> &'a [u8] {
        self.view.json(self.record.reference)
    }

    /// Its first children, at most `most`, as [`Concept::reference_json`]s with commas between.
    pub fn children_json(&self, most: usize) -> &'a [u8] {
        let children = self
            .view
            .list::<u32>(Section::Children, self.record.children);
        self.view
            .references_json(&children[..children.len().min(most)])
    }

    /// Its first siblings, at most `most`: those before it and those after it, as [`Concept::children_json`].
    pub fn siblings_json(&self, most: usize) -> [&'a [u8]; 2] {
        let (before, after) = self.beside();
        let before = &before[..before.len().min(most)];
        let after = &after[..after.len().min(most - before.len())];
        [before, after].map(|some| self.view.references_json(some))
    }

    /// Designations beside the title: JSON objects of text and source with commas between.
    pub fn terms_json(&self) -> &'a [u8] {
        self.view.json(self.record.terms_json)
    }

    /// The notes that stand on this very concept: JSON objects of kind, place, text and references with commas between.
    pub fn notes_json(&self) -> &'a [u8] {
        self.view.json(self.record.notes_json)
    }

    /// The code a coder means who gives no more detail.
    pub fn default(&self) -> Option<Concept<'a>> {
        (self.record.default < self.view.counts.concepts)
            .then(|| self.view.concept(self.record.default))
    }

    /// Designations beside the title.
    pub fn terms(&self) -> impl Iterator<Item = (&'a str, TermSource)> + use<'a> {
        let view = self.view;
        let terms: &[TermRecord] = view.records(Section::Terms);
        view.list::<u32>(Section::ConceptTerms, self.record.terms)
            .iter()
            .filter_map(move |&number| {
                let term = terms.get(number as usize)?;
                let source = term_source(term.source as u8);
                (source != TermSource::Title).then(|| (view.text(term.text), source))
            })
    }

    /// The notes that stand on this very concept.
    pub fn notes(&self) -> impl Iterator<Item = Note<'a>> + use<'a> {
        let view = self.view;
        view.list::<NoteRecord>(Section::Notes, self.record.notes)
            .iter()
            .map(move |record| Note { view, record })
    }

    /// The 7th characters that hold for it, with the concept that defines them: itself or the nearest above.
    pub fn seventh_characters(
        &self,
    ) -> Option<(Concept<'a>, impl Iterator<Item = (char, &'a str)> + use<'a>)> {
        let view = self.view;
        let definer = std::iter::once(*self)
            .chain(self.ancestors())
            .find(|concept| concept.record.seventh.len > 0)?;
        let records = view.list::<SeventhRecord>(Section::Seventh, definer.record.seventh);
        let characters = records.iter().map(move |record| {
            (
                char::from_u32(record.character).unwrap_or('?'),
                view.text(record.meaning),
            )
        });
        Some((definer, characters))
    }
}

/// One note.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    view: View<'a>,
    record: &'a NoteRecord,
}

impl<'a> Note<'a> {
    /// What it says to do.
    pub fn kind(&self) -> NoteKind {
        match self.record.kind {
            0 => NoteKind::Includes,
            1 => NoteKind::Excludes1,
            2 => NoteKind::Excludes2,
            3 => NoteKind::CodeFirst,
            4 => NoteKind::UseAdditional,
            5 => NoteKind::CodeAlso,
            7 => NoteKind::SeventhCharacter,
            _ => NoteKind::Note,
        }
    }

    /// Its wording.
    pub fn text(&self) -> &'a str {
        self.view.text(self.record.text)
    }

    /// The bytes of [`Self::text`], unchecked: for writers that copy them, and would pay for the check each time.
    pub fn text_bytes(&self) -> &'a [u8] {
        self.view.bytes(self.record.text)
    }

    /// The codes it names.
    pub fn references(&self) -> impl Iterator<Item = Reference<'a>> + use<'a> {
        let view = self.view;
        view.list::<ReferenceRecord>(Section::References, self.record.references)
            .iter()
            .map(move |record| Reference {
                first: view.text(record.first),
                last: view.text(record.last),
                start: record.start,
                end: record.end,
            })
    }
}

/// A span of codes that a note names, with all that lies below each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// First code.
    pub first: &'a str,
    /// Last code; equal to `first` for a single one.
    pub last: &'a str,
    /// Byte place in the note's text: start.
    pub start: u32,
    /// Byte place in the note's text: end.
    pub end: u32,
}

pub(crate) fn term_source(number: u8) -> TermSource {
    match number {
        0 => TermSource::Title,
        1 => TermSource::InclusionTerm,
        2 => TermSource::IndexEntry,
        3 => TermSource::ShortTitle,
        5 => TermSource::Includes,
        _ => TermSource::Designation,
    }
}
