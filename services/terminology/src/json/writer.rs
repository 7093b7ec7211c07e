//! JSON text, piece by piece.

use medcover_terms::json::escape;

/// Text being written. The caller sees to commas and braces; the pieces are correct by themselves.
pub(super) struct JsonWriter {
    text: Vec<u8>,
}

impl JsonWriter {
    /// An empty text with room for `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
        }
    }

    /// The text written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.text
    }

    /// Text that is JSON already.
    #[inline]
    pub(super) fn raw(&mut self, json: impl AsRef<[u8]>) {
        self.text.extend_from_slice(json.as_ref());
    }

    /// A list of pieces, each of which may be several items with commas between, or none.
    pub(super) fn pieces<'j>(&mut self, pieces: impl IntoIterator<Item = &'j [u8]>) {
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        self.list(pieces, Self::raw);
    }

    /// A string.
    pub(super) fn string(&mut self, text: impl AsRef<[u8]>) {
        self.text.push(b'"');
        self.escaped(text);
        self.text.push(b'"');
    }

    /// The inside of a string, whose quotes stand in the fixed text around it. The bytes are those of a text.
    #[inline]
    pub(super) fn escaped(&mut self, text: impl AsRef<[u8]>) {
        escape(text.as_ref(), &mut self.text);
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// A whole number.
    pub(super) fn number(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.text.extend_from_slice(&digits[at..]);
    }

    /// A number of thousandths, as a decimal fraction.
    pub(super) fn thousandths(&mut self, value: u32) {
        self.number(u64::from(value / 1_000));
        let rest = value % 1_000;
        let digits = [rest / 100, rest / 10 % 10, rest % 10];
        self.text.push(b'.');
        self.text.extend(digits.map(|digit| b'0' + digit as u8));
    }

    /// A list, each of whose items `item` writes.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) {
        self.text.push(b'[');
        let mut first = true;
        for it in items {
            if !first {
                self.text.push(b',');
            }
            first = false;
            item(self, it);
        }
        self.text.push(b']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut JsonWriter)) -> String {
        let mut json = JsonWriter::with_capacity(0);
        write(&mut json);
        String::from_utf8(json.finish()).expect("UTF-8")
    }

    #[test]
    fn thousandths_read_as_the_nearest_number() {
        for value in 0..=1_000_u32 {
            let text = written(|json| json.thousandths(value));
            let read: f32 = serde_json::from_str(&text).expect("a number");
            assert!(
                (read - value as f32 / 1_000.0).abs() < f32::EPSILON / 4.0,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_string_reads_back(text in "\\PC{0,20}[\\x00-\\x7f]{0,20}\\PC{0,20}") {
            let read: String = serde_json::from_str(&written(|json| json.string(&text))).expect("JSON");
            prop_assert_eq!(read, text);
        }

        #[test]
        fn any_number_reads_back(value: u64) {
            prop_assert_eq!(written(|json| json.number(value)), value.to_string());
        }
    }
}
