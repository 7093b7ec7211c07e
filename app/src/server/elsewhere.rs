//! What other processes answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use medcover_gateway::{Destination, Door, Gateway, PolicyFile};
use medcover_http::{Edge, Passage};
use medcover_kernel::{Clock, Error, Result, Rng};
use medcover_mesh::{Addresses, Deps, Upstream, UpstreamConfig};
use medcover_policy::Policy;
use tokio::sync::watch;
use tower::{Service as _, service_fn};

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

impl Elsewhere {
    /// By `gateway`, and as `policy` has it where one is given.
    pub(crate) fn new(
        gateway: Option<Gateway>,
        policy: &PolicyFile,
        edge: &Edge,
        config: &UpstreamConfig,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Self {
        let ruled = policy.is_given().then(|| Ruled {
            door: Door::new(policy.subscribe(), Arc::clone(rng)),
            further: Arc::new(Further {
                edge: edge.clone(),
                config: config.clone(),
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
                policy: policy.subscribe(),
                made: ArcSwap::default(),
            }),
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
    config: UpstreamConfig,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    policy: watch::Receiver<Arc<Policy>>,
    made: ArcSwap<Made>,
}

#[derive(Default)]
struct Made {
    of: Arc<Policy>,
    passages: BTreeMap<String, Passage>,
}

impl Further {
    /// The way to the upstream called `name`.
    fn passage(&self, name: &str) -> Option<Passage> {
        let policy = Arc::clone(&self.policy.borrow());
        let mut made = self.made.load_full();
        if !Arc::ptr_eq(&made.of, &policy) {
            made = Arc::new(self.make(policy));
            self.made.store(Arc::clone(&made));
        }
        made.passages.get(name).cloned()
    }

    fn make(&self, policy: Arc<Policy>) -> Made {
        let passages = policy.upstreams().iter().filter_map(|(name, addresses)| {
            let upstream = match self.upstream(name, addresses) {
                Ok(upstream) => upstream,
                Err(error) => {
                    tracing::error!(upstream = name, %error, "what the policy names cannot be asked");
                    return None;
                }
            };
            let passage = Gateway::way_to(&self.edge, &self.clock, Arc::new(upstream));
            Some((name.clone(), passage))
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
