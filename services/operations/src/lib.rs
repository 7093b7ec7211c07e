#![doc = include_str!("../README.md")]

mod api;
mod audit;
mod cache;
mod databases;
mod metrics;
mod queues;
mod router;
mod sagas;
mod traces;
mod upstreams;

use std::fmt;
use std::sync::Arc;

use medcover_cache::Cache;
use medcover_contract_operations::OperationsApi;
use medcover_http::Routes;
use medcover_kernel::{Call, Error, ErrorKind, Result, TenantId};
use medcover_mesh::Upstream;
use medcover_redis::Redis;
use medcover_store::Store;
use medcover_telemetry::TraceTimes;
use medcover_workflow::saga::Sagas;

pub use metrics::WorkMetrics;

/// A service whose state operators look into.
#[derive(Clone)]
pub struct Part {
    /// Its name, as addresses and reports give it.
    pub name: &'static str,
    /// Its store.
    pub store: Arc<dyn Store>,
    /// Its sagas, where it has any.
    pub sagas: Option<Sagas>,
}

/// The operations of this process. Cloning is cheap.
#[derive(Clone)]
pub struct Operations {
    parts: Arc<[Part]>,
    upstreams: Arc<[Upstream]>,
    cache: Option<Cache>,
    redis: Option<Redis>,
    traces: Option<Arc<TraceTimes>>,
}

impl Operations {
    /// Over `parts`, in the order in which they are listed.
    pub fn new(parts: Vec<Part>) -> Self {
        Self {
            parts: parts.into(),
            upstreams: Arc::default(),
            cache: None,
            redis: None,
            traces: None,
        }
    }

    /// The same, which also tell how `upstreams` do.
    #[must_use]
    pub fn with_upstreams(mut self, upstreams: Vec<Upstream>) -> Self {
        self.upstreams = upstreams.into();
        self
    }

    /// The same, which also tell what `cache` keeps.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The same, which also tell how the Redis does that the cache is shared through, where there is one.
    #[must_use]
    pub fn with_redis(mut self, redis: Option<Redis>) -> Self {
        self.redis = redis;
        self
    }

    /// The same, which also tell where time goes.
    #[must_use]
    pub fn with_traces(mut self, traces: Arc<TraceTimes>) -> Self {
        self.traces = Some(traces);
        self
    }

    /// For callers in this process.
    pub fn api(&self) -> Arc<dyn OperationsApi> {
        Arc::new(self.clone())
    }

    /// The addresses with their handlers, for an edge.
    pub fn routes(&self) -> Routes<Self> {
        router::routes(self.clone())
    }

    fn part(&self, name: &str) -> Result<&Part> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.ok_or_else(|| Error::not_found(format!("No service `{name}` keeps state here.")))
    }

    fn sagas_of(&self, name: &str) -> Result<&Sagas> {
        let sagas = self.part(name)?.sagas.as_ref();
        sagas.ok_or_else(|| Error::not_found(format!("The service `{name}` runs no sagas.")))
    }
}

/// Refuses callers of other tenants what spans all of them.
fn of_the_installation(call: &Call) -> Result<()> {
    if call.tenant == TenantId::DEFAULT {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Forbidden,
        "forbidden",
        "This spans all tenants, and is for callers of the default tenant.",
    ))
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parts.iter().map(|part| part.name);
        f.debug_tuple("Operations")
            .field(&names.collect::<Vec<_>>())
            .finish()
    }
}
