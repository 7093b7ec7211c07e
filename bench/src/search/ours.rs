//! medcover's own index, in process.

use std::hint::black_box;

use anyhow::Result;
use medcover_terms::ConceptId;
use medcover_terms::search::{Query, Scratch};

use super::class::Class;
use super::engine::{Engine, Share, TOP};
use crate::corpus::Corpus;

pub struct Ours<'c> {
    corpus: &'c Corpus,
    scratch: Scratch,
    answer: Vec<ConceptId>,
}

impl<'c> Ours<'c> {
    pub fn new(corpus: &'c Corpus) -> Self {
        Self {
            corpus,
            scratch: Scratch::new(),
            answer: Vec::with_capacity(TOP),
        }
    }
}

impl Engine for Ours<'_> {
    fn name(&self) -> &'static str {
        "medcover"
    }

    fn description(&self) -> String {
        format!(
            "the compiled release, {} concepts and {} terms, called in process as the API calls it",
            self.corpus.release.concept_count(),
            self.corpus.release.term_count()
        )
    }

    fn share(&self, _: Class) -> Share {
        Share::WHOLE
    }

    fn ask(&mut self, class: Class, text: &str) -> Result<()> {
        let release = &self.corpus.release;
        self.answer.clear();
        if class == Class::Code {
            let found = release.find(text);
            self.answer.extend(found.map(|concept| {
                black_box((concept.code(), concept.title()));
                concept.id()
            }));
            return Ok(());
        }
        let query = Query {
            completing: class == Class::Autocomplete,
            // As the API asks for a page: one more tells whether another page follows.
            wanted: TOP + 1,
            ..Query::new(text)
        };
        for hit in release.search(&query, &mut self.scratch).iter().take(TOP) {
            let concept = release.concept(hit.concept);
            black_box((concept.code(), concept.title()));
            self.answer.push(hit.concept);
        }
        Ok(())
    }

    fn answer(&self) -> Vec<u32> {
        self.answer
            .iter()
            .map(|&id| self.corpus.place(id))
            .collect()
    }
}
