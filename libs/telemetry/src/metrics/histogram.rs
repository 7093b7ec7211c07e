//! Durations counted in fixed buckets, by atomics alone.
//!
//! The registry's own histogram takes a lock for each observation, and its buckets would be either too coarse for
//! percentiles or too many to export. This one counts finely and exports coarsely.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Tenths of a decade, rounded as Renard's series does: neighbours differ by 25 to 28 %.
const STEPS: [u64; 10] = [100, 125, 160, 200, 250, 320, 400, 500, 640, 800];
/// From 1 µs to 80 s.
const DECADES: usize = 8;
const BUCKETS: usize = STEPS.len() * DECADES;

/// Upper bounds in nanoseconds, inclusive.
const BOUNDS: [u64; BUCKETS] = {
    let mut bounds = [0; BUCKETS];
    let mut scale = 10;
    let mut decade = 0;
    while decade < DECADES {
        let mut step = 0;
        while step < STEPS.len() {
            bounds[decade * STEPS.len() + step] = STEPS[step] * scale;
            step += 1;
        }
        scale *= 10;
        decade += 1;
    }
    bounds
};

/// The steps whose bounds are exported: 1, 2.5 and 5 of each decade.
const EXPORTED: [usize; 3] = [0, 4, 7];

/// How often durations fell into each bucket.
#[derive(Debug)]
pub(crate) struct Histogram {
    /// The last bucket is for whatever lies beyond the bounds.
    counts: [AtomicU64; BUCKETS + 1],
    sum_ns: AtomicU64,
    max_ns: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BUCKETS + 1],
            sum_ns: AtomicU64::new(0),
            max_ns: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one duration. The order of the additions is not seen by readers: each figure is right by itself.
    pub(crate) fn record(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|&bound| bound < ns);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
        // Most durations are no new maximum, and reading does not take the cache line from other cores.
        if ns > self.max_ns.load(Ordering::Relaxed) {
            self.max_ns.fetch_max(ns, Ordering::Relaxed);
        }
    }

    /// What was counted up to now.
    pub(crate) fn read(&self) -> Reading {
        let mut counts = [0; BUCKETS + 1];
        for (count, source) in counts.iter_mut().zip(&self.counts) {
            *count = source.load(Ordering::Relaxed);
        }
        Reading {
            counts,
            sum_ns: self.sum_ns.load(Ordering::Relaxed),
            max_ns: self.max_ns.load(Ordering::Relaxed),
        }
    }
}

/// A histogram at one moment.
pub(crate) struct Reading {
    counts: [u64; BUCKETS + 1],
    sum_ns: u64,
    max_ns: u64,
}

impl Reading {
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn sum_seconds(&self) -> f64 {
        self.sum_ns as f64 / 1e9
    }

    pub(crate) fn mean_ms(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.sum_ns as f64 / count as f64 / 1e6,
        }
    }

    pub(crate) fn max_ms(&self) -> f64 {
        self.max_ns as f64 / 1e6
    }

    /// The duration that `share` of all stayed under, interpolated inside its bucket and never above the maximum.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let rank = share * self.count() as f64;
        let mut below = 0.0;
        for (bucket, &count) in self.counts.iter().enumerate() {
            let count = count as f64;
            if count > 0.0 && below + count >= rank {
                let low = if bucket == 0 { 0 } else { BOUNDS[bucket - 1] };
                let high = BOUNDS
                    .get(bucket)
                    .map_or(self.max_ns, |&bound| bound.min(self.max_ns));
                let inside = (rank - below) / count;
                return (low as f64 + high.saturating_sub(low) as f64 * inside) / 1e6;
            }
            below += count;
        }
        0.0
    }

    /// Upper bounds in seconds with the count of each bucket, as exported.
    pub(crate) fn exported(&self) -> Vec<(f64, u64)> {
        let mut buckets = Vec::with_capacity(EXPORTED.len() * DECADES + 1);
        let mut gathered = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            gathered += count;
            if bucket == BUCKETS {
                buckets.push((f64::INFINITY, gathered));
            } else if EXPORTED.contains(&(bucket % STEPS.len())) {
                buckets.push((BOUNDS[bucket] as f64 / 1e9, gathered));
                gathered = 0;
            }
        }
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_rise_from_a_microsecond_to_eighty_seconds() {
        assert!(BOUNDS.is_sorted_by(|a, b| a < b));
        assert_eq!(BOUNDS[0], 1_000);
        assert_eq!(BOUNDS[BUCKETS - 1], 80_000_000_000);
    }

    proptest! {
        #[test]
        fn quantiles_lie_near_the_sorted_durations(mut micros in prop::collection::vec(1_u64..50_000_000, 1..400), share in 0.01_f64..1.0) {
            let histogram = Histogram::default();
            for &micro in &micros {
                histogram.record(Duration::from_micros(micro));
            }
            micros.sort_unstable();
            let rank = ((share * micros.len() as f64).ceil() as usize).clamp(1, micros.len());
            let exact_ms = micros[rank - 1] as f64 / 1_000.0;
            let estimate = histogram.read().quantile_ms(share);
            prop_assert!((exact_ms / 1.29..=exact_ms * 1.29).contains(&estimate), "{estimate} for {exact_ms}");
        }

        #[test]
        fn export_counts_everything_once(micros in prop::collection::vec(0_u64..200_000_000, 0..200)) {
            let histogram = Histogram::default();
            for &micro in &micros {
                histogram.record(Duration::from_micros(micro));
            }
            let reading = histogram.read();
            let exported = reading.exported();
            prop_assert_eq!(exported.iter().map(|(_, count)| count).sum::<u64>(), micros.len() as u64);
            for (index, &(bound, _)) in exported.iter().enumerate() {
                let cumulative: u64 = exported[..=index].iter().map(|(_, count)| count).sum();
                let exact = micros.iter().filter(|&&micro| micro as f64 / 1e6 <= bound + 1e-12).count();
                prop_assert_eq!(cumulative, exact as u64);
            }
        }
    }

    #[test]
    fn nothing_recorded_reads_as_zero() {
        let reading = Histogram::default().read();
        assert_eq!(reading.count(), 0);
        assert!(reading.quantile_ms(0.99).abs() < f64::EPSILON);
        assert!(reading.mean_ms().abs() < f64::EPSILON);
    }
}
