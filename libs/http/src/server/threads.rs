//! Threads that connections are served on.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// After how many steps of tasks a thread looks at its sockets. Most steps take microseconds and some a millisecond: with
/// many of those in a row, what has arrived would wait unseen, and limits would not know of it.
pub const EVENT_INTERVAL: u32 = 8;

/// Threads that each serve connections of their own, sockets and timers included.
///
/// A runtime of several threads hands what one of them finds ready on to the others, and wakes them for it: on short
/// requests, of ten microseconds, that costs as much again. Here a connection stays where it was opened, so what arrives
/// wakes one thread, which reads, answers and writes. What a request begins beside itself runs there, too, until these are
/// dropped: so drop them after all that requests may have left open, such as connections to a database.
#[derive(Debug)]
pub struct Threads(Vec<Thread>);

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    /// How many connections it serves.
    serves: Arc<AtomicUsize>,
    running: Option<Running>,
}

/// Ends when the sender is dropped.
#[derive(Debug)]
struct Running {
    goes_on: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// That a connection is served on a thread, until this is dropped.
#[derive(Debug)]
struct Served(Arc<AtomicUsize>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Threads {
    /// As many as the machine has cores for this process.
    pub fn one_a_core() -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (0..cores)
            .map(Thread::start)
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Serves one more connection, on the thread that serves the fewest now.
    pub(super) fn serve(
        &self,
        serving: impl Future<Output = ()> + Send + 'static,
        open: &mut JoinSet<()>,
    ) {
        let fewest = self.0.iter().min_by_key(|it| it.serves.load(Relaxed));
        let thread = fewest.expect("a machine has a core");
        let served = Served::on(thread);
        let serving = async move {
            serving.await;
            drop(served);
        };
        open.spawn_on(serving, &thread.runtime);
    }
}

impl Served {
    fn on(thread: &Thread) -> Self {
        thread.serves.fetch_add(1, Relaxed);
        Self(Arc::clone(&thread.serves))
    }
}

impl Thread {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .event_interval(EVENT_INTERVAL)
            .build()?;
        let handle = runtime.handle().clone();
        let (goes_on, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(format!("http-{number}"))
            .spawn(move || {
                // An error says that the sender is gone.
                let _ = runtime.block_on(ended);
                // What it still waits for on other threads is not waited for.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            runtime: handle,
            serves: Arc::default(),
            running: Some(Running { goes_on, thread }),
        })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(Running { goes_on, thread }) = self.running.take() {
            drop(goes_on);
            // A panic there was told when it happened.
            let _ = thread.join();
        }
    }
}
