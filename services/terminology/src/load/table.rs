//! A plain table of codes: a header row, then one concept a row.
//!
//! `code` and `title` are needed; `parent`, `billable`, `active`, `synonyms` (separated by `|`) and `chapter` may be
//! there; the order of columns is free, letter case of their names too. The separator (comma, semicolon or tab) is read
//! off the header row. Rows may name a parent that stands further down.

use std::collections::HashMap;

use csv::StringRecord;
use medcover_terms::source::{Level, SourceConcept, SourceTerm, TermSource};

use super::error::{Fault, LoadError, utf8};
use super::hierarchy;

/// Most rows of a table.
const MAX_ROWS: usize = 2_000_000;
/// Most bytes of one cell.
const MAX_CELL: usize = 32 << 10;

/// Places of the columns.
#[derive(Debug)]
pub(super) struct Columns {
    code: usize,
    title: usize,
    parent: Option<usize>,
    billable: Option<usize>,
    active: Option<usize>,
    synonyms: Option<usize>,
    chapter: Option<usize>,
}

/// The concepts of the table, a parent before its children.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<SourceConcept>, LoadError> {
    let text = utf8(file, bytes)?;
    let header = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(header))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(|error| damaged(file, &error))?)
        .map_err(|reason| LoadError::at_line(file, 1, reason))?;
    let mut concepts = Vec::new();
    let mut parents = Vec::new();
    let mut lines = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| damaged(file, &error))?;
        let line = record.position().map_or(0, csv::Position::line) as usize;
        let (concept, parent) = columns
            .concept(&record)
            .map_err(|reason| LoadError::at_line(file, line, reason))?;
        if places
            .insert(concept.code.to_lowercase(), concepts.len())
            .is_some()
        {
            let reason = format!("{} is listed twice", concept.code);
            return Err(LoadError::at_line(file, line, reason));
        }
        concepts.push(concept);
        parents.push(parent);
        lines.push(line);
        if concepts.len() > MAX_ROWS {
            let reason = format!("the table has more than {MAX_ROWS} rows");
            return Err(LoadError::new(Fault::Size, file, reason));
        }
    }
    if concepts.is_empty() {
        return Err(LoadError::at_line(
            file,
            1,
            "the table has no row after its header",
        ));
    }
    for (place, parent) in parents.into_iter().enumerate() {
        let Some(parent) = parent else { continue };
        let above = places.get(&parent.to_lowercase()).copied();
        let Some(above) = above.filter(|&above| above != place) else {
            let reason = format!("parent `{parent}` is no other row of the table");
            return Err(LoadError::at_line(file, lines[place], reason));
        };
        concepts[place].parent = Some(above as u32);
    }
    hierarchy::order(concepts, columns.billable.is_some()).map_err(|code| {
        let line = places
            .get(&code.to_lowercase())
            .map_or(1, |&place| lines[place]);
        LoadError::at_line(file, line, format!("{code} is its own ancestor"))
    })
}

impl Columns {
    pub(super) fn of(header: &StringRecord) -> Result<Self, String> {
        let place = |name: &str| header.iter().position(|it| it.eq_ignore_ascii_case(name));
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                let found: Vec<_> = header.iter().take(10).collect();
                format!(
                    "the header row has no column `{name}`; it has {}",
                    found.join(", ")
                )
            })
        };
        Ok(Self {
            code: needed("code")?,
            title: needed("title")?,
            parent: place("parent"),
            billable: place("billable"),
            active: place("active"),
            synonyms: place("synonyms"),
            chapter: place("chapter"),
        })
    }

    /// Whether each row says itself what may stand on a claim.
    pub(super) const fn tell_billable(&self) -> bool {
        self.billable.is_some()
    }

    /// The concept of a row and the code of its parent.
    pub(super) fn concept(
        &self,
        row: &StringRecord,
    ) -> Result<(SourceConcept, Option<String>), String> {
        if row.iter().any(|cell| cell.len() > MAX_CELL) {
            return Err(format!("a cell is longer than {MAX_CELL} bytes"));
        }
        let cell = |place: Option<usize>| place.and_then(|it| row.get(it)).unwrap_or_default();
        let code = cell(Some(self.code));
        let title = cell(Some(self.title));
        if code.is_empty() {
            return Err("the row has no code".into());
        }
        if title.is_empty() {
            return Err(format!("{code} has no title"));
        }
        let chapter = match cell(self.chapter) {
            "" => 0,
            text => text
                .parse()
                .map_err(|_| format!("{code}: chapter `{text}` is not a number up to 255"))?,
        };
        let synonyms = cell(self.synonyms).split('|').map(str::trim);
        let concept = SourceConcept {
            code: code.to_owned(),
            title: title.to_owned(),
            level: Level::Subcategory,
            billable: yes_or_no(cell(self.billable), true)
                .map_err(|it| format!("{code}: billable {it}"))?,
            active: yes_or_no(cell(self.active), true)
                .map_err(|it| format!("{code}: active {it}"))?,
            terms: synonyms
                .filter(|text| !text.is_empty())
                .map(|text| SourceTerm {
                    text: text.to_owned(),
                    source: TermSource::Designation,
                })
                .collect(),
            chapter,
            ..SourceConcept::default()
        };
        let parent = Some(cell(self.parent)).filter(|it| !it.is_empty());
        Ok((concept, parent.map(str::to_owned)))
    }
}

