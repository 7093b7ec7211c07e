//! JSON strings, for what is written ahead into a release and for what is written around it.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes `text` as the inside of a JSON string, without its quotes.
#[inline]
pub fn escape(text: &[u8], to: &mut Vec<u8>) {
    // Nearly no title holds anything to escape, and this look is a few wide instructions.
    if text
        .iter()
        .fold(false, |found, &byte| found | special(byte))
    {
        escape_each(text, to);
    } else {
        to.extend_from_slice(text);
    }
}

#[cold]
fn escape_each(text: &[u8], to: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' => to.extend_from_slice(b"\\\""),
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\t' => to.extend_from_slice(b"\\t"),
            b'\r' => to.extend_from_slice(b"\\r"),
            0..0x20 => {
                to.extend_from_slice(b"\\u00");
                to.push(HEX[usize::from(byte >> 4)]);
                to.push(HEX[usize::from(byte & 15)]);
            }
            _ => to.push(byte),
        }
    }
}

const fn special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
