//! How people mistype.

use crate::random::Random;

/// Shortest word that is misspelt.
pub const LEAST_LETTERS: usize = 4;
/// Shortest word that is misspelt twice.
const LEAST_LETTERS_FOR_TWO: usize = 7;

/// Misspells `words` by `edits` letters: one left out, put in, replaced, or two neighbours exchanged, the first letter
/// included. Two edits fall into one word or into two by chance. `None` where the words are too short for it.
pub fn mistype(words: &[String], edits: usize, random: &mut Random) -> Option<Vec<String>> {
    let long_enough = |least: usize| {
        let places: Vec<_> = (0..words.len())
            .filter(|&at| {
                words[at].len() >= least && words[at].bytes().all(|b| b.is_ascii_lowercase())
            })
            .collect();
        places
    };
    let mut places = long_enough(LEAST_LETTERS);
    let places = if edits == 1 {
        vec![*places.get(random.below(places.len().max(1)))?]
    } else {
        let long = long_enough(LEAST_LETTERS_FOR_TWO);
        if places.len() >= 2 && (long.is_empty() || random.below(2) == 0) {
            random.shuffle(&mut places);
            places[..2].to_vec()
        } else {
            vec![*long.get(random.below(long.len().max(1)))?; 2]
        }
    };
    let mut typed = words.to_vec();
    for place in places {
        typed[place] = edit(&typed[place], random);
    }
    (typed != words).then_some(typed)
}

fn edit(word: &str, random: &mut Random) -> String {
    let mut letters = word.as_bytes().to_vec();
    let at = random.below(letters.len());
    let letter = b'a' + random.below(26) as u8;
    match random.below(4) {
        0 => letters.insert(at, letter),
        1 => letters[at] = letter,
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => {
            letters.remove(at);
        }
    }
    String::from_utf8(letters).expect("the words are ASCII")
}

#[cfg(test)]
mod tests {
    use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};

    use super::*;

    #[test]
    fn makes_no_more_edits_than_asked_for() {
        let words = ["diabetes", "with", "hyperglycemia"].map(str::to_owned);
        // Two letters exchanged, and one put between them, count as three in this measure.
        let near = [1, 3].map(|edits| LevenshteinAutomatonBuilder::new(edits, true));
        let mut random = Random::new(7);
        for round in 0..2_000 {
            let edits = 1 + round % 2;
            let Some(typed) = mistype(&words, edits, &mut random) else {
                continue;
            };
            let dfa = near[edits - 1].build_dfa(&words.join(" "));
            let distance = dfa.eval(typed.join(" "));
            assert!(matches!(distance, Distance::Exact(_)), "{typed:?}");
        }
    }

    #[test]
    fn leaves_short_words_alone() {
        let words = ["of", "the"].map(str::to_owned);
        assert_eq!(mistype(&words, 1, &mut Random::new(7)), None);
        assert_eq!(mistype(&["gout".to_owned()], 2, &mut Random::new(7)), None);
    }
}
