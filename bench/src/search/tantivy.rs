//! Tantivy, in process: BM25 over stemmed words, fuzzy words ranked after their expansion.
//!
//! It is asked the fastest way it offers: queries are built by hand rather than parsed, one segment, and the concept of
//! a hit comes from a fast field rather than from the document store.

use anyhow::{Context as _, Result};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::query::{
    BooleanQuery, BoostQuery, DisjunctionMaxQuery, PhrasePrefixQuery, Query, TermQuery,
};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, Searcher, TantivyDocument, Term};
use tantivy_fst::Automaton;

use super::class::Class;
use super::engine::{Engine, Share, TOP, plain_code};
use crate::corpus::Corpus;

/// Most words that a misspelt or begun word is expanded to; the default of Lucene and of Tantivy's phrase prefix.
const MAX_EXPANSIONS: usize = 50;
/// Memory for the writer, enough that it writes one segment.
const WRITER_BYTES: usize = 256 << 20;

/// Which words of a query with typos are expanded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// All, as `fuzziness: AUTO` of its like does.
    Every,
    /// Only those that no document holds, which is faster and misses words mistyped into other words.
    Unknown,
}

pub struct Tantivy {
    searcher: Searcher,
    concepts: Column<u64>,
    fields: Fields,
    stems: TextAnalyzer,
    words: TextAnalyzer,
    automata: [LevenshteinAutomatonBuilder; 2],
    expansion: Expansion,
    terms: usize,
    answer: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Fields {
    code: Field,
    stems: Field,
    words: Field,
    concept: Field,
}

impl Tantivy {
    pub fn build(corpus: &Corpus) -> Result<Self> {
        let (schema, fields) = schema();
        let index = Index::create_in_ram(schema);
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)?;
        let mut terms = 0;
        for (place, term) in corpus.terms() {
            let mut document = TantivyDocument::new();
            document.add_text(fields.stems, term);
            document.add_text(fields.words, term);
            document.add_u64(fields.concept, u64::from(place));
            writer.add_document(document)?;
            terms += 1;
        }
        for (place, concept) in (0_u64..).zip(&corpus.source.concepts) {
            let mut document = TantivyDocument::new();
            document.add_text(fields.code, plain_code(&concept.code));
            document.add_u64(fields.concept, place);
            writer.add_document(document)?;
        }
        writer.commit()?;
        let segments = index.searchable_segment_ids()?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.wait_merging_threads()?;
        let searcher = index.reader()?.searcher();
        let concepts = searcher.segment_reader(0).fast_fields().u64("concept")?;
        let analyzer = |name| index.tokenizers().get(name).context("a built-in tokenizer");
        Ok(Self {
            searcher,
            concepts,
            fields,
            stems: analyzer("en_stem")?,
            words: analyzer("default")?,
            automata: [1, 2].map(|distance| LevenshteinAutomatonBuilder::new(distance, true)),
            expansion: Expansion::Every,
            terms,
            answer: Vec::new(),
        })
    }

    /// The same index, asked so that misspelt words are expanded otherwise.
    pub fn expanding(mut self, expansion: Expansion) -> Self {
        self.expansion = expansion;
        self
    }

    fn query(&mut self, class: Class, text: &str) -> Result<Box<dyn Query>> {
        match class {
            Class::Code => Ok(term(self.fields.code, plain_code(text).as_bytes())),
            Class::Autocomplete => self.beginning(text),
            Class::OneTypo | Class::TwoTypos => self.misspelt(text),
            _ => {
                let stems = tokens(&mut self.stems, text);
                let any = stems
                    .iter()
                    .map(|stem| term(self.fields.stems, stem.as_bytes()));
                Ok(Box::new(BooleanQuery::union(any.collect())))
            }
        }
    }

    /// A phrase of which the last word is the beginning of one.
    fn beginning(&mut self, text: &str) -> Result<Box<dyn Query>> {
        let words = tokens(&mut self.words, text);
        if let [only] = &words[..] {
            let inverted = self
                .searcher
                .segment_reader(0)
                .inverted_index(self.fields.words)?;
            let mut stream = inverted.terms().range().ge(only).into_stream()?;
            let mut any = Vec::new();
            while any.len() < MAX_EXPANSIONS
                && stream.advance()
                && stream.key().starts_with(only.as_bytes())
            {
                any.push(term(self.fields.words, stream.key()));
            }
            return Ok(Box::new(BooleanQuery::union(any)));
        }
        let terms = words
            .iter()
            .map(|word| Term::from_field_text(self.fields.words, word));
        Ok(Box::new(PhrasePrefixQuery::new(terms.collect())))
    }

