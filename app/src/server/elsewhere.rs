//! What other processes answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use medcover_cache::Cache;
use medcover_gateway::{Destination, Door, Gateway, PolicyFile};
use medcover_http::{Edge, Passage};
use medcover_kernel::{Clock, Error, Result, Rng};
use medcover_mesh::{Addresses, Deps, Upstream, UpstreamConfig};
use medcover_policy::Policy;
use medcover_telemetry::Metrics;
use tokio::sync::watch;
use tower::{Service as _, service_fn};

use crate::policies;
use crate::roles::Roles;

/// What a policy says of requests, and the ways out of this process. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    /// To the roles that run elsewhere.
    gateway: Option<Gateway>,
    /// What there is under a policy.
    ruled: Option<Ruled>,
}

/// What there is under a policy.
#[derive(Clone, Debug)]
struct Ruled {
    door: Door,
    further: Arc<Further>,
}

/// What ways out of this process are made of.
#[derive(Clone, Copy)]
pub(crate) struct Ways<'a> {
    pub(crate) roles: &'a Roles,
    pub(crate) edge: &'a Edge,
    pub(crate) cache: &'a Cache,
    pub(crate) metrics: &'a Metrics,
    pub(crate) config: &'a UpstreamConfig,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) rng: &'a Arc<dyn Rng>,
}

impl Elsewhere {
    /// By `gateway`, and as `policy` has it where one is given.
    pub(crate) fn new(gateway: Option<Gateway>, policy: &PolicyFile, ways: Ways<'_>) -> Self {
        let ruled = policy.is_given().then(|| {
            let further = Arc::new(Further {
                edge: ways.edge.clone(),
                roles: ways.roles.clone(),
                config: ways.config.clone(),
                clock: Arc::clone(ways.clock),
                rng: Arc::clone(ways.rng),
                policy: policy.subscribe(),
                made: ArcSwap::default(),
            });
            let known = Arc::clone(&further);
            let door = Door::new(policy.subscribe(), Arc::clone(ways.rng), ways.cache)
                .with_ways(Arc::new(move |name| known.passage(name)));
            door.register(ways.metrics);
            Ruled { door, further }
        });
        Self { gateway, ruled }
    }

    /// Stands before `router`: first what the policy says, then whether somebody elsewhere answers.
    pub(crate) fn before(self, router: Router) -> Router {
        if self.gateway.is_none() && self.ruled.is_none() {
            return router;
        }
        let door = self.ruled.as_ref().map(|ruled| ruled.door.clone());
        let router = Router::new().fallback_service(service_fn(move |request: Request| {
            let passage = self.passage(&request);
            let mut here = router.clone();
            async move {
                match passage {
                    Some(passage) => Ok::<Response, Infallible>(passage.pass(request).await),
                    None => here.call(request).await,
                }
            }
        }));
        match door {
            Some(door) => door.before(router),
            None => router,
        }
    }

    fn passage(&self, request: &Request) -> Option<Passage> {
        let further = self.ruled.as_ref().and_then(|ruled| {
            let to = request.extensions().get::<Destination>()?;
            ruled.further.passage(&to.0)
        });
        let role = || {
            self.gateway
                .as_ref()?
                .passage(request.uri().path())
                .cloned()
        };
        further.or_else(role)
    }
}

/// The upstreams that a policy names beside the roles: made anew with each policy.
struct Further {
    edge: Edge,
    roles: Roles,
    config: UpstreamConfig,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    policy: watch::Receiver<Arc<Policy>>,
    made: ArcSwap<Made>,
}

#[derive(Default)]
struct Made {
    of: Arc<Policy>,
    passages: BTreeMap<String, Share>,
}

/// The way of a share of the requests.
#[derive(Clone)]
struct Share {
    addresses: Arc<[String]>,
    upstream: Upstream,
    passage: Passage,
}

impl Share {
    /// What a policy names may be sent to, unless it says otherwise.
    fn allow(&self, policy: &Policy, roles: &Roles, name: &str) {
        let allowed = policies::may_send(policy, roles, name, |_| true);
        self.upstream.allow(allowed);
    }
}

impl Further {
    /// The way to the upstream called `name`.
    fn passage(&self, name: &str) -> Option<Passage> {
        let policy = Arc::clone(&self.policy.borrow());
        let mut made = self.made.load_full();
        if !Arc::ptr_eq(&made.of, &policy) {
            made = Arc::new(self.make(policy, &made));
            self.made.store(Arc::clone(&made));
        }
        Some(made.passages.get(name)?.passage.clone())
    }

    /// What is at the same addresses as `before` stays, with all that is known of it.
    fn make(&self, policy: Arc<Policy>, before: &Made) -> Made {
        let passages = policy.upstreams().iter().filter_map(|(name, addresses)| {
            let known = before.passages.get(name);
            if let Some(known) = known.filter(|known| *known.addresses == *addresses) {
                known.allow(&policy, &self.roles, name);
                return Some((name.clone(), known.clone()));
            }
            let upstream = match self.upstream(name, addresses) {
                Ok(upstream) => upstream,
                Err(error) => {
                    tracing::error!(upstream = name, %error, "what the policy names cannot be asked");
                    return None;
                }
            };
            let share = Share {
                addresses: addresses.as_slice().into(),
                passage: Gateway::way_to(&self.edge, &self.clock, Arc::new(upstream.clone())),
                upstream,
            };
            share.allow(&policy, &self.roles, name);
            Some((name.clone(), share))
        });
        let passages = passages.collect();
        Made {
            of: policy,
            passages,
        }
    }

    fn upstream(&self, name: &str, addresses: &[String]) -> Result<Upstream> {
        let addresses: Addresses = addresses.join(",").parse().map_err(Error::internal)?;
        let deps = Deps {
            registry: addresses.registry(),
            config: self.config.clone(),
            clock: Arc::clone(&self.clock),
            rng: Arc::clone(&self.rng),
        };
        Upstream::new(name, deps)
    }
}

impl fmt::Debug for Further {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Further").finish_non_exhaustive()
    }
}
