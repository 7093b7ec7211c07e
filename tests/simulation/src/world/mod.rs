//! The simulation: two nodes of the bank on one store in memory, on one thread, under paused time.
//!
//! Everything that could go one way or another is decided by the seed: who goes first, what is slow, what fails, when the
//! power goes, when the clock jumps. So a seed that fails, fails again.

mod bug;
mod client;
pub mod ledger;
mod node;
pub mod views;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use medcover_kernel::SeededRng;
use medcover_store::Store as _;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub use bug::Bug;
use client::{Request, Told, account};
use ledger::Ledger;
use node::{Ground, Node};

use crate::bank::{OpenAccount, tables};
use crate::stage::{Disk, Fate, SimClock, Trace};

/// Banks there are.
const BANKS: u64 = 2;
/// Accounts that each bank has.
const ACCOUNTS: u64 = 4;
/// Nodes that run the bank.
const NODES: usize = 2;
/// What every account begins with.
const PAID_IN_MINOR: i64 = 1_000;

/// What is to be simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything else.
    pub seed: u64,
    /// Requests of all clients together, repetitions not counted.
    pub requests: usize,
    /// A bug to be planted.
    pub bug: Option<Bug>,
    /// Whether to keep what happened in words.
    pub keep_lines: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One number for all that happened, in its order.
    pub digest: u64,
    /// Requests that were answered.
    pub answered: usize,
    /// Events in the log.
    pub events: u64,
    /// Power cuts, nodes struck down, jumps of the clock.
    pub faults: usize,
    /// What is wrong; `None` when all is well.
    pub finding: Option<String>,
    /// What happened, in words.
    pub lines: Vec<String>,
}

impl Plan {
    /// Two hundred and fifty requests, no bug.
    pub const fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            requests: 250,
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
        let faults = world.live(plan.requests).await;
        let (answered, events) = (world.told().len(), world.ledger().position().get());
        let (digest, finding, lines) = world.trace.take();
        Report {
            digest,
            answered,
            events,
            faults,
            finding,
            lines,
        }
    })
}

struct World {
    fate: Arc<Fate>,
    clock: Arc<SimClock>,
    trace: Arc<Trace>,
    disk: Arc<Disk>,
    ground: Ground,
    nodes: Mutex<Vec<Option<Node>>>,
    ledger: Mutex<Ledger>,
    told: Mutex<Vec<Told>>,
    /// How often all want the same accounts.
    storm_per_mille: u64,
    /// The most that one request moves.
    largest_minor: u64,
}

impl World {
    fn new(plan: &Plan) -> Arc<Self> {
        let clock = Arc::new(SimClock::new());
        let fate = Arc::new(Fate::new(plan.seed));
        let trace = Arc::new(Trace::new(clock.clone(), plan.keep_lines));
        let meddling = plan.bug.and_then(Bug::meddling);
        let disk = Disk::new(
            tables::schema(),
            clock.clone(),
            fate.clone(),
            trace.clone(),
            meddling,
        );
        let disk = Arc::new(disk);
        let ground = Ground {
            store: disk.clone(),
            clock: clock.clone(),
            // Apart from the world's own chances, so that a change of the bank shifts as little as possible.
            rng: Arc::new(SeededRng::new(!plan.seed)),
            fate: fate.clone(),
            bug: plan.bug,
        };
        let (storm_per_mille, largest_minor) = (fate.below(600), 50 + fate.below(600));
        Arc::new(Self {
            fate,
            clock,
            trace,
            disk,
            ground,
            nodes: Mutex::default(),
            ledger: Mutex::default(),
            told: Mutex::default(),
            storm_per_mille,
            largest_minor,
        })
    }

    /// The whole life of the world; returns how many faults befell it.
    async fn live(self: &Arc<Self>, requests: usize) -> usize {
        let writer = tokio::spawn(self.clone().write());
        let nodes = (1..=NODES).map(|number| Some(self.start(number)));
        *self.nodes() = nodes.collect();
        self.open_accounts().await;
        let clients = 4 + self.fate.below(8) as usize;
        let mut working = JoinSet::new();
        for number in 0..clients {
            let share = requests / clients + usize::from(number < requests % clients);
            working.spawn(self.clone().client(number, share));
        }
        let faults = self.befall(&mut working).await;
        self.fate.calm();
        if let Err(finding) = self.end().await {
            self.trace.wrong(finding);
        }
        writer.abort();
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
        match self.fate.below(10) {
            0..=2 => self.cut_power().await,
            3..=5 => self.kill_node(self.fate.below(NODES as u64) as usize).await,
            6..=7 => self.jump(self.fate.below(40_000_000).cast_signed()),
            8 => self.jump(-self.fate.below(2_000_000).cast_signed()),
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
        let (waiting, survivors) = self.disk.crash();
        self.trace.note(format_args!(
            "the power goes: of {waiting} writes, {survivors} remain"
        ));
        for node in nodes {
            self.bury(node).await;
        }
        let lost = async {
            self.look().await?;
            self.look_for_losses().await
        };
        if let Err(finding) = lost.await {
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

    /// The disk's own life: it writes what waits, and every time the books are looked at.
    async fn write(self: Arc<Self>) {
        loop {
            self.disk.write_some().await;
            if let Err(finding) = self.look().await {
                self.trace.wrong(finding);
            }
        }
    }

    async fn open_accounts(self: &Arc<Self>) {
        for bank in watch::banks() {
            for number in 0..ACCOUNTS {
                let request = Request::Open(OpenAccount {
                    account: account(number),
                    owner: format!("owner {number}"),
                    balance_minor: PAID_IN_MINOR,
                });
                let key = format!("open-{number}").parse().expect("a key");
                self.ask_anew(bank, key, request).await;
            }
        }
    }

    async fn end(self: &Arc<Self>) -> Result<(), String> {
        let bank = self.on_some_node(|node| Arc::clone(&node.bank));
        let bank = bank.ok_or("no node is up at the end")?;
        self.come_to_rest(&bank).await?;
        if self.trace.is_wrong() {
            return Ok(());
        }
        let head = *self.disk.head().borrow();
        self.trace.note(format_args!("the log ends at {head}"));
        self.look_back().await?;
        let nodes: Vec<_> = self.nodes().iter_mut().map(Option::take).collect();
        for mut node in nodes.into_iter().flatten() {
            node.tasks.abort_all();
            self.bury(node).await;
        }
        Ok(())
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

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        guard(&self.ledger)
    }

    fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        guard(&self.told)
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no code panics under it")
}
