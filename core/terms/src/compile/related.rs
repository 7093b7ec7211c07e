//! Words that are forms of one another: `diabetes` and `diabetic`, `fracture` and `fractured`.

use super::append;
use super::words::Vocabulary;
use crate::format::{Range, RelatedRecord};
use crate::lexicon;
use crate::text;

/// Least number of letters that both words must share before their endings.
const LEAST_STEM: usize = 4;
/// Most related words kept for one word, the strongest.
const MOST: usize = 8;

pub(super) struct Related {
    pub(super) of_word: Vec<Range>,
    pub(super) records: Vec<RelatedRecord>,
}

/// Ties each word to those that the rules of `data/language/derivation.tsv` make of it and that terms do hold.
pub(super) fn build(vocabulary: &Vocabulary) -> Related {
    let mut related = Related {
        of_word: Vec::new(),
        records: Vec::new(),
    };
    for (id, word) in vocabulary.words.iter().enumerate() {
        let mut forms: Vec<RelatedRecord> = Vec::new();
        for &(ending, other, strength) in lexicon::derivations() {
            let Some(stem) = word.text.strip_suffix(ending) else {
                continue;
            };
            let whole_words = ending.len() + other.len() >= 8 && stem.is_empty();
            if stem.len() < LEAST_STEM && !whole_words {
                continue;
            }
            let form = format!("{stem}{other}");
            let Some(found) = vocabulary.id(text::fold(&form).as_str()) else {
                continue;
            };
            let found_word = &vocabulary.words[found as usize];
            if found as usize == id || found_word.vocabulary_only {
                continue;
            }
            match forms.iter_mut().find(|known| known.word == found) {
                Some(known) => known.strength = known.strength.max(strength),
                None => forms.push(RelatedRecord {
                    word: found,
                    strength,
                }),
            }
        }
        forms.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.word.cmp(&b.word)));
        forms.truncate(MOST);
        related.of_word.push(append(&mut related.records, forms));
    }
    related
}
