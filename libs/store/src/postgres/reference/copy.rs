//! Rows as `COPY` takes them.

use std::fmt::Write as _;

/// Writes the columns of one row after the other in the text form of `COPY`. Source: PostgreSQL's documentation, *COPY*, *Text
/// Format*.
#[derive(Debug)]
pub struct CopyText<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> CopyText<'a> {
    /// Begins a row at the end of `out`.
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    /// A text. What PostgreSQL's texts cannot hold, the character 0, is left out.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.next();
        for byte in text.bytes() {
            match byte {
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                0 => {}
                plain => self.out.push(plain),
            }
        }
        self
    }

    /// A text, or nothing.
    #[must_use]
    pub fn maybe(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.raw("\\N"),
        }
    }

    /// A whole number.
    #[must_use]
    pub fn integer(self, number: i64) -> Self {
        let mut digits = String::new();
        write!(digits, "{number}").expect("writing to a string succeeds");
        self.raw(&digits)
    }

    /// Yes or no.
    #[must_use]
    pub fn boolean(self, yes: bool) -> Self {
        self.raw(if yes { "t" } else { "f" })
    }

    /// Ends the row.
    pub fn end(self) {
        self.out.push(b'\n');
    }

    fn raw(mut self, text: &str) -> Self {
        self.next();
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    fn next(&mut self) {
        if !self.first {
            self.out.push(b'\t');
        }
        self.first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_column_or_a_row_is_escaped() {
        let mut out = Vec::new();
        CopyText::begin(&mut out)
            .text("a\\b\tc\nd\re\0f")
            .maybe(None)
            .maybe(Some(""))
            .integer(-7)
            .boolean(true)
            .end();
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "a\\\\b\\tc\\nd\\ref\t\\N\t\t-7\tt\n"
        );
    }
}
