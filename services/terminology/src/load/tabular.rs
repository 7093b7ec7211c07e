//! The CDC's tabular list of ICD-10-CM (`ICD10CM.tabular`), as XML.
//!
//! What the file leaves to its reader and this module does: 7th-character definitions hold for every code below them
//! and make the codes that may be billed; blocks nest by their ranges; a block of one category gets a range as its code
//! (`B99-B99`), because the file gives both the same name.

use std::collections::HashMap;

use medcover_coding::default::{Entry, defaults};
use medcover_coding::{Code, find_references, seventh};
use medcover_terms::source::{
    Level, NoteKind, SeventhCharacter, Source, SourceConcept, SourceNote, SourceReference,
    SourceTerm, TermSource,
};

use super::error::LoadError;
use super::progress::Progress;
use super::release_date::release_date;
use super::xml::{Element, Xml};

/// The file's first element.
pub(super) const ROOT: &str = "ICD10CM.tabular";

/// Attributes by which official files name their schema.
const SCHEMA_ATTRIBUTES: &[&str] = &["xmlns:xsi", "xsi:noNamespaceSchemaLocation"];

/// Most codes that 7th characters may add, so that no definition multiplies without end. April 2026 adds 51,288.
const MAX_EXTENDED: usize = 500_000;

/// Reads the tabular list. `file` is its name, from which the date of the release is taken.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    progress: &mut dyn Progress,
) -> Result<Source, LoadError> {
    progress.begin("Reading the tabular list", Some(bytes.len() as u64));
    let mut list = TabularList {
        xml: Xml::new(file, bytes)?,
        concepts: Vec::new(),
        exceptions: Vec::new(),
        places: HashMap::new(),
    };
    let fiscal_year = list.document(progress)?;
    let concepts = list.extend(file)?;
    let concepts = with_references(with_defaults(concepts));
    progress.finish();
    let (version, valid_from) = match release_date(file, &fiscal_year) {
        Some(date) => (date.clone(), Some(date)),
        None => (fiscal_year, None),
    };
    Ok(Source {
        system: "icd10cm".into(),
        uri: "http://hl7.org/fhir/sid/icd-10-cm".into(),
        title: "ICD-10-CM".into(),
        version,
        valid_from,
        dotted: true,
        concepts,
    })
}

struct TabularList<'a> {
    xml: Xml<'a>,
    /// In the order of the file, still without the codes that 7th characters make.
    concepts: Vec<SourceConcept>,
    exceptions: Vec<seventh::Exception>,
    places: HashMap<String, u32>,
}

/// A block's range of categories and its place.
struct Block {
    first: Code,
    last: Code,
    place: u32,
}

impl<'a> TabularList<'a> {
    /// Reads the whole document and returns the fiscal year it names.
    fn document(&mut self, progress: &mut dyn Progress) -> Result<String, LoadError> {
        let root = self.xml.root()?;
        if root.name() != ROOT {
            let reason = format!(
                "the document is `{}`, not the tabular list `{ROOT}`",
                root.name()
            );
            return Err(self.xml.refuse(&root, reason));
        }
        self.xml.attribute(&root, "", SCHEMA_ATTRIBUTES)?;
        let mut fiscal_year = String::new();
        let mut done = 0;
        while let Some(child) = self.xml.child(&root)? {
            match child.name() {
                "version" => fiscal_year = self.xml.text(&child)?,
                "introduction" => {}
                "chapter" => self.chapter(&child)?,
                _ => return Err(self.unknown(&child, &root)),
            }
            progress.advance((self.xml.position() - done) as u64);
            done = self.xml.position();
        }
        self.xml.end()?;
        if fiscal_year.is_empty() {
            return Err(self.xml.fault("the document names no `version`"));
        }
        if self.concepts.is_empty() {
            return Err(self.xml.fault("the document has no `chapter`"));
        }
        Ok(fiscal_year)
    }

