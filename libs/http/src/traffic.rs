//! What bounds the traffic of a process: how many requests it works on at once, and how much each caller may ask for.
//!
//! Both refuse with a problem that says when to ask again, and name themselves in the header [`REFUSED_BY`], in the access
//! log and in metrics. The walk through them is in `edge.rs`; the machines are those of `medcover-resilience`.

mod asker;
mod figures;
mod limits;
mod metrics;
mod network;
mod recognised;
mod refusal;
mod routes;
mod settings;
mod sharing;
mod slots;
mod told;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Caller, Clock, Error, ErrorKind, Result, Rng};
use medcover_resilience::Priority;
use medcover_telemetry::Metrics;
use tokio::time::{MissedTickBehavior, interval};

use crate::routes::Routes;
use crate::server::Stop;
pub(crate) use asker::{Asker, Counted};
pub use figures::{
    CallerUsage, LimitFigures, LimitUsage, RefusalCount, SharingFigures, SlotFigures, TierFigures,
    TrafficFigures,
};
pub(crate) use limits::Limits;
pub use network::Network;
pub use refusal::REFUSED_BY;
pub(crate) use refusal::{Refusals, is_of_a_flood};
pub use routes::{ReadTraffic, TRAFFIC_PERMISSIONS};
pub use settings::{LimitsConfig, LimitsShared, SlotsConfig, TierConfig};
pub use sharing::{NotCounted, SharedCounts, Sharing};
use slots::Slots;
pub(crate) use slots::{Lesson, Slot};
pub(crate) use told::{RATE_LIMIT, RATE_LIMIT_POLICY, Told};

/// How often what is idle is forgotten.
const SWEEP_EVERY: Duration = Duration::from_mins(5);

/// The bounds of one process, shared by all its edges. Cloning is cheap.
#[derive(Clone)]
pub struct Traffic {
    slots: Arc<Slots>,
    limits: Option<Arc<Limits>>,
    refusals: Arc<Refusals>,
    clock: Arc<dyn Clock>,
}

impl Traffic {
    /// Bounds as these settings say, which are seen in `metrics`; or what is wrong with the settings. Make them once a
    /// process.
    pub fn new(
        slots: &SlotsConfig,
        limits: &LimitsConfig,
        metrics: &Metrics,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self> {
        Self::counted_by(None, slots, limits, metrics, clock, rng)
    }

    /// The same, with callers counted by `counts` together with other processes, and by this one alone while that fails.
    pub fn counted_by(
        counts: Option<Arc<dyn SharedCounts>>,
        slots: &SlotsConfig,
        limits: &LimitsConfig,
        metrics: &Metrics,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self> {
        let limits = limits.enabled.then(|| Limits::new(limits, counts));
        let limits = limits.transpose();
        let traffic = Self {
            slots: Arc::new(Slots::new(slots, clock, rng).map_err(unsound)?),
            limits: limits.map_err(unsound)?.map(Arc::new),
            refusals: Arc::default(),
            clock: Arc::clone(clock),
        };
        let seen = traffic.clone();
        metrics.register(|registry| registry.register_collector(Box::new(seen)));
        Ok(traffic)
    }

    /// As many slots as are shipped, and no limits.
    pub(crate) fn unlimited(clock: &Arc<dyn Clock>, rng: &Arc<dyn Rng>) -> Self {
        let slots = Slots::new(&SlotsConfig::default(), clock, rng);
        Self {
            slots: Arc::new(slots.expect("the settings as shipped are sound")),
            limits: None,
            refusals: Arc::default(),
            clock: Arc::clone(clock),
        }
    }

    /// What there is to see of the whole process.
    pub fn figures(&self) -> TrafficFigures {
        TrafficFigures {
            slots: self.slots.figures(self.clock.elapsed()),
            limits: self.limits.as_ref().map(|limits| limits.figures()),
            refused: self.refusals.counts(),
        }
    }

    /// Where `caller` stands with the limits of each tier in which they have asked for anything lately: `user:…`,
    /// `client:…`, or `address:` with an address. `None` when that names nobody who can be counted.
    pub async fn usage_of(&self, caller: &str) -> Option<Vec<CallerUsage>> {
        let asker = match caller.strip_prefix("address:") {
            Some(address) => Asker::at(address.parse::<IpAddr>().ok()?),
            None => Asker::of(&caller.parse::<Caller>().ok()?)?,
        };
        let now = self.clock.elapsed();
        match &self.limits {
            Some(limits) => Some(limits.usages(asker, now).await),
            None => Some(Vec::new()),
        }
    }

    /// Whether callers are counted together with other processes now; `None` where they are not meant to be.
    pub async fn sharing(&self) -> Option<Sharing> {
        let limits = self.limits.as_ref()?;
        limits.sharing(self.clock.elapsed()).await
    }

    /// The address at which callers see their own usage.
    pub fn routes(&self) -> Routes<Self> {
        routes::of_callers(self.clone())
    }

    /// The addresses at which operators see all of it. They need the permission [`ReadTraffic`].
    pub fn operators_routes(&self) -> Routes<Self> {
        routes::of_operators(self.clone())
    }

    /// Forgets what is idle, until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let mut ticks = interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.draining() => return,
                _ = ticks.tick() => self.sweep(),
            }
        }
    }

    /// Forgets callers who have their whole share again, and takes back slots that nobody gave back.
    pub fn sweep(&self) {
        let now = self.clock.elapsed();
        let reclaimed = self.slots.sweep(now);
        if reclaimed > 0 {
            tracing::error!(reclaimed, "slots were not given back; this is a defect");
        }
        if let Some(limits) = &self.limits {
            let forgotten = limits.sweep(now);
            tracing::debug!(forgotten, "callers who have their whole share again");
        }
    }

    /// A slot for a request that matters this much.
    pub(crate) fn slot(&self, priority: Priority, now: Duration) -> Result<Slot> {
        Slots::take(&self.slots, priority, now)
    }

    /// Whether requests that were admitted let those behind them be read before they are worked on.
    pub(crate) fn is_adaptive(&self) -> bool {
        self.slots.is_adaptive()
    }

    pub(crate) fn limits(&self) -> Option<&Limits> {
        self.limits.as_deref()
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.refusals
    }
}

fn unsound(faults: Vec<medcover_kernel::FieldFault>) -> Error {
    let error = Error::new(
        ErrorKind::Invalid,
        "invalid-request",
        "Limits or slots cannot work so.",
    );
    faults.into_iter().fold(error, |error, fault| {
        error.with_fault(fault.pointer, fault.detail)
    })
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traffic")
            .field("slots", &self.slots)
            .field("limited", &self.limits.is_some())
            .finish_non_exhaustive()
    }
}
