//! Similarity of a query and a term: trigrams in common.

/// Similarity of `query` and the words of `term` that come nearest to it: for each word of the query the best Dice
/// coefficient of letter trigrams with a word of the term, averaged by the words' lengths. 1 when every word of the query
/// stands in the term, 0 when no word shares three letters in a row with any. The same on every search path.
pub fn similarity(query: &str, term: &str) -> f32 {
    Trigrams::of(query).met_by(term)
}

/// The words of a text, each with its trigrams; a word is padded by two blanks before and one after.
pub(super) struct Trigrams {
    words: Vec<Vec<[u8; 3]>>,
}

impl Trigrams {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Vec::new();
        crate::text::words(text, |word, _| {
            words.push(trigrams(crate::text::fold(word).as_bytes()));
        });
        Self { words }
    }

    pub(super) fn met_by(&self, term: &str) -> f32 {
        let term = Self::of(term);
        let letters: usize = self.words.iter().map(Vec::len).sum();
        if letters == 0 {
            return 0.0;
        }
        let met: f32 = self
            .words
            .iter()
            .map(|word| {
                let best = term
                    .words
                    .iter()
                    .map(|other| dice(word, other))
                    .fold(0.0, f32::max);
                best * word.len() as f32
            })
            .sum();
        met / letters as f32
    }
}

fn trigrams(word: &[u8]) -> Vec<[u8; 3]> {
    let mut padded = Vec::with_capacity(word.len() + 3);
    padded.extend_from_slice(b"  ");
    padded.extend_from_slice(word);
    padded.push(b' ');
    let mut trigrams: Vec<[u8; 3]> = padded
        .windows(3)
        .map(|three| [three[0], three[1], three[2]])
        .collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

/// Twice the trigrams in common, by the trigrams of both.
fn dice(a: &[[u8; 3]], b: &[[u8; 3]]) -> f32 {
    let common = a
        .iter()
        .filter(|trigram| b.binary_search(trigram).is_ok())
        .count();
    2.0 * common as f32 / (a.len() + b.len()).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_for_the_same_and_zero_for_the_unlike() {
        assert!((similarity("Heart failure", "acute heart failure") - 1.0).abs() < 1e-6);
        assert!(similarity("xyzzy", "acute heart failure") < 1e-6);
        let slip = similarity("diabetis", "type 2 diabetes mellitus");
        assert!((0.4..1.0).contains(&slip), "{slip}");
        assert!(similarity("", "anything") < 1e-6);
    }
}