/// The separator that the header row uses most.
pub(super) fn separator(header: &str) -> u8 {
    let count = |sign: u8| header.bytes().filter(|&b| b == sign).count();
    let mut best = b',';
    for sign in [b';', b'\t'] {
        if count(sign) > count(best) {
            best = sign;
        }
    }
    best
}

fn yes_or_no(cell: &str, default: bool) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "" => Ok(default),
        "1" | "true" | "yes" | "y" => Ok(true),
        "0" | "false" | "no" | "n" => Ok(false),
        _ => Err(format!("is neither yes nor no: `{cell}`")),
    }
}

pub(super) fn damaged(file: &str, error: &csv::Error) -> LoadError {
    match error.position() {
        Some(at) => LoadError::at_line(file, at.line() as usize, error.to_string()),
        None => LoadError::new(Fault::Content, file, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<SourceConcept> {
        read("codes.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn reads_every_separator_and_a_byte_order_mark() {
        for text in [
            "code,title\nA,Alpha\n",
            "\u{feff}Title;Code\r\nAlpha;A\r\n",
            "code\ttitle\nA\t\"Alpha\"\n",
        ] {
            let concepts = rows(text);
            assert_eq!((&*concepts[0].code, &*concepts[0].title), ("A", "Alpha"));
            assert!(concepts[0].billable && concepts[0].active);
        }
    }

    #[test]
    fn reads_all_columns_and_puts_parents_first() {
        let concepts = rows(
            "code,title,parent,billable,active,synonyms,chapter\nA1,\"One, first\",A,yes,no,uno | un,2\nA,Alpha,,0,,,2\n",
        );
        let codes: Vec<_> = concepts.iter().map(|it| &*it.code).collect();
        assert_eq!(codes, ["A", "A1"]);
        let child = &concepts[1];
        assert_eq!(
            (child.parent, child.active, child.chapter),
            (Some(0), false, 2)
        );
        let synonyms: Vec<_> = child.terms.iter().map(|it| &*it.text).collect();
        assert_eq!(synonyms, ["uno", "un"]);
        assert!(!concepts[0].billable);
    }

    #[test]
    fn a_row_with_rows_below_it_is_a_header_unless_the_table_says_otherwise() {
        let concepts = rows("code,title,parent\nA,Alpha,\nA1,One,A\n");
        assert!(!concepts[0].billable);
        assert!(concepts[1].billable);
    }

    #[test]
    fn refuses_a_bad_row_with_its_line() {
        for (text, line) in [
            ("code,name\nA,Alpha\n", 1),
            ("code,title\n", 1),
            ("code,title\nA,Alpha\na,Again\n", 3),
            ("code,title\nA,Alpha\nB,\n", 3),
            ("code,title\n,Alpha\n", 2),
            ("code,title,parent\nA,Alpha,Z\n", 2),
            ("code,title,parent\nA,Alpha,B\nB,Beta,A\n", 2),
            ("code,title\nA,Alpha,more\n", 2),
            ("code,title,active\nA,Alpha,perhaps\n", 2),
        ] {
            let error = read("codes.csv", text.as_bytes()).unwrap_err();
            assert_eq!(error.line, Some(line), "{text}: {error}");
        }
        let error = read("codes.csv", b"code,title\nA,\xff\n").unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(3)));
    }
}
