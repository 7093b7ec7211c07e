//! Cursors: the place after which the next page begins, bound to the request it belongs to.
//!
//! A cursor holds the score and the concept of the last hit shown, and a keyed hash over both and over everything that
//! decides the order: the operation, the exact release, the query and its filters. So a cursor that was made up, was
//! changed, or comes from another request or release is refused, and nothing is kept on our side.

use std::fs;
use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use medcover_kernel::{Error, Result};
use sha2::Sha256;

/// Bytes of place: score and concept.
const PLACE: usize = 8;
/// Bytes of the hash that are kept: 2⁻⁹⁶ is little enough for guessing a place in a public list.
const HASH: usize = 12;
/// Letters of a cursor.
const LETTERS: usize = (PLACE + HASH).div_ceil(3) * 4 - 1;

/// The key that cursors are made with.
#[derive(Clone)]
pub(crate) struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// The key kept in `folder`, made there when there is none, so that cursors outlive a restart. Where nothing can be
    /// kept, the key lives as long as the process.
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join("cursor.key");
        let kept = fs::read(&path)
            .ok()
            .and_then(|it| <[u8; 32]>::try_from(it).ok());
        let key = kept.unwrap_or_else(|| {
            let key = random();
            if let Err(error) = keep(&path, &key) {
                tracing::debug!(cause = %error, "cursors end with this process");
            }
            key
        });
        Self::of(&key)
    }

    fn of(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("a key of any length will do"))
    }

    fn hash(&self, place: [u8; PLACE], scope: &Scope<'_>) -> [u8; HASH] {
        let mut mac = self.0.clone();
        mac.update(&place);
        mac.update(scope.release);
        for part in [scope.operation, scope.filters, scope.query] {
            // The length first, so that no two lists of parts read the same.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let whole = mac.finalize().into_bytes();
        let mut kept = [0; HASH];
        kept.copy_from_slice(&whole[..HASH]);
        kept
    }

    /// The cursor of the page after `place`.
    pub(crate) fn seal(&self, place: Place, scope: &Scope<'_>) -> String {
        let place = place.to_bytes();
        let mut bytes = [0; PLACE + HASH];
        bytes[..PLACE].copy_from_slice(&place);
        bytes[PLACE..].copy_from_slice(&self.hash(place, scope));
        encode(&bytes)
    }

    /// The place of a cursor that was made for `scope`.
    pub(crate) fn open_cursor(&self, cursor: &str, scope: &Scope<'_>) -> Result<Place> {
        let refused = || {
            Error::invalid(
                "/cursor",
                "must be the `next` of an answer to this very request",
            )
        };
        let bytes = decode(cursor).ok_or_else(refused)?;
        let (place, hash) = bytes.split_at(PLACE);
        let place = <[u8; PLACE]>::try_from(place).expect("split there");
        let wanted = self.hash(place, scope);
        // All bytes are compared, so that the time taken says nothing of how many fit.
        let differences = wanted.iter().zip(hash).fold(0, |sum, (a, b)| sum | (a ^ b));
        if differences != 0 {
            return Err(refused());
        }
        Ok(Place::from_bytes(place))
    }
}

/// What a cursor belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) operation: &'a str,
    /// Names the exact content searched.
    pub(crate) release: &'a [u8],
    pub(crate) query: &'a str,
    pub(crate) filters: &'a str,
}

/// A place in a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The bits of the score.
    pub(crate) score: u32,
    pub(crate) concept: u32,
}

impl Place {
    fn to_bytes(self) -> [u8; PLACE] {
        (u64::from(self.concept) << 32 | u64::from(self.score)).to_le_bytes()
    }

    fn from_bytes(bytes: [u8; PLACE]) -> Self {
        let both = u64::from_le_bytes(bytes);
        Self {
            score: both as u32,
            concept: (both >> 32) as u32,
        }
    }
}

fn random() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the operating system gives random bytes");
    key
}

fn keep(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(key)
}

const LETTER: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses (RFC 4648, section 5) without padding.
fn encode(bytes: &[u8; PLACE + HASH]) -> String {
    let mut text = String::with_capacity(LETTERS);
    for three in bytes.chunks(3) {
        let mut bits = 0_u32;
        for place in 0..3 {
            bits = bits << 8 | u32::from(three.get(place).copied().unwrap_or(0));
        }
        for letter in 0..=three.len() {
            let six = bits >> (18 - 6 * letter) & 63;
            text.push(char::from(LETTER[six as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Option<[u8; PLACE + HASH]> {
    if text.len() != LETTERS {
        return None;
    }
    let mut bytes = [0; PLACE + HASH];
    for (four, three) in text.as_bytes().chunks(4).zip(bytes.chunks_mut(3)) {
        let mut bits = 0_u32;
        for (place, letter) in four.iter().enumerate() {
            let six = LETTER.iter().position(|it| it == letter)? as u32;
            bits |= six << (18 - 6 * place);
        }
        let [_, all @ ..] = bits.to_be_bytes();
        three.copy_from_slice(&all[..three.len()]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCOPE: Scope<'_> = Scope {
        operation: "search_icd10",
        release: b"12345678",
        query: "heart",
        filters: "",
    };

    fn sealed(place: Place) -> (CursorKey, String) {
        let key = CursorKey::of(&[7; 32]);
        let cursor = key.seal(place, &SCOPE);
        (key, cursor)
    }

    #[test]
    fn a_cursor_belongs_to_its_request() {
        let (key, cursor) = sealed(Place {
            score: 1,
            concept: 2,
        });
        for other in [
            Scope {
                operation: "advanced_search",
                ..SCOPE
            },
            Scope {
                release: b"12345679",
                ..SCOPE
            },
            Scope {
                query: "hear",
                filters: "t",
                ..SCOPE
            },
            Scope {
                filters: "chapter=4",
                ..SCOPE
            },
        ] {
            let error = key
                .open_cursor(&cursor, &other)
                .expect_err("another request");
            assert_eq!(error.faults()[0].pointer, "/cursor");
        }
        let other_key = CursorKey::of(&[8; 32]);
        assert!(other_key.open_cursor(&cursor, &SCOPE).is_err());
    }

    #[test]
    fn a_kept_key_survives() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place {
            score: 1,
            concept: 2,
        };
        let cursor = CursorKey::open(folder.path()).seal(place, &SCOPE);
        let again = CursorKey::open(folder.path());
        assert_eq!(again.open_cursor(&cursor, &SCOPE).expect("ours"), place);
    }

    proptest! {
        #[test]
        fn every_place_reads_back(score: u32, concept: u32) {
            let place = Place { score, concept };
            let (key, cursor) = sealed(place);
            prop_assert_eq!(key.open_cursor(&cursor, &SCOPE).expect("ours"), place);
        }

        #[test]
        fn no_changed_letter_passes(at in 0..LETTERS, letter in 0..64_usize) {
            let (key, cursor) = sealed(Place { score: 5, concept: 6 });
            let mut changed = cursor.clone().into_bytes();
            changed[at] = LETTER[letter];
            let changed = String::from_utf8(changed).expect("letters");
            let opened = key.open_cursor(&changed, &SCOPE);
            // The last letter carries two bits that mean nothing.
            prop_assert!(opened.is_err() || changed == cursor || at == LETTERS - 1);
        }

        #[test]
        fn any_text_is_refused(text in ".{0,40}") {
            let (key, _) = sealed(Place { score: 5, concept: 6 });
            prop_assert!(key.open_cursor(&text, &SCOPE).is_err());
        }
    }
}
