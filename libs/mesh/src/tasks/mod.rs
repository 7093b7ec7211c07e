//! Tasks of which one process of the installation does each.
//!
//! Where there is a Redis, whoever has the lease of a task leads it, and the others wait. Where there is none, or while it does not
//! answer, every process does the task by itself: so each must do no harm when several do it, and what a later leader must not find
//! undone compares the fencing number of [`Leading`] in the transaction that writes.

mod led;
mod metrics;
mod status;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use medcover_config::{Check, Section};
use medcover_kernel::{Clock, Result};
use medcover_redis::{Lease, Redis};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use led::Led;
pub use metrics::register;
pub use status::{TaskRole, TaskRun, TaskStatus};

/// A run that failed is made again after this time at the latest.
const AGAIN: Duration = Duration::from_secs(30);

/// The section `tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TasksConfig {
    /// For how long a process leads a task at a time, where there is a Redis: so long at most a task waits when its leader dies.
    pub lease_ms: u64,
}

impl Default for TasksConfig {
    fn default() -> Self {
        Self { lease_ms: 15_000 }
    }
}

impl Section for TasksConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("lease_ms", self.lease_ms, 1_000..=3_600_000);
    }
}

/// Something to be done again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name in the whole installation.
    pub name: String,
    /// How long after the end of a run the next begins.
    pub every: Duration,
}

impl Task {
    /// The task `name`, done `every` so often.
    pub fn new(name: impl Into<String>, every: Duration) -> Self {
        let name = name.into();
        Self { name, every }
    }
}

/// As whom a process does a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leading {
    fence: Option<u64>,
}

impl Leading {
    /// As one of those that do it without asking one another.
    pub const ALONE: Self = Self { fence: None };

    /// As the leader with this fencing number.
    pub const fn with_fence(fence: u64) -> Self {
        Self { fence: Some(fence) }
    }

    /// The number that is higher than that of every leader before; none where nobody leads.
    pub const fn fence(self) -> Option<u64> {
        self.fence
    }
}

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// What was to be done is done.
    Done,
    /// Nothing was done, because a later leader has been there.
    Fenced,
}

/// The tasks of this process. Cloning is cheap.
#[derive(Clone)]
pub struct Tasks {
    redis: Option<Redis>,
    lease: Duration,
    clock: Arc<dyn Clock>,
    statuses: Arc<Mutex<BTreeMap<String, TaskStatus>>>,
}

impl Tasks {
    /// Led through `redis`; without it every process does them.
    pub fn new(redis: Option<Redis>, config: &TasksConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            redis,
            lease: Duration::from_millis(config.lease_ms),
            clock,
            statuses: Arc::default(),
        }
    }

    /// How the tasks of this process stand, in the order of their names.
    pub fn statuses(&self) -> Vec<TaskStatus> {
        self.all().values().cloned().collect()
    }

    /// Does `work` every so often while this process leads `task`, or while every process does it, until `stop` is ready. What
    /// is under way is dropped where it stands when the lease is lost.
    pub async fn run<W: Future<Output = Result<Run>>>(
        &self,
        task: &Task,
        stop: impl Future<Output = ()>,
        work: impl Fn(Leading) -> W,
    ) {
        let mut stop = pin!(stop);
        let lease = self
            .redis
            .as_ref()
            .map(|redis| (redis, Lease::new(redis.clone(), &task.name, self.lease)));
        match lease {
            Some((redis, Ok(lease))) => {
                let led = Led {
                    tasks: self,
                    task,
                    redis,
                    lease,
                };
                led.run(stop, &work).await;
            }
            Some((_, Err(error))) => tracing::error!(task = task.name, cause = %error, "no lease"),
            None => tokio::select! {
                biased;
                () = &mut stop => {}
                () = self.repeat_alone(task, &work) => {}
            },
        }
        self.note(task, |it| it.role = TaskRole::Ended);
    }

    async fn repeat_alone<W: Future<Output = Result<Run>>>(
        &self,
        task: &Task,
        work: &impl Fn(Leading) -> W,
    ) {
        loop {
            self.repeat(task, Leading::ALONE, work).await;
            sleep(task.every).await;
        }
    }

    /// Runs again and again, until a later leader has been there.
    async fn repeat<W: Future<Output = Result<Run>>>(
        &self,
        task: &Task,
        leading: Leading,
        work: &impl Fn(Leading) -> W,
    ) {
        self.note(task, |it| it.role = TaskRole::of(leading));
        loop {
            let ended = work(leading).await;
            let at = self.clock.now();
            let run = match &ended {
                Ok(Run::Done) => TaskRun::Done,
                Ok(Run::Fenced) => TaskRun::Fenced,
                Err(_) => TaskRun::Failed,
            };
            self.note(task, |it| it.count(run, at));
            match ended {
                Ok(Run::Done) => sleep(task.every).await,
                Ok(Run::Fenced) => {
                    let fence = leading.fence();
                    tracing::warn!(task = task.name, fence, "another process leads by now");
                    return;
                }
                Err(error) => {
                    tracing::warn!(task = task.name, cause = %error, "a task failed");
                    sleep(task.every.min(AGAIN)).await;
                }
            }
        }
    }

    fn note(&self, task: &Task, change: impl FnOnce(&mut TaskStatus)) {
        let mut all = self.all();
        let status = all.entry(task.name.clone());
        change(status.or_insert_with(|| TaskStatus::new(&task.name)));
    }

    /// A status is changed whole or not at all.
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, TaskStatus>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("redis", &self.redis)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
