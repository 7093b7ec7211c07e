//! The names of traces and spans, and the header that carries them (W3C Trace Context).

use std::fmt;
use std::num::NonZeroU64;

use crate::{RequestId, Rng};

/// A W3C trace id: sixteen bytes, not all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

/// A W3C span id: eight bytes, not all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

/// Where in which trace something happens, and whether anybody records it: the header `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The span that is the parent of whatever follows.
    pub span: SpanId,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl TraceId {
    /// A new random trace id.
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&rng.next_u64().to_be_bytes());
        // A zero half would still be a valid id unless both are; setting one bit rules that out.
        bytes[8..].copy_from_slice(&(rng.next_u64() | 1).to_be_bytes());
        Self(bytes)
    }

    /// The trace id that `text` is: 32 lower-case hexadecimal digits, as in the header and in logs.
    pub fn parse(text: &str) -> Option<Self> {
        let number = hex(text).filter(|_| text.len() == 32)?;
        (number != 0).then(|| Self(number.to_be_bytes()))
    }

    /// Its bytes, as they stand in the header.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Its last 56 bits: those that are random in every trace id, by which whether to record it is decided alike everywhere.
    pub const fn randomness(self) -> u64 {
        (u128::from_be_bytes(self.0) as u64) & ((1 << 56) - 1)
    }
}

impl SpanId {
    /// A new random span id.
    pub fn new(rng: &dyn Rng) -> Self {
        Self::of_bits(rng.next_u64())
    }

    /// The span that stands for a request of which nobody records a span: the random half of its id.
    pub const fn of_request(request: RequestId) -> Self {
        Self::of_bits(request.as_uuid().as_u128() as u64)
    }

    /// Its bytes, as they stand in the header.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_be_bytes()
    }

    const fn of_bits(bits: u64) -> Self {
        match NonZeroU64::new(bits) {
            Some(bits) => Self(bits),
            None => Self(NonZeroU64::MIN),
        }
    }
}

/// The length of a header of version 00. Later versions may go on after it, behind another hyphen.
const LENGTH: usize = 55;

impl TraceParent {
    /// Reads a header: `<version>-<trace>-<span>-<flags>`, in lower-case hexadecimal digits; `None` for what is none.
    pub fn parse(header: &str) -> Option<Self> {
        let bytes = header.as_bytes();
        if bytes.len() < LENGTH || !header.is_ascii() {
            return None;
        }
        let version = hex(&header[..2])?;
        let hyphens = [2, 35, 52].iter().all(|&place| bytes[place] == b'-');
        let ends = match version {
            0 => bytes.len() == LENGTH,
            0xff => false,
            _ => bytes.get(LENGTH).is_none_or(|&next| next == b'-'),
        };
        if !hyphens || !ends {
            return None;
        }
        let trace = hex(&header[3..35]).filter(|&trace| trace != 0)?;
        let span = NonZeroU64::new(hex(&header[36..52])? as u64)?;
        let flags = hex(&header[53..55])?;
        Some(Self {
            trace: TraceId(trace.to_be_bytes()),
            span: SpanId(span),
            sampled: flags & 1 == 1,
        })
    }
}

/// The number that `text`, at most 32 digits, is in lower-case hexadecimal digits.
fn hex(text: &str) -> Option<u128> {
    let digits = text.bytes();
    let lower = digits
        .into_iter()
        .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    lower.then(|| u128::from_str_radix(text, 16).ok())?
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{}-{}-{flags:02x}", self.trace, self.span)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRng;

    /// The example of the standard.
    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn reads_the_example_of_the_standard() {
        let parent = TraceParent::parse(GOOD).expect("well-formed");
        assert_eq!(
            (parent.trace.to_string(), parent.span.to_string()),
            (
                "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
                "00f067aa0ba902b7".to_owned()
            )
        );
        assert!(parent.sampled);
        assert_eq!(parent.to_string(), GOOD);
        assert_eq!(parent.trace.randomness(), 0x00ce_929d_0e0e_4736);
    }

    #[test]
    fn a_later_version_may_say_more() {
        for (later, sampled) in [
            (
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
                true,
            ),
            (
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-else",
                false,
            ),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02",
                false,
            ),
        ] {
            let parent = TraceParent::parse(later).expect("well-formed");
            assert_eq!(parent.sampled, sampled, "{later}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_are_read_as_they_are_written_and_nothing_else_is() {
        let id = TraceId::new(&SeededRng::new(6));
        assert_eq!(TraceId::parse(&id.to_string()), Some(id));
        for bad in [
            "",
            "0",
            "00000000000000000000000000000000",
            "4BF92F3577B34DA6A3CE929D0E0E4736",
            "4bf92f3577b34da6a3ce929d0e0e47360",
            "4bf92f3577b34da6a3ce929d0e0e473",
        ] {
            assert_eq!(TraceId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let rng = SeededRng::new(5);
        for sampled in [true, false] {
            let parent = TraceParent {
                trace: TraceId::new(&rng),
                span: SpanId::new(&rng),
                sampled,
            };
            assert_eq!(TraceParent::parse(&parent.to_string()), Some(parent));
        }
    }
}
