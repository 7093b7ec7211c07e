//! Which codes a note of the tabular list names.
//!
//! The official file writes them in many ways: `(K92.81)`, `(C00.-)`, `(K22.1-, K25-K28)`, `(T40.0-T40.2-)`, but also
//! `(S00 - S09)`, `(I70.2--I70.7-)`, `(D29.2.-)`, `(E87.8}`, `M05.00 to M05.8A` and `conditions in I00` without
//! parentheses. What looks like a code but is none (`vitamin B12`, `H1N1`, `ADH1`) stands in the same texts.

use std::ops::Range;

use crate::code::Code;

/// Words after which three characters without dot or dash are a category and not an abbreviation.
const CUES: &[&str] = &[
    "categories",
    "category",
    "code",
    "codes",
    "from",
    "in",
    "subcategories",
    "subcategory",
    "to",
    "under",
];

/// Words that join the codes of a list.
const JOINTS: &[&str] = &["", "and", "or", "and/or", "to", "both"];

/// Words that make a range of the codes they stand between.
const RANGE_WORDS: &[&str] = &["to", "through"];

/// A span of codes named in a text: from `first` to `last`, both with all that lies below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// First code of the span.
    pub first: Code,
    /// Last code of the span; equal to `first` where a single code is named.
    pub last: Code,
    /// Byte place in the text at which it starts.
    pub start: usize,
    /// Byte place in the text behind it and its dashes.
    pub end: usize,
    /// Whether words behind it narrow the span to some of its codes (`with fifth or sixth character 1-4`).
    pub narrowed: bool,
}

/// The codes that `text` names, in order; spans do not overlap.
pub fn find_references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(place) = next_word(text, at) {
        match reference_at(text, place, &found) {
            Some(reference) => {
                at = reference.end;
                found.push(reference);
            }
            None => at = end_of_word(text, place),
        }
    }
    mark_narrowed(text, &mut found);
    found
}

/// The words in parentheses that look like codes and start in none of `spans`, the byte places of what
/// [`find_references`] found in `text`. They measure what that function cannot read.
pub fn unread_codes<'t>(text: &'t str, spans: &[Range<usize>]) -> impl Iterator<Item = &'t str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let place = next_word(text, at)?;
        at = end_of_word(text, place);
        Some((place, &text[place..at]))
    })
    .filter(move |&(place, word)| {
        let covered = spans.iter().any(|span| span.contains(&place));
        !covered && looks_like_a_code(word) && in_parentheses(text, place)
    })
    .map(|(_, word)| word)
}

fn reference_at(text: &str, start: usize, before: &[Reference]) -> Option<Reference> {
    let (first, end) = code_at(text, start)?;
    let single = |last, end| Reference {
        first,
        last,
        start,
        end,
        narrowed: false,
    };
    if let Some((last, end)) = range_end(text, end)
        && first <= last
    {
        return Some(single(last, end));
    }
    let with_dash = skip_suffix(text, end);
    let hyphenated = with_dash > end && starts_with_alphanumeric(&text[with_dash..]);
    if with_dash > end && (!hyphenated || text[end..].starts_with('.')) {
        return Some(single(first, with_dash));
    }
    let plain =
        first.character_count() > 3 || (!hyphenated && stands_as_category(text, start, before));
    plain.then(|| single(first, end))
}