    fn chapter(&mut self, chapter: &Element<'a>) -> Result<(), LoadError> {
        self.xml.no_attributes(chapter)?;
        let place = self.open_concept(None, Level::Chapter, 0);
        let mut blocks = Vec::new();
        while let Some(child) = self.xml.child(chapter)? {
            match child.name() {
                "name" => {
                    let name = self.xml.text(&child)?;
                    let number = name.parse().ok().filter(|&number| number > 0);
                    let Some(number) = number else {
                        let reason = format!("`{name}` is not the number of a chapter");
                        return Err(self.xml.refuse(&child, reason));
                    };
                    self.concept(place).chapter = number;
                    self.name(place, name, &child)?;
                }
                "sectionIndex" => {}
                "section" => self.section(&child, place, &mut blocks)?,
                _ => self.detail(&child, chapter, place)?,
            }
        }
        self.close_concept(place, chapter)
    }

    fn section(
        &mut self,
        section: &Element<'a>,
        chapter: u32,
        blocks: &mut Vec<Block>,
    ) -> Result<(), LoadError> {
        let id = self.xml.attribute(section, "id", &[])?.unwrap_or_default();
        let Some((first, last)) = category_range(&id) else {
            let reason = format!("`{id}` is not a range of categories");
            return Err(self.xml.refuse(section, reason));
        };
        let parent = blocks
            .iter()
            .rfind(|it| it.first <= first && last <= it.last)
            .map_or(chapter, |it| it.place);
        let number = self.numbered_chapter(chapter, section)?;
        let place = self.open_concept(Some(parent), Level::Block, number);
        self.name(place, format!("{first}-{last}"), section)?;
        blocks.push(Block { first, last, place });
        while let Some(child) = self.xml.child(section)? {
            match child.name() {
                "desc" => {
                    let title = self.xml.text(&child)?;
                    let range = format!("({id})");
                    let bare = title.strip_suffix(&range).unwrap_or(&title).trim_end();
                    self.concept(place).title = bare.into();
                }
                // Newer categories stand beside their relatives, outside the written range: C4A in C43-C44.
                "diag" => {
                    self.diag(&child, place, None)?;
                }
                _ => self.detail(&child, section, place)?,
            }
        }
        self.close_concept(place, section)
    }

    /// Reads a `diag`, that is a category or what lies below one, and returns its code.
    fn diag(
        &mut self,
        diag: &Element<'a>,
        parent: u32,
        above: Option<Code>,
    ) -> Result<Code, LoadError> {
        let placeholder = self.xml.attribute(diag, "placeholder", &[])?;
        let level = above.map_or(Level::Category, |_| Level::Subcategory);
        let number = self.concept(parent).chapter;
        let place = self.open_concept(Some(parent), level, number);
        let mut code = None;
        while let Some(child) = self.xml.child(diag)? {
            match child.name() {
                "name" => {
                    let name = self.xml.text(&child)?;
                    let read = self.code_below(&name, above, &child)?;
                    self.name(place, read.to_string(), &child)?;
                    code = Some(read);
                }
                "diag" => {
                    let Some(code) = code else {
                        return Err(self
                            .xml
                            .refuse(diag, "`diag` has no `name` before its children"));
                    };
                    self.diag(&child, place, Some(code))?;
                }
                _ => self.detail(&child, diag, place)?,
            }
        }
        self.close_concept(place, diag)?;
        let code = code.ok_or_else(|| self.xml.refuse(diag, "`diag` has no `name`"))?;
        match placeholder.as_deref() {
            None => {}
            Some("true") if code.as_str().ends_with(seventh::PLACEHOLDER) => {}
            Some(mark) => {
                let reason = format!("{code} is marked `placeholder=\"{mark}\"`");
                return Err(self.xml.refuse(diag, reason));
            }
        }
        Ok(code)
    }

    /// A code that may stand under `above`: a category where there is nothing above.
    fn code_below(
        &self,
        name: &str,
        above: Option<Code>,
        element: &Element<'a>,
    ) -> Result<Code, LoadError> {
        let refuse = |reason: String| self.xml.refuse(element, reason);
        let code = Code::parse(name).map_err(|error| refuse(format!("`{name}`: {error}")))?;
        match above {
            None if code != code.category() => Err(refuse(format!("{code} is not a category"))),
            Some(above) if code == above || !code.is_within(&above) => {
                Err(refuse(format!("{code} stands under {above}")))
            }
            _ => Ok(code),
        }
    }

