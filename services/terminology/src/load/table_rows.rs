//! The rows of a plain table of ICD-10-CM, one after the other, however many there are.

use std::fmt;
use std::io::BufRead;

use csv::{Position, StringRecord};
use medcover_terms::source::{Level, SourceConcept};

use super::error::{Fault, LoadError};
use super::table::{Columns, damaged, separator};

/// What some programs write before the first character.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A plain table of ICD-10-CM that is read row by row and never held as a whole. Its columns are those of every plain table; each
/// row has a `chapter`, and there is the column `billable`. Chapters (`4`) and blocks (`E08-E13`) come first, then the codes, strictly ascending byte by byte, so that a
/// code which comes twice is found without remembering them.
pub struct TableRows<R> {
    file: String,
    bytes: Option<u64>,
    reader: csv::Reader<R>,
    columns: Columns,
    record: StringRecord,
    /// The code before, once codes have begun.
    last: Option<String>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableRow {
    /// Without its parent.
    pub(crate) concept: SourceConcept,
    /// The code above it.
    pub(crate) parent: Option<String>,
}

impl<R: BufRead> TableRows<R> {
    /// Reads the header of the table `rows`. `file` is its name, for messages; `bytes` its length, where known.
    pub fn open(
        file: impl Into<String>,
        bytes: Option<u64>,
        mut rows: R,
    ) -> Result<Self, LoadError> {
        let file = file.into();
        let unread = |error: std::io::Error| {
            LoadError::new(Fault::Access, &*file, format!("cannot be read: {error}"))
        };
        if rows
            .fill_buf()
            .map_err(unread)?
            .starts_with(BYTE_ORDER_MARK)
        {
            rows.consume(BYTE_ORDER_MARK.len());
        }
        let start = rows.fill_buf().map_err(unread)?;
        let header = start.split(|it| *it == b'\n').next().unwrap_or_default();
        let separator = separator(&String::from_utf8_lossy(header));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .trim(csv::Trim::All)
            .from_reader(rows);
        let header = reader.headers().map_err(|error| damaged(&file, &error))?;
        let columns = Columns::of(header).map_err(|reason| LoadError::at_line(&file, 1, reason))?;
        if !columns.tell_billable() {
            // What has rows below it is known too late.
            let reason = "the header row has no column `billable`";
            return Err(LoadError::at_line(&file, 1, reason));
        }
        Ok(Self {
            file,
            bytes,
            reader,
            columns,
            record: StringRecord::new(),
            last: None,
        })
    }

    /// The length of the table in bytes, where known.
    pub(crate) const fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// A fault of the table as a whole.
    pub(crate) fn fault(&self, reason: impl Into<String>) -> LoadError {
        LoadError::new(Fault::Content, &*self.file, reason)
    }

    /// The next row; nothing after the last.
    pub(crate) fn next_row(&mut self) -> Result<Option<TableRow>, LoadError> {
        let read = self.reader.read_record(&mut self.record);
        if !read.map_err(|error| damaged(&self.file, &error))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, Position::line) as usize;
        let row = self.row();
        row.map(Some)
            .map_err(|reason| LoadError::at_line(&self.file, line, reason))
    }

    fn row(&mut self) -> Result<TableRow, String> {
        let (mut concept, parent) = self.columns.concept(&self.record)?;
        let code = &concept.code;
        let level = level_of(code).ok_or_else(|| {
            format!(
                "code `{code}` is no chapter, block or code of ICD-10-CM (`4`, `E08-E13`, `E11.65`)"
            )
        })?;
        if concept.chapter == 0 {
            return Err(format!("{code} has no chapter"));
        }
        if level < Level::Category {
            if let Some(last) = &self.last {
                return Err(format!(
                    "{code} stands behind {last}: chapters and blocks come before all codes"
                ));
            }
        } else {
            if self.last.as_ref().is_some_and(|last| last >= code) {
                let last = self.last.as_deref().unwrap_or_default();
                return Err(format!(
                    "{code} follows {last}: codes ascend, and none comes twice"
                ));
            }
            self.last = Some(code.clone());
        }
        concept.level = level;
        concept.billable &= level >= Level::Category;
        Ok(TableRow { concept, parent })
    }
}

