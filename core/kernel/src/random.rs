//! Chance, as an argument.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where randomness comes from. It is not for secrets: keys and tokens are drawn from the operating system by
/// `libs/identity`.
pub trait Rng: Send + Sync {
    /// Sixty-four random bits.
    fn next_u64(&self) -> u64;

    /// A number below `bound`; 0 when `bound` is 0. The bias is below 2⁻³² for bounds that fit 32 bits.
    fn below(&self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `[0, 1)` with 53 random bits.
    fn unit(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): one addition and a mix, every seed good, every seed repeatable.
#[derive(Debug)]
pub struct SeededRng {
    state: AtomicU64,
}

impl SeededRng {
    /// The generator that `seed` names; equal seeds give equal sequences.
    pub const fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng for SeededRng {
    fn next_u64(&self) -> u64 {
        mix(self
            .state
            .fetch_add(GOLDEN, Ordering::Relaxed)
            .wrapping_add(GOLDEN))
    }
}

/// A generator seeded by the operating system, one sequence a thread, so that threads do not meet at one atomic.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

thread_local! {
    // `RandomState` takes its keys from the operating system; hashing nothing with them yields a seed.
    static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0_u8));
}

impl Rng for SystemRng {
    fn next_u64(&self) -> u64 {
        STATE.with(|state| {
            let next = state.get().wrapping_add(GOLDEN);
            state.set(next);
            mix(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_repeat_and_others_differ() {
        let (a, b, c) = (SeededRng::new(1), SeededRng::new(1), SeededRng::new(2));
        let first: Vec<_> = (0..8).map(|_| a.next_u64()).collect();
        assert_eq!(first, (0..8).map(|_| b.next_u64()).collect::<Vec<_>>());
        assert_ne!(first, (0..8).map(|_| c.next_u64()).collect::<Vec<_>>());
    }

    #[test]
    fn below_stays_below_and_reaches_everything() {
        let rng = SeededRng::new(7);
        let mut seen = [false; 6];
        for _ in 0..1_000 {
            seen[rng.below(6) as usize] = true;
        }
        assert!(seen.iter().all(|&s| s));
        assert_eq!(rng.below(0), 0);
        assert!((0.0..1.0).contains(&rng.unit()));
    }
}
