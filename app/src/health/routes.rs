//! The addresses of health. They need no credentials: probes have none.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use medcover_http::{Endpoint, InCall, Json, Priority, Routes};
use serde::Serialize;

use super::{Health, HealthService, Readiness, Status};

const TAG: &str = "Health";

static HEALTH: Endpoint<(), Json<Health>> = Endpoint::get("health", "/api/v1/health")
    .summary("Every check, with the state of the process. 503 when it is of no use.")
    .tag(TAG)
    .public()
    .weight_percent(0)
    .priority(Priority::Critical);
static LIVE: Endpoint = Endpoint::get("health_live", "/api/v1/health/live")
    .summary("Answers as long as the process lives.")
    .tag(TAG)
    .public()
    .weight_percent(0)
    .priority(Priority::Critical);
static READY: Endpoint<(), Json<Readiness>> = Endpoint::get("health_ready", "/api/v1/health/ready")
    .summary("Whether requests should be sent here; 503 when not.")
    .tag(TAG)
    .public()
    .weight_percent(0)
    .priority(Priority::Critical);

pub(crate) fn routes(health: Arc<HealthService>) -> Routes<Arc<HealthService>> {
    Routes::new(health)
        .add(&HEALTH, comprehensive)
        .add(&LIVE, live)
        .add(&READY, ready)
}

async fn comprehensive(State(health): State<Arc<HealthService>>, InCall(call): InCall) -> Response {
    let health = health.get_comprehensive_health(call.deadline).await;
    answer(health.status != Status::Unhealthy, health)
}

async fn live() -> Response {
    answer(true, serde_json::json!({"live": true}))
}

async fn ready(State(health): State<Arc<HealthService>>) -> Response {
    let readiness = health.readiness();
    answer(readiness.ready, readiness)
}

/// Not a problem when it is bad: the page is the answer asked for, and a probe that comes every second must not fill the
/// log.
fn answer(good: bool, body: impl Serialize) -> Response {
    let status = if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
