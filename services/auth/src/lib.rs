#![doc = include_str!("../README.md")]

mod app;
mod config;
mod domain;
mod events;
mod http;
mod master;
mod store;
mod worker;

use std::sync::Arc;

use medcover_cache::Cache;
use medcover_contract_auth::AuthApi;
use medcover_http::{Identify, Routes};
use medcover_identity::{Catalogue, Entropy, MasterSecret, SecretText};
use medcover_kernel::{Clock, Result, Rng, ServiceName};
use medcover_store::{Projection, Schema, Store};

pub use app::{AuthService, FirstAdministrator};
pub use config::{AuthConfig, BreakGlassConfig, HashingConfig, LockConfig};
pub use events::event_catalogue;
pub use master::{MasterProblem, master_secret};
pub use worker::{Follower, KeyKeeper};

/// What the service needs from the application.
pub struct Deps {
    /// Its section of the configuration.
    pub config: AuthConfig,
    /// Its state, in an engine opened with [`schema`].
    pub store: Arc<dyn Store>,
    /// What keys and tickets are derived from; see [`master_secret`].
    pub master: MasterSecret,
    /// Every permission of the installation, of all its services.
    pub catalogue: Catalogue,
    /// The service for which service tokens shown here must be meant.
    pub here: ServiceName,
    /// What is shared with processes that keep who callers are; without, they find out in a few seconds who is none any more.
    pub cache: Option<Cache>,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Chance for ids.
    pub rng: Arc<dyn Rng>,
    /// Chance for secrets.
    pub entropy: Arc<dyn Entropy>,
}

/// The tables of the service, for the engine that keeps its state.
pub fn schema() -> Schema {
    store::schema()
}

/// What makes the rows of the tables, for rebuilding them from the log.
pub fn projections() -> Vec<&'static dyn Projection> {
    vec![&store::Views]
}

/// The auth service, put together.
#[derive(Clone, Debug)]
pub struct Auth {
    service: Arc<AuthService>,
}

impl Auth {
    /// The service over its state. Nothing is read or written before [`Auth::start`].
    pub fn new(deps: Deps) -> Self {
        Self {
            service: Arc::new(AuthService::new(deps)),
        }
    }

    /// Makes what must be there: a signing key, the tenant `default` and, where there is none, its user `admin`, whose
    /// password is `password` or else a new one, which is returned to be shown once. To be called before serving; at a
    /// later start it reads what has ended lately.
    pub async fn start(&self, password: Option<SecretText>) -> Result<Option<FirstAdministrator>> {
        app::start(&self.service, password).await
    }

    /// The service, for callers in this process.
    pub fn api(&self) -> Arc<dyn AuthApi> {
        Arc::clone(&self.service) as _
    }

    /// Who callers are, for the edge.
    pub fn identify(&self) -> Arc<dyn Identify> {
        Arc::clone(&self.service) as _
    }

    /// Its addresses with their handlers, for an edge.
    pub fn router(&self) -> Routes<Arc<AuthService>> {
        http::router::router(Arc::clone(&self.service))
    }

    /// Makes signing keys in time; to be run beside the requests.
    pub fn key_keeper(&self) -> KeyKeeper {
        KeyKeeper::new(Arc::clone(&self.service))
    }

    /// Learns what other processes have ended and made; to be run beside the requests.
    pub fn follower(&self) -> Follower {
        Follower::new(Arc::clone(&self.service))
    }
}
