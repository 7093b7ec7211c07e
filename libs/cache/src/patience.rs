//! How long a reader waits for what processes share before it asks the source itself.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::time::Duration;

use medcover_kernel::Clock;
use tokio::time::timeout;

use crate::{CacheError, CacheResult};

/// For so long nobody asks after one has waited in vain: of all readers one a second pays for a tier that hangs.
const PASSED_OVER: Duration = Duration::from_secs(1);

/// Bounds what a tier that is slow or hangs costs its readers.
pub(crate) struct Patience {
    wait: Duration,
    clock: Arc<dyn Clock>,
    /// Nanoseconds of the monotonic clock until which nobody asks.
    until: AtomicU64,
}

impl Patience {
    pub(crate) const fn new(wait: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            wait,
            clock,
            until: AtomicU64::new(0),
        }
    }

    /// What `asked` answers, where it does so in time.
    pub(crate) async fn ask<T>(
        &self,
        asked: impl Future<Output = CacheResult<T>>,
    ) -> CacheResult<T> {
        if nanoseconds(self.clock.elapsed()) < self.until.load(Relaxed) {
            return Err(CacheError::Unavailable("it was slow just now".to_owned()));
        }
        if let Ok(answered) = timeout(self.wait, asked).await {
            return answered;
        }
        let until = self.clock.elapsed().saturating_add(PASSED_OVER);
        self.until.store(nanoseconds(until), Release);
        let waited = format!("it did not answer within {:?}", self.wait);
        Err(CacheError::Unavailable(waited))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
