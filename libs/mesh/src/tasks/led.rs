//! A task in the hands of whoever has its lease.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use medcover_kernel::Result;
use medcover_redis::{Lease, Redis};
use tokio::time::sleep;

use super::{Leading, Run, Task, TaskRole, Tasks};

/// A lease is asked for, and Redis looked at, so often within the time of a lease.
const LOOKS: u32 = 4;
/// After so many times of a lease without an answer of Redis a process does its tasks by itself: whoever had the lease has lost
/// it by then.
const ALONE_AFTER: u32 = 2;

/// A task that is led through Redis.
pub(super) struct Led<'a> {
    pub(super) tasks: &'a Tasks,
    pub(super) task: &'a Task,
    pub(super) redis: &'a Redis,
    pub(super) lease: Lease,
}

impl Led<'_> {
    pub(super) async fn run<W: Future<Output = Result<Run>>>(
        self,
        mut stop: Pin<&mut impl Future<Output = ()>>,
        work: &impl Fn(Leading) -> W,
    ) {
        let (tasks, task) = (self.tasks, self.task);
        let pause = tasks.lease / LOOKS;
        let mut silent_since = None;
        while !self
            .stopped_within(&mut stop, work, &mut silent_since)
            .await
        {
            tasks.note(task, |it| it.role = TaskRole::Follows);
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Asks for the lease once, and does the task for as long as it has that; whether it was told to stop meanwhile.
    async fn stopped_within<W: Future<Output = Result<Run>>>(
        &self,
        stop: &mut Pin<&mut impl Future<Output = ()>>,
        work: &impl Fn(Leading) -> W,
        silent_since: &mut Option<Duration>,
    ) -> bool {
        let (tasks, task) = (self.tasks, self.task);
        let taken = tokio::select! {
            biased;
            () = &mut *stop => return true,
            taken = self.lease.take() => taken,
        };
        match taken {
            Ok(Some(mut held)) => {
                *silent_since = None;
                let fence = held.fence();
                tracing::info!(task = task.name, fence, "this process leads");
                let stopped = tokio::select! {
                    biased;
                    () = &mut *stop => true,
                    () = held.keep() => {
                        tracing::warn!(task = task.name, fence, "this process leads no longer");
                        false
                    }
                    () = tasks.repeat(task, Leading::with_fence(fence), work) => false,
                };
                held.release().await;
                stopped
            }
            Ok(None) => {
                *silent_since = None;
                false
            }
            Err(error) => {
                let now = tasks.clock.elapsed();
                let silent = now.saturating_sub(*silent_since.get_or_insert(now));
                if silent < tasks.lease * ALONE_AFTER {
                    return false;
                }
                tracing::warn!(task = task.name, cause = %error, "every process does a task until Redis answers");
                *silent_since = None;
                tokio::select! {
                    biased;
                    () = &mut *stop => true,
                    () = self.answers_again() => false,
                    () = tasks.repeat_alone(task, work) => false,
                }
            }
        }
    }

    async fn answers_again(&self) {
        while self.redis.check().await.is_err() {
            sleep(self.tasks.lease / LOOKS).await;
        }
    }
}
