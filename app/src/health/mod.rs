//! Health: whether the process lives, whether it can answer, and how it does.

mod checks;
mod integrity;
mod recent;
mod routes;
mod standing;
mod tasks;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use medcover_gateway::PolicyFile;
use medcover_http::{Certificates, Stop, Traffic};
use medcover_kernel::{Clock, Deadline};
use medcover_mesh::{Tasks, Upstream};
use medcover_redis::Redis;
use medcover_store::Store;
use medcover_streams::Standing;
use medcover_telemetry::{Metrics, resident_bytes};
use medcover_terminology::Terminology;
use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};
use utoipa::ToSchema;

use crate::backups::Backups;
use crate::demo;
use recent::Recent;
pub(crate) use routes::routes;
use standing::Standing as OfChecks;

/// How long one check may take.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
/// How often the process looks at itself.
const LOOK_EVERY: Duration = Duration::from_secs(5);
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
    /// Whether people, claims and money are invented: a demo.
    demo: bool,
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

/// What is looked at.
pub(crate) struct Watched {
    /// Where this process serves terminology.
    pub(crate) terminology: Option<Terminology>,
    /// The stores of this process, by service.
    pub(crate) stores: Vec<(&'static str, Arc<dyn Store>)>,
    /// The data folder.
    pub(crate) data: PathBuf,
    /// The back-ups of this process.
    pub(crate) backups: Backups,
    /// The policy file.
    pub(crate) policy: Arc<PolicyFile>,
    /// What connections are encrypted with, if they are.
    pub(crate) certificates: Option<Certificates>,
    /// The services in other processes.
    pub(crate) upstreams: Vec<Upstream>,
    /// Redis, where there is one.
    pub(crate) redis: Option<Redis>,
    /// What bounds requests, by the counts of all processes or of this one.
    pub(crate) traffic: Traffic,
    /// What one process of the installation does for all of them.
    pub(crate) tasks: Tasks,
    /// What Redis carries between services.
    pub(crate) carried: Vec<Standing>,
}

/// Answers for the health of this process.
pub(crate) struct HealthService {
    watched: Watched,
    demo: bool,
    /// Mean duration above which the process counts as slow.
    slow_ms: u64,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    stop: Stop,
    recent: Recent,
    standing: OfChecks,
    /// Whether PostgreSQL answered for a release whose file cannot be opened, when that was last looked at.
    covered: AtomicBool,
}

impl HealthService {
    pub(crate) fn new(
        watched: Watched,
        slow_ms: u64,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        stop: Stop,
    ) -> Self {
        Self {
            demo: demo::is_demo(&watched.data),
            watched,
            slow_ms,
            standing: OfChecks::shown_in(&metrics),
            metrics,
            clock,
            stop,
            recent: Recent::default(),
            covered: AtomicBool::new(false),
        }
    }