    /// What chapters, sections and diags have in common.
    fn detail(
        &mut self,
        element: &Element<'a>,
        parent: &Element<'a>,
        place: u32,
    ) -> Result<(), LoadError> {
        let kind = match element.name() {
            "desc" => {
                self.concept(place).title = self.xml.text(element)?;
                return Ok(());
            }
            "inclusionTerm" => return self.terms(element, place, TermSource::InclusionTerm),
            "visualImpairment" => return self.visual_impairment(element, place),
            "sevenChrDef" => return self.seventh_characters(element, place),
            "includes" => NoteKind::Includes,
            "excludes1" => NoteKind::Excludes1,
            "excludes2" => NoteKind::Excludes2,
            "codeFirst" => NoteKind::CodeFirst,
            "useAdditionalCode" => NoteKind::UseAdditional,
            "codeAlso" => NoteKind::CodeAlso,
            "notes" => NoteKind::Note,
            "sevenChrNote" => NoteKind::SeventhCharacter,
            _ => return Err(self.unknown(element, parent)),
        };
        for text in self.notes(element)? {
            self.exceptions.extend(seventh::Exception::parse(&text));
            if kind == NoteKind::Includes {
                self.term(place, text.clone(), TermSource::Includes);
            }
            self.note(place, kind, text);
        }
        Ok(())
    }

    /// The texts of the `note` children of `list`.
    fn notes(&mut self, list: &Element<'a>) -> Result<Vec<String>, LoadError> {
        self.xml.no_attributes(list)?;
        let mut texts = Vec::new();
        while let Some(child) = self.xml.child(list)? {
            if child.name() != "note" {
                return Err(self.unknown(&child, list));
            }
            texts.push(self.xml.text(&child)?);
        }
        texts.retain(|text| !text.is_empty());
        Ok(texts)
    }

    fn terms(
        &mut self,
        list: &Element<'a>,
        place: u32,
        source: TermSource,
    ) -> Result<(), LoadError> {
        for text in self.notes(list)? {
            self.term(place, text, source);
        }
        Ok(())
    }

    /// A definition of 7th characters. A note between them belongs to the character before it.
    fn seventh_characters(
        &mut self,
        definition: &Element<'a>,
        place: u32,
    ) -> Result<(), LoadError> {
        self.xml.no_attributes(definition)?;
        while let Some(child) = self.xml.child(definition)? {
            match child.name() {
                "extension" => {
                    let mark = self.xml.attribute(&child, "char", &[])?.unwrap_or_default();
                    let character = match *mark.as_bytes() {
                        [b] if b.is_ascii_digit() || b.is_ascii_uppercase() => char::from(b),
                        _ => {
                            let reason = format!("`{mark}` is not a 7th character");
                            return Err(self.xml.refuse(&child, reason));
                        }
                    };
                    let meaning = self.xml.text(&child)?;
                    let defined = &mut self.concept(place).seventh;
                    if defined.iter().any(|it| it.character == character) {
                        let reason = format!("7th character {character} is defined twice");
                        return Err(self.xml.refuse(&child, reason));
                    }
                    defined.push(SeventhCharacter { character, meaning });
                }
                "note" => {
                    let text = self.xml.text(&child)?;
                    let text = match self.concept(place).seventh.last() {
                        Some(before) => format!("{}: {text}", before.character),
                        None => text,
                    };
                    self.note(place, NoteKind::SeventhCharacter, text);
                }
                _ => return Err(self.unknown(&child, definition)),
            }
        }
        Ok(())
    }

    /// The table of visual acuities in category H54, as one note a row: its cells in the order of the file.
    fn visual_impairment(&mut self, table: &Element<'a>, place: u32) -> Result<(), LoadError> {
        while let Some(row) = self.xml.child(table)? {
            if row.name() != "visCategory" {
                return Err(self.unknown(&row, table));
            }
            let mut cells = Vec::new();
            self.cells(&row, &mut cells)?;
            self.note(place, NoteKind::Note, cells.join("; "));
        }
        Ok(())
    }

