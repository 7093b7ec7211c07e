//! Work that keeps a core busy for about a millisecond or longer.
//!
//! A thread of the server that did it would not look at its sockets meanwhile: what arrives would wait unseen, answers that
//! are ready would not leave, and no limit would know of it. So such work is done on threads of its own, on as many at once
//! as there are cores; more would only take them from each other.

use std::sync::Arc;
use std::thread;

use medcover_kernel::{Error, Result};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Places for work of this kind.
pub(crate) struct LongWork(Arc<Semaphore>);

impl LongWork {
    /// As many places as this process has cores.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// What `work` comes to, once there is a place. A caller who goes away before has nothing done for them.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.0).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        // The place goes along: a caller who leaves does not make room while the thread still works.
        let done = spawn_blocking(move || {
            let _held = place;
            work()
        });
        done.await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_is_worked_on_at_once_than_there_are_cores() {
        let (work, counted) = (Arc::new(LongWork::new()), Arc::default());
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let tasks = (0..cores * 8).map(|_| {
            let (work, counted) = (Arc::clone(&work), Arc::<[AtomicUsize; 2]>::clone(&counted));
            tokio::spawn(async move {
                let done = work.run(move || {
                    let now = counted[0].fetch_add(1, Ordering::SeqCst) + 1;
                    counted[1].fetch_max(now, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    counted[0].fetch_sub(1, Ordering::SeqCst);
                });
                done.await.expect("it is done");
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("it ends");
        }
        assert!((1..=cores).contains(&counted[1].load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn work_that_panics_fails_its_caller_alone() {
        let work = LongWork::new();
        for _ in 0..32 {
            let failed = work.run(|| panic!("on purpose")).await;
            assert!(failed.is_err());
        }
        assert_eq!(work.run(|| 7).await.expect("there is still a place"), 7);
    }
}
