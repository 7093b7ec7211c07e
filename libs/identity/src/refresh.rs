//! Refresh tokens: each may be exchanged once, and a second time gives a theft away.
//!
//! A token names its session and its place in that session's row, under a keyed hash. So every token that was ever issued
//! is told from a forged one without keeping any of them, and the session has to remember one number: the place of the
//! token that is good. An earlier one is a token used twice, by the thief or by the robbed; either way the session ends.

use medcover_kernel::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secret::{self, MasterSecret, SecretText};
use crate::text;
use crate::token::SessionId;

/// What the key is derived for.
const PURPOSE: &str = "medcover/refresh-token";
const PREFIX: &str = "mcr_";
/// Session, place, hash.
const BYTES: usize = 16 + 4 + 32;

/// Issues and opens refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshKey(SecretKey);

#[derive(Clone)]
struct SecretKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// A refresh token that was issued here, be it good or spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its family.
    pub session: SessionId,
    /// Its place in the row, from 0.
    pub generation: u32,
}

/// A refresh token that was not issued here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refresh token is not valid")]
pub struct ForgedRefresh;

impl From<ForgedRefresh> for Error {
    fn from(_: ForgedRefresh) -> Self {
        Self::unauthenticated("The refresh token is not valid.")
    }
}

impl RefreshKey {
    /// The key that follows from `master`.
    pub fn of(master: &MasterSecret) -> Self {
        Self(SecretKey(master.derive(PURPOSE, b"")))
    }

    /// The text of `token`.
    pub fn issue(&self, token: RefreshToken) -> SecretText {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let (session, rest) = bytes.split_at_mut(16);
        let (generation, hash) = rest.split_at_mut(4);
        session.copy_from_slice(token.session.as_uuid().as_bytes());
        generation.copy_from_slice(&token.generation.to_be_bytes());
        hash.copy_from_slice(&self.hash(token));
        SecretText::new(format!("{PREFIX}{}", text::to_base64(&*bytes)))
    }

    /// The token that `text` is.
    pub fn open(&self, text: &str) -> Result<RefreshToken, ForgedRefresh> {
        let encoded = text.strip_prefix(PREFIX).ok_or(ForgedRefresh)?;
        let bytes = text::from_base64::<BYTES>(encoded).ok_or(ForgedRefresh)?;
        let (session, rest) = bytes.split_at(16);
        let (generation, hash) = rest.split_at(4);
        let token = RefreshToken {
            session: SessionId::from_uuid(Uuid::from_slice(session).expect("sixteen bytes")),
            generation: u32::from_be_bytes(generation.try_into().expect("four bytes")),
        };
        if secret::equal(hash, &self.hash(token)) {
            Ok(token)
        } else {
            Err(ForgedRefresh)
        }
    }

    fn hash(&self, token: RefreshToken) -> [u8; 32] {
        let session = token.session.as_uuid();
        let parts: [&[u8]; 2] = [session.as_bytes(), &token.generation.to_be_bytes()];
        secret::authenticate(&(self.0).0, &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use proptest::prelude::*;

    fn key(seed: u64) -> RefreshKey {
        RefreshKey::of(&MasterSecret::generate(&SeededEntropy::new(seed)))
    }

    proptest! {
        #[test]
        fn a_token_opens_with_its_own_key_only(session in any::<u128>(), generation in any::<u32>()) {
            let token = RefreshToken {
                session: SessionId::from_uuid(Uuid::from_u128(session)),
                generation,
            };
            let text = key(1).issue(token);
            prop_assert_eq!(key(1).open(text.reveal()), Ok(token));
            prop_assert_eq!(key(2).open(text.reveal()), Err(ForgedRefresh));
        }

        #[test]
        fn a_changed_letter_makes_a_forgery(at in 4_usize..74, letter in "[A-Za-z0-9_-]") {
            let token = RefreshToken { session: SessionId::from_uuid(Uuid::from_u128(7)), generation: 3 };
            let mut text = key(1).issue(token).reveal().to_owned();
            let differs = text[at..=at] != letter;
            text.replace_range(at..=at, &letter);
            prop_assert_eq!(key(1).open(&text).is_err(), differs);
        }

        #[test]
        fn no_text_panics(text in "(mcr_)?\\PC{0,80}") {
            let _ = key(1).open(&text);
        }
    }

    #[test]
    fn it_does_not_print_itself() {
        assert_eq!(format!("{:?}", key(1)), "RefreshKey([secret])");
    }
}
