//! Where a compiled release lies.

use memmap2::Mmap;

/// A compiled release: a file that is mapped, or what was compiled for one question.
pub enum Bytes {
    /// The file.
    Mapped(Mmap),
    /// In memory.
    Held(bytes::Bytes),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(bytes) => bytes,
        }
    }
}

impl Bytes {
    /// All of it in memory; what already is there is shared.
    pub(crate) fn held(&self) -> bytes::Bytes {
        match self {
            Self::Mapped(map) => bytes::Bytes::copy_from_slice(map),
            Self::Held(bytes) => bytes.clone(),
        }
    }
}
