//! The limit and the slots before a small server: cores that serve in order, and an open stream of arrivals.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use medcover_kernel::{Rng, SeededRng};
use medcover_resilience::{
    AdaptiveConfig, AdaptiveLimit, Bulkhead, BulkheadConfig, Entry, PlaceId, Priority, Sample,
    Shares,
};

const SERVICE: Duration = Duration::from_micros(500);

/// What one run showed.
struct Run {
    latencies: Vec<Duration>,
    critical_refused: u32,
    critical: u32,
    refused: u32,
    limit: u32,
    highest_limit: u32,
}

impl Run {
    fn goodput(&self) -> usize {
        self.latencies.len()
    }

    fn percentile(&mut self, percent: usize) -> Duration {
        self.latencies.sort();
        self.latencies[(self.latencies.len() - 1) * percent / 100]
    }
}

fn service(now: Duration, slow_from: Duration, rng: &dyn Rng) -> Duration {
    let service = SERVICE.mul_f64(0.8 + 0.4 * rng.unit());
    if now >= slow_from {
        service * 3
    } else {
        service
    }
}

struct Server {
    limit: AdaptiveLimit,
    slots: Bulkhead,
    cores: usize,
    /// Requests on a core, by the moment at which they end.
    busy: BTreeMap<(Duration, u64), (PlaceId, Duration)>,
    queue: VecDeque<(PlaceId, Duration)>,
    number: u64,
}

impl Server {
    /// Puts queued requests on free cores.
    fn work(&mut self, now: Duration, slow_from: Duration, rng: &dyn Rng) {
        while self.busy.len() < self.cores
            && let Some(request) = self.queue.pop_front()
        {
            let ends = now + service(now, slow_from, rng);
            self.number += 1;
            self.busy.insert((ends, self.number), request);
        }
    }
}

/// `load` times what the cores can serve, a twentieth of it critical, for so long.
fn run(cores: usize, load: f64, length: Duration, slow_from: Duration) -> Run {
    run_of(Priority::Normal, cores, load, length, slow_from)
}

/// The same, of requests of which most have the priority `usual`.
fn run_of(usual: Priority, cores: usize, load: f64, length: Duration, slow_from: Duration) -> Run {
    let rng = SeededRng::new(42);
    let config = BulkheadConfig {
        shares: Shares::default(),
        ..BulkheadConfig::default()
    };
    let adaptive = AdaptiveConfig {
        recalibrate_every: Duration::from_secs(10),
        ..AdaptiveConfig::default()
    };
    let mut server = Server {
        limit: AdaptiveLimit::new(adaptive).expect("it works"),
        slots: Bulkhead::new(config).expect("it works"),
        cores,
        busy: BTreeMap::new(),
        queue: VecDeque::new(),
        number: 0,
    };
    server.slots.resize(server.limit.limit(), Duration::ZERO);
    let mut result = Run {
        latencies: vec![],
        critical_refused: 0,
        critical: 0,
        refused: 0,
        limit: 0,
        highest_limit: 0,
    };
    let warm = Duration::from_secs(2);
    let gap = SERVICE.div_f64(cores as f64 * load);
    let mut arrives = Duration::ZERO;
    while arrives < length {
        // Everything that ends before the next arrival.
        while let Some(entry) = server.busy.first_entry().filter(|it| it.key().0 <= arrives) {
            let ((now, _), (place, started)) = entry.remove_entry();
            let in_use = server.slots.stats(now).active;
            let sample = Sample {
                started,
                in_use,
                failed: false,
            };
            if let Some(limit) = server.limit.record(sample, now, &rng) {
                server.slots.resize(limit, now);
            }
            server.slots.release(place, now);
            server.work(now, slow_from, &rng);
            if started >= warm {
                result.latencies.push(now.saturating_sub(started));
                result.highest_limit = result.highest_limit.max(server.limit.limit());
            }
        }
        let critical = rng.below(20) == 0;
        let priority = if critical { Priority::Critical } else { usual };
        let counts = critical && arrives >= warm;
        result.critical += u32::from(counts);
        if let Entry::Running(place) = server.slots.acquire(priority, arrives) {
            server.queue.push_back((place, arrives));
        } else {
            server.limit.turned_away();
            result.refused += u32::from(arrives >= warm);
            result.critical_refused += u32::from(counts);
        }
        server.work(arrives, slow_from, &rng);
        arrives += gap.mul_f64(-(1.0 - rng.unit()).ln());
    }
    result.limit = server.limit.limit();
    result
}

const LENGTH: Duration = Duration::from_secs(30);

#[test]
fn at_three_times_capacity_goodput_stays_and_latency_is_bounded() {
    for cores in [1, 4] {
        let capacity = Duration::from_secs(28).div_duration_f64(SERVICE) * cores as f64;
        let mut half = run(cores, 0.5, LENGTH, LENGTH);
        let mut over = run(cores, 3.0, LENGTH, LENGTH);
        let goodput = over.goodput() as f64 / capacity;
        assert!(
            goodput >= 0.9,
            "{cores} cores: {goodput} of peak, limit {}",
            over.limit
        );
        let (calm, full) = (half.percentile(99), over.percentile(99));
        assert!(
            full <= calm * 2,
            "{cores} cores: p99 {full:?}, at half load {calm:?}"
        );
        let refused = f64::from(over.critical_refused) / f64::from(over.critical);
        assert!(
            refused < 0.01,
            "{cores} cores: {refused} of the critical were refused"
        );
        assert!(half.critical_refused <= half.critical / 1_000);
    }
}

/// It may take but half of the slots, so it never comes near the limit; that must grow nonetheless.
#[test]
fn background_work_alone_is_hardly_refused_at_half_load() {
    for cores in [1, 4] {
        let half = run_of(Priority::Background, cores, 0.5, LENGTH, LENGTH);
        let refused = f64::from(half.refused) / (half.goodput() as f64 + f64::from(half.refused));
        assert!(
            refused < 0.02,
            "{cores} cores: {refused} refused, limit {}",
            half.limit
        );
    }
}

#[test]
fn a_server_that_becomes_slower_for_good_is_a_new_baseline() {
    let mut slow = run(4, 0.7, LENGTH, Duration::ZERO);
    let fast = run(4, 0.7, LENGTH, LENGTH);
    assert!(slow.goodput() > 0 && slow.percentile(50) < SERVICE * 3 * 6);
    assert!(
        fast.highest_limit >= 8,
        "{}: it grows while nothing is wrong",
        fast.highest_limit
    );
    let later = run(4, 0.2, LENGTH, Duration::from_secs(10));
    assert_eq!(
        later.critical_refused, 0,
        "a third of the speed still carries this load"
    );
}
