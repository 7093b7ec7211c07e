//! Work that keeps a core busy for about a millisecond or longer.
//!
//! A thread of the server that did it would not look at its sockets meanwhile: what arrives would wait unseen, answers that
//! are ready would not leave, and no limit would know of it. So such work is done on threads of its own, on as many as there
//! are cores; more would only take them from each other. They are always the same ones: what the runtime has for blocking
//! work takes turns among many threads, each with its own memory for a search, which is then in no cache.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use medcover_kernel::{Error, Result};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// Threads for work of this kind. They end with this.
pub(crate) struct LongWork(Sender<Work>);

impl LongWork {
    /// As many threads as this process has cores.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (waiting, work) = mpsc::channel();
        let work = Arc::new(Mutex::new(work));
        for core in 0..cores {
            let work = Arc::clone(&work);
            let thread = thread::Builder::new().name(format!("long-work-{core}"));
            let started = thread.spawn(move || until_nobody_asks(&work));
            started.expect("a process that starts may have some threads");
        }
        Self(waiting)
    }

    /// What `work` comes to, once there is a thread for it. A caller who goes away before has nothing done for them.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        let waiting = self.0.send(Box::new(move || {
            if !tell.is_closed() {
                // Whoever asked has gone, or hears of it.
                let _gone = tell.send(work());
            }
        }));
        waiting.map_err(|_| Error::internal("there is no thread for long work"))?;
        told.await
            .map_err(|_| Error::internal("long work panicked"))
    }
}

fn until_nobody_asks(work: &Mutex<Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // The panic has been told of where it happened, and whoever asked finds nobody who answers.
        let _panicked = catch_unwind(AssertUnwindSafe(work));
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
