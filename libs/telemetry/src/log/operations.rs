//! The three kinds of operation that are logged the same way everywhere.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::time::Duration;

/// Logs how long `operation` took, and whether a cache answered it where one might have.
pub fn log_performance(operation: &str, took: Duration, cache_hit: Option<bool>) {
    tracing::info!(
        target: "medcover.performance",
        operation,
        duration_ms = millis(took),
        cache_hit,
        "operation"
    );
}

/// Logs one operation on a database `table`, and how many rows it touched where that is known.
pub fn log_database_operation(operation: &str, table: &str, took: Duration, rows: Option<u64>) {
    tracing::info!(
        target: "medcover.database",
        operation,
        duration_ms = millis(took),
        table,
        rows,
        "database operation"
    );
}

/// Logs one operation on a cache and whether it was a hit. A key may name a person, so its hash is logged, keyed by a
/// secret of this process: equal keys can be followed through the log of one process, and none can be guessed from it.
pub fn log_cache_operation(operation: &str, key: &str, hit: bool, took: Duration) {
    tracing::info!(
        target: "medcover.cache",
        operation,
        duration_ms = millis(took),
        cache_hit = hit,
        key_hash = key_hash(key),
        "cache operation"
    );
}

/// Milliseconds with three decimals.
fn millis(took: Duration) -> f64 {
    (took.as_nanos() / 1_000) as f64 / 1_000.0
}

fn key_hash(key: &str) -> String {
    static SECRET: OnceLock<RandomState> = OnceLock::new();
    format!(
        "{:016x}",
        SECRET.get_or_init(RandomState::new).hash_one(key)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_followed_but_not_shown() {
        assert_eq!(key_hash("patient:7"), key_hash("patient:7"));
        assert_ne!(key_hash("patient:7"), key_hash("patient:8"));
        assert_eq!(key_hash("patient:7").len(), 16);
    }

    #[test]
    fn durations_have_three_decimals() {
        assert_eq!(millis(Duration::from_nanos(1_234_567)).to_string(), "1.234");
    }
}
