//! What happens to every request, in one place and one future.
//!
//! A stack of layers, one for each concern, would box a future and a body in each, clone itself for each request, and
//! look the same headers up again. At the cost of a search, some twenty microseconds, that would be seen. So this is one
//! straight walk, [`Gate::pass`], whose steps stand below one another.

mod access;
mod compress;
mod guard;
mod headers;
mod ids;
mod passage;
mod watch;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};
use medcover_kernel::{Call, Clock, Deadline, Rng, Tier};
use medcover_resilience::{Cost, Priority};
use medcover_telemetry::{Metrics, Operation, Outcome};
use tokio::task::yield_now;

use crate::body::{self, Bounds};
use crate::config::EdgeConfig;
use crate::endpoint::Spec;
use crate::identify::{Identify, Nobody, shows_anything, waits};
use crate::problem::Problem;
use crate::routes::{self, Routes};
use crate::rules::{self, RouteRules};
use crate::traffic::{Asker, Counted, Lesson, Limits, Slot, Told, Traffic};
use guard::Guard;
use ids::Ids;
pub use passage::Passage;

/// What all requests of a process share. Cloning is cheap.
#[derive(Clone)]
pub struct Edge {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    config: EdgeConfig,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    identify: Arc<dyn Identify>,
    traffic: Traffic,
    for_operators: bool,
}

impl Edge {
    /// An edge with these settings, which counts in `metrics`. It has as many slots as are shipped, and limits nobody.
    pub fn new(
        config: EdgeConfig,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let traffic = Traffic::unlimited(&clock, &rng);
        Self {
            shared: Arc::new(Shared {
                config,
                metrics,
                clock,
                rng,
                identify: Arc::new(Nobody),
                traffic,
                for_operators: false,
            }),
        }
    }

    /// The same edge, which knows callers by `identify`. Without, every endpoint that is not public refuses.
    #[must_use]
    pub fn identified_by(self, identify: Arc<dyn Identify>) -> Self {
        self.with(|shared| shared.identify = identify)
    }

    /// The same edge, whose requests share the slots and limits of `traffic`.
    #[must_use]
    pub fn bounded_by(self, traffic: Traffic) -> Self {
        self.with(|shared| shared.traffic = traffic)
    }

    /// The same edge for whoever operates the process: what they ask is critical, and never limited.
    #[must_use]
    pub fn for_operators(self) -> Self {
        self.with(|shared| shared.for_operators = true)
    }

