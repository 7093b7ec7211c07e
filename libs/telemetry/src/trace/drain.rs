//! The thread that takes ended spans to the figures and to the exporters.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use medcover_kernel::{Clock, Deadline, Rng};

use super::config::TraceConfig;
use super::exporter::SpanExporter;
use super::feed::{BATCH, Batch, Ending, Feed};
use super::figures::TraceTimes;
use super::metrics::SpanCounts;
use super::queue::SpanQueue;
use super::span::SpanData;
use super::tracer::{Recorder, Tracer, threshold};
use crate::Metrics;

/// How long spans gather before they are looked at together.
const GATHER: Duration = Duration::from_millis(200);

/// The traces of this process. Dropping it exports what still waits, within `trace.shutdown_ms`.
#[derive(Debug)]
pub struct Traces {
    tracer: Tracer,
    times: Arc<TraceTimes>,
    running: Option<Running>,
}

/// What there is to end.
struct Running {
    queue: Arc<SpanQueue>,
    clock: Arc<dyn Clock>,
    endings: Vec<Ending>,
    within: Duration,
}

impl Traces {
    /// Records nothing.
    pub fn off() -> Self {
        Self {
            tracer: Tracer::off(),
            times: Arc::new(TraceTimes::keeping(0)),
            running: None,
        }
    }

    /// Begins to record as `config` says, to count in `metrics`, and to hand spans to `exporters`.
    ///
    /// Fails when a thread cannot be started.
    pub fn start(
        config: &TraceConfig,
        exporters: Vec<Box<dyn SpanExporter>>,
        metrics: &Metrics,
        clock: &Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> io::Result<Self> {
        if config.sample_percent == 0 {
            return Ok(Self::off());
        }
        let queue = Arc::new(SpanQueue::new(config.queue_spans));
        let (mut feeds, mut endings) = (Vec::new(), Vec::new());
        for exporter in exporters {
            let (feed, ending) = Feed::start(exporter, config.queue_spans, Arc::clone(clock))?;
            feeds.push(feed);
            endings.push(ending);
        }
        let counts = feeds.iter().map(|feed| Arc::clone(&feed.counts)).collect();
        SpanCounts::register(Arc::clone(&queue), counts, metrics);
        let times = Arc::new(TraceTimes::keeping(config.keep_traces));
        let drain = Drain {
            queue: Arc::clone(&queue),
            times: Arc::clone(&times),
            feeds,
        };
        thread::Builder::new()
            .name("medcover-trace".to_owned())
            .spawn(move || drain.run())?;
        Ok(Self {
            tracer: Tracer::of(Arc::new(Recorder {
                clock: Arc::clone(clock),
                rng,
                queue: Arc::clone(&queue),
                threshold: threshold(config.sample_percent),
            })),
            times,
            running: Some(Running {
                queue,
                clock: Arc::clone(clock),
                endings,
                within: Duration::from_millis(config.shutdown_ms),
            }),
        })
    }

    /// These traces; what is left in their place records nothing and has nothing to end.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::off())
    }

    /// Begins spans.
    pub fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Where the time goes.
    pub fn times(&self) -> Arc<TraceTimes> {
        Arc::clone(&self.times)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        running.queue.stop();
        let by = Deadline::after(running.clock.elapsed(), running.within);
        for ending in &running.endings {
            if !ending.came(by.left(running.clock.elapsed())) {
                tracing::warn!("the process ends before all spans were taken");
                return;
            }
        }
    }
}

struct Drain {
    queue: Arc<SpanQueue>,
    times: Arc<TraceTimes>,
    feeds: Vec<Feed>,
}

impl Drain {
    fn run(self) {
        loop {
            let mut spans = Vec::new();
            let more = self.queue.swap(&mut spans, GATHER);
            self.pass_on(&spans);
            if !more {
                return;
            }
        }
    }

    fn pass_on(&self, spans: &[SpanData]) {
        self.times.record(spans);
        if self.feeds.is_empty() {
            return;
        }
        for batch in spans.chunks(BATCH) {
            let batch: Batch = batch.into();
            for feed in &self.feeds {
                feed.offer(Arc::clone(&batch));
            }
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}
