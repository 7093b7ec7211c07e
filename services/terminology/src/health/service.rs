//! Runs the checks, together and within bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Deadline};
use medcover_telemetry::resident_bytes;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::check::{Check, Finding, Status};
use super::report::{CheckReport, HealthReport, SystemInformation};

/// How long one check may take.
const CHECK_WITHIN: Duration = Duration::from_secs(10);
/// What is kept of the deadline of a request for putting the answer together.
const RESERVE: Duration = Duration::from_millis(500);

/// Answers how well the process is.
pub struct HealthService {
    checks: Vec<Arc<dyn Check>>,
    clock: Arc<dyn Clock>,
    version: &'static str,
}

impl HealthService {
    /// Health by these checks. `version` is that of the program; `clock` was made when the process started.
    pub fn new(checks: Vec<Arc<dyn Check>>, clock: Arc<dyn Clock>, version: &'static str) -> Self {
        Self {
            checks,
            clock,
            version,
        }
    }

    /// Why requests cannot be answered; `None` when they can. It asks no check to look, so it is cheap and never late.
    pub fn unready(&self) -> Option<&'static str> {
        self.checks.iter().find_map(|check| check.unready())
    }

    /// Runs every check at once and reports what is known shortly before `deadline`: a check that has not ended by then,
    /// or takes longer than 10 s, is reported as late.
    pub async fn get_comprehensive_health(&self, deadline: Deadline) -> HealthReport {
        let left = deadline.left(self.clock.elapsed()).saturating_sub(RESERVE);
        let within = left.min(CHECK_WITHIN);
        let started = self.clock.elapsed();
        let running: Vec<_> = self
            .checks
            .iter()
            .map(|check| {
                (
                    check.name(),
                    start(Arc::clone(check), Arc::clone(&self.clock)),
                )
            })
            .collect();
        let mut checks = Vec::new();
        for (name, task) in running {
            let spent = self.clock.elapsed().saturating_sub(started);
            checks.push(finish(name, task, within.saturating_sub(spent), within).await);
        }
        HealthReport {
            status: worst(&checks),
            version: self.version.to_owned(),
            uptime_s: self.clock.elapsed().as_secs(),
            system: system(),
            checks,
        }
    }
}

impl fmt::Debug for HealthService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|check| check.name());
        f.debug_list().entries(names).finish()
    }
}

type Running = JoinHandle<(Finding, Duration)>;

fn start(check: Arc<dyn Check>, clock: Arc<dyn Clock>) -> Running {
    tokio::spawn(async move {
        let started = clock.elapsed();
        let finding = check.run().await;
        (finding, clock.elapsed().saturating_sub(started))
    })
}

async fn finish(
    name: &'static str,
    mut task: Running,
    left: Duration,
    within: Duration,
) -> CheckReport {
    let (finding, took, late) = match timeout(left, &mut task).await {
        Ok(Ok((finding, took))) => (finding, took, false),
        Ok(Err(error)) => (failed(name, &error), Duration::ZERO, false),
        Err(_) => {
            task.abort();
            (Finding::degraded("has not ended in time"), within, true)
        }
    };
    CheckReport {
        name: name.to_owned(),
        status: finding.status,
        detail: finding.detail.into_owned(),
        took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        late,
    }
}

/// A check that panics says nothing about what it looked at, except that it cannot be relied on.
fn failed(name: &'static str, error: &tokio::task::JoinError) -> Finding {
    tracing::error!(check = name, cause = %error, "a health check failed");
    Finding::unhealthy("the check itself failed")
}

fn worst(checks: &[CheckReport]) -> Status {
    let statuses = checks.iter().map(|check| check.status);
    statuses.max().unwrap_or(Status::Healthy)
}

fn system() -> SystemInformation {
    SystemInformation {
        os: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        cpus: std::thread::available_parallelism().map_or(1, |it| it.get() as u32),
        resident_bytes: resident_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use medcover_kernel::SystemClock;

    enum Fake {
        Well,
        Poor,
        Slow,
        Broken,
    }

    #[async_trait]
    impl Check for Fake {
        fn name(&self) -> &'static str {
            match self {
                Self::Well => "well",
                Self::Poor => "poor",
                Self::Slow => "slow",
                Self::Broken => "broken",
            }
        }

        async fn run(&self) -> Finding {
            match self {
                Self::Well => Finding::healthy("fine"),
                Self::Poor => Finding::degraded("an older release serves"),
                Self::Slow => std::future::pending().await,
                Self::Broken => panic!("of this very check"),
            }
        }

        fn unready(&self) -> Option<&'static str> {
            matches!(self, Self::Poor).then_some("not yet")
        }
    }

    async fn report(checks: Vec<Fake>, within_ms: u64) -> HealthReport {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let deadline = Deadline::after(clock.elapsed(), Duration::from_millis(within_ms));
        let checks = checks.into_iter().map(|it| Arc::new(it) as _).collect();
        HealthService::new(checks, clock, "1.2.3")
            .get_comprehensive_health(deadline)
            .await
    }

    #[tokio::test]
    async fn the_worst_check_decides() {
        assert_eq!(report(vec![], 1_000).await.status, Status::Healthy);
        let poor = report(vec![Fake::Well, Fake::Poor], 1_000).await;
        assert_eq!(poor.status, Status::Degraded);
        assert_eq!(
            (poor.checks[0].name.as_str(), poor.version.as_str()),
            ("well", "1.2.3")
        );
        let broken = report(vec![Fake::Broken, Fake::Poor], 1_000).await;
        assert_eq!(broken.status, Status::Unhealthy);
        assert_eq!(broken.checks[1].detail, "an older release serves");
    }

    #[tokio::test]
    async fn a_late_check_is_told_as_late_and_the_others_answer() {
        let report = report(vec![Fake::Slow, Fake::Well, Fake::Slow], 600).await;
        let late: Vec<_> = report.checks.iter().map(|it| it.late).collect();
        assert_eq!(late, [true, false, true]);
        assert_eq!(report.status, Status::Degraded);
    }

    #[test]
    fn every_check_must_be_ready() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let ready = |checks: Vec<Fake>| {
            let checks = checks.into_iter().map(|it| Arc::new(it) as _).collect();
            HealthService::new(checks, Arc::clone(&clock), "1").unready()
        };
        assert_eq!(ready(vec![Fake::Well, Fake::Slow]), None);
        assert_eq!(ready(vec![Fake::Well, Fake::Poor]), Some("not yet"));
    }
}
