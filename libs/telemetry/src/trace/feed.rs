//! One exporter: what waits for it, its thread, and what became of its spans.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use medcover_kernel::{Clock, Timestamp};

use super::exporter::SpanExporter;
use super::span::SpanData;

/// Spans in a batch, at most.
pub(super) const BATCH: usize = 512;

pub(super) type Batch = Arc<[SpanData]>;

/// What became of the spans of one exporter.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) exporter: &'static str,
    pub(super) exported: AtomicU64,
    /// Spans of batches for which there was no room.
    pub(super) full: AtomicU64,
    /// Spans of batches that did not get out.
    pub(super) failed: AtomicU64,
    /// Microseconds of the last success; 0 before the first.
    pub(super) last_success: AtomicU64,
}

/// The way to one exporter. Dropped, the exporter ends once it is through with what waits.
pub(super) struct Feed {
    batches: SyncSender<Batch>,
    pub(super) counts: Arc<Counts>,
}

/// Says when an exporter has ended.
pub(super) struct Ending(Receiver<()>);

impl Feed {
    /// Starts the thread of `exporter`, for which `queue_spans` may wait.
    pub(super) fn start(
        exporter: Box<dyn SpanExporter>,
        queue_spans: usize,
        clock: Arc<dyn Clock>,
    ) -> io::Result<(Self, Ending)> {
        let (batches, waiting) = mpsc::sync_channel::<Batch>(queue_spans.div_ceil(BATCH));
        let (ended, ending) = mpsc::sync_channel(1);
        let counts = Arc::new(Counts {
            exporter: exporter.name(),
            exported: AtomicU64::new(0),
            full: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_success: AtomicU64::new(0),
        });
        let mut work = Work {
            exporter,
            clock,
            counts: Arc::clone(&counts),
            fails: false,
        };
        std::thread::Builder::new()
            .name(format!("trace-{}", counts.exporter))
            .spawn(move || {
                for batch in &waiting {
                    work.export(&batch);
                }
                // Nobody may wait for it any more.
                let _ = ended.send(());
            })?;
        Ok((Self { batches, counts }, Ending(ending)))
    }

    /// Hands a batch over, or drops and counts it.
    pub(super) fn offer(&self, batch: Batch) {
        let spans = batch.len() as u64;
        if self.batches.try_send(batch).is_err() {
            self.counts.full.fetch_add(spans, Ordering::Relaxed);
        }
    }
}

impl Ending {
    /// Waits for it no longer than `within`; whether it came.
    pub(super) fn came(&self, within: Duration) -> bool {
        // An exporter that panicked has ended, too.
        !matches!(
            self.0.recv_timeout(within),
            Err(mpsc::RecvTimeoutError::Timeout)
        )
    }
}

struct Work {
    exporter: Box<dyn SpanExporter>,
    clock: Arc<dyn Clock>,
    counts: Arc<Counts>,
    /// Whether the last batch did not get out: only a change is told.
    fails: bool,
}

impl Work {
    fn export(&mut self, batch: &[SpanData]) {
        let (counts, exporter) = (&self.counts, self.counts.exporter);
        let spans = batch.len() as u64;
        match self.exporter.export(batch) {
            Ok(()) => {
                counts.exported.fetch_add(spans, Ordering::Relaxed);
                let now = micros(self.clock.now());
                counts.last_success.store(now, Ordering::Relaxed);
                if std::mem::take(&mut self.fails) {
                    tracing::info!(exporter, "spans are taken again");
                }
            }
            Err(error) => {
                counts.failed.fetch_add(spans, Ordering::Relaxed);
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::warn!(exporter, %error, "spans are not taken");
                }
            }
        }
    }
}

fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(0)
}
