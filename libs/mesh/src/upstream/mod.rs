//! One service elsewhere, whatever the number of its instances.

mod answer;
mod counts;
mod going;
mod instances;
mod lease;
mod outbound;
mod stack;
mod verdict;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Response};
use medcover_http::{Refusal, Transport, Unanswered};
use medcover_kernel::{Clock, Deadline, Error, FieldFault, Result, Rng};
use medcover_resilience::{AttemptTime, RetryPolicy, SharedBudget};

use crate::config::UpstreamConfig;
use crate::registry::Registry;
use counts::Counts;
pub(crate) use counts::{HEDGED, REASONS};
pub(crate) use instances::{Instances, Member, Readiness};

/// Nobody is asked: no instance of the service is known.
pub const NO_INSTANCE: &str = "no-instance";
/// Nobody is asked: every instance has failed so often that it is left alone for a while.
pub const CIRCUIT_OPEN: &str = "circuit-open";
/// Nobody is asked: this process may not send to the service.
pub const EGRESS_NOT_LISTED: &str = "egress-not-listed";

/// What an upstream is made of.
#[derive(Clone)]
pub struct Deps {
    /// Knows the instances.
    pub registry: Arc<dyn Registry>,
    /// How they are asked.
    pub config: UpstreamConfig,
    /// The clock that deadlines are on.
    pub clock: Arc<dyn Clock>,
    /// Chooses and spreads.
    pub rng: Arc<dyn Rng>,
}

/// All instances of one service as one thing to send to. Cloning is cheap, and clones are the same upstream.
///
/// Without [`run`](Upstream::run) the registry is asked once, and instances are known by their answers only.
#[derive(Clone)]
pub struct Upstream {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) service: Arc<str>,
    /// How requests are sent that begin now.
    sending: ArcSwap<Sending>,
    pub(crate) instances: Arc<Instances>,
    pub(crate) budget: SharedBudget,
    pub(crate) counts: Counts,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    registry: Arc<dyn Registry>,
    /// Whether this process may send to it.
    allowed: AtomicBool,
    discovered: AtomicBool,
    /// Requests that wait for an instance.
    waiting: AtomicUsize,
}

/// How requests are sent, as one whole: a request keeps to what it began with.
pub(crate) struct Sending {
    pub(crate) config: UpstreamConfig,
    retry: RetryPolicy,
    time: AttemptTime,
    hedge_after: Option<Duration>,
}

impl Sending {
    fn by(config: UpstreamConfig) -> Result<Self, Vec<FieldFault>> {
        let retry = config.retry();
        retry.check()?;
        Ok(Self {
            retry,
            time: config.time(),
            hedge_after: config.hedge_after(),
            config,
        })
    }
}

impl Upstream {
    /// The service called `service`, as `hospital-service`. `Invalid` when the settings cannot work.
    pub fn new(service: impl Into<Arc<str>>, deps: Deps) -> Result<Self> {
        let service = service.into();
        let config = deps.config;
        let instances = Instances::new(&service, &config, &deps.clock, &deps.rng);
        let shared = Shared {
            instances: Arc::new(instances.map_err(faults)?),
            budget: SharedBudget::new(config.budget()).map_err(faults)?,
            counts: Counts::default(),
            sending: ArcSwap::from_pointee(Sending::by(config).map_err(faults)?),
            service,
            clock: deps.clock,
            rng: deps.rng,
            registry: deps.registry,
            allowed: AtomicBool::new(true),
            discovered: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Goes on under other settings; `Invalid` when they cannot work, and then nothing changes. Requests on their way end as
    /// they began. Instances stay as they are known, with their breakers' states, their latencies and what the budget saved.
    pub fn reconfigure(&self, config: &UpstreamConfig) -> Result<()> {
        let sending = Sending::by(config.clone()).map_err(faults)?;
        let shared = &*self.shared;
        let (budget, now) = (config.budget(), shared.clock.elapsed());
        budget.check().map_err(faults)?;
        shared.instances.reconfigure(config).map_err(faults)?;
        shared.budget.reconfigure(budget, now).map_err(faults)?;
        shared.sending.store(Arc::new(sending));
        Ok(())
    }

    /// Says whether this process may send to the service. Where it may not, not even a check of its instances leaves.
    pub fn allow(&self, allowed: bool) {
        let before = self.shared.allowed.swap(allowed, Ordering::Relaxed);
        if before != allowed {
            let upstream = &*self.shared.service;
            tracing::info!(
                upstream,
                allowed,
                "whether a service may be sent to changed"
            );
        }
    }

    /// The settings that hold for requests that begin now.
    pub fn config(&self) -> UpstreamConfig {
        self.shared.sending().config.clone()
    }

    /// The name of the service.
    pub fn service(&self) -> &str {
        &self.shared.service
    }
}

impl Shared {
    /// Whether anything may leave.
    pub(crate) fn is_allowed(&self) -> bool {
        self.allowed.load(Ordering::Relaxed)
    }

    pub(crate) fn sending(&self) -> Arc<Sending> {
        self.sending.load_full()
    }

    /// Asks the registry which instances there are; while it does not answer, those known before stay.
    pub(crate) async fn discover(&self) {
        match self.registry.discover(&self.service).await {
            Ok(found) => self.instances.reconcile(&found),
            Err(error) => {
                tracing::warn!(upstream = &*self.service, cause = %error, "instances cannot be discovered");
            }
        }
        self.discovered.store(true, Ordering::Release);
    }
}

fn faults(faults: Vec<FieldFault>) -> Error {
    let mut faults = faults.into_iter();
    let first = faults.next().unwrap_or_else(|| FieldFault {
        pointer: "".into(),
        detail: "cannot work".into(),
    });
    let first = Error::invalid(first.pointer, first.detail);
    faults.fold(first, |error, fault| {
        error.with_fault(fault.pointer, fault.detail)
    })
}

/// That nothing may be sent there.
fn not_listed() -> Unanswered {
    let refusal = Refusal {
        slug: EGRESS_NOT_LISTED,
        message: "This process may not send to the service that is needed here: no policy lists it.",
        retry_after: Duration::from_mins(1),
    };
    Unanswered::refused(refusal, "it is not on the egress list")
}

/// That no instance is known.
fn no_instance() -> Unanswered {
    let refusal = Refusal {
        slug: NO_INSTANCE,
        message: "No instance of a service that is needed here is known; try again.",
        retry_after: Duration::from_secs(1),
    };
    Unanswered::refused(refusal, "no instance is known")
}

/// That all breakers are open, the first for so long.
fn circuit_open(retry_after: Duration) -> Unanswered {
    let refusal = Refusal {
        slug: CIRCUIT_OPEN,
        message: "A service that is needed here has failed so often that it is not asked for a while.",
        retry_after,
    };
    Unanswered::refused(refusal, "the breakers of all instances are open")
}

#[async_trait]
impl Transport for Upstream {
    async fn exchange(
        &self,
        request: Request<Body>,
        path: PathAndQuery,
        deadline: Deadline,
    ) -> Result<Response<Body>, Unanswered> {
        self.shared.exchange(request, path, deadline).await
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shared.service)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upstream({self})")
    }
}
