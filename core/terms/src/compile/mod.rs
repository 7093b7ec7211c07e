//! The compiler: from a loader's [`Source`] to the bytes of a release file.
//!
//! It runs once a release, off-line; what it can work out here no search has to.

mod codes;
mod deletions;
mod json;
mod phrases;
mod postings;
mod related;
mod terms;
mod words;

pub(crate) use postings::COMMON;
pub(crate) use terms::{PARENTHESISED, TELLING, WORD};
pub(crate) use words::PARENTHESISED_SHARE;

use std::collections::{HashMap, HashSet};

use crate::format::{
    ACTIVE, BILLABLE, ConceptRecord, Counts, NONE, NoteRecord, Range, ReferenceRecord, Section,
    SeventhRecord, Span, Writer,
};
use crate::lexicon;
use crate::source::{Source, SourceConcept, TermSource};

/// Compiles a release. The same source gives the same bytes.
///
/// `source_sha256` names the file the release was read from, in hexadecimal; it is kept for reference.
///
/// # Errors
/// When the source contradicts itself: a parent after its child, two concepts of one code, too much of anything.
pub fn compile(source: &Source, source_sha256: &str) -> Result<Vec<u8>, CompileError> {
    check(source)?;
    let terms = terms::gather(source);
    let phrases: Vec<_> = lexicon::shipped().iter().collect();
    written(source, source_sha256, terms, &phrases)
}

/// Compiles a few concepts of a release, to be searched for what they were picked for. Phrases are left out that mean what none of
/// them says: they lead nowhere here, and would be most of the file and of the time.
///
/// # Errors
/// As of [`compile`].
pub fn compile_part(source: &Source) -> Result<Vec<u8>, CompileError> {
    check(source)?;
    let terms = terms::gather(source);
    let words = terms.iter().flat_map(|term| &term.words);
    let said: HashSet<_> = words.map(|(word, _)| word.as_str()).collect();
    let phrases = lexicon::shipped().iter();
    let phrases: Vec<_> = phrases
        .filter(|it| it.meaning.iter().all(|word| said.contains(word.as_str())))
        .collect();
    drop(said);
    written(source, "", terms, &phrases)
}

fn written(
    source: &Source,
    source_sha256: &str,
    terms: Vec<terms::Term>,
    phrases: &[&lexicon::Phrase],
) -> Result<Vec<u8>, CompileError> {
    let mut text = Text::default();
    let vocabulary = words::Vocabulary::build(&terms, phrases);
    let terms = terms::rank(terms, source, &vocabulary);

    let mut writer = Writer::default();
    let postings = postings::build(&terms, &vocabulary);
    let related = related::build(&vocabulary);
    let deletions = deletions::build(&vocabulary);
    let concepts = concepts(source, &terms, &mut text, &mut writer);
    codes::write(source, &mut writer);
    terms::write(&terms, source, &vocabulary, &mut text, &mut writer);
    let phrases = phrases::write(phrases, &vocabulary, &mut writer);
    words::write(
        &vocabulary,
        &postings,
        &related,
        &phrases,
        &mut text,
        &mut writer,
    );
    let counts = Counts {
        concepts: source.concepts.len() as u32,
        billable: source
            .concepts
            .iter()
            .filter(|concept| concept.billable)
            .count() as u32,
        terms: terms.len() as u32,
        words: vocabulary.len() as u32,
        bit_words: postings.bit_words as u32,
        deletion_bits: deletions.bits,
        unknown_weight: vocabulary.unknown_weight(),
        children: source
            .concepts
            .iter()
            .filter(|concept| concept.parent.is_some())
            .count() as u32,
    };
    writer.records(Section::Counts, &[counts]);
    writer.records(Section::Concepts, &concepts);
    writer.records(Section::Postings, &postings.lists);
    writer.records(Section::BitSets, &postings.bit_sets);
    writer.records(Section::Prefixes, &postings.prefixes);
    writer.records(Section::Related, &related.records);
    writer.records(Section::DeletionBuckets, &deletions.buckets);
    writer.records(Section::DeletionHashes, &deletions.hashes);
    writer.records(Section::DeletionTargets, &deletions.targets);
    writer.records(Section::Stems, &deletions.stems);
    writer.records(
        Section::Identity,
        identity(source, source_sha256).as_bytes(),
    );
    writer.records(Section::Text, text.blob.as_bytes());
    if u32::try_from(text.blob.len()).is_err() {
        return Err(CompileError::TooMuch { what: "text" });
    }
    Ok(writer.finish(lexicon::fingerprint()))
}

