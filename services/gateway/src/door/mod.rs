//! The door: what a policy says about a request, before anything answers it.

mod cors;
mod fallback;
mod headers;
mod keeping;
mod path;
mod shadow;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use medcover_cache::Cache;
use medcover_http::{Abort, Keeping, RouteRules};
use medcover_kernel::Rng;
use medcover_policy::{Policy, RequestLine, Rules};
use medcover_telemetry::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::sync::watch;
use tower::{Service as _, service_fn};

use crate::away::FALLBACK;
use crate::kept::IsRuled;
use fallback::Fallback;
pub use fallback::Ways;
use keeping::Keepers;
use shadow::Shadow;

/// The name of the upstream that a request goes to instead of where it always does: an extension of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(pub Arc<str>);

/// Puts the rules of a policy before everything that a gateway answers. Cloning is cheap.
#[derive(Clone)]
pub struct Door {
    policy: watch::Receiver<Arc<Policy>>,
    rng: Arc<dyn Rng>,
    shadow: Shadow,
    keepers: Keepers,
    ways: Ways,
    fallbacks: Fallbacks,
}

/// How many answers stood in for others, by what they are.
type Fallbacks = Family<[(&'static str, String); 1], Counter>;

impl Door {
    /// A door under the policy that `policy` has at the time of each request; what that wants to be kept is kept in `cache`.
    pub fn new(policy: watch::Receiver<Arc<Policy>>, rng: Arc<dyn Rng>, cache: &Cache) -> Self {
        Self {
            keepers: Keepers::new(cache),
            policy,
            rng,
            shadow: Shadow::default(),
            ways: Arc::new(|_| None),
            fallbacks: Fallbacks::default(),
        }
    }

    /// The same door, which knows the ways to the upstreams that its policy names.
    #[must_use]
    pub fn with_ways(self, ways: Ways) -> Self {
        Self { ways, ..self }
    }

    /// Shows among `metrics` how many answers stood in for others. Call it once a process.
    pub fn register(&self, metrics: &Metrics) {
        let (name, help) = (
            "medcover_fallbacks",
            "Answers that stood in for one that nobody gave, by what they are",
        );
        metrics.register(|registry| registry.register(name, help, self.fallbacks.clone()));
    }

    /// Stands before `router`.
    pub fn before(self, router: Router) -> Router {
        Router::new().fallback_service(service_fn(move |request: Request| {
            let (door, router) = (self.clone(), router.clone());
            async move { Ok::<Response, Infallible>(door.pass(request, router).await) }
        }))
    }

    /// What may answer `request` without, or instead of, whoever does.
    fn keep(&self, route: Option<&str>, rules: &Rules, request: &Request) -> Option<Keeping> {
        let kept = rules.cache.as_ref().and_then(|it| self.keepers.by(it));
        let Some(fallback) = &rules.fallback else {
            return kept;
        };
        let fallback = Fallback {
            rules: fallback.clone(),
            route: route.map(Arc::from),
            ways: Arc::clone(&self.ways),
            kept,
        };
        fallback.around(request)
    }

    /// One request through one policy: a swap meanwhile is for those that come later.
    async fn pass(&self, mut request: Request, mut router: Router) -> Response {
        let policy = Arc::clone(&self.policy.borrow());
        let (route, rules) = rules_of(&policy, &request);

        // A browser asks before it lets a page of another origin ask; nobody else needs to know.
        let origin = rules
            .cors
            .as_ref()
            .and_then(|it| cors::origin(it, &request));
        if let (Some(cors), Some(origin)) = (&rules.cors, &origin)
            && cors::is_preflight(&request)
        {
            return cors::allowed(cors, origin);
        }

        // What chance decides is decided once: a request that is refused on purpose goes nowhere, nor does a copy of it.
        let met = rules.meet(request.method().as_str(), &*self.rng);
        let abort = met.abort.and_then(Abort::of_status);

        // What is at hand may be answered in the place of whoever answers.
        let keep = self.keep(route, rules, &request);

        // What the edge does for every request, it does for this one by these rules.
        request.extensions_mut().insert(RouteRules {
            route: route.map(Arc::from),
            timeout: rules.timeout_ms.map(Duration::from_millis),
            max_body_bytes: rules
                .max_body_bytes
                .map(|it| usize::try_from(it).unwrap_or(usize::MAX)),
            weight_percent: rules.weight_percent,
            delay: met.delay_ms.map(Duration::from_millis),
            abort,
            keep,
        });
        if rules.cache.is_some() {
            request.extensions_mut().insert(IsRuled);
        }

        // Who answers is found by the path that the policy wants.
        if let Some(rewrite) = &rules.rewrite {
            path::rewrite(rewrite, request.uri_mut());
        }

        // Headers change before anybody looks at them.
        if let Some(change) = &rules.headers {
            headers::change(request.headers_mut(), &change.request);
        }

        // A copy of what only reads may go elsewhere; its answer is thrown away.
        if let Some(to) = met.mirror.filter(|_| abort.is_none()) {
            self.shadow.send(&request, &to, router.clone());
        }

        // A share of the requests goes to another upstream.
        if let Some(to) = met.to {
            request.extensions_mut().insert(Destination(to.into()));
        }

        let Ok(mut response) = router.call(request).await;

        // What is no answer of whoever should have given it is counted.
        if let Some(fallback) = response.headers().get(FALLBACK)
            && let Ok(kind) = fallback.to_str()
            && KINDS.contains(&kind)
        {
            self.fallbacks
                .get_or_create(&[("kind", kind.to_owned())])
                .inc();
        }

        // The page that asked may read the answer, if its origin may; and what is told of us is what the policy wants.
        if let (Some(cors), Some(origin)) = (&rules.cors, origin) {
            cors::mark(cors, origin, response.headers_mut());
        }
        if let Some(change) = &rules.headers {
            headers::change(response.headers_mut(), &change.response);
        }
        response
    }
}

/// What an answer may be that stands in for another.
const KINDS: [&str; 3] = ["upstream", "kept", "fixed"];

/// The route that a request takes and what holds for it. A preflight takes the route of what it asks for.
fn rules_of<'p>(policy: &'p Policy, request: &Request) -> (Option<&'p str>, &'p Rules) {
    let method = cors::asked_method(request).unwrap_or(request.method().as_str());
    policy.rules(&RequestLine {
        method,
        path: request.uri().path(),
        header: |name: &str| request.headers().get(name)?.to_str().ok(),
    })
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}
