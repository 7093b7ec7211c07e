//! Hashing passwords with Argon2id, in a bounded number of places.
//!
//! A hash is slow and large on purpose: tens of milliseconds and megabytes each. Unbounded, a burst of sign-ins would take
//! all memory and every thread; so `threads` hash at a time, `queue` wait, and the next is told to come back.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use medcover_kernel::{Error, Result};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::secret::{MasterSecret, SecretText};

/// When a refused caller may come back: a full queue has moved on by then.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How much work a hash is. The defaults are OWASP's: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

/// What the pepper is derived for.
const PURPOSE: &str = "medcover/password-pepper";

/// The secret that Argon2 mixes in.
#[derive(Clone)]
struct Pepper(Arc<Zeroizing<[u8; 32]>>);

impl Pepper {
    fn argon2(&self, cost: HashCost) -> Argon2<'_> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None);
        let params = params.expect("the costs are within Argon2's bounds");
        let argon2 =
            Argon2::new_with_secret(&**self.0, Algorithm::Argon2id, Version::V0x13, params);
        argon2.expect("the secret is not too long")
    }

    fn hash(&self, cost: HashCost, password: &[u8], salt: [u8; 16]) -> String {
        let hash: PasswordHash = self
            .argon2(cost)
            .hash_password_with_salt(password, &salt)
            .expect("the costs are within Argon2's bounds, and so is the memory");
        hash.to_string()
    }

    /// A kept text names its own costs; one that is no hash fits nothing.
    fn fits(&self, password: &[u8], kept: &str) -> bool {
        let argon2 = self.argon2(HashCost::default());
        PasswordHash::new(kept).is_ok_and(|kept| argon2.verify_password(password, &kept).is_ok())
    }
}

/// How many passwords are hashed at a time, and how many wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashBounds {
    /// At a time; each takes [`HashCost::memory_kib`].
    pub threads: usize,
    /// Waiting.
    pub queue: usize,
}

/// Hashes and checks passwords. Cloning shares the bounds.
#[derive(Clone)]
pub struct PasswordHasher {
    cost: HashCost,
    pepper: Pepper,
    /// A hash of nothing that anyone types, checked where there is no other, so that both take the same time.
    decoy: Arc<str>,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    entropy: Arc<dyn Entropy>,
}

impl PasswordHasher {
    /// A hasher of this cost within these bounds. Its hashes are worth nothing without `master`: Argon2 mixes in a secret
    /// that follows from it, so that whoever steals the hashes alone cannot try passwords on them.
    pub fn new(
        cost: HashCost,
        bounds: HashBounds,
        master: &MasterSecret,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let pepper = Pepper(Arc::new(master.derive(PURPOSE, b"")));
        let mut nothing = [0; 32];
        entropy.fill(&mut nothing);
        let decoy = pepper.hash(cost, &nothing, salt(&*entropy));
        Self {
            cost,
            pepper,
            decoy: decoy.into(),
            admitted: Arc::new(Semaphore::new(bounds.threads + bounds.queue)),
            running: Arc::new(Semaphore::new(bounds.threads)),
            entropy,
        }
    }

    /// The hash of `password`, as text in the PHC form, which names its own costs and salt. `Unavailable` when the queue
    /// is full.
    pub async fn hash(&self, password: SecretText) -> Result<String> {
        let (cost, pepper, salt) = (self.cost, self.pepper.clone(), salt(&*self.entropy));
        self.run(move || pepper.hash(cost, password.reveal().as_bytes(), salt))
            .await
    }

    /// Whether `password` is the one that `kept` is the hash of. Where nothing is kept the answer is no, after as long a
    /// time. `Unavailable` when the queue is full.
    pub async fn verify(&self, password: SecretText, kept: Option<&str>) -> Result<bool> {
        let pepper = self.pepper.clone();
        let known = kept.is_some();
        let kept = kept.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let fits = self
            .run(move || pepper.fits(password.reveal().as_bytes(), &kept))
            .await?;
        Ok(fits && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.expect("the semaphore is never closed");
        // The permits go along: a caller who leaves does not make room while the thread still works.
        let done = spawn_blocking(move || {
            let _held = (admitted, running);
            work()
        });
        done.await.map_err(Error::internal)
    }
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHasher")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

fn busy() -> Error {
    Error::unavailable("Too many passwords are being checked at the moment.")
        .with_retry_after(RETRY_AFTER)
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use medcover_kernel::ErrorKind;

    const CHEAP: HashCost = HashCost {
        memory_kib: 64,
        passes: 1,
    };

    fn hasher(cost: HashCost, threads: usize, queue: usize) -> PasswordHasher {
        PasswordHasher::new(
            cost,
            HashBounds { threads, queue },
            &MasterSecret::generate(&SeededEntropy::new(9)),
            Arc::new(SeededEntropy::new(1)),
        )
    }

    fn secret(text: &str) -> SecretText {
        SecretText::new(text)
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hasher = hasher(CHEAP, 1, 1);
        let kept = hasher.hash(secret("tafel stuhl")).await.expect("room");
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert_ne!(
            hasher.hash(secret("tafel stuhl")).await.expect("room"),
            kept
        );
        for (typed, kept, fits) in [
            ("tafel stuhl", Some(kept.as_str()), true),
            ("tafel tisch", Some(kept.as_str()), false),
            ("tafel stuhl", None, false),
            ("tafel stuhl", Some("no hash"), false),
        ] {
            let answer = hasher.verify(secret(typed), kept).await.expect("room");
            assert_eq!(answer, fits, "{typed} {kept:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_worth_nothing_without_the_master_secret() {
        let kept = hasher(CHEAP, 1, 1)
            .hash(secret("tafel stuhl"))
            .await
            .expect("room");
        let thief = PasswordHasher::new(
            CHEAP,
            HashBounds {
                threads: 1,
                queue: 1,
            },
            &MasterSecret::generate(&SeededEntropy::new(8)),
            Arc::new(SeededEntropy::new(1)),
        );
        let fits = thief.verify(secret("tafel stuhl"), Some(&kept)).await;
        assert!(!fits.expect("room"));
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_still_fits() {
        let older = hasher(CHEAP, 1, 1)
            .hash(secret("x y z"))
            .await
            .expect("room");
        let dearer = HashCost {
            memory_kib: 128,
            passes: 2,
        };
        let now = hasher(dearer, 1, 1);
        assert!(
            now.verify(secret("x y z"), Some(&older))
                .await
                .expect("room")
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn beyond_threads_and_queue_callers_are_told_to_come_back() {
        let slow = HashCost {
            memory_kib: 8 * 1024,
            passes: 4,
        };
        let hasher = hasher(slow, 1, 2);
        let asked = (0..12).map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify(secret("x"), None).await })
        });
        let asked: Vec<_> = asked.collect();
        let (mut done, mut refused) = (0, 0);
        for answer in asked {
            match answer.await.expect("no panic") {
                Ok(fits) => {
                    assert!(!fits);
                    done += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable);
                    assert_eq!(error.retry_after(), Some(RETRY_AFTER));
                    refused += 1;
                }
            }
        }
        assert!(done >= 3 && refused >= 1, "{done} done, {refused} refused");
        // Whoever was refused finds room later.
        assert!(hasher.verify(secret("x"), None).await.is_ok());
    }
}
