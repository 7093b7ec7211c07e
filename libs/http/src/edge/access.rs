//! The access log: which requests are told of, and how.
//!
//! A line names the operation, never the path or query: those may name a person.

use std::time::Duration;

use axum::response::Response;
use medcover_kernel::Rng;

use crate::config::{AccessLog, EdgeConfig};
use crate::traffic::is_of_a_flood;

pub(super) fn wanted(
    config: &EdgeConfig,
    response: &Response,
    took: Duration,
    refused_by: Option<&str>,
    rng: &dyn Rng,
) -> bool {
    match config.access_log {
        AccessLog::All => true,
        AccessLog::Off => false,
        AccessLog::Sampled => {
            let status = response.status();
            // A flood must not fill the log with its own refusals: metrics count them all.
            let flooded = refused_by.is_some_and(is_of_a_flood);
            let error = status.is_client_error() || status.is_server_error();
            (error && !flooded) || is_slow(config, took) || rng.below(config.sample_one_in) == 0
        }
    }
}

fn is_slow(config: &EdgeConfig, took: Duration) -> bool {
    took >= Duration::from_millis(config.slow_ms)
}

pub(super) fn log(
    operation: &'static str,
    response: &Response,
    took: Duration,
    refused_by: Option<&str>,
) {
    let duration_ms = (took.as_nanos() / 1_000) as f64 / 1_000.0;
    let status = response.status().as_u16();
    tracing::info!(target: "medcover.access", operation, duration_ms, status, refused_by, "request");
}
