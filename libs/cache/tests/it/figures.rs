//! Figures, for the API and for Prometheus.

use medcover_cache::{Json, Pattern, Tag};
use medcover_telemetry::Metrics;

use crate::ground::{Ground, Patient};

#[tokio::test]
async fn what_happened_is_counted() {
    let it = Ground::new();
    let patients = it.patients();
    let metrics = Metrics::default();
    it.cache.register(&metrics);
    for _ in 0..4 {
        let value = patients.get_or_load(&Patient(1), || it.source("Ada")).await;
        value.expect("loaded");
    }
    patients
        .set(&Patient(2), Json("Bob".into()))
        .await
        .expect("it answers");
    let tags = [Tag::new("ward", 1), Tag::new("ward", 2)];
    it.cache
        .invalidate_by_tags(&tags)
        .await
        .expect("it answers");
    let flushed = it
        .cache
        .invalidate_pattern(&Pattern::of_space("patients"))
        .await;
    assert_eq!(flushed.expect("it answers"), 2);

    let stats = it.cache.get_stats().await.expect("it answers");
    let figures = &stats.spaces[0];
    assert_eq!((figures.hits, figures.misses, figures.loads), (3, 1, 1));
    assert!((figures.hit_rate - 0.75).abs() < 1e-9);
    assert_eq!(stats.engine.entries, 0);
    assert_eq!(stats.engine.bytes_limit, 1 << 20);
    let page = metrics.text();
    for line in [
        "medcover_cache_requests_total{space=\"patients\",result=\"hit\"} 3",
        "medcover_cache_requests_total{space=\"patients\",result=\"miss\"} 1",
        "medcover_cache_loads_total{space=\"patients\",kind=\"begun\"} 1",
        "medcover_cache_invalidations_total{kind=\"tag\"} 2",
        "medcover_cache_invalidations_total{kind=\"key\"} 1",
        "medcover_cache_invalidations_total{kind=\"pattern\"} 1",
        "medcover_cache_limit_bytes 1048576",
        "medcover_cache_entries 0",
        "medcover_cache_evictions_total 0",
    ] {
        assert!(page.contains(line), "{line}\nnot in\n{page}");
    }
}
