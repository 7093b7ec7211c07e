//! The simulation: two nodes with all services, each service on one store in memory, on one thread, under paused time.
//!
//! Everything that could go one way or another is decided by the seed: who goes first, what is slow, what is lost, when the
//! power goes, when the clock jumps. So a seed that fails, fails again.

mod asking;
mod bug;
mod client;
mod desk;
mod node;
mod rest;
mod views;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use medcover_kernel::{Clock, SeededRng};
use medcover_simulation::stage::{Fate, SimClock, Trace};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::model::{Model, Service};
use crate::setting;
pub use bug::Bug;
use client::Told;
use desk::Desk;
use node::{Ground, Node};

/// Nodes that run the services.
const NODES: usize = 2;

/// What is to be simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything else.
    pub seed: u64,
    /// Commands of all clients together, those that open the clinic and repetitions not counted.
    pub commands: usize,
    /// A bug to be planted.
    pub bug: Option<Bug>,
    /// Whether to keep what happened in words.
    pub keep_lines: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One number for all that happened, in its order.
    pub digest: u64,
    /// Commands that were answered.
    pub answered: usize,
    /// Of those, commands that were done; the others were refused.
    pub done: usize,
    /// Events in all logs.
    pub events: u64,
    /// Power cuts, nodes struck down, jumps of the clock.
    pub faults: usize,
    /// Runs of sagas: all, those that completed, and those that wait for a person.
    pub sagas: [usize; 3],
    /// What was captured, in minor units, and what payers have paid.
    pub money: [i128; 2],
    /// What is wrong; `None` when all is well.
    pub finding: Option<String>,
    /// What happened, in words.
    pub lines: Vec<String>,
}

impl Plan {
    /// Two hundred commands, no bug.
    pub const fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            commands: 200,
            bug: None,
            keep_lines: false,
        }
    }

    /// The same with a planted bug.
    #[must_use]
    pub const fn with(mut self, bug: Bug) -> Self {
        self.bug = Some(bug);
        self
    }
}

/// Simulates one plan from its start to its end.
pub fn run(plan: &Plan) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = runtime.expect("a thread can be a runtime");
    runtime.block_on(async {
        let world = World::new(plan);
        let faults = world.live(plan.commands).await;
        let (answered, done) = {
            let told = world.told();
            let done = told.iter().filter(|it| it.answer.is_ok()).count();
            (told.len(), done)
        };
        let model = world.model();
        let (digest, finding, lines) = world.trace.take();
        Report {
            digest,
            answered,
            done,
            events: model.events(),
            faults,
            sagas: *guard(&world.sagas),
            money: [model.money.captured(), model.benefits.paid()],
            finding,
            lines,
        }
    })
}

struct World {
    fate: Arc<Fate>,
    clock: Arc<SimClock>,
    trace: Arc<Trace>,
    ground: Ground,
    nodes: Mutex<Vec<Option<Node>>>,
    model: Mutex<Model>,
    told: Mutex<Vec<Told>>,
    desk: Mutex<Desk>,
    sagas: Mutex<[usize; 3]>,
    /// How often all want the same.
    storm_per_mille: u64,
}

impl World {
    fn new(plan: &Plan) -> Arc<Self> {
        let clock = Arc::new(SimClock::new());
        // Not at midnight, or a small jump back would be to the day before.
        clock.jump(3_600_000_000);
        let shared: Arc<dyn Clock> = clock.clone();
        let fate = Arc::new(Fate::new(plan.seed));
        let trace = Arc::new(Trace::new(clock.clone(), plan.keep_lines));
        // Apart from the world's own chances, so that a change of a service shifts as little as possible.
        let rng = Arc::new(SeededRng::new(!plan.seed));
        let meddling = plan.bug.map(Bug::meddling);
        let ground = Ground::new(&shared, rng, &fate, &trace, meddling);
        let storm_per_mille = fate.below(700);
        Arc::new(Self {
            fate,
            clock,
            trace,
            ground,
            nodes: Mutex::default(),
            model: Mutex::new(Model::new(setting::limits())),
            told: Mutex::default(),
            desk: Mutex::default(),
            sagas: Mutex::default(),
            storm_per_mille,
        })
    }

    /// The whole life of the world; returns how many faults befell it.
    async fn live(self: &Arc<Self>, commands: usize) -> usize {
        let mut writers = JoinSet::new();
        for service in Service::ALL {
            writers.spawn(self.clone().write(service));
        }
        let nodes = (1..=NODES).map(|number| Some(self.start(number)));
        *self.nodes() = nodes.collect();
        self.open().await;
        let clients = 4 + self.fate.below(8) as usize;
        let mut working = JoinSet::new();
        for number in 0..clients {
            let share = commands / clients + usize::from(number < commands % clients);
            working.spawn(self.clone().client(number, share));
        }
        let faults = self.befall(&mut working).await;
        self.fate.calm();
        if let Err(finding) = self.end().await {
            self.trace.wrong(finding);
        }
        writers.abort_all();
        faults
    }