/// Where a code stands, by its shape; nothing for what is none.
fn level_of(code: &str) -> Option<Level> {
    if (1..=2).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_digit()) {
        return Some(Level::Chapter);
    }
    if let Some((first, last)) = code.split_once('-') {
        return (is_category(first) && is_category(last)).then_some(Level::Block);
    }
    let Some((category, rest)) = code.split_once('.') else {
        return is_category(code).then_some(Level::Category);
    };
    let known = is_category(category) && rest.bytes().all(is_upper_or_digit);
    match rest.len() {
        1..=3 if known => Some(Level::Subcategory),
        4 if known => Some(Level::Extended),
        _ => None,
    }
}

fn is_category(text: &str) -> bool {
    let [letter, digit, last] = text.as_bytes() else {
        return false;
    };
    letter.is_ascii_uppercase() && digit.is_ascii_digit() && is_upper_or_digit(*last)
}

const fn is_upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

impl<R> fmt::Debug for TableRows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableRows({})", self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<TableRow>, LoadError> {
        let mut rows = TableRows::open("codes.tsv", None, text.as_bytes())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next_row()? {
            found.push(row);
        }
        assert_eq!(rows.position(), text.len() as u64);
        Ok(found)
    }

    #[test]
    fn levels_follow_from_the_shape_of_the_code() {
        let rows = read(
            "code\ttitle\tparent\tchapter\tbillable\n4\tEndocrine\t\t4\t\nE08-E13\tDiabetes\t4\t4\t\n\
            E11\tType 2\tE08-E13\t4\tno\nE11.6\tOther\tE11\t4\tno\nE11.65\tHigh\tE11.6\t4\t\n\
            E11.65XA\tFirst\tE11.65\t4\tyes\n",
        );
        let rows = rows.expect("it is whole");
        let levels: Vec<_> = rows.iter().map(|it| it.concept.level as u8).collect();
        assert_eq!(levels, [0, 1, 2, 3, 3, 4]);
        let billable: Vec<_> = rows.iter().filter(|it| it.concept.billable).collect();
        assert_eq!(billable.len(), 2);
        assert_eq!(rows[4].parent.as_deref(), Some("E11.6"));
    }

    #[test]
    fn refuses_a_bad_row_with_its_line_and_reason() {
        for (rows, line, reason) in [
            ("A00,One,,1,\nA00,Again,,1,\n", 3, "none comes twice"),
            ("A01,One,,1,\nA00,Two,,1,\n", 3, "codes ascend"),
            ("A00,One,,1,\n1,Chapter,,1,\n", 3, "before all codes"),
            ("a00,One,,1,\n", 2, "code `a00` is no"),
            ("A00.12345,One,,1,\n", 2, "code `A00.12345` is no"),
            ("A00.,One,,1,\n", 2, "code `A00.` is no"),
            ("A00,One,,,\n", 2, "has no chapter"),
            ("A00,,,1,\n", 2, "has no title"),
            ("A00,One\n", 2, ""),
        ] {
            let error = read(&format!("code,title,parent,chapter,billable\n{rows}"));
            let error = error.expect_err(rows);
            assert_eq!(error.line, Some(line), "{rows}: {error}");
            assert!(error.reason.contains(reason), "{rows}: {error}");
        }
        for (header, column) in [("code,name\n", "`title`"), ("code,title\n", "`billable`")] {
            let error = read(header).expect_err(column);
            assert_eq!(error.line, Some(1), "{error}");
            assert!(error.reason.contains(column), "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let text = "\u{feff}title;code;chapter;billable\nOne;A00;1;no\n";
        let mut rows = TableRows::open("codes.csv", None, text.as_bytes()).expect("a header");
        let row = rows.next_row().expect("a row").expect("one");
        assert_eq!(row.concept.code, "A00");
    }
}