    /// Ready means: a search would be answered where this process serves terminology, and it is not about to stop. Stores
    /// are open, or the process would not run.
    pub(crate) fn readiness(&self) -> Readiness {
        let reason = if self.stop.is_draining() {
            Some("The process is stopping.".to_owned())
        } else {
            let terminology = self.watched.terminology.as_ref();
            let missing = terminology.and_then(|it| it.releases().load().each().map(|_| ()).err());
            let missing = missing.filter(|_| !self.covered.load(Ordering::Relaxed));
            missing.map(|error| error.message().to_owned())
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
        let data = self.watched.data.clone();
        let (mut checks, integrity, folder) = tokio::join!(
            self.look(within),
            self.check_integrity(within),
            self.run(within, "data_folder", move || checks::check_data_folder(
                &data
            )),
        );
        checks.extend(integrity.into_iter().chain([folder]));
        let worst = checks.iter().map(|check| check.status).max();
        Health {
            status: worst.unwrap_or(Status::Healthy),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: self.clock.elapsed().as_secs(),
            demo: self.demo,
            checks,
            system: System {
                os: std::env::consts::OS.to_owned(),
                architecture: std::env::consts::ARCH.to_owned(),
                processors: std::thread::available_parallelism().map_or(1, usize::from),
                resident_bytes: resident_bytes(),
            },
        }
    }

    /// Looks every so often until the process is told to stop, so that metrics and the log know of what nobody asks.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut stop = self.stop.clone();
        let watching = async {
            loop {
                self.look(LOOK_EVERY).await;
                sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = stop.draining() => {}
            () = watching => {}
        }
    }

    /// The checks that cost next to nothing.
    async fn look(&self, within: Duration) -> Vec<Check> {
        let mut checks: Vec<_> = self.check_terminology(within).await.into_iter().collect();
        checks.extend(self.check_stores(within).await);
        checks.extend(self.check_redis(within).await);
        checks.extend(self.check_limits(within).await);
        let at_once = |finding: Finding, name: &str| finding.named(name, Duration::ZERO);
        let requests = self.recent.figures(&self.metrics, self.clock.elapsed());
        let requests = checks::check_requests(&requests, self.slow_ms);
        checks.push(at_once(requests, "requests"));
        checks.extend(self.watched.upstreams.iter().map(|upstream| {
            let upstream = upstream.status();
            at_once(checks::check_upstream(&upstream), &upstream.service)
        }));
        if let Some(tasks) = tasks::check_tasks(&self.watched.tasks.statuses()) {
            checks.push(at_once(tasks, "tasks"));
        }
        if !self.watched.carried.is_empty() {
            let messages = checks::check_messages(&self.watched.carried);
            checks.push(at_once(messages, "messages"));
        }
        if self.watched.policy.is_given() {
            let policy = checks::check_policy(&self.watched.policy.standing());
            checks.push(at_once(policy, "policy"));
        }
        if let Some(certificates) = &self.watched.certificates {
            let certificate = checks::check_certificate(certificates.fault());
            checks.push(at_once(certificate, "certificate"));
        }
        if self.watched.backups.is_watched() {
            let (standing, late) = self.watched.backups.seen();
            checks.push(at_once(checks::check_backups(&standing, late), "backups"));
        }
        self.standing.note(&checks);
        checks
    }

    async fn check_terminology(&self, within: Duration) -> Option<Check> {
        let terminology = self.watched.terminology.as_ref()?;
        let covered = timeout(within / 2, terminology.is_covered());
        let covered = covered.await.unwrap_or(false);
        self.covered.store(covered, Ordering::Relaxed);
        let releases = Arc::clone(terminology.releases());
        let check = move || checks::check_terminology(&releases, covered);
        Some(self.run(within, "terminology", check).await)
    }

    async fn check_integrity(&self, within: Duration) -> Option<Check> {
        let terminology = self.watched.terminology.as_ref();
        let releases = terminology.map(|it| Arc::clone(it.releases()));
        let stores = self.watched.stores.clone();
        if releases.is_none() && stores.is_empty() {
            return None;
        }
        let running = tokio::spawn(integrity::check_data_integrity(releases, stores));
        Some(self.ended(within, "data_integrity", running).await)
    }

    async fn check_stores(&self, within: Duration) -> Vec<Check> {
        let rest_goes_on = self.watched.terminology.is_some();
        let begun = self.watched.stores.iter().map(|(service, store)| {
            let store = Arc::clone(store);
            let running =
                tokio::spawn(async move { checks::check_store(&*store, rest_goes_on).await });
            self.ended(within, service, running)
        });
        // All have begun before the first is waited for.
        let begun: Vec<_> = begun.collect();
        let mut found = Vec::with_capacity(begun.len());
        for check in begun {
            found.push(check.await);
        }
        found
    }

    async fn check_redis(&self, within: Duration) -> Option<Check> {
        let redis = self.watched.redis.clone()?;
        let running = tokio::spawn(async move { checks::check_redis(&redis).await });
        Some(self.ended(within, "redis", running).await)
    }

    async fn check_limits(&self, within: Duration) -> Option<Check> {
        let started = self.clock.elapsed();
        // Counts that do not come soon are done without.
        let sharing = timeout(within, self.watched.traffic.sharing()).await;
        let took = self.clock.elapsed().saturating_sub(started);
        let finding = checks::check_limits(sharing.ok()??);
        Some(finding.named("limits", took))
    }

    /// Runs a check where it may block, and gives up waiting in time.
    fn run(
        &self,
        within: Duration,
        name: &'static str,
        check: impl FnOnce() -> Finding + Send + 'static,
    ) -> impl Future<Output = Check> {
        self.ended(within, name, spawn_blocking(check))
    }

    fn ended(
        &self,
        within: Duration,
        name: &'static str,
        running: JoinHandle<Finding>,
    ) -> impl Future<Output = Check> {
        let started = self.clock.elapsed();
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

    /// All of `findings` as one.
    fn all(findings: Vec<Self>) -> Self {
        let status = findings.iter().map(|it| it.status).max();
        let details: Vec<_> = findings.into_iter().map(|it| it.detail).collect();
        Self {
            status: status.unwrap_or(Status::Healthy),
            detail: details.join(" "),
        }
    }

    fn named(self, name: &str, took: Duration) -> Check {
        Check {
            name: name.to_owned(),
            status: self.status,
            detail: self.detail,
            late: false,
            duration_ms: took.as_micros() as f64 / 1_000.0,
        }
    }
}