    fn cells(&mut self, element: &Element<'a>, cells: &mut Vec<String>) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child(element)? {
            match child.name() {
                "heading" | "value" => cells.push(self.xml.text(&child)?),
                "visRange" | "visMax" | "visMin" => self.cells(&child, cells)?,
                _ => return Err(self.unknown(&child, element)),
            }
        }
        Ok(())
    }

    fn term(&mut self, place: u32, text: String, source: TermSource) {
        self.concept(place).terms.push(SourceTerm { text, source });
    }

    fn note(&mut self, place: u32, kind: NoteKind, text: String) {
        self.concept(place).notes.push(SourceNote {
            kind,
            text,
            references: Vec::new(),
        });
    }

    fn concept(&mut self, place: u32) -> &mut SourceConcept {
        &mut self.concepts[place as usize]
    }

    fn open_concept(&mut self, parent: Option<u32>, level: Level, chapter: u8) -> u32 {
        self.concepts.push(SourceConcept {
            level,
            parent,
            chapter,
            active: true,
            ..SourceConcept::default()
        });
        (self.concepts.len() - 1) as u32
    }

    /// Gives the concept at `place` its code, which no other may have.
    fn name(&mut self, place: u32, code: String, element: &Element<'a>) -> Result<(), LoadError> {
        if !self.concept(place).code.is_empty() {
            return Err(self.xml.refuse(element, "a second `name`"));
        }
        if self.places.insert(code.clone(), place).is_some() {
            return Err(self.xml.refuse(element, format!("{code} is listed twice")));
        }
        self.concept(place).code = code;
        Ok(())
    }

    fn close_concept(&mut self, place: u32, element: &Element<'a>) -> Result<(), LoadError> {
        let concept = self.concept(place);
        let lack = match (concept.code.is_empty(), concept.title.is_empty()) {
            (true, _) => "name",
            (_, true) => "desc",
            _ => return Ok(()),
        };
        let reason = format!("`{}` has no `{lack}`", element.name());
        Err(self.xml.refuse(element, reason))
    }

    fn numbered_chapter(&mut self, chapter: u32, element: &Element<'a>) -> Result<u8, LoadError> {
        match self.concept(chapter).chapter {
            0 => Err(self
                .xml
                .refuse(element, "the chapter has no `name` before its sections")),
            number => Ok(number),
        }
    }

    fn unknown(&self, element: &Element<'a>, parent: &Element<'a>) -> LoadError {
        let reason = format!(
            "`{}` has no `{}` in this format",
            parent.name(),
            element.name()
        );
        self.xml.refuse(element, reason)
    }

    /// Adds below every code without children what its 7th characters make of it, and says which codes may be billed.
    fn extend(self, file: &str) -> Result<Vec<SourceConcept>, LoadError> {
        let Self {
            concepts: listed,
            exceptions,
            places,
            ..
        } = self;
        let mut has_children = vec![false; listed.len()];
        for parent in listed.iter().filter_map(|it| it.parent) {
            has_children[parent as usize] = true;
        }
        let definitions = definitions(&listed);
        let mut moved = Vec::with_capacity(listed.len());
        let mut concepts: Vec<SourceConcept> = Vec::with_capacity(listed.len() * 2);
        for (place, concept) in listed.iter().enumerate() {
            let stem = concepts.len() as u32;
            moved.push(stem);
            concepts.push(SourceConcept {
                parent: concept.parent.map(|parent| moved[parent as usize]),
                ..concept.clone()
            });
            if has_children[place] || concept.level < Level::Category {
                continue;
            }
            let Some(definition) = definitions[place] else {
                concepts[stem as usize].billable = true;
                continue;
            };
            for it in &listed[definition as usize].seventh {
                let extended = extended(concept, stem, it, &exceptions)
                    .map_err(|reason| LoadError::new(super::Fault::Content, file, reason))?;
                concepts.extend(extended);
            }
            if concepts.len() > listed.len() + MAX_EXTENDED {
                let reason = format!("7th characters make more than {MAX_EXTENDED} codes");
                return Err(LoadError::new(super::Fault::Size, file, reason));
            }
        }
        let clash = concepts
            .iter()
            .find(|it| it.level == Level::Extended && places.contains_key(&it.code));
        match clash {
            Some(it) => {
                let reason = format!("{} is listed and also made by a 7th character", it.code);
                Err(LoadError::new(super::Fault::Content, file, reason))
            }
            None => Ok(concepts),
        }
    }
}

