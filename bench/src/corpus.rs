//! The whole ICD-10-CM: as loaded, as compiled, and which answers to a query are right.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use medcover_terminology::load::fetch::Fetcher;
use medcover_terminology::load::{self, Input, Quiet, SystemKind};
use medcover_terms::source::{Level, Source};
use medcover_terms::{ConceptId, Release, compile};

/// The folder of the whole repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The public package that carries the release, from `target/sources/` or fetched into it.
pub fn package() -> Result<Vec<Input>> {
    let fetcher = Fetcher {
        folder: repository().join("target/sources"),
        enabled: true,
    };
    Ok(fetcher.known("icd10cm", &mut Quiet)?)
}

/// The release, and everything that asks about it.
pub struct Corpus {
    pub source: Source,
    pub release: Release<Vec<u8>>,
    /// Places in the source by the compiled release's numbers.
    places: HashMap<ConceptId, u32>,
    /// For each concept its terms, the title first, each folded between two blanks.
    terms: Vec<Vec<String>>,
}

/// What the author of a query had in mind.
#[derive(Clone, Debug)]
pub struct Meant {
    /// The concept the query was made from, where it was made from one.
    pub concept: Option<u32>,
    /// The words that were meant, before any misspelling.
    pub words: Vec<String>,
    /// Whether the last word is only the beginning of one.
    pub open: bool,
}

impl Corpus {
    pub fn load() -> Result<Self> {
        let (source, _) = load::read(&package()?, &SystemKind::Icd10Cm, &mut Quiet)?;
        Self::of(source)
    }

    fn of(source: Source) -> Result<Self> {
        let file = compile(&source, "bench").context("the release compiles")?;
        let release = Release::open(file).context("the compiled release opens")?;
        let places = (0..)
            .zip(&source.concepts)
            .filter_map(|(place, concept)| Some((release.find(&concept.code)?.id(), place)))
            .collect();
        let terms = source
            .concepts
            .iter()
            .map(|concept| {
                let others = concept.terms.iter().map(|term| term.text.as_str());
                std::iter::once(concept.title.as_str())
                    .chain(others)
                    .map(|text| format!(" {} ", fold(text).join(" ")))
                    .collect()
            })
            .collect();
        Ok(Self {
            source,
            release,
            places,
            terms,
        })
    }

    /// The place in the source of a concept of the compiled release.
    pub fn place(&self, id: ConceptId) -> u32 {
        self.places.get(&id).copied().unwrap_or(u32::MAX)
    }

    /// The folded terms of every concept: what peers index.
    pub fn terms(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..)
            .zip(&self.terms)
            .flat_map(|(place, terms)| terms.iter().map(move |term| (place, term.trim())))
    }

    /// Whether `hit` answers the query: it is the concept meant, one below it, one above it within the category, or one
    /// of its own terms holds every word that was meant, so that nobody could tell the two apart by the query.
    pub fn accepts(&self, meant: &Meant, hit: u32) -> bool {
        let related = meant
            .concept
            .is_some_and(|concept| self.above(concept, hit) || self.above(hit, concept));
        related || (!meant.words.is_empty() && self.holds(hit, meant))
    }

    /// Whether `upper` is `lower` or stands above it, up to the category.
    fn above(&self, lower: u32, upper: u32) -> bool {
        let concepts = &self.source.concepts;
        let mut at = Some(lower);
        while let Some(concept) = at.and_then(|place| concepts.get(place as usize)) {
            if at == Some(upper) {
                return true;
            }
            at = concept.parent.filter(|_| {
                !matches!(
                    concept.level,
                    Level::Category | Level::Block | Level::Chapter
                )
            });
        }
        false
    }

    fn holds(&self, hit: u32, meant: &Meant) -> bool {
        let Some(terms) = self.terms.get(hit as usize) else {
            return false;
        };
        terms.iter().any(|term| {
            meant.words.iter().enumerate().all(|(number, word)| {
                let open = meant.open && number + 1 == meant.words.len();
                term.match_indices(word.as_str()).any(|(at, _)| {
                    term.as_bytes()[at - 1] == b' '
                        && (open || term.as_bytes()[at + word.len()] == b' ')
                })
            })
        })
    }
}

/// The words of a text in small letters.
pub fn fold(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use medcover_terms::source::SourceConcept;

    use super::*;

    fn corpus() -> Corpus {
        let concept = |code: &str, level, parent, title: &str| SourceConcept {
            code: code.to_owned(),
            level,
            parent,
            title: title.to_owned(),
            active: true,
            chapter: 1,
            ..SourceConcept::default()
        };
        let concepts = vec![
            concept("1", Level::Chapter, None, "Infections"),
            concept("A00", Level::Category, Some(0), "Cholera"),
            concept("A00.0", Level::Subcategory, Some(1), "Classical cholera"),
            concept("A00.9", Level::Subcategory, Some(1), "Cholera, unspecified"),
        ];
        Corpus::of(Source {
            system: "icd10cm".to_owned(),
            dotted: true,
            concepts,
            ..Source::default()
        })
        .expect("the release compiles")
    }

    fn meant(concept: u32, words: &[&str], open: bool) -> Meant {
        Meant {
            concept: Some(concept),
            words: words.iter().map(|&word| word.to_owned()).collect(),
            open,
        }
    }

    #[test]
    fn accepts_the_line_within_the_category_and_no_sibling() {
        let corpus = corpus();
        let meant = meant(2, &["classical", "cholera"], false);
        let accepted: Vec<_> = (0..4).filter(|&hit| corpus.accepts(&meant, hit)).collect();
        assert_eq!(accepted, [1, 2]);
    }

    #[test]
    fn accepts_whatever_holds_all_words_that_were_meant() {
        let corpus = corpus();
        assert!(corpus.accepts(&meant(2, &["cholera"], false), 3));
        assert!(corpus.accepts(&meant(2, &["unspecified", "chol"], true), 3));
        assert!(!corpus.accepts(&meant(2, &["unspecified", "chol"], false), 3));
    }

    #[test]
    fn knows_concepts_of_the_compiled_release() {
        let corpus = corpus();
        let found = corpus.release.find("a009").expect("a code without its dot");
        assert_eq!(corpus.place(found.id()), 3);
    }
}