/// The code that starts at `start`, with the dot it needs beyond three characters, and the place behind it.
fn code_at(text: &str, start: usize) -> Option<(Code, usize)> {
    let word = &text[start..end_of_word(text, start)];
    if !word.is_ascii() || word.len() < 3 || word[..3].contains(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let end = match word.split_once('.') {
        Some((_, rest)) if rest.is_empty() || rest.starts_with('.') => 3,
        Some(_) => word.trim_end_matches('.').len(),
        None => word.len(),
    };
    let word = &word[..end];
    if end > 3 && !word.contains('.') {
        return None;
    }
    Some((Code::parse(word).ok()?, start + end))
}

/// The last code of the range whose first one ends at `end`, and the place behind it.
fn range_end(text: &str, end: usize) -> Option<(Code, usize)> {
    let (last, end) = code_at(text, behind_range_sign(text, end)?)?;
    let with_dash = skip_suffix(text, end);
    let hyphenated = starts_with_alphanumeric(&text[with_dash..]);
    Some((last, if hyphenated { end } else { with_dash }))
}

/// The place behind a dash or a word that makes a range of the codes around it.
fn behind_range_sign(text: &str, end: usize) -> Option<usize> {
    let suffix = skip_suffix(text, end);
    let space = skip_spaces(text, suffix);
    let dash = skip_dash(text, space);
    let next = skip_spaces(text, dash);
    if dash > space || (suffix > end && code_at(text, next).is_some()) {
        return Some(next);
    }
    let word = text[space..].split(' ').next()?;
    (space > suffix && RANGE_WORDS.contains(&word)).then(|| skip_spaces(text, space + word.len()))
}

/// Whether the three characters at `start` are a category by what stands before them.
fn stands_as_category(text: &str, start: usize, before: &[Reference]) -> bool {
    let lead = text[..start].trim_end();
    if lead.ends_with('(') {
        return true;
    }
    let goes_on = before.last().is_some_and(|it| {
        text[it.end..start]
            .split([' ', ',', ';', '.'])
            .all(|word| JOINTS.contains(&word))
    });
    let word = lead.rsplit([' ', '(']).next().unwrap_or_default();
    goes_on || CUES.contains(&word.to_lowercase().as_str())
}

/// Marks the references behind which `with …` narrows the span: the one before these words and, for a list of whole
/// categories (`E08, E09 with .51`), all of the list.
fn mark_narrowed(text: &str, found: &mut [Reference]) {
    let mut narrowed = false;
    for place in (0..found.len()).rev() {
        let rest = &text[found[place].end..];
        let until_next = found
            .get(place + 1)
            .map_or(rest, |next| &text[found[place].end..next.start]);
        let joined = until_next.trim_matches([' ', ',', ';']).is_empty() && place + 1 < found.len();
        let whole_category = found[place].last.character_count() == 3;
        narrowed = if joined {
            narrowed && whole_category
        } else {
            narrows(until_next)
        };
        found[place].narrowed = narrowed;
    }
}

/// Whether words behind a code choose some of the codes below it: `with .52`, `. with final characters -23`.
fn narrows(behind: &str) -> bool {
    let Some(condition) = behind
        .trim_start_matches([' ', ',', '.', '-', ')'])
        .strip_prefix("with ")
    else {
        return false;
    };
    let condition = condition.split(')').next().unwrap_or_default();
    condition.starts_with('.') || condition.contains("character")
}

/// `.-`, `-` or `--` and what else the file writes for "and all below".
fn skip_suffix(text: &str, at: usize) -> usize {
    let behind_dot = at + usize::from(text[at..].starts_with('.'));
    let behind_dash = skip_dash(text, behind_dot);
    if behind_dash > behind_dot {
        behind_dash
    } else {
        at
    }
}

fn skip_dash(text: &str, at: usize) -> usize {
    text[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '\u{2010}'..='\u{2014}'))
        .map_or(at, |dash| at + dash.len_utf8())
}

fn skip_spaces(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(' ').len()
}

fn starts_with_alphanumeric(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
}

/// The start of the next word, a run of letters, digits and inner dots, at or after `from`.
fn next_word(text: &str, from: usize) -> Option<usize> {
    text[from..]
        .find(char::is_alphanumeric)
        .map(|place| from + place)
}

fn end_of_word(text: &str, start: usize) -> usize {
    text[start..]
        .find(|c: char| !c.is_alphanumeric() && c != '.')
        .map_or(text.len(), |length| start + length)
}

