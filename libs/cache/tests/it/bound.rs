//! What is kept stays within its bound, counted on the values themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use medcover_cache::{CacheKey, CacheValue, CodecError, KeyText, Policy};

use crate::ground::Ground;

const LIMIT: u64 = 4 << 20;
const SIZE: usize = 4 << 10;
static ALIVE: AtomicU64 = AtomicU64::new(0);

/// Tells how many of it are in memory.
struct Block;

impl Block {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl CacheValue for Block {
    const BYTES_A_BYTE: usize = 1;

    fn encode(&self) -> Result<Bytes, CodecError> {
        Ok(vec![0; SIZE].into())
    }

    fn decode(_: &Bytes) -> Result<Self, CodecError> {
        Ok(Self::new())
    }
}

struct Place(u64);

impl CacheKey for Place {
    type Value = Block;
    const SPACE: &'static str = "places";
    const POLICY: Policy = Policy::of(Duration::from_mins(1));

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.0);
    }
}

/// Caches that drop later what they drive out have grown without bound here: keys that are put again and again, from several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn values_that_are_put_again_and_again_stay_within_the_bound() {
    let it = Ground::with_bytes(LIMIT);
    let places = Arc::new(it.cache.space::<Place>());
    let most = Arc::new(AtomicU64::new(0));
    let writer = |seed: u64| {
        let (places, most) = (Arc::clone(&places), Arc::clone(&most));
        tokio::spawn(async move {
            for step in 0..20_000_u64 {
                let key = Place(step.wrapping_mul(0x9e37_79b9 + seed) % 5_000);
                places.set(&key, Block::new()).await.expect("it answers");
                if step > 2_000 && step % 16 == 0 {
                    most.fetch_max(ALIVE.load(Ordering::SeqCst), Ordering::SeqCst);
                }
            }
        })
    };
    for writer in [writer(1), writer(2), writer(3), writer(4)] {
        writer.await.expect("it does not panic");
    }
    let stats = it.cache.get_stats().await.expect("it answers").engine;
    assert!(stats.bytes <= LIMIT, "{stats:?}");
    assert!(stats.evicted > 0);
    // Each writer holds one value in its hand, and may have one to drop for it.
    let most = most.load(Ordering::SeqCst) * SIZE as u64;
    let in_hand = 2 * 4 * SIZE as u64;
    assert!(most <= LIMIT + in_hand, "{most} bytes at the most");
}
