//! Tokens that were checked before.
//!
//! A caller shows the same token with each request until it expires, and checking a signature costs a hundred times what
//! looking it up does. What is kept is the hash of a token that held, and what it said; whether something has ended since
//! is asked each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use medcover_identity::{SecretHash, Verified};
use medcover_kernel::Timestamp;

/// How many tokens are kept: those of as many callers within the life of a token. Beyond that all are checked anew.
const CAPACITY: usize = 8_192;

/// Access tokens whose signature was good.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<HashMap<SecretHash, Arc<Verified>>>);

impl KnownTokens {
    /// What the token of this hash says, unless it is not known or has expired.
    pub(super) fn get(&self, hash: &SecretHash, now: Timestamp) -> Option<Arc<Verified>> {
        let known = self.tokens().get(hash).cloned()?;
        (now < known.expires_at).then_some(known)
    }

    /// Keeps what a token says that holds now.
    pub(super) fn keep(&self, hash: SecretHash, verified: Arc<Verified>, now: Timestamp) {
        let mut tokens = self.tokens();
        if tokens.len() >= CAPACITY {
            tokens.retain(|_, known| now < known.expires_at);
        }
        if tokens.len() >= CAPACITY {
            tokens.clear();
        }
        tokens.insert(hash, verified);
    }

    /// No code runs under the lock that could leave it half changed.
    fn tokens(&self) -> MutexGuard<'_, HashMap<SecretHash, Arc<Verified>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_identity::{Grant, TokenId};
    use medcover_kernel::{Caller, Purpose, Scopes, TenantId, UserId};
    use uuid::Uuid;

    fn verified(expires_at: i64) -> Arc<Verified> {
        Arc::new(Verified {
            grant: Grant {
                caller: Caller::User(UserId::from_uuid(Uuid::nil())),
                tenant: TenantId::DEFAULT,
                scopes: Scopes::none(),
                purpose: Purpose::Operations,
                session: None,
            },
            id: TokenId::from_uuid(Uuid::nil()),
            expires_at: Timestamp::from_micros(expires_at),
        })
    }

    #[test]
    fn a_known_token_is_forgotten_when_it_expires_and_memory_is_bounded() {
        let (known, at) = (KnownTokens::default(), Timestamp::from_micros);
        let hash = |number: usize| SecretHash::of(&number.to_string());
        known.keep(hash(0), verified(10), at(0));
        assert!(known.get(&hash(0), at(9)).is_some());
        assert!(known.get(&hash(0), at(10)).is_none());
        assert!(known.get(&hash(1), at(0)).is_none());
        for number in 0..3 * CAPACITY {
            known.keep(hash(number), verified(10), at(0));
            assert!(known.tokens().len() <= CAPACITY);
        }
        assert!(known.get(&hash(3 * CAPACITY - 1), at(0)).is_some());
    }
}
