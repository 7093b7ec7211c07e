use medcover_mesh::register;
use medcover_telemetry::Metrics;

use crate::house::{House, Scripted, config, good, status};

#[tokio::test]
async fn what_an_upstream_does_is_on_the_page_of_metrics() {
    let bad = Scripted::always(status(500)).await;
    let other = Scripted::always(good()).await;
    let house = House::before(&[&bad, &other], config());
    for _ in 0..20 {
        house.get().await.expect("one of them answers");
    }
    let metrics = Metrics::default();
    register(&metrics, vec![house.upstream.clone()]);
    let page = metrics.text();
    let seen = house.upstream.status();
    let (up, at) = (
        "upstream=\"test-service\"",
        format!("instance=\"{}\"", bad.base),
    );
    let failed = seen.instances[0].failed;
    assert!(failed > 0);
    for line in [
        format!("medcover_upstream_requests_total{{{up}}} 20"),
        format!(
            "medcover_upstream_retries_total{{{up},kind=\"retried\"}} {}",
            seen.retries
        ),
        format!("medcover_upstream_not_retried_total{{{up},reason=\"budget-spent\"}} 0"),
        format!("medcover_upstream_refused_total{{{up},reason=\"circuit-open\"}} 0"),
        format!("medcover_upstream_calls_total{{{up},{at},end=\"failed\"}} {failed}"),
        format!("medcover_upstream_instance_state{{{up},{at},state=\"healthy\"}} 1"),
        format!("medcover_upstream_in_flight{{{up},{at}}} 0"),
        format!("medcover_upstream_ejections_total{{{up},{at},by=\"breaker\"}} 0"),
    ] {
        assert!(page.contains(&line), "{line}\n{page}");
    }
    assert!(page.contains("medcover_upstream_latency_seconds{"));
    assert!(page.contains("medcover_upstream_last_failure_seconds{"));
}
