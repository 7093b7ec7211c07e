//! How many requests at once are enough: a limit that finds itself from latency.
//!
//! A server that is full does not get more done, it only gets slower; so the limit to hold is the one at which latency
//! begins to rise. Each window of samples moves it: `limit × gradient + √limit`, where the gradient is
//! `tolerance × baseline ÷ median`, between ½ and 1 (Gradient2 of Netflix' concurrency-limits). √limit is the room for
//! bursts that lets it grow while nothing is wrong.
//!
//! Why neither of its relatives. AIMD needs failures to learn from, so its users pay for each lesson with time-outs; here
//! failures only add a cut of a tenth. Vegas counts the queue in requests, which is right for one kind of request and
//! wrong for a mix. Gradient2 as published takes a long average for its baseline, which under lasting overload drifts up
//! to the overload itself. Envoy measures it instead: now and then the limit goes to its least for one window, and what
//! is seen then is latency without a queue. So does this; a server bound by its cores loses nothing by it, and one bound
//! by waiting some thousandths of its throughput.
//!
//! One limit should serve requests of one kind of cost. It holds no slots: [`Bulkhead::resize`](crate::Bulkhead::resize)
//! takes what it answers, and keeps the priorities.

use std::time::Duration;

use medcover_kernel::{FieldFault, Rng};

use crate::fault;

/// Latencies kept of one window; of more, the last ones.
const SAMPLES: usize = 256;
/// The share of the way to the new limit that one window takes it.
const SMOOTHING: f64 = 0.5;
/// What a window with failures leaves of the limit.
const CUT: f64 = 0.9;

/// Where the limit may go, and how it learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveConfig {
    /// The least limit, at which the baseline is measured; 1 to `most`.
    pub least: u32,
    /// The limit it starts with, from `least` to `most`.
    pub start: u32,
    /// The highest limit, up to 1,000,000: the fixed bound that stays.
    pub most: u32,
    /// The shortest window (1 ms to a minute).
    pub window: Duration,
    /// Samples a window needs, 5 to 256; it lasts until it has them.
    pub window_samples: u32,
    /// How many times the baseline the median may be before the limit falls; 1 to 10.
    pub tolerance: f64,
    /// How often the baseline is measured (a second to a day), spread by a tenth so that servers do not do it together.
    pub recalibrate_every: Duration,
}

impl Default for AdaptiveConfig {
    /// 2 to 1,000, starting with 20; windows of 100 ms and 20 samples; twice the latency is no trouble.
    fn default() -> Self {
        Self {
            least: 2,
            start: 20,
            most: 1_000,
            window: Duration::from_millis(100),
            window_samples: 20,
            tolerance: 2.0,
            recalibrate_every: Duration::from_mins(1),
        }
    }
}

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When it got its slot.
    pub started: Duration,
    /// Slots in use when it ended, its own included.
    pub in_use: u32,
    /// Whether it timed out, or what it asked refused for overload. Its latency does not count.
    pub failed: bool,
}

/// The limit.
#[derive(Clone, Debug)]
pub struct AdaptiveLimit {
    config: AdaptiveConfig,
    limit: f64,
    baseline: Option<f64>,
    window: Window,
    calibration: Calibration,
}

#[derive(Clone, Debug, Default)]
struct Window {
    started: Duration,
    latencies: Vec<f64>,
    seen: usize,
    failed: bool,
    most_in_use: u32,
    /// Whether somebody found no slot.
    refused: bool,
}

#[derive(Clone, Copy, Debug)]
enum Calibration {
    Due(Duration),
    /// The limit is at its least, but requests from before still run.
    Draining,
    /// Only what started after this moment counts.
    Measuring(Duration),
}

impl AdaptiveLimit {
    /// A limit that has learned nothing; or every setting that cannot work.
    pub fn new(config: AdaptiveConfig) -> Result<Self, Vec<FieldFault>> {
        let (milli, minute) = (Duration::from_millis(1), Duration::from_mins(1));
        let (second, day) = (Duration::from_secs(1), Duration::from_hours(24));
        fault::none_of([
            fault::outside("/most", config.most, 1..=1_000_000),
            fault::outside("/least", config.least, 1..=config.most),
            fault::outside("/start", config.start, config.least..=config.most),
            fault::outside_time("/window", config.window, milli..=minute),
            fault::outside("/window_samples", config.window_samples, 5..=SAMPLES as u32),
            fault::outside("/tolerance", config.tolerance, 1.0..=10.0),
            fault::outside_time("/recalibrate_every", config.recalibrate_every, second..=day),
        ])?;
        Ok(Self {
            config,
            limit: f64::from(config.start),
            baseline: None,
            window: Window::default(),
            calibration: Calibration::Due(Duration::ZERO),
        })
    }