    /// Any of the words, each by the best of the words near it.
    fn misspelt(&mut self, text: &str) -> Result<Box<dyn Query>> {
        let words = tokens(&mut self.words, text);
        let inverted = self
            .searcher
            .segment_reader(0)
            .inverted_index(self.fields.words)?;
        let dictionary = inverted.terms();
        let mut any: Vec<Box<dyn Query>> = Vec::with_capacity(words.len());
        for word in &words {
            let known = || Ok::<_, tantivy::TantivyError>(dictionary.get(word)?.is_some());
            let exact = match word.chars().count() {
                0..=2 => true,
                _ => self.expansion == Expansion::Unknown && known()?,
            };
            if exact {
                any.push(term(self.fields.words, word.as_bytes()));
                continue;
            }
            let distance = if word.chars().count() <= 5 { 1 } else { 2 };
            let near = Near(self.automata[distance - 1].build_dfa(word));
            let mut found = Vec::new();
            let mut stream = dictionary.search(&near).into_stream()?;
            while stream.advance() {
                let edits = near.0.eval(stream.key()).to_u8();
                found.push((edits, stream.key().to_vec()));
            }
            found.sort_unstable();
            found.truncate(MAX_EXPANSIONS);
            let near = found.into_iter().map(|(edits, key)| {
                let boost = 1.0 / (1.0 + f32::from(edits));
                let query = BoostQuery::new(term(self.fields.words, &key), boost);
                Box::new(query) as Box<dyn Query>
            });
            any.push(Box::new(DisjunctionMaxQuery::new(near.collect())));
        }
        Ok(Box::new(BooleanQuery::union(any)))
    }
}

impl Engine for Tantivy {
    fn name(&self) -> &'static str {
        match self.expansion {
            Expansion::Every => "Tantivy",
            Expansion::Unknown => "Tantivy, unknown words expanded only",
        }
    }

    fn description(&self) -> String {
        let how = match self.expansion {
            Expansion::Every => "every word",
            Expansion::Unknown => "words that no term holds",
        };
        format!(
            "{} in memory, {} terms as documents in one segment, English stems, BM25, top {TOP}; prefixes as phrase \
             prefix; with typos {how} expanded by a Levenshtein automaton (1 edit from 3 letters, 2 from 6, at most \
             {MAX_EXPANSIONS} words, the best counts, nearer words weigh more)",
            tantivy::version_string(),
            self.terms
        )
    }

    fn share(&self, class: Class) -> Share {
        if class.misspelt() {
            return Share {
                rounds: 2,
                ..Share::WHOLE
            };
        }
        Share::WHOLE
    }

    fn ask(&mut self, class: Class, text: &str) -> Result<()> {
        let query = self.query(class, text)?;
        let limit = if class == Class::Code { 1 } else { TOP };
        let hits = self
            .searcher
            .search(&*query, &TopDocs::with_limit(limit).order_by_score())?;
        self.answer.clear();
        let concepts = hits
            .iter()
            .filter_map(|(_, hit)| self.concepts.first(hit.doc_id));
        self.answer.extend(concepts.map(|concept| concept as u32));
        Ok(())
    }

    fn answer(&self) -> Vec<u32> {
        self.answer.clone()
    }
}

fn schema() -> (Schema, Fields) {
    let text = |tokenizer| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        TextOptions::default().set_indexing_options(indexing)
    };
    let mut schema = Schema::builder();
    let fields = Fields {
        code: schema.add_text_field("code", STRING),
        stems: schema.add_text_field("stems", text("en_stem")),
        words: schema.add_text_field("words", text("default")),
        concept: schema.add_u64_field("concept", FAST),
    };
    (schema.build(), fields)
}

fn term(field: Field, key: &[u8]) -> Box<dyn Query> {
    let text = std::str::from_utf8(key).expect("terms are text");
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn tokens(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    analyzer
        .token_stream(text)
        .process(&mut |token| tokens.push(token.text.clone()));
    tokens
}

/// The words near one word.
struct Near(DFA);

impl Automaton for &Near {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
