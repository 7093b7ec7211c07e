//! The CMS order file of ICD-10-CM: fixed columns, one code a line.
//!
//! | columns | content |
//! |---|---|
//! | 1–5 | number in the order of the tabular list |
//! | 7–13 | code without dot |
//! | 15 | `1` if it may stand on a claim, `0` for a header |
//! | 17–76 | short title |
//! | from 78 | long title |

use std::collections::HashMap;

use medcover_coding::Code;
use medcover_terms::source::{Level, Source, SourceTerm, TermSource};

use super::error::{LoadError, utf8};
use super::report::Warning;

const NUMBER: std::ops::Range<usize> = 0..5;
const CODE: std::ops::Range<usize> = 6..13;
const BILLABLE: usize = 14;
const SHORT_TITLE: std::ops::Range<usize> = 16..76;
const LONG_TITLE: usize = 77;

/// One line of the file.
struct Line<'a> {
    code: Code,
    billable: bool,
    short_title: &'a str,
    long_title: &'a str,
}

/// Whether `bytes` begin like an order file.
pub(super) fn is_order_file(bytes: &[u8]) -> bool {
    let first = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    std::str::from_utf8(first).is_ok_and(|line| read_line(line).is_ok())
}

/// Merges the order file onto the tabular list it belongs to, and returns what did not fit.
///
/// The tabular list decides which codes there are. A code with codes below it is never billable, whatever an order file
/// (of another year, perhaps) says; one without is billable unless the order file calls it a header. Titles stay those of
/// the tabular list, which keeps accents (`Sézary`) where the order file has bare letters; the other wording stands beside.
pub(super) fn merge(
    source: &mut Source,
    file: &str,
    bytes: &[u8],
) -> Result<[Warning; 4], LoadError> {
    let text = utf8(file, bytes)?;
    let mut unmatched: HashMap<String, usize> = codes(source).collect();
    let mut unknown = Warning::new("codes of the order file that the tabular list has not");
    let mut billable = Warning::new("codes that only one of the two files calls billable");
    let mut titles = Warning::new("codes with another title in the order file");
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let line = read_line(line).map_err(|reason| LoadError::at_line(file, index + 1, reason))?;
        let Some(place) = unmatched.remove(line.code.as_str()) else {
            unknown.add(line.code.as_str());
            continue;
        };
        let concept = &mut source.concepts[place];
        if concept.billable != line.billable {
            billable.add(line.code.as_str());
            concept.billable = false;
        }
        concept.short_title = Some(line.short_title.to_owned());
        if concept.title != line.long_title {
            titles.add(line.code.as_str());
            concept.terms.push(SourceTerm {
                text: line.long_title.to_owned(),
                source: TermSource::Designation,
            });
        }
    }
    let mut missing = Warning::new("codes of the tabular list that the order file has not");
    let mut left: Vec<_> = unmatched.into_values().collect();
    left.sort_unstable();
    for place in left {
        missing.add(source.concepts[place].code.as_str());
    }
    Ok([unknown, missing, billable, titles])
}

fn codes(source: &Source) -> impl Iterator<Item = (String, usize)> + '_ {
    source
        .concepts
        .iter()
        .enumerate()
        .filter(|(_, concept)| concept.level >= Level::Category)
        .map(|(place, concept)| (concept.code.clone(), place))
}

fn read_line(line: &str) -> Result<Line<'_>, String> {
    let column = |range: std::ops::Range<usize>| {
        line.get(range)
            .ok_or("the line is too short for an order file")
    };
    let number = column(NUMBER)?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("columns 1 to 5 are not a number: `{number}`"));
    }
    let code = column(CODE)?.trim_end();
    let code = Code::parse(code).map_err(|error| format!("columns 7 to 13: `{code}`: {error}"))?;
    let billable = match column(BILLABLE..BILLABLE + 1)? {
        "1" => true,
        "0" => false,
        other => return Err(format!("column 15 is neither 0 nor 1: `{other}`")),
    };
    let long_title = line.get(LONG_TITLE..).unwrap_or_default().trim();
    if long_title.is_empty() {
        return Err("no long title from column 78".into());
    }
    Ok(Line {
        code,
        billable,
        short_title: column(SHORT_TITLE)?.trim(),
        long_title,
    })
}

#[cfg(test)]
mod tests {
    use medcover_terms::source::SourceConcept;

    use super::*;

    fn source() -> Source {
        let concept = |code: &str, level, title: &str, billable| SourceConcept {
            code: code.into(),
            level,
            title: title.into(),
            billable,
            ..SourceConcept::default()
        };
        Source {
            concepts: vec![
                concept(
                    "T07",
                    Level::Category,
                    "Unspecified multiple injuries",
                    false,
                ),
                concept(
                    "T07.XXXA",
                    Level::Extended,
                    "Unspecified multiple injuries, first",
                    true,
                ),
                concept("U07.1", Level::Subcategory, "COVID-19", true),
            ],
            ..Source::default()
        }
    }

    fn line(code: &str, billable: u8, short: &str, long: &str) -> String {
        format!("00001 {code:<7} {billable} {short:<60} {long}\r\n")
    }

    #[test]
    fn merges_titles_and_counts_what_does_not_fit() {
        let mut source = source();
        let file = [
            line(
                "T07",
                1,
                "Unsp mult injuries",
                "Unspecified multiple injuries",
            ),
            line(
                "T07XXXA",
                1,
                "Unsp mult inj, init",
                "Unspecified multiple injuries, initial encounter",
            ),
            line("U099", 1, "Post COVID", "Post COVID-19 condition"),
        ]
        .concat();
        assert!(is_order_file(file.as_bytes()));
        let [unknown, missing, billable, titles] =
            merge(&mut source, "order.txt", file.as_bytes()).unwrap();
        assert_eq!(unknown.examples, ["U09.9"]);
        assert_eq!(missing.examples, ["U07.1"]);
        assert_eq!(billable.examples, ["T07"]);
        assert_eq!(titles.examples, ["T07.XXXA"]);
        let [header, extended, _] = &source.concepts[..] else {
            unreachable!()
        };
        assert!(!header.billable, "a header stays one");
        assert_eq!(header.short_title.as_deref(), Some("Unsp mult injuries"));
        assert_eq!(extended.title, "Unspecified multiple injuries, first");
        let beside = &extended.terms[0].text;
        assert_eq!(beside, "Unspecified multiple injuries, initial encounter");
    }

    #[test]
    fn refuses_another_layout_with_its_line() {
        let good = line("T07", 0, "short", "long");
        for bad in [
            "00002;T07;1",
            "A07   Cholera",
            "00002 T0     1 x",
            "00002 T07     7 x",
        ] {
            let file = format!("{good}{bad}\n");
            let error = merge(&mut source(), "order.txt", file.as_bytes()).unwrap_err();
            assert_eq!(error.line, Some(2), "{bad}: {error}");
        }
        assert!(!is_order_file(b"A000    Cholera due to Vibrio cholerae 01"));
    }
}
