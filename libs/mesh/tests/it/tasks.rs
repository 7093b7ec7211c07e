//! Tasks that one of several processes does, led through a real Redis.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use medcover_kernel::{Clock as _, Error, SystemClock, SystemRng};
use medcover_mesh::{Leading, Run, Task, TaskRole, TaskRun, Tasks, TasksConfig};
use medcover_redis::{Redis, RedisConfig};
use medcover_telemetry::Metrics;
use medcover_testkit::RedisServer;
use tokio::task::JoinHandle;

const LEASE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_mins(1);
const OFTEN: Duration = Duration::from_millis(20);

/// What is written to: it refuses a lower number than it has seen.
#[derive(Clone, Default)]
struct Register(Arc<Mutex<Vec<Option<u64>>>>);

impl Register {
    fn write(&self, leading: Leading) -> Run {
        let mut seen = self.0.lock().expect("no panic");
        if leading.fence() < seen.iter().flatten().max().copied() && leading.fence().is_some() {
            return Run::Fenced;
        }
        seen.push(leading.fence());
        Run::Done
    }

    /// As whom it was written last, if it was.
    fn last(&self) -> Option<Leading> {
        let seen = self.0.lock().expect("no panic");
        let last = seen.last().copied()?;
        Some(last.map_or(Leading::ALONE, Leading::with_fence))
    }

    /// The number under which it was written last.
    fn number(&self) -> Option<u64> {
        self.last()?.fence()
    }

    fn forget(&self) {
        self.0.lock().expect("no panic").clear();
    }
}

/// A process that does the task, with what it knows of it.
struct Process {
    tasks: Tasks,
    running: JoinHandle<()>,
}

impl Process {
    async fn start(server: Option<&RedisServer>, register: &Register) -> Self {
        let clock = Arc::new(SystemClock::new());
        let redis = match server {
            Some(server) => Some(redis(server).await),
            None => None,
        };
        let config = TasksConfig {
            lease_ms: LEASE.as_millis() as u64,
        };
        let tasks = Tasks::new(redis, &config, clock);
        let (own, register) = (tasks.clone(), register.clone());
        let running = tokio::spawn(async move {
            let work = |leading| {
                let run = register.write(leading);
                async move { Ok(run) }
            };
            let never = std::future::pending();
            own.run(&Task::new("sweep", OFTEN), never, work).await;
        });
        Self { tasks, running }
    }

    fn role(&self) -> Option<TaskRole> {
        Some(self.tasks.statuses().first()?.role)
    }

    fn leads(&self) -> bool {
        matches!(self.role(), Some(TaskRole::Leads(_)))
    }
}

async fn redis(server: &RedisServer) -> Redis {
    let config = RedisConfig {
        address: server.address(),
        check_ms: 100,
        timeout_ms: 500,
        recovery_ms: 500,
        ..RedisConfig::default()
    };
    let clock = Arc::new(SystemClock::new());
    let redis = Redis::follow(&config, clock, Arc::new(SystemRng)).expect("its settings work");
    assert!(redis.ready(PATIENCE).await, "a primary is found");
    redis
}

async fn until(what: &str, holds: impl Fn() -> bool) -> Duration {
    let clock = SystemClock::new();
    while !holds() {
        assert!(clock.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clock.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_leads_and_when_it_dies_another_does_within_the_lease_with_a_higher_number() {
    let server = RedisServer::start(&[]).expect("it starts");
    let register = Register::default();
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(Process::start(Some(&server), &register).await);
    }
    until("somebody leads", || processes.iter().any(Process::leads)).await;
    until("it is done", || register.last().is_some()).await;
    assert_eq!(processes.iter().filter(|it| it.leads()).count(), 1);
    let leader = processes.iter().position(Process::leads).expect("one");
    let dead = processes.remove(leader);
    // Killed: nothing is given back.
    dead.running.abort();
    let first = register.number().expect("a number");
    let took = until("another leads", || processes.iter().any(Process::leads)).await;
    // It asks four times within a lease.
    let most = LEASE + LEASE / 2;
    assert!(took < most, "{took:?}");
    until("it is done", || register.number() > Some(first)).await;
    let numbers = register.0.lock().expect("no panic").clone();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(processes.iter().filter(|it| it.leads()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_every_process_does_it_and_afterwards_one() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let register = Register::default();
    let one = Process::start(Some(&server), &register).await;
    let other = Process::start(Some(&server), &register).await;
    until("somebody leads", || one.leads() || other.leads()).await;
    server.kill();
    let alone = |it: &Process| it.role() == Some(TaskRole::Alone);
    until("both do it", || alone(&one) && alone(&other)).await;
    register.forget();
    until("it is done", || register.last() == Some(Leading::ALONE)).await;
    server.start_again().expect("it starts");
    until("one of them leads again", || one.leads() != other.leads()).await;
    until("the other follows", || !alone(&one) && !alone(&other)).await;
    until("it is done", || register.number().is_some()).await;
}

#[tokio::test]
async fn without_redis_every_process_does_it() {
    let register = Register::default();
    let process = Process::start(None, &register).await;
    until("it is done", || register.last() == Some(Leading::ALONE)).await;
    assert_eq!(process.role(), Some(TaskRole::Alone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_overtaken_is_refused_and_leads_no_longer() {
    let server = RedisServer::start(&[]).expect("it starts");
    let register = Register::default();
    // Somebody with a number from a later hour has been there.
    let far = u64::MAX / 2;
    register.write(Leading::with_fence(far));
    let process = Process::start(Some(&server), &register).await;
    let fenced = || {
        process
            .tasks
            .statuses()
            .first()
            .is_some_and(|it| it.fenced > 0)
    };
    until("it is refused", fenced).await;
    until("it lets go", || !process.leads()).await;
    assert_eq!(register.number(), Some(far));
    assert_eq!(process.tasks.statuses()[0].last, Some(TaskRun::Fenced));
}

#[tokio::test]
async fn how_it_ended_and_who_leads_are_among_the_metrics() {
    let metrics = Metrics::default();
    let tasks = Tasks::new(None, &TasksConfig::default(), Arc::new(SystemClock::new()));
    medcover_mesh::tasks::register(&metrics, tasks.clone());
    let runs = Arc::new(AtomicU64::new(0));
    let work = |_| {
        let number = runs.fetch_add(1, Ordering::SeqCst);
        async move {
            match number {
                1 => Err(Error::unavailable("away")),
                _ => Ok(Run::Done),
            }
        }
    };
    let third = async {
        until("it is done again", || runs.load(Ordering::SeqCst) == 3).await;
    };
    tasks.run(&Task::new("sweep", OFTEN), third, work).await;
    let text = metrics.text();
    for line in [
        "medcover_task_role{task=\"sweep\",role=\"alone\"} 0.0",
        "medcover_task_runs_total{task=\"sweep\",outcome=\"failed\"} 1",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    let done = &tasks.statuses()[0];
    assert!(done.done >= 1 && done.last_done.is_some());
    assert_eq!(done.role, TaskRole::Ended);
}
