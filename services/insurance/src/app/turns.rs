//! Turns: who changes the same benefits in this process does so one after the other.
//!
//! The version of a stream is what keeps benefits from being used twice. Of many that decide at once on the same version,
//! though, one is kept and the others decide again, in vain most of the time; waiting for a turn spares them that. Several
//! processes do not wait for each other: there the version decides alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use uuid::Uuid;

/// Keys that are kept before those are forgotten that nobody waits for.
const KEPT: usize = 1_024;

/// The turns of one process, by what is changed.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Uuid, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for a turn at `key`, which lasts as long as what is returned.
    pub(super) async fn take(&self, key: Uuid) -> OwnedMutexGuard<()> {
        self.of(key).lock_owned().await
    }

    /// No code runs under the lock that could leave it half changed.
    fn of(&self, key: Uuid) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= KEPT {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        turns.insert(key, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_forgotten_afterwards() {
        let turns = Turns::default();
        let key = Uuid::from_u128(1);
        let first = turns.take(key).await;
        assert!(turns.of(key).try_lock().is_err());
        drop(first);
        assert!(turns.of(key).try_lock().is_ok());
        for other in 0..3 * KEPT as u128 {
            turns.of(Uuid::from_u128(other));
        }
        assert!(turns.0.lock().expect("whole").len() <= KEPT);
    }
}