    /// Strikes again and again until all clients have their answers.
    async fn befall(self: &Arc<Self>, working: &mut JoinSet<()>) -> usize {
        let mut faults = 0;
        loop {
            tokio::select! {
                biased;
                () = sleep(Duration::from_millis(10) + self.fate.time(160)) => {
                    faults += 1;
                    self.strike().await;
                }
                ended = working.join_next() => match ended {
                    Some(ended) => ended.expect("a client does not panic"),
                    None => return faults,
                },
            }
        }
    }

    async fn strike(self: &Arc<Self>) {
        match self.fate.below(12) {
            0..=2 => self.cut_power().await,
            3..=5 => self.kill_node(self.fate.below(NODES as u64) as usize).await,
            6..=7 => self.jump(self.fate.below(40_000_000).cast_signed()),
            8 => self.jump(-self.fate.below(2_000_000).cast_signed()),
            // Holds expire, and appointments come to their time.
            9 => self.jump(self.fate.below(7_200_000_000).cast_signed()),
            _ => sleep(self.fate.time(500)).await,
        }
    }

    fn jump(&self, micros: i64) {
        self.trace
            .note(format_args!("the clock jumps by {micros} us"));
        self.clock.jump(micros);
    }

    /// All nodes go down, and what was not written is lost.
    async fn cut_power(self: &Arc<Self>) {
        let nodes: Vec<_> = self.nodes().iter_mut().map(Option::take).collect();
        let mut nodes: Vec<_> = nodes.into_iter().flatten().collect();
        for node in &mut nodes {
            node.tasks.abort_all();
        }
        for service in Service::ALL {
            let (waiting, survivors) = self.ground.disk(service).crash();
            self.trace.note(format_args!(
                "the power goes: of {waiting} writes of {service:?}, {survivors} remain"
            ));
        }
        for node in nodes {
            self.bury(node).await;
        }
        if let Err(finding) = self.look_after_a_cut().await {
            self.trace.wrong(format!("after a power cut: {finding}"));
        }
        sleep(self.fate.time(100)).await;
        for at in 0..NODES {
            let node = self.start(at + 1);
            self.nodes()[at] = Some(node);
        }
    }

    /// One node goes down. What it handed over is written, and nobody is told.
    async fn kill_node(self: &Arc<Self>, at: usize) {
        let Some(mut node) = self.nodes()[at].take() else {
            return;
        };
        self.trace.note(format_args!("node {} goes down", at + 1));
        node.tasks.abort_all();
        self.bury(node).await;
        sleep(self.fate.time(200)).await;
        let node = self.start(at + 1);
        self.nodes()[at] = Some(node);
    }

    async fn bury(&self, mut node: Node) {
        while let Some(ended) = node.tasks.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                self.trace.wrong(format!("a task panicked: {error}"));
            }
        }
    }

    fn start(&self, number: usize) -> Node {
        self.trace.note(format_args!("node {number} starts"));
        self.ground.start(&format!("node-{number}"))
    }

    /// A disk's own life: it writes what waits, and every time the log is looked at.
    async fn write(self: Arc<Self>, service: Service) {
        loop {
            self.ground.disk(service).write_some().await;
            if let Err(finding) = self.look(service).await {
                self.trace.wrong(finding);
            }
        }
    }

    async fn end(self: &Arc<Self>) -> Result<(), String> {
        self.come_to_rest().await?;
        if self.trace.is_wrong() {
            return Ok(());
        }
        self.look_back().await?;
        let nodes: Vec<_> = self.nodes().iter_mut().map(Option::take).collect();
        for mut node in nodes.into_iter().flatten() {
            node.tasks.abort_all();
            self.bury(node).await;
        }
        self.compare_views().await
    }

    /// Does something on a node that is up, if there is one.
    fn on_some_node<T>(&self, work: impl FnOnce(&mut Node) -> T) -> Option<T> {
        let mut nodes = self.nodes();
        let mut up: Vec<_> = nodes.iter_mut().flatten().collect();
        if up.is_empty() {
            return None;
        }
        let chosen = self.fate.below(up.len() as u64) as usize;
        let node = up.swap_remove(chosen);
        while let Some(ended) = node.tasks.try_join_next() {
            if ended.is_err_and(|error| error.is_panic()) {
                self.trace.wrong("a task panicked");
            }
        }
        Some(work(node))
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Option<Node>>> {
        guard(&self.nodes)
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        guard(&self.model)
    }

    fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        guard(&self.told)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        guard(&self.desk)
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no code panics under it")
}
