//! What the words behind a reference leave of it: `E08-E13 with .52`, `T36-T50 with fifth or sixth character 5`.

use crate::code::Code;
use crate::reference::Reference;
use crate::seventh::PLACEHOLDER;

/// Which codes of a span are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowing {
    /// All of them.
    Whole,
    /// Those whose characters behind the dot begin with one of these, from the first to the second of a pair.
    Behind(Vec<(String, String)>),
    /// Those that have one of these characters at this place, counted from 1.
    At(usize, Vec<char>),
    /// Those whose sixth character or, where that is absent or a placeholder, fifth is one of these.
    LastOfStem(Vec<char>),
    /// Those that have these characters from this place on, counted from 1.
    From(usize, String),
    /// Those that end so.
    Ending(String),
    /// The words were not understood.
    Unread,
}

impl Narrowing {
    /// What the words of `text` leave of the reference at `place` of `found`, which
    /// [`find_references`](crate::find_references) found in it.
    pub fn of(text: &str, found: &[Reference], place: usize) -> Self {
        if !found[place].narrowed {
            return Self::Whole;
        }
        let joined = found[place..].windows(2).take_while(|pair| {
            text[pair[0].end..pair[1].start]
                .trim_matches([' ', ',', ';'])
                .is_empty()
        });
        let last = &found[place + joined.count()];
        Self::parse(&text[last.end..]).unwrap_or(Self::Unread)
    }

    /// Whether `code`, which lies in the span, is meant. `None` where the words were not understood.
    pub fn admits(&self, code: &Code) -> Option<bool> {
        let has = |place, values: &[char]| {
            let found = code.character(place);
            found.is_some_and(|it| values.contains(&it))
        };
        let tail = |skipped: usize| code.characters().skip(skipped).collect::<String>();
        match self {
            Self::Whole => Some(true),
            Self::Behind(spans) => {
                let tail = tail(3);
                let within = |(first, last): &(String, String)| {
                    tail >= *first && (tail <= *last || tail.starts_with(last.as_str()))
                };
                Some(spans.iter().any(within))
            }
            Self::At(place, values) => Some(has(*place, values)),
            Self::LastOfStem(values) => {
                let sixth = code.character(6).filter(|&it| it != PLACEHOLDER);
                Some(has(if sixth.is_some() { 6 } else { 5 }, values))
            }
            Self::From(place, wanted) => Some(tail(place - 1).starts_with(wanted.as_str())),
            Self::Ending(wanted) => Some(code.to_bare().ends_with(wanted.as_str())),
            Self::Unread => None,
        }
    }

    fn parse(behind: &str) -> Option<Self> {
        let condition = behind
            .trim_start_matches([' ', ',', '.', '-', ')'])
            .strip_prefix("with ")?;
        let condition = condition.split(')').next()?.trim();
        if condition.starts_with('.') {
            return behind_the_dot(condition);
        }
        let condition = condition.replace("-character", " character");
        let (places, values) = condition.split_once(" character")?;
        let values = values.strip_prefix('s').unwrap_or(values).trim();
        let places: Vec<_> = places.split(' ').collect();
        match places[..] {
            ["final"] if values.starts_with('.') => behind_the_dot(values),
            ["final"] => match values.strip_prefix('-') {
                Some(ending) => characters(ending).map(Self::Ending),
                None => Some(Self::LastOfStem(one_of(values)?)),
            },
            ["fifth", "or", "six" | "sixth"] => Some(Self::LastOfStem(one_of(values)?)),
            [first, "to", _] => Some(Self::From(ordinal(first)?, characters(values)?)),
            [place] => Some(Self::At(ordinal(place)?, one_of(values)?)),
            _ => None,
        }
    }
}

/// `.51-.52`, `.62-`, `.17, .27, .97`, `.0 or .01`
fn behind_the_dot(condition: &str) -> Option<Narrowing> {
    // A dot in place of a comma is an error of the file: `.15. .25, .95`.
    let listed = condition
        .replace(". .", ", .")
        .replace(" or ", ",")
        .replace(" and ", ",");
    let span = |item: &str| {
        let item = item.trim().strip_prefix('.')?;
        let (first, last) = match item.trim_end_matches('-').split_once("-.") {
            Some(pair) => pair,
            None => (item.trim_end_matches('-'), item.trim_end_matches('-')),
        };
        Some((characters(first)?, characters(last)?))
    };
    let items = listed.split(',').filter(|item| !item.trim().is_empty());
    items
        .map(span)
        .collect::<Option<_>>()
        .map(Narrowing::Behind)
}

