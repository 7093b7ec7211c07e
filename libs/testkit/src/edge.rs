//! An edge to stand routes behind.

use std::sync::Arc;

use medcover_http::{Edge, EdgeConfig};
use medcover_kernel::{SystemClock, SystemRng};
use medcover_telemetry::Metrics;

/// An edge as it is shipped, with metrics of its own.
pub fn edge() -> Edge {
    edge_with(EdgeConfig::default())
}

/// An edge with these settings, with metrics of its own.
pub fn edge_with(config: EdgeConfig) -> Edge {
    Edge::new(
        config,
        Arc::new(Metrics::default()),
        Arc::new(SystemClock::new()),
        Arc::new(SystemRng),
    )
}