/// Why a source is not compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Two concepts share a code.
    #[error("the code {code} stands twice")]
    DuplicateCode {
        /// The code.
        code: String,
    },
    /// A concept names a parent or a default that is not before it, or not there.
    #[error("{code} names a {relation} that is not among the concepts, or stands after it")]
    Dangling {
        /// The concept's code.
        code: String,
        /// `parent` or `default`.
        relation: &'static str,
    },
    /// A concept without code or title.
    #[error("concept number {number} has no {what}")]
    Empty {
        /// Its place, from 0.
        number: usize,
        /// `code` or `title`.
        what: &'static str,
    },
    /// More than the format can hold.
    #[error("too much {what} for one release file")]
    TooMuch {
        /// Of what.
        what: &'static str,
    },
}

fn check(source: &Source) -> Result<(), CompileError> {
    let mut seen = HashMap::with_capacity(source.concepts.len());
    if source.concepts.len() >= (NONE / 2) as usize {
        return Err(CompileError::TooMuch { what: "concepts" });
    }
    for (number, concept) in source.concepts.iter().enumerate() {
        if concept.code.trim().is_empty() {
            return Err(CompileError::Empty {
                number,
                what: "code",
            });
        }
        if concept.title.trim().is_empty() {
            return Err(CompileError::Empty {
                number,
                what: "title",
            });
        }
        if concept
            .parent
            .is_some_and(|parent| parent as usize >= number)
        {
            return Err(CompileError::Dangling {
                code: concept.code.clone(),
                relation: "parent",
            });
        }
        if concept
            .default
            .is_some_and(|default| default as usize >= source.concepts.len())
        {
            return Err(CompileError::Dangling {
                code: concept.code.clone(),
                relation: "default",
            });
        }
        if seen
            .insert(concept.code.to_ascii_uppercase(), number)
            .is_some()
        {
            return Err(CompileError::DuplicateCode {
                code: concept.code.clone(),
            });
        }
    }
    Ok(())
}

/// All text of the release, each wording once.
#[derive(Default)]
struct Text {
    blob: String,
    known: HashMap<String, Span>,
}

impl Text {
    fn span(&mut self, text: &str) -> Span {
        if text.is_empty() {
            return Span::default();
        }
        if let Some(span) = self.known.get(text) {
            return *span;
        }
        let span = Span {
            start: self.blob.len() as u32,
            len: text.len() as u32,
        };
        self.blob.push_str(text);
        self.known.insert(text.to_owned(), span);
        span
    }
}

fn identity(source: &Source, source_sha256: &str) -> String {
    format!(
        "system={}\nuri={}\ntitle={}\nversion={}\nvalid_from={}\nsource_sha256={}\ndotted={}\n",
        source.system,
        source.uri,
        source.title,
        source.version,
        source.valid_from.as_deref().unwrap_or_default(),
        source_sha256,
        source.dotted
    )
}

fn concepts(
    source: &Source,
    terms: &[terms::Term],
    text: &mut Text,
    writer: &mut Writer,
) -> Vec<ConceptRecord> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); source.concepts.len()];
    for (number, concept) in source.concepts.iter().enumerate() {
        if let Some(parent) = concept.parent {
            children[parent as usize].push(number as u32);
        }
    }
    let mut concept_terms: Vec<Vec<u32>> = vec![Vec::new(); source.concepts.len()];
    for (number, term) in terms.iter().enumerate() {
        concept_terms[term.concept as usize].push(number as u32);
    }
    let mut pieces = json::Pieces::default();
    let references = references(source, &children, &mut pieces);
    let mut lists = Lists::default();
    let mut records: Vec<ConceptRecord> = source
        .concepts
        .iter()
        .enumerate()
        .map(|(number, concept)| {
            lists.concept(concept, &children[number], &concept_terms[number], text)
        })
        .collect();
    let roots = (0..).zip(&source.concepts);
    lists.children.extend(
        roots
            .filter(|(_, concept)| concept.parent.is_none())
            .map(|(number, _)| number),
    );
    for (number, record) in records.iter_mut().enumerate() {
        record.reference = references[number];
        record.terms_json = pieces.terms(designations(&concept_terms[number], terms));
        record.notes_json = pieces.notes(&source.concepts[number]);
    }
    writer.records(Section::Json, &pieces.bytes);
    writer.records(Section::Children, &lists.children);
    writer.records(Section::ConceptTerms, &lists.terms);
    writer.records(Section::Notes, &lists.notes);
    writer.records(Section::References, &lists.references);
    writer.records(Section::Seventh, &lists.seventh);
    records
}

