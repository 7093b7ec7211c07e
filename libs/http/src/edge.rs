//! What happens to every request, in one place and one future.
//!
//! A stack of layers, one for each concern, would box a future and a body in each, clone itself for each request, and
//! look the same headers up again. At the cost of a search, some twenty microseconds, that would be seen. So this is one
//! straight walk from [`Gate::pass`]: ids, bounds, the handler under watch, headers, figures, the log.

mod access;
mod compress;
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
use medcover_kernel::{Call, Clock, Deadline, Rng};
use medcover_telemetry::{Metrics, Operation, Outcome};

use crate::body::{self, Bounds};
use crate::config::EdgeConfig;
use crate::endpoint::{Access, Spec};
use crate::identify::{Guard, Identify, Nobody};
use crate::problem::Problem;
use crate::routes::{self, Routes};
use ids::Ids;
pub use passage::Passage;

/// What all requests of a process share. Cloning is cheap.
#[derive(Clone)]
pub struct Edge {
    shared: Arc<Shared>,
}

struct Shared {
    config: EdgeConfig,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    identify: Arc<dyn Identify>,
}

impl Edge {
    /// An edge with these settings, which counts in `metrics`.
    pub fn new(
        config: EdgeConfig,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                metrics,
                clock,
                rng,
                identify: Arc::new(Nobody),
            }),
        }
    }

    /// The same edge, which knows callers by `identify`. Without, every endpoint that is not public refuses.
    #[must_use]
    pub fn identified_by(self, identify: Arc<dyn Identify>) -> Self {
        let Shared {
            config,
            metrics,
            clock,
            rng,
            identify: _,
        } = &*self.shared;
        Self {
            shared: Arc::new(Shared {
                config: config.clone(),
                metrics: Arc::clone(metrics),
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
                identify,
            }),
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

    /// What stands before an endpoint that is not public.
    pub(crate) fn guard(&self, spec: &Spec) -> Option<Arc<Guard>> {
        let permission = match spec.access {
            Access::Public => return None,
            Access::Needs(permission) => permission,
            Access::Undecided => panic!(
                "`{}` is neither public nor needs a permission",
                spec.operation
            ),
        };
        let Shared {
            identify, clock, ..
        } = &*self.shared;
        Some(Arc::new(Guard::of(spec, permission, identify, clock)))
    }

    /// The gate of the operation called `name` on paths like `path`.
    pub(crate) fn gate(&self, name: &'static str, path: &str) -> Arc<Gate> {
        Arc::new(Gate {
            shared: Arc::clone(&self.shared),
            operation: self.shared.metrics.operation(name),
            within: self.shared.config.deadline(path),
        })
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
}

/// What is kept of a request while it is answered.
struct Entered {
    started: Duration,
    ids: Ids,
    encodings: Option<HeaderValue>,
}

impl Gate {
    /// Takes `request` through: `handle` answers it, within its bounds.
    pub(crate) fn pass(
        self: Arc<Self>,
        mut request: Request,
        handle: impl FnOnce(Request) -> Answering,
    ) -> impl Future<Output = Response> + Send {
        let entered = self.enter(&mut request);
        let answering = match self.refusal(&request) {
            None => handle(body::bound(request, self.bounds())),
            Some(problem) => Box::pin(async {
                body::discard(request).await;
                problem.into_response()
            }),
        };
        self.leave(entered, answering)
    }

    fn enter(&self, request: &mut Request) -> Entered {
        let Shared { config, clock, .. } = &*self.shared;
        let started = clock.elapsed();
        let ids = Ids::of(request.headers(), &**clock, &*self.shared.rng);
        let encodings = config.compress.then(|| compress::asked(request)).flatten();
        request.extensions_mut().insert(Call::anonymous(
            ids.request,
            ids.trace,
            ids.correlation,
            Deadline::after(started, self.within),
        ));
        Entered {
            started,
            ids,
            encodings,
        }
    }

    /// Why the request is not even shown to its handler.
    fn refusal(&self, request: &Request) -> Option<Problem> {
        let max_bytes = self.shared.config.max_uri_bytes;
        let path_and_query = request.uri().path_and_query();
        if path_and_query.is_some_and(|text| text.as_str().len() > max_bytes) {
            return Some(Problem::uri_too_long(max_bytes));
        }
        body::refusal(request.body(), self.bounds())
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            max_bytes: self.shared.config.max_body_bytes,
            within: Duration::from_millis(self.shared.config.body_timeout_ms),
        }
    }

    async fn leave(self: Arc<Self>, entered: Entered, answering: Answering) -> Response {
        let Shared { config, clock, .. } = &*self.shared;
        let mut context = entered.ids.context();
        let mut response = watch::watch(answering, &mut context, self.within).await;
        entered.ids.answer(response.headers_mut());
        headers::secure(&mut response);
        if config.compress && compress::gains(&response, config.compress_min_bytes) {
            response = match entered.encodings {
                Some(encodings) => Box::pin(compress::compressed(response, encodings)).await,
                None => compress::plain(response),
            };
        }
        let took = clock.elapsed().saturating_sub(entered.started);
        self.operation.record(took, outcome(&response));
        if access::wanted(config, &response, took, &*self.shared.rng) {
            context.within(|| access::log(self.operation.name(), &response, took));
        }
        response
    }
}

fn outcome(response: &Response) -> Outcome {
    match response.status().as_u16() {
        ..400 => Outcome::Done,
        400..500 => Outcome::Refused,
        _ => Outcome::Failed,
    }
}
