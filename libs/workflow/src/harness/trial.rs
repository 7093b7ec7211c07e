//! One run under one set of faults, from its start to its end.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, Clock, Rng, SagaId, Scopes, ServiceName, Timestamp};
use medcover_saga::StepKind;
use medcover_store::{Context, Store, limits};
use uuid::Uuid;

use super::cut::CutStore;
use super::fault::{Ending, Faulty, Plan};
use super::{Ground, World};
use crate::saga::{Registry, RunView, Sagas, Start};

/// Looks at the queue before a run counts as endless.
const MAX_ROUNDS: usize = 20_000;
/// More than any lease, so that what a dead node held is free.
const LEASES_OVER: Duration = Duration::from_mins(10);

/// What is done to a run.
#[derive(Default)]
pub(super) struct Trial {
    pub(super) ending: Ending,
    pub(super) repeat: bool,
    pub(super) late: bool,
    pub(super) stuck: Option<&'static str>,
    pub(super) crash: Option<Crash>,
}

/// The death of the first node.
#[derive(Clone, Copy)]
pub(super) struct Crash {
    /// At which of its writes to the log, from 1.
    pub(super) write: usize,
    /// Whether that write was kept.
    pub(super) kept: bool,
}

/// How a run ended.
pub(super) struct Ended {
    pub(super) phase: &'static str,
    pub(super) reason: Option<String>,
    pub(super) was_parked: bool,
    /// Writes to the log by the node that ended it.
    pub(super) writes: usize,
    /// The world then.
    pub(super) picture: String,
}

impl Ended {
    pub(super) fn summary(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} ({reason})", self.phase),
            None => self.phase.to_owned(),
        }
    }
}

struct Node {
    sagas: Sagas,
    store: Arc<CutStore>,
}

impl Trial {
    /// Runs the saga of `world`. The error says what no run may do.
    pub(super) async fn run(self, world: &dyn World, ground: &Ground) -> Result<Ended, String> {
        let crash = self.crash;
        let plan = Arc::new(Plan {
            ending: self.ending,
            repeat: self.repeat,
            late: self.late,
            stuck: self.stuck,
            ..Plan::default()
        });
        let id = SagaId::from_uuid(Uuid::from_u128(0x5a9a));
        let context = Context::of(&Call::for_tests());
        let running = Running {
            world,
            ground,
            plan,
            id,
            context,
        };
        running.begin().await?;
        let mut node = running.node(crash)?;
        let mut was_parked = false;
        for _ in 0..MAX_ROUNDS {
            if node.store.is_cut() {
                ground.clock.advance(LEASES_OVER);
                node = running.node(None)?;
            }
            let handled = node.sagas.worker("trial").tick().await;
            if node.store.is_cut() {
                continue;
            }
            let handled = handled.map_err(|error| error.to_string())?;
            let view = running.view(&node).await?;
            match view.state {
                "completed" | "compensated" | "abandoned" => {
                    return Ok(Ended {
                        phase: view.state,
                        reason: view.reason,
                        was_parked,
                        writes: node.store.writes(),
                        picture: world.observe().await,
                    });
                }
                "parked" => {
                    was_parked = true;
                    let helped = running.help(&node).await;
                    // Who asks a dying node asks again.
                    if !node.store.is_cut() {
                        helped?;
                    }
                }
                _ if handled == 0 => running.pass_time(&view).await?,
                _ => {}
            }
        }
        Err("it does not end".to_owned())
    }
}

struct Running<'a> {
    world: &'a dyn World,
    ground: &'a Ground,
    plan: Arc<Plan>,
    id: SagaId,
    context: Context,
}

impl Running<'_> {
    /// A node of its own, which dies as `crash` says.
    fn node(&self, crash: Option<Crash>) -> Result<Node, String> {
        let saga = self.world.saga().wrapped(|name, inner| {
            let plan = Arc::clone(&self.plan);
            Arc::new(Faulty { name, inner, plan })
        });
        let registry = Registry::new()
            .with(saga)
            .map_err(|error| error.to_string())?;
        let store = Arc::new(CutStore::new(self.world.store(), crash));
        let sagas = Sagas::new(
            Arc::clone(&store) as Arc<dyn Store>,
            Arc::clone(&self.ground.clock) as Arc<dyn Clock>,
            Arc::clone(&self.ground.rng) as Arc<dyn Rng>,
            registry,
            ServiceName::from_static("harness"),
            Scopes::all(),
        );
        Ok(Node { sagas, store })
    }

    /// Starts the run, and gives all signals ahead of time: a saga must take them as they come.
    async fn begin(&self) -> Result<(), String> {
        let node = self.node(None)?;
        let saga = self.world.saga();
        let start = Start {
            saga: self.id,
            name: saga.definition().name().to_owned(),
            input: self.world.input(),
            key: Some("trial".to_owned()),
        };
        let started = node.sagas.start(self.context.clone(), start).await;
        started.map_err(|error| format!("it cannot be started: {error}"))?;
        for step in saga.definition().steps() {
            if step.kind() == StepKind::Signal {
                let payload = self.world.signal(step.name());
                let context = self.context.clone();
                let heard = node
                    .sagas
                    .signal(context, self.id, step.name(), payload)
                    .await;
                heard.map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    async fn view(&self, node: &Node) -> Result<RunView, String> {
        let view = node.sagas.run(self.context.tenant, self.id).await;
        let view = view.map_err(|error| error.to_string())?;
        view.ok_or_else(|| "it is gone".to_owned())
    }

    /// A person sets right what was wrong and lets the parked run go on.
    async fn help(&self, node: &Node) -> Result<(), String> {
        self.plan.lift();
        let context = self.context.clone();
        let resumed = node.sagas.resume(context, self.id, "set right").await;
        resumed.map_err(|error| error.to_string())
    }

    /// Moves the clock to the next message; without one the run would sleep for ever.
    async fn pass_time(&self, view: &RunView) -> Result<(), String> {
        let tenant = self.context.tenant;
        let store = self.world.store();
        let messages = store.messages(tenant, Sagas::QUEUE, 0, limits::PAGE).await;
        let messages = messages.map_err(|error| error.to_string())?;
        let next: Option<Timestamp> = messages.iter().map(|it| it.available_at).min();
        let next = next.ok_or_else(|| format!("it is {}, and nothing wakes it", view.state))?;
        self.ground
            .clock
            .advance(next.since(self.ground.clock.now()));
        Ok(())
    }
}
