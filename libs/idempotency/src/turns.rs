//! Turns: who changes the same in this process does so one after the other.
//!
//! The version of a stream is what keeps two changes apart. Of many that decide at once on the same version, though, one is
//! kept and the others decide again, in vain most of the time; waiting for a turn spares them that. Several processes do
//! not wait for each other: there the version decides alone.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Keys that are kept before those are forgotten that nobody waits for.
const KEPT: usize = 1_024;

type Waiting<K> = HashMap<K, Weak<Turn<()>>>;

/// The turns of one process, by what is changed.
#[derive(Debug)]
pub struct Turns<K>(Mutex<Waiting<K>>);

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Waits for a turn at `key`, which lasts as long as what is returned.
    pub async fn take(&self, key: K) -> OwnedMutexGuard<()> {
        self.of(key).lock_owned().await
    }

    /// Whether nobody has a turn at `key` or waits for one.
    pub fn is_free(&self, key: K) -> bool {
        let turns = self.waiting();
        let held = turns.get(&key).is_some_and(|it| it.strong_count() > 0);
        !held
    }

    fn of(&self, key: K) -> Arc<Turn<()>> {
        let mut turns = self.waiting();
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

    /// No code runs under the lock that could leave it half changed.
    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_forgotten_afterwards() {
        let turns = Turns::default();
        assert!(turns.is_free(1));
        let first = turns.take(1).await;
        assert!(turns.of(1).try_lock().is_err());
        assert!(!turns.is_free(1));
        assert!(turns.is_free(2));
        drop(first);
        assert!(turns.of(1).try_lock().is_ok());
        assert!(turns.is_free(1));
        for other in 0..3 * KEPT {
            turns.of(other);
        }
        assert!(turns.waiting().len() <= KEPT);
    }
}