    fn with(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Puts `routes` behind this edge. Unknown paths are answered 404, wrong methods 405, OPTIONS with what is allowed.
    ///
    /// Panics when two endpoints have the same method and path, one has a path that cannot be matched, or one is neither
    /// public nor names a permission.
    pub fn router<S>(&self, routes: Routes<S>) -> Router {
        routes::assemble(self, routes)
    }

    /// Stands before the addresses at `prefix` and below, which `handle` answers whatever the method: it hands the request
    /// on to somebody who knows what is there. `operation` names it where requests are counted.
    pub fn passage<F>(
        &self,
        operation: &'static str,
        prefix: &str,
        handle: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Passage
    where
        F: Future<Output = Response> + Send + 'static,
    {
        Passage::new(self.gate(operation, prefix), handle)
    }

    /// The gate of what is no endpoint, under `name` on paths like `path`.
    pub(crate) fn gate(&self, name: &'static str, path: &str) -> Arc<Gate> {
        Arc::new(self.open_gate(name, path))
    }

    /// The gate of an endpoint.
    pub(crate) fn gate_of(&self, spec: &Spec) -> Arc<Gate> {
        Arc::new(Gate {
            priority: self.priority(spec.priority),
            cost: self.shared.cost(spec.weight_percent),
            guard: Guard::of(spec),
            ..self.open_gate(spec.operation, spec.path)
        })
    }

    fn open_gate(&self, name: &'static str, path: &str) -> Gate {
        Gate {
            shared: Arc::clone(&self.shared),
            operation: self.shared.metrics.operation(name),
            within: self.shared.config.deadline(path),
            priority: self.priority(Priority::Normal),
            cost: self.shared.cost(100),
            guard: None,
        }
    }

    fn priority(&self, priority: Priority) -> Priority {
        if self.shared.for_operators {
            Priority::Critical
        } else {
            priority
        }
    }
}

impl Shared {
    fn cost(&self, weight_percent: u16) -> Cost {
        if self.for_operators {
            Cost::FREE
        } else {
            Cost::thousandths(u32::from(weight_percent) * 10)
        }
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}

/// What answers a request. Boxed, as axum boxes its handlers: the request lives in that box, and all around it is small
/// and cheap to move.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The edge as one operation sees it: what depends only on the operation was looked up at start.
pub(crate) struct Gate {
    shared: Arc<Shared>,
    operation: Arc<Operation>,
    within: Duration,
    priority: Priority,
    cost: Cost,
    guard: Option<Guard>,
}

/// What is kept of a request while it is answered.
struct Entered {
    started: Duration,
    within: Duration,
    /// What a policy says about it, where one does.
    rules: Option<RouteRules>,
    ids: Ids,
    encodings: Option<HeaderValue>,
    /// Given back with this, however the request ends.
    slot: Option<Slot>,
    told: Option<Told>,
}

/// Who is to answer a request that may pass.
enum Next {
    /// The handler.
    Handler,
    /// Somebody who first finds out from whom it comes.
    Guard,
}

impl Gate {
    /// Takes `request` through: `handle` answers it, within its bounds.
    pub(crate) fn pass(
        self: Arc<Self>,
        mut request: Request,
        handle: impl FnOnce(Request) -> Answering + Send + 'static,
    ) -> impl Future<Output = Response> + Send {
        let mut entered = self.enter(&mut request);
        let bounds = self.bounds(&entered);
        let answering = match self.admit(&request, &mut entered) {
            Ok(Next::Handler) => handle(body::bound(request, bounds)),
            Ok(Next::Guard) => {
                let cost = self.cost_of(&entered);
                self.guarded(body::bound(request, bounds), cost, handle)
            }
            Err(problem) => Box::pin(async {
                body::discard(request).await;
                problem.into_response()
            }),
        };
        let answering = rules::delayed(answering, entered.rules.as_ref());
        self.leave(entered, answering)
    }

    /// Ids, trace and deadline: taken from the request where they are well-formed, made otherwise. A caller who waits for
    /// less than the path allows is not worked for any longer.
    fn enter(&self, request: &mut Request) -> Entered {
        let Shared { config, clock, .. } = &*self.shared;
        let started = clock.elapsed();
        let ids = Ids::of(request.headers(), &**clock, &*self.shared.rng);
        let encodings = config.compress.then(|| compress::asked(request)).flatten();
        let rules = request.extensions_mut().remove::<RouteRules>();
        let ruled = rules.as_ref().and_then(|rules| rules.timeout);
        let allowed = ruled.unwrap_or(self.within);
        let within = waits(request.headers()).map_or(allowed, |waits| allowed.min(waits));
        request.extensions_mut().insert(Call::anonymous(
            ids.request,
            ids.trace,
            ids.correlation,
            Deadline::after(started, within),
        ));
        Entered {
            started,
            within,
            rules,
            ids,
            encodings,
            slot: None,
            told: None,
        }
    }

    /// What may refuse a request before anybody works on it, the cheapest first.
    fn admit(&self, request: &Request, entered: &mut Entered) -> Result<Next, Problem> {
        // An address or a body beyond its bound.
        self.check_bounds(request, self.bounds(entered))?;
        // An error that a policy wants to be seen.
        rules::aborted(entered.rules.as_ref())?;
        // Too many requests at once: the slot is held until the answer is there.
        let slot = self.shared.traffic.slot(self.priority, entered.started)?;
        entered.slot = Some(slot);
        // Whoever may not ask, or not so much: found out by the guard where somebody is to be known, for that may take a while.
        let limits = self.limits();
        let shows = limits.is_some() && shows_anything(request.headers());
        if self.guard.is_some() || shows {
            return Ok(Next::Guard);
        }
        // The share of an address that shows nothing.
        if let Some((limits, origin)) = limits.and_then(|it| Some((it, it.origin(request)?))) {
            let counted = Counted {
                tier: Tier::Anonymous,
                asker: Asker::at(origin),
            };
            let charge = limits.charge(counted, self.cost_of(entered), entered.started);
            entered.told = Some(charge.told);
            charge.refused.map_or(Ok(()), Err)?;
        }
        Ok(Next::Handler)
    }

    /// The limits, where the operation weighs anything.
    fn limits(&self) -> Option<&Limits> {
        let limits = self.shared.traffic.limits()?;
        (self.cost != Cost::FREE).then_some(limits)
    }

    /// What a request counts: what its policy says, else what its endpoint does.
    fn cost_of(&self, entered: &Entered) -> Cost {
        let ruled = entered.rules.as_ref().and_then(|it| it.weight_percent);
        ruled.map_or(self.cost, |percent| self.shared.cost(percent))
    }

    fn check_bounds(&self, request: &Request, bounds: Bounds) -> Result<(), Problem> {
        let max_bytes = self.shared.config.max_uri_bytes;
        let path_and_query = request.uri().path_and_query();
        if path_and_query.is_some_and(|text| text.as_str().len() > max_bytes) {
            return Err(Problem::uri_too_long(max_bytes));
        }
        body::refusal(request.body(), bounds).map_or(Ok(()), Err)
    }

    /// What a body may be. A policy makes that less, never more.
    fn bounds(&self, entered: &Entered) -> Bounds {
        let most = self.shared.config.max_body_bytes;
        let ruled = entered.rules.as_ref().and_then(|it| it.max_body_bytes);
        Bounds {
            max_bytes: ruled.map_or(most, |bytes| bytes.min(most)),
            within: Duration::from_millis(self.shared.config.body_timeout_ms),
        }
    }

    /// The handler under watch, then what every answer is given, and what is told of it.
    async fn leave(self: Arc<Self>, mut entered: Entered, mut answering: Answering) -> Response {
        let Shared {
            config,
            clock,
            traffic,
            ..
        } = &*self.shared;
        if traffic.is_adaptive() && entered.slot.is_some() {
            let admitted = answering;
            answering = Box::pin(async {
                yield_now().await;
                admitted.await
            });
        }
        let mut context = entered.ids.context();
        let mut response = watch::watch(answering, &mut context, entered.within).await;
        if let Some(slot) = entered.slot.take() {
            self.give_back(slot, &response);
        }
        entered.ids.answer(response.headers_mut());
        if let Some(told) = entered.told {
            told.write(response.headers_mut());
        }
        headers::secure(&mut response);
        if config.compress && compress::gains(&response, config.compress_min_bytes) {
            response = match entered.encodings {
                Some(encodings) => Box::pin(compress::compressed(response, encodings)).await,
                None => compress::plain(response),
            };
        }
        let took = clock.elapsed().saturating_sub(entered.started);
        self.operation.record(took, outcome(&response));
        let refused_by = traffic.refusals().note(&response);
        if access::wanted(config, &response, took, &*self.shared.rng) {
            let operation = self.operation.name();
            context.within(|| access::log(operation, &response, took, refused_by));
        }
        response
    }

    /// Ends the use of a slot. Only what was worked on tells how long work takes, and only what somebody waits for: other
    /// requests are of another kind.
    fn give_back(&self, mut slot: Slot, response: &Response) {
        if self.priority == Priority::Normal {
            match response.status().as_u16() {
                ..400 => slot.learn(Lesson::Answered),
                503 | 504 => slot.learn(Lesson::Failed),
                _ => {}
            }
        }
    }
}

fn outcome(response: &Response) -> Outcome {
    match response.status().as_u16() {
        ..400 => Outcome::Done,
        400..500 => Outcome::Refused,
        _ => Outcome::Failed,
    }
}