/// For each concept the place of the nearest definition of 7th characters, on itself or above it.
fn definitions(concepts: &[SourceConcept]) -> Vec<Option<u32>> {
    let mut nearest: Vec<Option<u32>> = Vec::with_capacity(concepts.len());
    for (place, concept) in concepts.iter().enumerate() {
        let own = (!concept.seventh.is_empty()).then_some(place as u32);
        let above = concept.parent.and_then(|parent| nearest[parent as usize]);
        nearest.push(own.or(above));
    }
    nearest
}

/// The code that `seventh` makes of the concept at `stem`, unless a note forbids it.
fn extended(
    concept: &SourceConcept,
    stem: u32,
    seventh: &SeventhCharacter,
    exceptions: &[seventh::Exception],
) -> Result<Option<SourceConcept>, String> {
    let code = Code::parse(&concept.code).map_err(|error| format!("{}: {error}", concept.code))?;
    if exceptions
        .iter()
        .any(|it| it.forbids(&code, seventh.character))
    {
        return Ok(None);
    }
    let whole = seventh::complete(code, seventh.character).map_err(|error| error.to_string())?;
    Ok(Some(SourceConcept {
        code: whole.to_string(),
        level: Level::Extended,
        parent: Some(stem),
        title: format!("{}, {}", concept.title, seventh.meaning),
        billable: true,
        active: true,
        chapter: concept.chapter,
        ..SourceConcept::default()
    }))
}

/// `A00-A09`, or `B99` for a section of one category.
fn category_range(id: &str) -> Option<(Code, Code)> {
    let (first, last) = id.split_once('-').unwrap_or((id, id));
    let first = Code::parse(first).ok()?;
    let last = Code::parse(last).ok()?;
    let categories = first == first.category() && last == last.category();
    (categories && first <= last).then_some((first, last))
}

fn with_defaults(mut concepts: Vec<SourceConcept>) -> Vec<SourceConcept> {
    let entries: Vec<_> = concepts.iter().map(entry).collect();
    let defaults = defaults(&entries);
    for (concept, default) in concepts.iter_mut().zip(defaults) {
        concept.default = default.map(|place| place as u32);
    }
    concepts
}

fn entry(concept: &SourceConcept) -> Entry<'_> {
    let extended = concept.level == Level::Extended;
    let inclusion = concept
        .terms
        .iter()
        .filter(|it| it.source == TermSource::InclusionTerm);
    Entry {
        parent: concept.parent.map(|parent| parent as usize),
        code: &concept.code,
        title: &concept.title,
        terms: inclusion.map(|it| it.text.as_str()).collect(),
        group: concept.level < Level::Category,
        seventh: concept.code.chars().next_back().filter(|_| extended),
    }
}

/// Reads from each note the codes it names; what the release has no code for was no code.
fn with_references(mut concepts: Vec<SourceConcept>) -> Vec<SourceConcept> {
    let mut codes: Vec<_> = concepts
        .iter()
        .filter(|it| it.level >= Level::Category)
        .filter_map(|it| Code::parse(&it.code).ok())
        .collect();
    codes.sort_unstable();
    for note in concepts.iter_mut().flat_map(|it| &mut it.notes) {
        note.references = find_references(&note.text)
            .into_iter()
            .filter(|it| {
                let at = codes.partition_point(|code| *code < it.first);
                codes
                    .get(at)
                    .is_some_and(|code| code.is_between(&it.first, &it.last))
            })
            .map(|it| SourceReference {
                first: it.first.to_string(),
                last: it.last.to_string(),
                start: it.start as u32,
                end: it.end as u32,
            })
            .collect();
    }
    concepts
}
