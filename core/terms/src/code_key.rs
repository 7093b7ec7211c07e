//! Codes as they are compared: letters and digits only, in upper case.

/// Longest code that is told apart; no system's codes come near.
const MAX: usize = 48;

/// A code without dots, blanks and case, on the stack. `e11.65`, `E1165` and ` E11.65 ` have one key. A hyphen stays,
/// so that a block (`E08-E13`) is not taken for a code.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    bytes: [u8; MAX],
    len: u8,
}

impl Key {
    /// The key of a code in any notation.
    pub(crate) fn of(code: &str) -> Self {
        let mut key = Self {
            bytes: [0; MAX],
            len: 0,
        };
        for byte in code.bytes() {
            if (byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'_')
                && (key.len as usize) < MAX
            {
                key.bytes[key.len as usize] = byte.to_ascii_uppercase();
                key.len += 1;
            }
        }
        key
    }

    /// Its bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }
}

/// The hash of a key or a word, as the tables of the release use it.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_does_not_matter() {
        for code in ["e11.65", "E1165", " e11.65 ", "E11 65"] {
            assert_eq!(Key::of(code).as_bytes(), b"E1165");
        }
        assert_eq!(Key::of("E08-E13").as_bytes(), b"E08-E13");
        assert_eq!(Key::of(&"x".repeat(500)).as_bytes().len(), MAX);
    }
}
