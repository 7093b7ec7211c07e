//! How a task stands in a process.

use medcover_kernel::Timestamp;

use super::Leading;

/// As whom a process stands to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskRole {
    /// It leads, with this fencing number.
    Leads(u64),
    /// Another process leads, or nobody yet.
    Follows,
    /// It does the task like every other process.
    Alone,
    /// It was told to stop.
    Ended,
}

impl TaskRole {
    pub(super) const fn of(leading: Leading) -> Self {
        match leading.fence() {
            Some(fence) => Self::Leads(fence),
            None => Self::Alone,
        }
    }

    /// Its name, as metrics give it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leads(_) => "leads",
            Self::Follows => "follows",
            Self::Alone => "alone",
            Self::Ended => "ended",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskRun {
    /// What was to be done is done.
    Done,
    /// It failed, and is made again.
    Failed,
    /// A later leader had been there, and nothing was done.
    Fenced,
}

/// A task in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStatus {
    /// Its name.
    pub name: String,
    /// As whom this process stands to it.
    pub role: TaskRole,
    /// How the last run in this process ended.
    pub last: Option<TaskRun>,
    /// When it was last done in this process.
    pub last_done: Option<Timestamp>,
    /// Runs in this process that were done.
    pub done: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs that were refused because a later leader had been there.
    pub fenced: u64,
}

impl TaskStatus {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: TaskRole::Follows,
            last: None,
            last_done: None,
            done: 0,
            failed: 0,
            fenced: 0,
        }
    }

    pub(super) const fn count(&mut self, run: TaskRun, at: Timestamp) {
        self.last = Some(run);
        match run {
            TaskRun::Done => {
                self.done += 1;
                self.last_done = Some(at);
            }
            TaskRun::Failed => self.failed += 1,
            TaskRun::Fenced => self.fenced += 1,
        }
    }
}
