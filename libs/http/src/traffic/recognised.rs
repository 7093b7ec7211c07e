//! Credentials that held lately.
//!
//! An address that showed too many bad ones is not verified any more for a while. Behind one address there may be a whole
//! hospital: who is recognised is verified all the same, so that one program with a stale key shuts nobody else out.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are kept in a generation.
const GENERATION: usize = 32_768;

/// Hashes of credentials in two generations: when the younger is full, the elder is forgotten. A wrong hit costs one
/// verification and nothing else, so 64 bits under a seed are enough.
#[derive(Default)]
pub(super) struct Recognised {
    seed: RandomState,
    generations: Mutex<[HashSet<u64>; 2]>,
}

impl Recognised {
    pub(super) fn note(&self, credential: &[u8]) {
        let hash = self.seed.hash_one(credential);
        let mut generations = self.lock();
        if generations[0].len() >= GENERATION {
            generations.swap(0, 1);
            generations[0].clear();
        }
        generations[0].insert(hash);
    }

    pub(super) fn forget(&self, credential: &[u8]) {
        let hash = self.seed.hash_one(credential);
        for generation in self.lock().iter_mut() {
            generation.remove(&hash);
        }
    }

    pub(super) fn knows(&self, credential: &[u8]) -> bool {
        let hash = self.seed.hash_one(credential);
        self.lock().iter().any(|it| it.contains(&hash))
    }

    fn lock(&self) -> MutexGuard<'_, [HashSet<u64>; 2]> {
        let held = self.generations.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known_and_memory_is_bounded() {
        let recognised = Recognised::default();
        for number in 0..(3 * GENERATION as u32) {
            recognised.note(&number.to_be_bytes());
        }
        let last = (3 * GENERATION as u32 - 1).to_be_bytes();
        assert!(recognised.knows(&last) && !recognised.knows(&0_u32.to_be_bytes()));
        assert!(recognised.lock().iter().map(HashSet::len).sum::<usize>() <= 2 * GENERATION);
        recognised.forget(&last);
        assert!(!recognised.knows(&last));
    }
}
