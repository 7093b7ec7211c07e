//! Chance that nobody can guess.

use medcover_kernel::{Rng as _, SeededRng};

/// Where secrets come from. Apart from [`medcover_kernel::Rng`], so that a key can never be drawn from the generator that
/// makes ids and jitter.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Secrets that repeat with their seed: for tests and the simulation, and for nothing else.
#[derive(Debug)]
pub struct SeededEntropy(SeededRng);

impl SeededEntropy {
    /// The secrets that `seed` names.
    pub const fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            let random = self.0.next_u64().to_le_bytes();
            part.copy_from_slice(&random[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_does_not_repeat_itself_and_a_seed_does() {
        let draw = |entropy: &dyn Entropy| {
            let mut bytes = [0; 19];
            entropy.fill(&mut bytes);
            bytes
        };
        assert_ne!(draw(&SystemEntropy), draw(&SystemEntropy));
        assert_eq!(draw(&SeededEntropy::new(1)), draw(&SeededEntropy::new(1)));
        assert_ne!(draw(&SeededEntropy::new(1)), draw(&SeededEntropy::new(2)));
    }
}
