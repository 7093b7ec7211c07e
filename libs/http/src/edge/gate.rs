//! What happens to every request, in one place and one future.
//!
//! A stack of layers, one for each concern, would box a future and a body in each, clone itself for each request, and
//! look the same headers up again. At the cost of a search, some twenty microseconds, that would be seen. So this is one
//! straight walk, [`Gate::pass`], whose steps stand below one another.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};
use medcover_kernel::{Call, Deadline, Tier};
use medcover_resilience::{Cost, Priority};
use medcover_telemetry::{Layer, Operation, Outcome, Span, attributes};
use tokio::task::yield_now;

use super::guard::Guard;
use super::ids::Ids;
use super::{Shared, access, compress, headers, trace, watch};
use crate::body::{self, Bounds};
use crate::identify::{shows_anything, waits};
use crate::problem::Problem;
use crate::reads::refuses_stand_ins;
use crate::rules::{self, RouteRules};
use crate::traffic::{Asker, Counted, Lesson, Limits, Slot, Told, is_of_a_flood};

/// What answers a request. Boxed, as axum boxes its handlers: the request lives in that box, and all around it is small
/// and cheap to move.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The edge as one operation sees it: what depends only on the operation was looked up at start.
pub(crate) struct Gate {
    pub(super) shared: Arc<Shared>,
    pub(super) operation: Arc<Operation>,
    /// Its address as a template.
    pub(super) route: Cow<'static, str>,
    /// What part of the system its spans are of.
    pub(super) layer: Layer,
    /// How long requests may take.
    pub(super) within: Duration,
    pub(super) priority: Priority,
    /// What a request is charged.
    pub(super) cost: Cost,
    /// What is demanded of whoever asks.
    pub(super) guard: Option<Guard>,
    /// Whether it changes nothing.
    pub(super) only_reads: bool,
}

/// What is kept of a request while it is answered.
struct Entered {
    started: Duration,
    within: Duration,
    /// What a policy says about it, where one does.
    rules: Option<RouteRules>,
    ids: Ids,
    span: Span,
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
    /// Somebody who first asks whether that much is left to an address.
    Counts(Counted),
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
        let open = self.guard.is_none();
        let handle = self.read(&request, handle);
        let handle = rules::kept(entered.rules.as_ref().filter(|_| open), handle);
        let answering = match self.admit(&request, &mut entered) {
            Ok(Next::Handler) => handle(body::bound(request, bounds)),
            Ok(Next::Guard) => {
                let cost = self.cost_of(&entered);
                self.guarded(body::bound(request, bounds), cost, handle)
            }
            Ok(Next::Counts(counted)) => {
                let (cost, now) = (self.cost_of(&entered), entered.started);
                self.counted(body::bound(request, bounds), counted, (cost, now), handle)
            }
            Err(problem) => Box::pin(async {
                body::discard(request).await;
                problem.into_response()
            }),
        };
        let answering = rules::delayed(answering, entered.rules.as_ref());
        self.leave(entered, answering)
    }

    /// `handle`, within what may let something stand in for what is away.
    fn read<H>(
        &self,
        request: &Request,
        handle: H,
    ) -> impl FnOnce(Request) -> Answering + Send + 'static + use<H>
    where
        H: FnOnce(Request) -> Answering + Send + 'static,
    {
        let reads = self.shared.reads.as_ref().filter(|_| self.only_reads);
        let reads = reads.filter(|_| !refuses_stand_ins(request.headers()));
        let reads = reads.cloned();
        move |request| {
            let answering = handle(request);
            match reads {
                Some(reads) => reads.around(answering),
                None => answering,
            }
        }
    }

    /// Ids, trace and deadline: taken from the request where they are well-formed, made otherwise. A caller who waits for
    /// less than the path allows is not worked for any longer.
    fn enter(&self, request: &mut Request) -> Entered {
        let Shared { config, clock, .. } = &*self.shared;
        let started = clock.elapsed();
        let ids = Ids::of(request.headers(), &**clock, &*self.shared.rng);
        let span = self.span(request, &ids);
        let encodings = config.compress.then(|| compress::asked(request)).flatten();
        let rules = request.extensions_mut().remove::<RouteRules>();
        let allowed = rules.as_ref().and_then(|it| it.timeout);
        let allowed = allowed.unwrap_or(self.within);
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
            span,
            encodings,
            slot: None,
            told: None,
        }
    }

    /// The span of the request, where its trace is recorded.
    fn span(&self, request: &Request, ids: &Ids) -> Span {
        let (shared, name) = (&self.shared, self.operation.name());
        let mut span = shared.tracer.enter(self.layer, name, ids.trace, ids.remote);
        if span.is_recorded() {
            span.belongs_to(ids.correlation, ids.state.clone());
            span.set(attributes::METHOD, trace::method(request.method()));
            span.set(attributes::ROUTE, self.route.clone());
        }
        span
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
            if limits.are_shared() {
                return Ok(Next::Counts(counted));
            }
            let charge = limits.charge_here(counted, self.cost_of(entered), entered.started);
            entered.told = Some(charge.told);
            charge.refused.map_or(Ok(()), Err)?;
        }
        Ok(Next::Handler)
    }

    /// The limits, where the operation weighs anything.
    pub(super) fn limits(&self) -> Option<&Limits> {
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
        let ids = &entered.ids;
        let place = entered.span.place_or(ids.unrecorded(), ids.state.clone());
        let mut context = ids.context(place);
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
        let refused_by = traffic.refusals().note(&response);
        let outcome = outcome(&response, refused_by);
        self.operation.record(took, outcome);
        trace::end(entered.span, response.status(), refused_by, outcome);
        if access::wanted(config, &response, took, refused_by, &*self.shared.rng) {
            let operation = self.operation.name();
            context.within(|| access::log(operation, &response, took, refused_by));
        }
        response
    }

    /// Ends the use of a slot. Only what was worked on tells how long work takes. What is critical says nothing of the rest:
    /// it is small, and admitted when nothing else is.
    fn give_back(&self, mut slot: Slot, response: &Response) {
        if self.priority != Priority::Critical {
            match response.status().as_u16() {
                ..400 => slot.learn(Lesson::Answered),
                503 | 504 => slot.learn(Lesson::Failed),
                _ => {}
            }
        }
    }
}

fn outcome(response: &Response, refused_by: Option<&str>) -> Outcome {
    match response.status().as_u16() {
        _ if refused_by.is_some_and(is_of_a_flood) => Outcome::Refused,
        ..400 => Outcome::Done,
        400..500 => Outcome::Refused,
        _ => Outcome::Failed,
    }
}
