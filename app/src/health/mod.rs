//! Health: whether the process lives, whether it can answer, and how it does.

mod checks;
mod recent;
mod routes;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use medcover_kernel::{Clock, Deadline};
use medcover_telemetry::{Metrics, resident_bytes};
use medcover_terminology::Releases;
use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use utoipa::ToSchema;

use recent::Recent;
pub(crate) use routes::routes;

/// How long one check may take.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
/// What is kept of the time of a request for putting the answer together.
const RESERVE: Duration = Duration::from_millis(500);

/// How well something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// As it should be.
    Healthy,
    /// It works, but somebody should look.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Check {
    /// Its name.
    name: String,
    /// What it found.
    status: Status,
    /// The same in words, with what to do.
    detail: String,
    /// Whether it had not ended when the page was answered.
    late: bool,
    /// How long it took, in milliseconds.
    duration_ms: f64,
}

/// The process and all it depends on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Health {
    /// The worst of all checks.
    status: Status,
    /// The version of the program.
    version: String,
    /// Seconds since the process started.
    uptime_s: u64,
    /// What was checked.
    checks: Vec<Check>,
    /// The machine and what the process uses of it.
    system: System,
}

/// The machine and what the process uses of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct System {
    /// The operating system.
    os: String,
    /// The kind of processor.
    architecture: String,
    /// Processors that the process may use.
    processors: usize,
    /// Memory that the process has in RAM, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    resident_bytes: Option<u64>,
}

/// Whether requests should be sent here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether they should.
    ready: bool,
    /// Why not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Answers for the health of this process.
pub(crate) struct HealthService {
    releases: Arc<Releases>,
    data: PathBuf,
    /// Mean duration above which the process counts as slow.
    slow_ms: u64,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    stop: Stop,
    recent: Recent,
}

impl HealthService {
    pub(crate) fn new(
        releases: Arc<Releases>,
        data: PathBuf,
        slow_ms: u64,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        stop: Stop,
    ) -> Self {
        Self {
            releases,
            data,
            slow_ms,
            metrics,
            clock,
            stop,
            recent: Recent::default(),
        }
    }

    /// Ready means: a search would be answered, and the process is not about to stop.
    pub(crate) fn readiness(&self) -> Readiness {
        let reason = if self.stop.is_draining() {
            Some("The process is stopping.".to_owned())
        } else {
            let loaded = self.releases.load().each().map(|_| ());
            loaded.err().map(|error| error.message().to_owned())
        };
        Readiness {
            ready: reason.is_none(),
            reason,
        }
    }

    /// All checks at once; the answer is as bad as the worst of them. It comes before `deadline`: a check that has not
    /// ended by then is told as late.
    pub(crate) async fn get_comprehensive_health(&self, deadline: Deadline) -> Health {
        let left = deadline.left(self.clock.elapsed());
        let within = left.saturating_sub(RESERVE).min(CHECK_LIMIT);
        let (releases, again) = (Arc::clone(&self.releases), Arc::clone(&self.releases));
        let data = self.data.clone();
        let (terminology, integrity, folder) = tokio::join!(
            self.run(within, "terminology", move || checks::check_terminology(
                &releases
            )),
            self.run(within, "data_integrity", move || {
                checks::check_data_integrity(&again)
            }),
            self.run(within, "data_folder", move || checks::check_data_folder(
                &data
            )),
        );
        let requests = self.recent.figures(&self.metrics, self.clock.elapsed());
        let requests = checks::check_requests(&requests, self.slow_ms);
        let checks = vec![
            terminology,
            integrity,
            folder,
            requests.named("requests", Duration::ZERO),
        ];
        let worst = checks.iter().map(|check| check.status).max();
        Health {
            status: worst.unwrap_or(Status::Healthy),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: self.clock.elapsed().as_secs(),
            checks,
            system: System {
                os: std::env::consts::OS.to_owned(),
                architecture: std::env::consts::ARCH.to_owned(),
                processors: std::thread::available_parallelism().map_or(1, usize::from),
                resident_bytes: resident_bytes(),
            },
        }
    }

    /// Runs a check where it may block, and gives up waiting in time.
    fn run(
        &self,
        within: Duration,
        name: &'static str,
        check: impl FnOnce() -> Finding + Send + 'static,
    ) -> impl Future<Output = Check> {
        let started = self.clock.elapsed();
        let running: JoinHandle<Finding> = spawn_blocking(check);
        async move {
            let ended = timeout(within, running).await;
            let took = self.clock.elapsed().saturating_sub(started);
            match ended {
                Ok(Ok(finding)) => finding.named(name, took),
                Ok(Err(error)) => {
                    tracing::error!(check = name, cause = %error, "a check broke");
                    Finding::unhealthy("The check itself broke.").named(name, took)
                }
                Err(_) => Check {
                    late: true,
                    ..Finding::degraded("The check has not ended.").named(name, took)
                },
            }
        }
    }
}

/// A status with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    status: Status,
    detail: String,
}

impl Finding {
    fn healthy(detail: impl Into<String>) -> Self {
        let (status, detail) = (Status::Healthy, detail.into());
        Self { status, detail }
    }

    fn degraded(detail: impl Into<String>) -> Self {
        let (status, detail) = (Status::Degraded, detail.into());
        Self { status, detail }
    }

    fn unhealthy(detail: impl Into<String>) -> Self {
        let (status, detail) = (Status::Unhealthy, detail.into());
        Self { status, detail }
    }

    fn named(self, name: &'static str, took: Duration) -> Check {
        Check {
            name: name.to_owned(),
            status: self.status,
            detail: self.detail,
            late: false,
            duration_ms: took.as_micros() as f64 / 1_000.0,
        }
    }
}
