//! Why a source was not loaded.

use std::fmt;

use medcover_kernel::{Error, ErrorKind};

/// A source that was refused, or could not be had. Nothing of it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Whether the source is at fault or its way here.
    pub fault: Fault,
    /// The file, and the member within an archive: `release.zip/icd10cm_order_2025.txt`.
    pub file: String,
    /// The line, from 1, where the fault lies in one.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// What is wrong, and where it helps, what to do.
    pub reason: String,
}

/// Who can mend a [`LoadError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The source holds something that this format does not allow.
    Content,
    /// The source is larger than its bound.
    Size,
    /// The source could not be reached or read.
    Access,
}

impl LoadError {
    /// A source that cannot be read as a whole.
    pub fn new(fault: Fault, file: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            fault,
            file: file.into(),
            line: None,
            column: None,
            reason: reason.into(),
        }
    }

    /// A fault at byte `offset` of `text`.
    pub(super) fn at(file: &str, text: &str, offset: usize, reason: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self::at_line(file, line, reason).in_column(column)
    }

    /// A fault in a line, counted from 1.
    pub(super) fn at_line(file: &str, line: usize, reason: impl Into<String>) -> Self {
        let mut error = Self::new(Fault::Content, file, reason);
        error.line = u32::try_from(line).ok();
        error
    }

    /// The same fault, in a column counted from 1.
    pub(super) fn in_column(mut self, column: usize) -> Self {
        self.column = u32::try_from(column).ok();
        self
    }
}

/// The text of a file, without a byte order mark.
pub(super) fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, LoadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        LoadError::at(file, good, good.len(), "the text is not UTF-8 here")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for LoadError {}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        let (kind, slug) = match error.fault {
            Fault::Content => (ErrorKind::Refused, "release-refused"),
            Fault::Size => (ErrorKind::TooLarge, "release-too-large"),
            Fault::Access => (ErrorKind::Unavailable, "release-unavailable"),
        };
        Self::new(kind, slug, error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_file_line_column_and_reason() {
        let error = LoadError::at("a.xml", "one\ntwö three", 9, "no such element");
        assert_eq!(error.to_string(), "a.xml:2:5: no such element");
        assert_eq!(Error::from(error).kind(), ErrorKind::Refused);
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        let error = LoadError::at("a.xml", "one\n", 99, "ends too early");
        assert_eq!((error.line, error.column), (Some(2), Some(1)));
    }
}
