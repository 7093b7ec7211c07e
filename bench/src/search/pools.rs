//! Queries, made from the release with a fixed seed.

use std::collections::{HashMap, HashSet};

use medcover_terms::source::{Level, SourceConcept};

use super::class::Class;
use super::typing::{LEAST_LETTERS, mistype};
use crate::corpus::{Corpus, Meant, fold};
use crate::random::Random;

/// Most words of a query with typos; longer terms are cut, because nobody types twenty words.
const MOST_WORDS_MISTYPED: usize = 5;
/// How many of the release's words count as common.
const COMMON_WORDS: usize = 1_000;

/// A query and what answers it.
pub struct Asked {
    pub text: String,
    pub meant: Meant,
}

/// `count` different queries of one class.
pub fn pool(corpus: &Corpus, class: Class, count: usize, seed: u64) -> Vec<Asked> {
    let mut maker = Maker {
        concepts: (0..)
            .zip(&corpus.source.concepts)
            .filter(|(_, concept)| !matches!(concept.level, Level::Chapter | Level::Block))
            .collect(),
        common: common_words(corpus),
        random: Random::new(seed ^ (class as u64 + 1)),
    };
    let mut seen = HashSet::new();
    let mut pool = Vec::with_capacity(count);
    while pool.len() < count {
        let number = pool.len();
        let asked = maker.ask(class, number);
        pool.extend(asked.filter(|asked| seen.insert(asked.text.clone())));
    }
    pool
}

fn common_words(corpus: &Corpus) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, term) in corpus.terms() {
        for word in term.split(' ').filter(|word| word.len() >= LEAST_LETTERS) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    words.truncate(COMMON_WORDS);
    words.into_iter().map(|(word, _)| word.to_owned()).collect()
}

struct Maker<'c> {
    concepts: Vec<(u32, &'c SourceConcept)>,
    common: Vec<String>,
    random: Random,
}

impl Maker<'_> {
    /// A query, or `None` where what chance picked is not fit for one.
    fn ask(&mut self, class: Class, number: usize) -> Option<Asked> {
        let (place, concept) = *self.random.pick(&self.concepts);
        let title = fold(&concept.title);
        match class {
            Class::Code => Some(self.code(place, &concept.code)),
            Class::Autocomplete => match number % 3 {
                0 => self.beginning(&title),
                1 => Some(self.common()),
                _ => self.half_typed(place, title),
            },
            Class::Title => Some(asked(concept.title.clone(), Some(place), title)),
            Class::Words => self.some_words(place, title, 1, 2),
            Class::Shuffled => self.some_words(place, title, 3, 6),
            Class::OneTypo => self.mistyped(place, concept, 1),
            Class::TwoTypos => self.mistyped(place, concept, 2),
        }
    }

    /// A code in one of its notations.
    fn code(&mut self, place: u32, code: &str) -> Asked {
        let text = match self.random.below(4) {
            0 => code.to_owned(),
            1 => code.replace('.', ""),
            2 => code.to_lowercase(),
            _ => code.replace('.', "").to_lowercase(),
        };
        asked(text, Some(place), Vec::new())
    }

    /// The first one to five letters of a word.
    fn beginning(&mut self, title: &[String]) -> Option<Asked> {
        let word = self.random.pick(title);
        let letters = self.random.between(1, 5);
        let text = word.get(..letters)?.to_owned();
        Some(open(text.clone(), None, vec![text]))
    }

    fn common(&mut self) -> Asked {
        let word = self.random.pick(&self.common).clone();
        open(word.clone(), None, vec![word])
    }

    /// A title of which one or more words and the beginning of another are typed.
    fn half_typed(&mut self, place: u32, mut title: Vec<String>) -> Option<Asked> {
        if title.len() < 2 {
            return None;
        }
        let whole = self.random.between(1, (title.len() - 1).min(5));
        title.truncate(whole + 1);
        let last = &mut title[whole];
        let letters = self.random.between(1, last.len());
        if !last.is_char_boundary(letters) {
            return None;
        }
        last.truncate(letters);
        Some(open(title.join(" "), Some(place), title))
    }

    /// Some of the longer words of a title, in any order.
    fn some_words(
        &mut self,
        place: u32,
        title: Vec<String>,
        least: usize,
        most: usize,
    ) -> Option<Asked> {
        let mut words: Vec<_> = title
            .into_iter()
            .filter(|word| word.len() >= LEAST_LETTERS)
            .collect();
        words.sort_unstable();
        words.dedup();
        if words.len() < least {
            return None;
        }
        self.random.shuffle(&mut words);
        let kept = self.random.between(least, most.min(words.len()));
        words.truncate(kept);
        Some(asked(words.join(" "), Some(place), words))
    }

    /// A title or another term, or some words of it in a row, misspelt.
    fn mistyped(&mut self, place: u32, concept: &SourceConcept, edits: usize) -> Option<Asked> {
        let text = match self.random.below(concept.terms.len() + 1) {
            0 => &concept.title,
            other => &concept.terms[other - 1].text,
        };
        let mut words = fold(text);
        if words.len() > MOST_WORDS_MISTYPED {
            let first = self.random.below(words.len() - MOST_WORDS_MISTYPED + 1);
            words = words[first..first + MOST_WORDS_MISTYPED].to_vec();
        }
        let typed = mistype(&words, edits, &mut self.random)?;
        Some(asked(typed.join(" "), Some(place), words))
    }
}

fn asked(text: String, concept: Option<u32>, words: Vec<String>) -> Asked {
    Asked {
        text,
        meant: Meant {
            concept,
            words,
            open: false,
        },
    }
}

fn open(text: String, concept: Option<u32>, words: Vec<String>) -> Asked {
    let mut asked = asked(text, concept, words);
    asked.meant.open = true;
    asked
}
