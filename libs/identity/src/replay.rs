//! Which tokens that may be shown once have been shown.

use std::collections::{BTreeSet, HashSet};

use medcover_kernel::{Error, Timestamp};

use crate::token::TokenId;

/// The tokens shown to this process, each until it expires. A token is meant for one service, and where that runs in
/// several processes they must remember together: this is then the first look, before the shared one.
#[derive(Debug)]
pub struct ShownTokens {
    known: HashSet<TokenId>,
    by_expiry: BTreeSet<(Timestamp, TokenId)>,
    capacity: usize,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It was shown before.
    #[error("the token was shown before")]
    Replayed,
    /// More tokens live than can be remembered. To forget one early would let it be shown twice.
    #[error("too many tokens are in use")]
    Full,
}

impl From<NotTaken> for Error {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Replayed => crate::TokenFault::Replayed.into(),
            NotTaken::Full => Self::unavailable("Too many service tokens are in use."),
        }
    }
}

impl ShownTokens {
    /// Remembers at most `capacity` tokens.
    pub fn new(capacity: usize) -> Self {
        Self {
            known: HashSet::new(),
            by_expiry: BTreeSet::new(),
            capacity,
        }
    }

    /// Takes the token `id`, which holds until `expires_at`, unless it was taken before.
    pub fn take(
        &mut self,
        id: TokenId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotTaken> {
        self.forget_expired(now);
        if self.known.contains(&id) {
            return Err(NotTaken::Replayed);
        }
        if self.known.len() >= self.capacity {
            return Err(NotTaken::Full);
        }
        self.known.insert(id);
        self.by_expiry.insert((remembered_until(expires_at), id));
        Ok(())
    }

    fn forget_expired(&mut self, now: Timestamp) {
        while let Some(&(until, id)) = self.by_expiry.first() {
            if now < until {
                return;
            }
            self.by_expiry.pop_first();
            self.known.remove(&id);
        }
    }
}

/// Checking a token allows for clocks that differ, and so must remembering it.
fn remembered_until(expires_at: Timestamp) -> Timestamp {
    expires_at.plus(crate::ring::MAX_SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    fn id(number: u128) -> TokenId {
        TokenId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_token_is_taken_once_while_it_lives() {
        let mut shown = ShownTokens::new(10);
        assert_eq!(shown.take(id(1), at(60), at(0)), Ok(()));
        assert_eq!(shown.take(id(1), at(60), at(59)), Err(NotTaken::Replayed));
        assert_eq!(shown.take(id(1), at(60), at(119)), Err(NotTaken::Replayed));
        assert_eq!(shown.take(id(2), at(60), at(59)), Ok(()));
    }

    #[test]
    fn a_full_memory_refuses_rather_than_forgets() {
        let mut shown = ShownTokens::new(2);
        assert_eq!(shown.take(id(1), at(60), at(0)), Ok(()));
        assert_eq!(shown.take(id(2), at(90), at(0)), Ok(()));
        assert_eq!(shown.take(id(3), at(90), at(0)), Err(NotTaken::Full));
        assert_eq!(shown.take(id(3), at(180), at(120)), Ok(()));
        assert_eq!(shown.take(id(2), at(90), at(120)), Err(NotTaken::Replayed));
    }
}
