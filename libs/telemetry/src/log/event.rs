//! The fields of one event, rendered as JSON values.

use std::fmt::{self, Debug, Write};
use std::ops::Range;

use tracing::field::{Field, Visit};

/// A longer value is cut, so that a line has a bound: tracing allows 32 fields.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// An event's fields: each name with its value as JSON text. Kept between events for its memory.
#[derive(Debug, Default)]
pub(super) struct Fields {
    json: String,
    places: Vec<(&'static str, Range<usize>)>,
}

impl Fields {
    pub(super) fn clear(&mut self) {
        self.json.clear();
        self.places.clear();
    }

    /// The value of the field called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// All fields, in the order of the event.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.places
            .iter()
            .map(|(name, place)| (*name, &self.json[place.clone()]))
    }

    fn add(&mut self, field: &Field, render: impl FnOnce(&mut String)) {
        let start = self.json.len();
        render(&mut self.json);
        self.places.push((field.name(), start..self.json.len()));
    }

    fn add_plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.add(field, |json| {
            write!(json, "{value}").expect("writing to a string succeeds");
        });
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |json| quote(json, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, |json| quote_shown(json, format_args!("{value:?}")));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, |json| {
            quote_shown(json, format_args!("{}", Chain(value)));
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add_plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add_plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add_plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.add_plain(field, value);
        } else {
            self.add_plain(field, "null");
        }
    }
}

/// An error and all its causes on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut at = self.0.source();
        while let Some(cause) = at {
            write!(f, ": {cause}")?;
            at = cause.source();
        }
        Ok(())
    }
}

/// Appends `text` to `json` as a JSON string, cut at the bound.
pub(super) fn quote(json: &mut String, text: &str) {
    quoted(json, |value| value.write_str(text));
}

fn quote_shown(json: &mut String, text: fmt::Arguments<'_>) {
    quoted(json, |value| value.write_fmt(text));
}

fn quoted(json: &mut String, write: impl FnOnce(&mut Escaped<'_>) -> fmt::Result) {
    json.push('"');
    let written = write(&mut Escaped {
        json,
        left: MAX_VALUE_BYTES,
    });
    // The only error is the cut; it is shown by the ellipsis.
    if written.is_err() {
        json.push('…');
    }
    json.push('"');
}

struct Escaped<'a> {
    json: &'a mut String,
    left: usize,
}

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let kept = &text[..text.floor_char_boundary(self.left)];
        self.left -= kept.len();
        let mut rest = kept;
        // Most text is plain, and its bytes tell so faster than its characters.
        if rest.bytes().all(is_plain) {
            rest = "";
            self.json.push_str(kept);
        }
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| must_escape(c)) {
            self.json.push_str(&rest[..at]);
            self.escape(c)?;
            rest = &rest[at + c.len_utf8()..];
        }
        self.json.push_str(rest);
        if kept.len() < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

impl Escaped<'_> {
    fn escape(&mut self, c: char) -> fmt::Result {
        match c {
            '"' => self.json.push_str("\\\""),
            '\\' => self.json.push_str("\\\\"),
            '\n' => self.json.push_str("\\n"),
            // All others that must be escaped lie in the basic plane.
            other => write!(self.json, "\\u{:04x}", u32::from(other))?,
        }
        Ok(())
    }
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// JSON demands the first few; the others begin a line, move the cursor or turn the direction of text in some reader.
fn must_escape(c: char) -> bool {
    matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_quotes(text: &str) -> String {
        let mut json = String::new();
        quote(&mut json, text);
        json
    }

    proptest! {
        #[test]
        fn any_text_is_one_line_and_reads_back(text in "(?s).{0,200}|[\\x00-\\x1f\"\\\\\u{85}\u{2028}\u{202e}]{0,50}") {
            let json = in_quotes(&text);
            let harmless = |c: char| !c.is_control() && c != '\u{2028}';
            prop_assert!(json.chars().all(harmless));
            prop_assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let json = in_quotes(&"é".repeat(MAX_VALUE_BYTES));
        let text: String = serde_json::from_str(&json).expect("JSON");
        assert!(text.ends_with("é…"));
        assert!(text.len() <= MAX_VALUE_BYTES + "…".len());
    }
}