fn looks_like_a_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 3 && bytes[0].is_ascii_uppercase() && bytes[1].is_ascii_digit()
}

fn in_parentheses(text: &str, place: usize) -> bool {
    let before = &text[..place];
    before.rfind('(') > before.rfind(')')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The spans as `first-last`, or `first` alone, with the piece of text each covers.
    fn read(text: &str) -> Vec<(String, &str)> {
        find_references(text)
            .iter()
            .map(|it| {
                let span = if it.first == it.last {
                    it.first.to_string()
                } else {
                    format!("{}-{}", it.first, it.last)
                };
                (span, &text[it.start..it.end])
            })
            .collect()
    }

    fn spans(text: &str) -> Vec<String> {
        read(text).into_iter().map(|(span, _)| span).collect()
    }

    #[test]
    fn reads_the_usual_forms() {
        for (text, expected) in [
            ("mucositis (K92.81)", vec![("K92.81", "K92.81")]),
            ("abortion (O00-O07)", vec![("O00-O07", "O00-O07")]),
            ("fracture (S52.04-)", vec![("S52.04", "S52.04-")]),
            ("neoplasm (C00.-)", vec![("C00", "C00.-")]),
            (
                "with (Z16.-), K22.1-, K25-K28",
                vec![
                    ("Z16", "Z16.-"),
                    ("K22.1", "K22.1-"),
                    ("K25-K28", "K25-K28"),
                ],
            ),
            ("organism (B95, B96)", vec![("B95", "B95"), ("B96", "B96")]),
            (
                "opioids (T40.0-T40.2-)",
                vec![("T40.0-T40.2", "T40.0-T40.2-")],
            ),
            (
                "ocular (H54.0X-, T43.1X)",
                vec![("H54.0X", "H54.0X-"), ("T43.1X", "T43.1X")],
            ),
            (
                "diabetes E08.0- to E08.9",
                vec![("E08.0-E08.9", "E08.0- to E08.9")],
            ),
            ("blocks (A15–A19)", vec![("A15-A19", "A15–A19")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(s, t)| (s.to_owned(), t))
                .collect();
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_the_careless_forms_of_the_file() {
        for (text, expected) in [
            ("(S00 - S09)", vec!["S00-S09"]),
            ("(I01.0 -I01.9)", vec!["I01.0-I01.9"]),
            ("(I70.2--I70.7-)", vec!["I70.2-I70.7"]),
            ("(P28.3- - P28.4-)", vec!["P28.3-P28.4"]),
            ("(Q70.0- -Q70.3-)", vec!["Q70.0-Q70.3"]),
            ("(F11.-F17.-)", vec!["F11-F17"]),
            ("(S12.0--S12.6.-)", vec!["S12.0-S12.6"]),
            ("(K85-K86.-)", vec!["K85-K86"]),
            ("(D29.2.-)", vec!["D29.2"]),
            ("(M50.1.-, M51.1.-)", vec!["M50.1", "M51.1"]),
            ("(E53-)", vec!["E53"]),
            ("(I60.-. I61.-, I62.-)", vec!["I60", "I61", "I62"]),
            ("(C43.2-,C44.2-)", vec!["C43.2", "C44.2"]),
            ("(J00-J06; J20-J22)", vec!["J00-J06", "J20-J22"]),
            ("(E87.8}", vec!["E87.8"]),
            ("(P03.82 )", vec!["P03.82"]),
            ("(K50.914,)", vec!["K50.914"]),
            ("(Z95.811-Z97)", vec!["Z95.811-Z97"]),
            (
                "(A00-R94 and T80-T88.6, T88.8)",
                vec!["A00-R94", "T80-T88.6", "T88.8"],
            ),
            ("(C51-C52, C60.-, C63.2)", vec!["C51-C52", "C60", "C63.2"]),
            ("(S92.-with 7th character B)", vec!["S92"]),
            (
                "(T36-T65 with fifth or sixth character 1-4)",
                vec!["T36-T65"],
            ),
            ("(M05.00 to M05.8A)", vec!["M05.00-M05.8A"]),
            ("(I69. with final characters -23)", vec!["I69"]),
        ] {
            assert_eq!(spans(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_codes_that_stand_in_a_sentence() {
        for (text, expected) in [
            ("Any condition in I00 with pericarditis", vec!["I00"]),
            ("to be added to each code from category M1A", vec!["M1A"]),
            (
                "from categories E08, E09 and E13 to identify",
                vec!["E08", "E09", "E13"],
            ),
            (
                "convulsions following conditions in O10-O14 and O16",
                vec!["O10-O14", "O16"],
            ),
            (
                "any condition in N18 and N26 - due to hypertension",
                vec!["N18", "N26"],
            ),
            (
                "the appropriate code from category O30, Multiple gestation",
                vec!["O30"],
            ),
            (
                "each code under category O31.  7th character 0",
                vec!["O31"],
            ),
            (
                "conditions in O00-O77.-, O85-O94 and O98-O9A.- as the",
                vec!["O00-O77", "O85-O94", "O98-O9A"],
            ),
            ("defects of the foot in QA0", vec!["QA0"]),
        ] {
            assert_eq!(spans(text), expected, "{text}");
        }
    }

    #[test]
    fn takes_no_abbreviation_for_a_code() {
        for text in [
            "vitamin B12 deficiency",
            "B12-dependent anemia",
            "influenza A/H1N1",
            "GM1 gangliosidosis",
            "glomerulopathy (with C3 glomerulopathy)",
            "(G6PD) deficiency, (ADH1), (STAT5b)",
            "LGMD R12, membrane receptor complex [CR3] defect",
            "(due to) (in) HIV",
        ] {
            assert_eq!(spans(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn says_where_words_narrow_the_span() {
        let narrowed =
            |text| -> Vec<bool> { find_references(text).iter().map(|it| it.narrowed).collect() };
        assert_eq!(
            narrowed("(T36-T50 with fifth or sixth character 5)"),
            [true]
        );
        assert_eq!(
            narrowed("(E08, E09, E13 with final characters .00 or .01)"),
            [true; 3]
        );
        assert_eq!(narrowed("(F10-F19, with .17, .27, .97)"), [true]);
        assert_eq!(narrowed("(L97.-, L98.49-), if applicable"), [false; 2]);
        assert_eq!(
            narrowed("underdosing (T36-T50) with fifth or sixth character 6"),
            [true]
        );
        assert_eq!(narrowed("Any condition in I00 with pericarditis"), [false]);
    }

    #[test]
    fn names_what_it_could_not_read() {
        let unread = |text: &'static str| -> Vec<&str> {
            let found = find_references(text);
            let spans: Vec<_> = found.iter().map(|it| it.start..it.end).collect();
            unread_codes(text, &spans).collect::<Vec<_>>()
        };
        assert_eq!(unread("deficiency (G6PD)"), ["G6PD"]);
        assert_eq!(unread("mucositis (K92.81), vitamin B12"), [""; 0]);
    }

    proptest! {
        #[test]
        fn spans_lie_in_the_text_in_order(text in r"[A-Z0-9a-z(). ,–\-]{0,60}|.{0,60}") {
            let mut before = 0;
            for it in find_references(&text) {
                prop_assert!(before <= it.start && it.start < it.end && it.end <= text.len());
                prop_assert!(text.is_char_boundary(it.start) && text.is_char_boundary(it.end));
                prop_assert!(it.first <= it.last);
                prop_assert!(text[it.start..].starts_with(it.first.category().as_str()));
                before = it.end;
            }
        }

        #[test]
        fn finds_every_written_list(codes in prop::collection::vec("[A-Z][0-9][0-9A-Z](\\.[0-9]{1,3})?", 1..6)) {
            let text = format!("something ({})", codes.join(", "));
            prop_assert_eq!(spans(&text), codes);
        }
    }
}
