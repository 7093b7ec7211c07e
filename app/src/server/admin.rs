//! The listener for operators: metrics and health, on an address of its own.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use medcover_config::{Loaded, Origin};
use medcover_http::{Endpoint, Priority, Routes, Server, ServerConfig};
use medcover_telemetry::{METRICS_CONTENT_TYPE, Metrics};

use crate::settings::Settings;

static METRICS: Endpoint = Endpoint::get("metrics", "/metrics")
    .summary("All metrics, for Prometheus.")
    .public()
    .weight_percent(0)
    .priority(Priority::Critical)
    .undescribed();

/// Few ask here: a scraper, a probe, a person.
const MAX_CONNECTIONS: usize = 64;

/// What became of the listener.
#[derive(Debug)]
pub(super) enum Admin {
    /// It listens.
    Bound(Server),
    /// The settings say that there is none.
    Off,
    /// Another program has the usual address.
    Taken(SocketAddr),
}

/// Takes the address that the settings name.
///
/// That the usual address is taken is no reason not to serve: nobody asked for that one. An address that somebody set
/// must be had.
pub(super) async fn bind(settings: &Loaded<Settings>) -> Result<Admin> {
    let Some(listen) = settings.value.admin.listen.0 else {
        return Ok(Admin::Off);
    };
    let config = ServerConfig {
        listen,
        max_connections: MAX_CONNECTIONS,
        ..settings.value.server.http.clone()
    };
    match Server::bind(&config).await {
        Ok(server) => Ok(Admin::Bound(server)),
        Err(error)
            if error.kind() == ErrorKind::AddrInUse
                && *settings.origin("admin.listen") == Origin::Default =>
        {
            Ok(Admin::Taken(listen))
        }
        Err(error) => Err(error).with_context(|| {
            format!("cannot listen on {listen} (admin.listen); name another address, or `off`")
        }),
    }
}

/// The routes that only operators have.
pub(crate) fn routes(metrics: Arc<Metrics>) -> Routes<Arc<Metrics>> {
    Routes::new(metrics).add(&METRICS, text)
}

async fn text(State(metrics): State<Arc<Metrics>>) -> Response {
    ([(CONTENT_TYPE, METRICS_CONTENT_TYPE)], metrics.text()).into_response()
}
