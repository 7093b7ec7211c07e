//! Deletion forms and edit distance, shared by the compiler and the search.

use std::ops::RangeInclusive;

/// Letters of a word's beginning whose deletions are kept; the rest is compared when a candidate is measured.
pub(crate) const DELETION_LETTERS: usize = 7;
/// Lengths of the beginnings of words that are kept for words still being typed.
pub(crate) const STEM_LETTERS: RangeInclusive<usize> = 3..=8;
/// Marks an entry that stands for a beginning.
pub(crate) const TARGET_IS_STEM: u32 = 1 << 31;

/// Edits allowed in a word of so many letters: none below four, one below eight, two from eight on.
pub(crate) const fn edits_allowed(letters: usize) -> u32 {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Edits allowed in such a word when no word is as near as [`edits_allowed`]: two from six on, since a word of eight that has lost
/// two letters has six.
pub(crate) const fn edits_allowed_farther(letters: usize) -> u32 {
    match letters {
        0..=5 => edits_allowed(letters),
        _ => 2,
    }
}

/// Deletions kept for a vocabulary word of so many letters. A word of six may be two edits from a query of eight.
pub(crate) const fn deletions_allowed(letters: usize) -> u32 {
    if letters < 6 { 1 } else { 2 }
}

/// Calls `each` with the hash of every form that at most `deletions` (0 to 2) deletions make of `letters`.
pub(crate) fn each_deletion(letters: &[u8], deletions: u32, mut each: impl FnMut(u32)) {
    let mut form = [0_u8; 64];
    let len = letters.len().min(form.len());
    each(hash(&letters[..len]));
    if deletions == 0 || len < 2 {
        return;
    }
    for first in 0..len {
        // Deleting either of two equal neighbours gives one form; it is made once.
        if first > 0 && letters[first] == letters[first - 1] {
            continue;
        }
        form[..first].copy_from_slice(&letters[..first]);
        form[first..len - 1].copy_from_slice(&letters[first + 1..len]);
        each(hash(&form[..len - 1]));
        if deletions < 2 || len < 3 {
            continue;
        }
        let once = form;
        for second in first..len - 1 {
            form[..second].copy_from_slice(&once[..second]);
            form[second..len - 2].copy_from_slice(&once[second + 1..len - 1]);
            each(hash(&form[..len - 2]));
        }
        form = once;
    }
}

fn hash(form: &[u8]) -> u32 {
    (crate::code_key::hash(form) >> 32) as u32
}

/// Which letters a word has, one bit each. An edit changes at most two bits.
pub(crate) fn letters(word: &[u8]) -> u32 {
    word.iter()
        .fold(0, |letters, letter| letters | 1 << (letter & 31))
}

/// Edits between `a` and `b`: insertions, deletions, substitutions and swaps of neighbours, each one edit and no letter
/// edited twice (optimal string alignment); `None` beyond `most`.
///
/// With `open_end`, `b` may go on after `a` at no cost: the edits between `a` and the best beginning of `b`.
pub(crate) fn edits(a: &[u8], b: &[u8], most: u32, open_end: bool) -> Option<u32> {
    const WIDTH: usize = 48;
    if a.len() >= WIDTH || b.len() >= WIDTH {
        return (a == b).then_some(0);
    }
    if !open_end && a.len().abs_diff(b.len()) as u32 > most {
        return None;
    }
    let mut rows = [[0_u8; WIDTH]; 3];
    for (column, cell) in rows[0].iter_mut().enumerate().take(b.len() + 1) {
        *cell = column as u8;
    }
    for i in 1..=a.len() {
        let [two_up, one_up, row] = [(i + 1) % 3, (i + 2) % 3, i % 3];
        rows[row][0] = i as u8;
        let mut least = rows[row][0];
        for j in 1..=b.len() {
            let differ = u8::from(a[i - 1] != b[j - 1]);
            let mut cell = (rows[one_up][j] + 1)
                .min(rows[row][j - 1] + 1)
                .min(rows[one_up][j - 1] + differ);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(rows[two_up][j - 2] + 1);
            }
            rows[row][j] = cell;
            least = least.min(cell);
        }
        if u32::from(least) > most {
            return None;
        }
    }
    let last = &rows[a.len() % 3][..=b.len()];
    let found = if open_end {
        last.iter().min().copied().unwrap_or(0)
    } else {
        last[b.len()]
    };
    (u32::from(found) <= most).then_some(u32::from(found))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn measures_edits_and_swaps() {
        let of = |a: &str, b: &str| edits(a.as_bytes(), b.as_bytes(), 3, false);
        assert_eq!(of("viarl", "viral"), Some(1));
        assert_eq!(of("henrtburn", "heartburn"), Some(1));
        assert_eq!(of("gastrroenteritis", "gastroenteritis"), Some(1));
        assert_eq!(of("diabtse", "diabetes"), Some(2));
        assert_eq!(of("same", "same"), Some(0));
        assert_eq!(of("abc", "xyzabc"), Some(3));
        assert_eq!(edits(b"abcd", b"wxyz", 2, false), None);
        assert_eq!(edits(b"diabt", b"diabetes", 1, true), Some(1));
        assert_eq!(edits(b"diab", b"diabetes", 0, true), Some(0));
    }

    #[test]
    fn forms_are_those_of_one_and_two_deletions() {
        let mut forms = HashSet::new();
        each_deletion(b"abcd", 2, |form| {
            forms.insert(form);
        });
        // abcd, four of three letters, six of two.
        assert_eq!(forms.len(), 11);
    }

    proptest::proptest! {
        /// The property the index rests on: within d edits, two words share a form of at most d deletions.
        #[test]
        fn words_within_reach_share_a_form(a in "[a-e]{3,7}", b in "[a-e]{3,7}") {
            if let Some(distance) = edits(a.as_bytes(), b.as_bytes(), 2, false) {
                let mut of_a = HashSet::new();
                each_deletion(a.as_bytes(), distance, |form| { of_a.insert(form); });
                let mut shared = false;
                each_deletion(b.as_bytes(), distance, |form| shared |= of_a.contains(&form));
                proptest::prop_assert!(shared, "{a} and {b} are {distance} edits apart");
            }
        }

        #[test]
        fn letters_never_rule_out_a_word_within_reach(a in "[a-f]{1,8}", b in "[a-f]{1,8}") {
            if let Some(distance) = edits(a.as_bytes(), b.as_bytes(), 2, false) {
                let differ = (letters(a.as_bytes()) ^ letters(b.as_bytes())).count_ones();
                proptest::prop_assert!(differ <= 2 * distance);
            }
        }

        #[test]
        fn distance_is_symmetric(a in "[a-d]{0,9}", b in "[a-d]{0,9}") {
            proptest::prop_assert_eq!(
                edits(a.as_bytes(), b.as_bytes(), 20, false),
                edits(b.as_bytes(), a.as_bytes(), 20, false)
            );
        }
    }
}
