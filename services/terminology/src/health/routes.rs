//! Health over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use medcover_http::{ApiResult, Endpoint, InCall, Json, Routes};
use medcover_kernel::Error;

use super::check::Status;
use super::report::{HealthReport, LiveReport};
use super::service::HealthService;

const TAG: &str = "Health";

/// Everything, looked at now.
pub static HEALTH: Endpoint = Endpoint::get("get_comprehensive_health", "/api/v1/health")
    .summary("How well the process and all it needs are.")
    .tag(TAG)
    .answers::<HealthReport>()
    .public();

/// Whether the process runs.
pub static LIVE: Endpoint = Endpoint::get("health_live", "/api/v1/health/live")
    .summary("Whether the process runs; if not, it should be started again.")
    .tag(TAG)
    .answers::<LiveReport>()
    .public();

/// Whether it can answer.
pub static READY: Endpoint = Endpoint::get("health_ready", "/api/v1/health/ready")
    .summary("Whether requests can be answered; if not, none should be sent.")
    .tag(TAG)
    .answers::<LiveReport>()
    .public();

/// The addresses of health with their handlers.
pub fn health_router(health: Arc<HealthService>) -> Routes<Arc<HealthService>> {
    Routes::new(health)
        .add(&HEALTH, full)
        .add(&LIVE, live)
        .add(&READY, ready)
}

type Health = State<Arc<HealthService>>;

async fn full(State(health): Health, InCall(call): InCall) -> (StatusCode, Json<HealthReport>) {
    let report = health.get_comprehensive_health(call.deadline).await;
    let status = match report.status {
        Status::Healthy | Status::Degraded => StatusCode::OK,
        Status::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report))
}

async fn live() -> Json<LiveReport> {
    let status = Status::Healthy;
    Json(LiveReport { status })
}

async fn ready(State(health): Health) -> ApiResult<Json<LiveReport>> {
    match health.unready() {
        Some(reason) => Err(Error::unavailable(reason).into()),
        None => Ok(live().await),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Served;

    #[tokio::test]
    async fn without_a_release_it_lives_but_is_not_ready() {
        let client = Served::empty().client();
        assert_eq!(client.get("/api/v1/health/live").await.status, 200);
        let ready = client.get("/api/v1/health/ready").await;
        assert_eq!(ready.status, 503);
        assert!(ready.text().contains("medcover load icd10cm"));
        let full = client.get("/api/v1/health").await;
        assert_eq!(
            (full.status.as_u16(), full.json()["status"].as_str()),
            (503, Some("unhealthy"))
        );
    }

    #[tokio::test]
    async fn with_a_release_all_is_well() {
        let client = Served::two_systems().client();
        assert_eq!(client.get("/api/v1/health/ready").await.status, 200);
        let mut full = client.get("/api/v1/health").await.json();
        full["system"] = "redacted".into();
        full["checks"][0]["took_us"] = 0.into();
        insta::assert_json_snapshot!(full);
    }
}