/// `5`, `.6`, `1-4`, `B`, `B or C`, `1-4 or 6`
fn one_of(values: &str) -> Option<Vec<char>> {
    let each = |item: &str| -> Option<Vec<char>> {
        let item: Vec<_> = item.trim_start_matches('.').chars().collect();
        match item[..] {
            [one] if one.is_ascii_digit() || one.is_ascii_uppercase() => Some(vec![one]),
            [first, '-', last] if first.is_ascii_digit() && last.is_ascii_digit() => {
                Some((first..=last).collect())
            }
            _ => None,
        }
    };
    let items = values.split(" or ").map(each).collect::<Option<Vec<_>>>()?;
    Some(items.concat())
}

/// Characters of a code and nothing else.
fn characters(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
}

fn ordinal(word: &str) -> Option<usize> {
    match word {
        "fourth" | "4th" => Some(4),
        "fifth" | "5th" => Some(5),
        "sixth" | "6th" => Some(6),
        "seventh" | "7th" => Some(7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::find_references;

    /// Whether the first reference of `text` means `code`.
    fn means(text: &str, code: &str) -> Option<bool> {
        let code = Code::parse(code).unwrap();
        let found = find_references(text);
        assert!(code.is_between(&found[0].first, &found[0].last), "{code}");
        Narrowing::of(text, &found, 0).admits(&code)
    }

    #[test]
    fn words_behind_a_span_choose_some_of_its_codes() {
        for (text, meant, other) in [
            ("gangrene (E08-E13 with .52)", "E11.52", "E11.51"),
            ("angiopathy (E08-E13 with .51-.52)", "E10.52", "E10.59"),
            ("skin disorders (E08-E13 with .62-)", "E11.628", "E11.638"),
            ("dementia (F10-F19, with .17, .27, .97)", "F10.27", "F10.20"),
            (
                "(T36-T50 with fifth or sixth character 5)",
                "T36.0X5A",
                "T36.0X1A",
            ),
            (
                "(T36-T50 with fifth or six character 5)",
                "T36.95XA",
                "T36.91XA",
            ),
            (
                "(T36-T65 with fifth or sixth character 1-4)",
                "T39.011A",
                "T39.015A",
            ),
            (
                "underdosing (T36-T50) with fifth or sixth character 6",
                "T38.3X6A",
                "T38.3X5A",
            ),
            (
                "fracture (S62.- with 7th character B)",
                "S62.001B",
                "S62.001A",
            ),
            (
                "whooping cough (A37 with fifth-character 1)",
                "A37.01",
                "A37.00",
            ),
            ("(F10-F19 with 5th character .6)", "F10.26", "F10.27"),
            (
                "(F11-F19 with fifth to sixth characters 51)",
                "F12.151",
                "F12.150",
            ),
            (
                "aphasia (I69. with final characters -20)",
                "I69.320",
                "I69.321",
            ),
            (
                "hyperosmolarity (E13 with final characters .00 or .01)",
                "E13.01",
                "E13.10",
            ),
            ("drug use (F11-F19 with .15. .25, .95)", "F12.25", "F12.20"),
            (
                "open fracture (S42.- with 7th character B or C)",
                "S42.001C",
                "S42.001A",
            ),
            (
                "(T36-T65 with fifth or sixth character 1-4 or 6)",
                "T38.3X6A",
                "T38.3X5A",
            ),
            (
                "underdosing (T36-T50 with final character 6)",
                "T38.3X6A",
                "T38.3X5A",
            ),
            ("pressure ulcer (L89.-)", "L89.154", "L89.154"),
        ] {
            assert_eq!(means(text, meant), Some(true), "{text}");
            assert_eq!(means(text, other), Some(meant == other), "{text}");
        }
    }

    #[test]
    fn a_list_shares_the_words_behind_it() {
        assert_eq!(means("(E08, E09 with .51)", "E08.51"), Some(true));
        assert_eq!(means("(E08, E09 with .51)", "E08.52"), Some(false));
    }

    #[test]
    fn words_that_are_not_understood_decide_nothing() {
        for text in [
            "(S52.- with open fracture 7th character)",
            "(S52.- with sixth character to indicate the side)",
        ] {
            assert_eq!(means(text, "S52.001B"), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_without_a_fault(words in "[a-z0-9 .,()-]{0,40}") {
            let text = format!("(E08-E13 with {words}");
            let found = find_references(&text);
            let code = Code::parse("E11.52").unwrap();
            for place in 0..found.len() {
                let _ = Narrowing::of(&text, &found, place).admits(&code);
            }
        }
    }
}
