//! What one process of the installation does for all of them.

use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use medcover_kernel::{Clock, Error};
use medcover_mesh::{Run, Task, Tasks};
use medcover_redis::Redis;
use medcover_store::Store;
use medcover_telemetry::Metrics;
use tokio::task::JoinSet;

use crate::parts::Parts;
use crate::settings::Settings;
use crate::stores::Engine;

/// How often answers and marks past their time are removed. Nobody is shown one in the meantime.
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// How often it is looked whether tables of other versions of the program are still used.
const DROP_EVERY: Duration = Duration::from_hours(6);

/// The tasks of the process, whose figures are among `metrics`. They are led where processes share their state and a Redis: what
/// lies in files is looked after by the process that has the files.
pub(crate) fn new(
    settings: &Settings,
    redis: Option<&Redis>,
    metrics: &Metrics,
    clock: &Arc<dyn Clock>,
) -> Tasks {
    let redis = redis.filter(|_| settings.store.engine == Engine::Postgres);
    let tasks = Tasks::new(redis.cloned(), &settings.tasks, Arc::clone(clock));
    medcover_mesh::tasks::register(metrics, tasks.clone());
    tasks
}

/// Begins all tasks of this process.
pub(crate) fn begin(parts: &Parts, stop: &Stop, workers: &mut JoinSet<()>) {
    for (service, store) in &parts.stores {
        // Where there is no server, nobody else has tables beside ours.
        let shared = store.database().is_some();
        let begun = || {
            (
                parts.tasks.clone(),
                *service,
                Arc::clone(store),
                stop.clone(),
            )
        };
        let (tasks, service, store, stop) = begun();
        workers.spawn(prune(tasks, service, store, stop));
        if shared {
            let (tasks, service, store, stop) = begun();
            workers.spawn(drop_unused(tasks, service, store, stop));
        }
    }
    if let Some(terminology) = &parts.terminology {
        for task in terminology.shared_tasks() {
            workers.spawn(task.run(parts.tasks.clone(), stop.clone()));
        }
    }
}

/// Removes what is past its time from the store of a service: answers under idempotency keys and marks of the inbox. It goes by
/// the clock alone, so a run that comes late or twice removes what should be gone in any case.
async fn prune(tasks: Tasks, service: &'static str, store: Arc<dyn Store>, mut stop: Stop) {
    let task = Task::new(format!("prune-{service}"), PRUNE_EVERY);
    let run = |_| async {
        let removed = store.prune().await?;
        if removed > 0 {
            tracing::info!(
                service,
                removed,
                "answers and marks past their time were removed"
            );
        }
        Ok::<_, Error>(Run::Done)
    };
    tasks.run(&task, stop.draining(), run).await;
}

/// Drops the tables of read models of versions of the program that no process has used for a week. Each says by itself every
/// hour which it uses; one that was silent for longer makes them again from the log.
async fn drop_unused(tasks: Tasks, service: &'static str, store: Arc<dyn Store>, mut stop: Stop) {
    let task = Task::new(format!("read-models-{service}"), DROP_EVERY);
    let run = |_| async {
        let dropped = store.drop_unused().await?;
        if !dropped.is_empty() {
            let generations = dropped.join(", ");
            tracing::info!(
                service,
                generations,
                "read models that nobody used were dropped"
            );
        }
        Ok::<_, Error>(Run::Done)
    };
    tasks.run(&task, stop.draining(), run).await;
}
