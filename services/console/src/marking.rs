//! Which words of a text the query met, so that a page can mark them.
//!
//! The search itself says which term matched, not which of its words; this reading is for the eye only and errs towards
//! marking nothing.

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// Words longer than this are not compared letter by letter.
const LONGEST: usize = 32;
/// A word shares its stem with another when this many letters and two thirds of the shorter one agree from the start.
const STEM: usize = 4;

/// `text` in stretches, whose words are marked that a word of `query` begins, inflects or misspells.
pub(crate) fn mark(text: &str, query: &str) -> Vec<Stretch> {
    let wanted: Vec<Vec<char>> = words(query).map(|(_, word)| letters(word)).collect();
    let mut stretches = Vec::new();
    let mut from = 0;
    for (start, word) in words(text) {
        let met = letters(word);
        if wanted.iter().any(|wanted| meets(wanted, &met)) {
            push(&mut stretches, &text[from..start], false);
            push(&mut stretches, word, true);
            from = start + word.len();
        }
    }
    push(&mut stretches, &text[from..], false);
    stretches
}

fn push(stretches: &mut Vec<Stretch>, text: &str, marked: bool) {
    if !text.is_empty() {
        let text = text.to_owned();
        stretches.push(Stretch { text, marked });
    }
}

/// The words of `text` with the byte where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let end = text[start..]
            .find(|c: char| !c.is_alphanumeric())
            .map_or(text.len(), |length| start + length);
        rest = end;
        Some((start, &text[start..end]))
    })
}

fn letters(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

fn meets(wanted: &[char], met: &[char]) -> bool {
    if wanted.len() > LONGEST || met.len() > LONGEST {
        return false;
    }
    let shorter = wanted.len().min(met.len());
    let shared = wanted.iter().zip(met).take_while(|(a, b)| a == b).count();
    let begins = shared == wanted.len() && (shared > 1 || wanted == met);
    let stem = shared >= STEM && shared * 3 >= shorter * 2;
    begins || stem || distance(wanted, met) <= allowed(shorter)
}

/// Spelling mistakes forgiven in a word of so many letters.
const fn allowed(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Letters changed, added, dropped or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, query: &str) -> String {
        let stretches = mark(text, query);
        let joined: String = stretches.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(joined, text, "no letter is lost");
        stretches
            .into_iter()
            .map(|s| {
                if s.marked {
                    format!("[{}]", s.text)
                } else {
                    s.text
                }
            })
            .collect()
    }

    #[test]
    fn marks_words_begun_inflected_and_misspelt() {
        assert_eq!(
            marked("Heart attack NOS", "heart attac"),
            "[Heart] [attack] NOS"
        );
        assert_eq!(
            marked("Diabetic neuropathy", "diabetes"),
            "[Diabetic] neuropathy"
        );
        assert_eq!(
            marked("Acute infarction", "infraction"),
            "Acute [infarction]"
        );
        assert_eq!(marked("Pain in leg", "a"), "Pain in leg");
    }

    #[test]
    fn keeps_text_of_any_script_whole() {
        assert_eq!(
            marked("Ménière's disease", "ménière"),
            "[Ménière]'s disease"
        );
        assert_eq!(marked("İstanbul — <b>", "b"), "İstanbul — <[b]>");
        assert_eq!(marked("", "x"), "");
    }
}
