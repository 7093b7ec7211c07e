//! Where a compiled release lies.

use memmap2::Mmap;

/// A compiled release: a file that is mapped, or what was compiled for one question.
pub enum Bytes {
    /// The file.
    Mapped(Mmap),
    /// In memory.
    Held(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(bytes) => bytes,
        }
    }
}