/// The concepts as others refer to them, brothers beside each other.
fn references(source: &Source, children: &[Vec<u32>], pieces: &mut json::Pieces) -> Vec<Span> {
    let mut references = vec![Span::default(); source.concepts.len()];
    let mut refer = |number: u32| {
        references[number as usize] = pieces.reference(&source.concepts[number as usize]);
    };
    children.iter().flatten().copied().for_each(&mut refer);
    let roots = (0..).zip(&source.concepts);
    roots
        .filter(|(_, concept)| concept.parent.is_none())
        .for_each(|(number, _)| refer(number));
    references
}

/// The terms of a concept beside its title.
fn designations<'t>(
    numbers: &[u32],
    terms: &'t [terms::Term],
) -> impl Iterator<Item = (&'t str, TermSource)> {
    numbers
        .iter()
        .map(|&number| &terms[number as usize])
        .filter(|term| term.source != TermSource::Title)
        .map(|term| (term.text.as_str(), term.source))
}

/// What concept records point to.
#[derive(Default)]
struct Lists {
    children: Vec<u32>,
    terms: Vec<u32>,
    notes: Vec<NoteRecord>,
    references: Vec<ReferenceRecord>,
    seventh: Vec<SeventhRecord>,
}

impl Lists {
    fn concept(
        &mut self,
        concept: &SourceConcept,
        children: &[u32],
        terms: &[u32],
        text: &mut Text,
    ) -> ConceptRecord {
        ConceptRecord {
            code: text.span(&concept.code),
            title: text.span(&concept.title),
            short_title: text.span(concept.short_title.as_deref().unwrap_or_default()),
            parent: concept.parent.unwrap_or(NONE),
            default: concept.default.unwrap_or(NONE),
            children: append(&mut self.children, children.iter().copied()),
            terms: append(&mut self.terms, terms.iter().copied()),
            notes: self.notes(concept, text),
            reference: Span::default(),
            terms_json: Span::default(),
            notes_json: Span::default(),
            seventh: append(
                &mut self.seventh,
                concept.seventh.iter().map(|seventh| SeventhRecord {
                    meaning: text.span(&seventh.meaning),
                    character: u32::from(seventh.character),
                }),
            ),
            level: concept.level as u8,
            chapter: concept.chapter,
            flags: flags(concept),
            unused: 0,
        }
    }

    fn notes(&mut self, concept: &SourceConcept, text: &mut Text) -> Range {
        let references = &mut self.references;
        append(
            &mut self.notes,
            concept.notes.iter().map(|note| NoteRecord {
                text: text.span(&note.text),
                references: append(
                    references,
                    note.references.iter().map(|reference| ReferenceRecord {
                        first: text.span(&reference.first),
                        last: text.span(&reference.last),
                        start: reference.start,
                        end: reference.end,
                    }),
                ),
                kind: note.kind as u32,
            }),
        )
    }
}

fn flags(concept: &SourceConcept) -> u8 {
    let billable = if concept.billable { BILLABLE } else { 0 };
    let active = if concept.active { ACTIVE } else { 0 };
    billable | active
}

/// Appends `items` to `list` and says where they stand.
fn append<T>(list: &mut Vec<T>, items: impl IntoIterator<Item = T>) -> Range {
    let start = list.len();
    list.extend(items);
    Range {
        start: start as u32,
        len: (list.len() - start) as u32,
    }
}