    /// The limit now, in whole slots.
    pub fn limit(&self) -> u32 {
        match self.calibration {
            Calibration::Due(_) => self.limit as u32,
            Calibration::Draining | Calibration::Measuring(_) => self.config.least,
        }
    }

    /// Latency without a queue, as far as it is known.
    pub fn baseline(&self) -> Option<Duration> {
        self.baseline.map(Duration::from_secs_f64)
    }

    /// Learns from a request that ended now; the limit, if that changed it.
    pub fn record(&mut self, sample: Sample, now: Duration, rng: &dyn Rng) -> Option<u32> {
        let before = self.limit();
        if self.is_of_this_window(&sample, now) {
            self.window.add(&sample, now);
            if self.window_is_over(now) {
                self.close_window(now, rng);
            }
        }
        let limit = self.limit();
        (limit != before).then_some(limit)
    }

    /// Learns that somebody found no slot.
    pub const fn turned_away(&mut self) {
        self.window.refused = true;
    }

    fn is_of_this_window(&mut self, sample: &Sample, now: Duration) -> bool {
        match self.calibration {
            Calibration::Due(_) => true,
            Calibration::Draining => {
                if sample.in_use <= self.config.least {
                    self.calibration = Calibration::Measuring(now);
                    self.window = Window::starting(now);
                }
                false
            }
            Calibration::Measuring(since) => sample.started >= since,
        }
    }

    fn window_is_over(&self, now: Duration) -> bool {
        self.window.seen >= self.config.window_samples as usize
            && now.saturating_sub(self.window.started) >= self.config.window
    }

    fn close_window(&mut self, now: Duration, rng: &dyn Rng) {
        let mut window = std::mem::replace(&mut self.window, Window::starting(now));
        let median = window.median();
        match self.calibration {
            Calibration::Measuring(_) => {
                self.baseline = median.or(self.baseline);
                let spread = rng.below(201) as f64 / 1_000.0 + 0.9;
                let pause = self.config.recalibrate_every.mul_f64(spread);
                self.calibration = Calibration::Due(now.saturating_add(pause));
            }
            Calibration::Due(at) if at <= now => self.calibration = Calibration::Draining,
            _ => self.adjust(&window, median),
        }
    }

    fn adjust(&mut self, window: &Window, median: Option<f64>) {
        let (least, most) = (f64::from(self.config.least), f64::from(self.config.most));
        let mut next = self.limit;
        if let Some(median) = median {
            let baseline = self.baseline.map_or(median, |it| it.min(median));
            self.baseline = Some(baseline);
            let gradient = (self.config.tolerance * baseline / median).clamp(0.5, 1.0);
            next = self.limit * gradient + self.limit.sqrt();
        }
        // A limit that nobody came near has proved nothing, so it does not grow. What may take but a share of the slots never comes
        // near, and yet may find none.
        if !window.refused && f64::from(window.most_in_use) < self.limit / 2.0 {
            next = next.min(self.limit);
        }
        self.limit += SMOOTHING * (next - self.limit);
        if window.failed {
            self.limit *= CUT;
        }
        self.limit = self.limit.clamp(least, most);
    }
}

impl Window {
    fn starting(now: Duration) -> Self {
        Self {
            started: now,
            ..Self::default()
        }
    }

    fn add(&mut self, sample: &Sample, now: Duration) {
        self.most_in_use = self.most_in_use.max(sample.in_use);
        self.failed |= sample.failed;
        if !sample.failed {
            let latency = now.saturating_sub(sample.started).as_secs_f64();
            if self.latencies.len() < SAMPLES {
                self.latencies.push(latency);
            } else {
                self.latencies[self.seen % SAMPLES] = latency;
            }
        }
        self.seen += 1;
    }

    /// At least a nanosecond, so that it can be divided by.
    fn median(&mut self) -> Option<f64> {
        let middle = self.latencies.len() / 2;
        let ordered = self.latencies.get_mut(..).filter(|all| !all.is_empty())?;
        let (_, median, _) = ordered.select_nth_unstable_by(middle, f64::total_cmp);
        Some(median.max(1e-9))
    }
}
