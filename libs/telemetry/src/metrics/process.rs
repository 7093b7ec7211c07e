//! What the process as a whole uses.

use std::fmt;
use std::sync::Arc;

use medcover_kernel::Clock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Memory that the process has in RAM, where the system tells: on Linux.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

pub(super) struct Process {
    clock: Arc<dyn Clock>,
}

impl Process {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(bytes) = resident_bytes() {
            let gauge = ConstGauge::new(bytes);
            let metric = encoder.encode_descriptor(
                "process_resident_memory",
                "Memory in RAM.",
                Some(&Unit::Bytes),
                gauge.metric_type(),
            )?;
            gauge.encode(metric)?;
        }
        let gauge = ConstGauge::new(self.clock.elapsed().as_secs_f64());
        let metric = encoder.encode_descriptor(
            "process_uptime",
            "Time since the start of the process.",
            Some(&Unit::Seconds),
            gauge.metric_type(),
        )?;
        gauge.encode(metric)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::Metrics;
    use medcover_kernel::{ManualClock, Timestamp};

    #[test]
    fn shows_memory_and_uptime() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let metrics = Metrics::default().with_process(Arc::<ManualClock>::clone(&clock));
        clock.advance(Duration::from_secs(7));
        let page = metrics.text();
        assert!(page.contains("process_uptime_seconds 7"), "{page}");
        if cfg!(target_os = "linux") {
            assert!(super::resident_bytes().is_some_and(|bytes| bytes > 100_000));
        }
    }
}
