//! The lines that wait for the disk, and the thread that takes them there.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;

/// How long lines gather before they are written together. Waking a sleeping thread costs the logging thread a system
/// call, so the drain sleeps by the clock while lines keep coming and waits to be woken only when none do.
const GATHER: Duration = Duration::from_millis(5);

/// Lines in memory, bounded in bytes.
#[derive(Debug)]
pub(super) struct LineBuffer {
    state: Mutex<State>,
    wake: Condvar,
    max_bytes: usize,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    drain_waits: bool,
    stop: bool,
}

impl LineBuffer {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            wake: Condvar::new(),
            max_bytes,
            dropped: AtomicU64::new(0),
        }
    }

    /// Adds `line`, which ends in a newline, or drops and counts it.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.bytes.len() + line.len() > self.max_bytes {
            drop(state);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.bytes.extend_from_slice(line);
        let wake = std::mem::take(&mut state.drain_waits);
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// What waits now.
    #[cfg(test)]
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().bytes)
    }

    /// Exchanges the waiting lines with the empty `bytes`, waiting for some; `false` when there will be no more.
    fn swap(&self, bytes: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.bytes.is_empty() && !state.stop {
            state.drain_waits = true;
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut state.bytes, bytes);
        !state.stop
    }

    fn stop(&self) {
        self.lock().stop = true;
        self.wake.notify_one();
    }

    /// Nothing panics while holding the lock but an allocation that fails, and bytes are never half a state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for LineBuffer {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let count = ConstCounter::new(self.dropped());
        let metric = encoder.encode_descriptor(
            "medcover_log_lines_dropped",
            "Log lines lost because the buffer was full or the output failed.",
            None,
            count.metric_type(),
        )?;
        count.encode(metric)
    }
}

/// Where lines go. `lines` are whole lines.
pub(super) trait Output: Send {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()>;
}

/// Standard error.
pub(super) struct Standard;

impl Output for Standard {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        io::stderr().lock().write_all(lines)
    }
}

/// The thread that empties a buffer; dropping it waits until all is written.
#[derive(Debug)]
pub(super) struct Drain {
    lines: Arc<LineBuffer>,
    thread: Option<JoinHandle<()>>,
}

impl Drain {
    pub(super) fn start(lines: Arc<LineBuffer>, output: Box<dyn Output>) -> io::Result<Self> {
        let source = Arc::clone(&lines);
        let thread = std::thread::Builder::new()
            .name("medcover-log".to_owned())
            .spawn(move || drain(&source, output))?;
        Ok(Self {
            lines,
            thread: Some(thread),
        })
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.lines.stop();
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported by the panic hook.
            drop(thread.join());
        }
    }
}

fn drain(lines: &LineBuffer, mut output: Box<dyn Output>) {
    let mut bytes = Vec::new();
    let mut reported = 0;
    loop {
        let more = lines.swap(&mut bytes);
        if let Err(error) = output.write_lines(&bytes) {
            let lost = bytes.split(|&byte| byte == b'\n').count() - 1;
            lines.dropped.fetch_add(lost as u64, Ordering::Relaxed);
            tracing::debug!(%error, "the log cannot be written");
        }
        bytes.clear();
        if !more {
            return;
        }
        let dropped = lines.dropped();
        if dropped > reported {
            tracing::warn!(lines = dropped - reported, "log lines were dropped");
            reported = dropped;
        }
        std::thread::sleep(GATHER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl Output for Kept {
        fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
            self.0.lock().expect("sound").extend_from_slice(lines);
            Ok(())
        }
    }

    #[test]
    fn everything_pushed_is_written_in_order_before_the_end() {
        let lines = Arc::new(LineBuffer::new(1_000_000));
        let kept = Arc::default();
        let drain =
            Drain::start(Arc::clone(&lines), Box::new(Kept(Arc::clone(&kept)))).expect("a thread");
        for number in 0..5_000 {
            lines.push(format!("{number}\n").as_bytes());
        }
        drop(drain);
        let written = kept.lock().expect("sound").clone();
        let text = String::from_utf8(written).expect("text");
        assert!(text.lines().eq((0..5_000).map(|n| n.to_string())));
        assert_eq!(lines.dropped(), 0);
    }

    #[test]
    fn a_full_buffer_drops_and_counts() {
        let lines = LineBuffer::new(10);
        lines.push(b"12345\n");
        lines.push(b"67890\n");
        assert_eq!(lines.dropped(), 1);
        assert_eq!(lines.take(), b"12345\n");
    }

    #[test]
    fn a_failing_output_counts_what_it_lost() {
        struct Broken;
        impl Output for Broken {
            fn write_lines(&mut self, _: &[u8]) -> io::Result<()> {
                Err(io::Error::other("disk full"))
            }
        }
        let lines = Arc::new(LineBuffer::new(100));
        lines.push(b"1\n2\n");
        drop(Drain::start(Arc::clone(&lines), Box::new(Broken)).expect("a thread"));
        assert_eq!(lines.dropped(), 2);
    }
}
