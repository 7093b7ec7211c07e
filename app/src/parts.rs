//! Everything that the process runs, put together once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use medcover_auth::Auth;
use medcover_cache::Cache;
use medcover_console::Console;
use medcover_contract_auth::permissions::PERMISSIONS as AUTH;
use medcover_contract_operations::permissions::PERMISSIONS as OPERATIONS;
use medcover_contract_terminology::TerminologyApi;
use medcover_gateway::PolicyFile;
use medcover_http::{
    Certificates, Edge, Identify, Routes, Stop, TRAFFIC_PERMISSIONS as TRAFFIC, TlsConfig, Traffic,
};
use medcover_identity::{Catalogue, SystemEntropy};
use medcover_kernel::{Clock, MessageId, Rng, ServiceName, SystemRng};
use medcover_mesh::{Tasks, Upstream};
use medcover_operations::{Operations, Part, WorkMetrics};
use medcover_store::Store;
use medcover_telemetry::{Metrics, Traces};
use medcover_terminology::Terminology;

use crate::backups::{Backups, asked};
use crate::callers;
use crate::coverage::{self, Coverage};
use crate::demo;
use crate::exit::Refused;
use crate::health::{self, HealthService};
use crate::messages::Messages;
use crate::peers::Peers;
use crate::policies::{self, Callers, Sending};
use crate::roles::{Role, Roles};
use crate::server::elsewhere::{Elsewhere, Ways};
use crate::server::shows::Shows;
use crate::server::{admin, description, nowhere, operators, problems, public};
use crate::settings::Settings;
use crate::shared::{self, Shared};
use crate::state::{AuthState, State};
use crate::tasks;
use crate::traces;

/// The services of this process, and the edges before them.
pub(crate) struct Parts {
    /// Names this start of the process.
    pub(crate) worker: String,
    pub(crate) roles: Roles,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) terminology: Option<Terminology>,
    pub(crate) auth: Option<Auth>,
    pub(crate) coverage: Coverage,
    /// What delivers events.
    pub(crate) messages: Messages,
    pub(crate) operations: Operations,
    /// What is kept for a while.
    pub(crate) cache: Cache,
    /// How often it is swept.
    pub(crate) sweep: Duration,
    /// The services elsewhere.
    pub(crate) upstreams: Vec<Upstream>,
    /// What the policy says of sending to them.
    pub(crate) sending: Sending,
    /// What bounds the requests of this process.
    pub(crate) traffic: Traffic,
    /// What queues and sagas do.
    pub(crate) work: WorkMetrics,
    /// What one process of the installation does for all of them.
    pub(crate) tasks: Tasks,
    /// The stores of this process, by service.
    pub(crate) stores: Vec<(&'static str, Arc<dyn Store>)>,
    /// The spans of requests and work.
    pub(crate) traces: Traces,
    /// What is shared with other processes, if anything is.
    pub(crate) shared: Option<Shared>,
    pub(crate) health: Arc<HealthService>,
    /// The back-ups of what this process keeps.
    pub(crate) backups: Backups,
    /// Ends what operators have asked for.
    stop: Stop,
    /// What stands on every page of the console.
    notice: Option<&'static str>,
    /// Who looks codes up, here or elsewhere.
    codes: Option<Arc<dyn TerminologyApi>>,
    /// What the policy says, and the ways out of this process.
    elsewhere: Elsewhere,
    /// What the public listener is encrypted with, if it is.
    pub(crate) certificates: Option<Certificates>,
    /// The policy file.
    pub(crate) policy: Arc<PolicyFile>,
    /// Whether callers are known here, so that there may be more than what is public.
    knows_callers: bool,
    /// Before everything that comes over the network.
    edge: Edge,
    /// Before the operator's socket.
    operators: Edge,
}

impl Parts {
    pub(crate) fn compose(
        settings: &Settings,
        state: &State,
        clock: &Arc<dyn Clock>,
        stop: Stop,
    ) -> Result<Self> {
        let roles = settings.roles()?;
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let start = MessageId::new(&**clock, &*rng).as_uuid();
        let metrics = Arc::new(Metrics::default().with_process(Arc::clone(clock)));
        let traces = traces::start(&settings.trace, (&roles, start), &metrics, clock, &rng)?;
        let (cache, shared) = shared::cache(settings, &metrics, clock, &rng)?;
        let here = roles.has(Role::Terminology);
        let terminology =
            here.then(|| compose_terminology(settings, state, &cache, &metrics, clock));
        let auth = state.auth.as_ref();
        let auth = auth.map(|kept| compose_auth(settings, kept, &roles, &cache, clock, &rng));
        let policy = Arc::new(policies::open(&settings.policy)?);
        let certificates = certificates(&settings.server.http.tls)?;
        let registry = shared.as_ref().map(|it| &it.registry);
        let (config, sending) = (&settings.peers, &settings.upstream);
        let peers = Peers::new(config, registry, sending, &roles, clock, &rng)?;
        medcover_mesh::register(&metrics, peers.upstreams());
        let sending = peers.sending(&settings.upstream, policy.subscribe());
        let codes = terminology.as_ref().map(Terminology::api);
        let codes = codes.or_else(|| peers.terminology());
        let coverage = Coverage::compose(&state.coverage, codes.as_ref(), &peers, clock, &rng);
        let parts = stores(state, &coverage);
        medcover_store::register(&metrics, of_service(&parts));
        let redis = shared.as_ref().map(|it| &it.redis);
        let tasks = tasks::new(settings, redis, &metrics, clock);
        let work = WorkMetrics::new(&metrics).traced_by(traces.tracer());
        let worker = format!("worker-{start}");
        let (config, heard) = (&settings.messages, coverage.heard(&worker, &work));
        let messages = Messages::new(config, redis, &worker, heard, &metrics, clock, &rng);
        let traffic = callers::traffic(settings, redis, &metrics, clock, &rng)?;
        let backups = Backups::new(settings, state, clock).shown_in(&metrics);
        let health = HealthService::new(
            health::Watched {
                backups: backups.clone(),
                terminology: terminology.clone(),
                stores: of_service(&parts),
                data: settings.data.dir.clone(),
                policy: Arc::clone(&policy),
                certificates: certificates.clone(),
                upstreams: peers.upstreams(),
                redis: redis.cloned(),
                traffic: traffic.clone(),
                tasks: tasks.clone(),
                carried: messages.standings(),
            },
            settings.edge.slow_ms,
            Arc::clone(&metrics),
            Arc::clone(clock),
            stop.clone(),
        );
        let edge = edge(settings, &metrics, clock, &rng)
            .bounded_by(traffic.clone())
            .traced_by(traces.tracer());
        let identify = identify(auth.as_ref(), &peers, &cache, &roles, &policy);
        let operators = operators::edge(&edge);
        let knows_callers = identify.is_some();
        let edge = identified(edge, identify);
        let keeps = settings.cache.max_mb > 0 || shared.is_some();
        let gateway = peers.gateway(&edge, keeps.then_some(&cache));
        let ways = Ways {
            roles: &roles,
            edge: &edge,
            cache: &cache,
            metrics: &metrics,
            config: &settings.upstream,
            clock,
            rng: &rng,
        };
        let elsewhere = Elsewhere::new(gateway, &policy, ways);
        Ok(Self {
            worker,
            roles,
            upstreams: peers.upstreams(),
            sending,
            stores: of_service(&parts),
            tasks,
            operations: operations(parts, &peers, &cache, shared.as_ref(), &traces),
            sweep: settings.cache.sweep(),
            shared,
            traffic,
            work,
            messages,
            traces,
            operators,
            elsewhere,
            cache,
            policy,
            certificates,
            notice: demo::is_demo(&settings.data.dir).then_some(demo::NOTICE),
            knows_callers,
            edge,
            codes,
            metrics,
            terminology,
            auth,
            coverage,
            health: Arc::new(health),
            backups,
            stop,
        })
    }

    /// What programs ask for.
    pub(crate) fn api(&self) -> Routes {
        let mut api = Routes::new(());
        if let Some(terminology) = &self.terminology {
            api = api.merge(terminology.router());
        }
        if let Some(auth) = &self.auth {
            api = api.merge(auth.router());
        }
        if self.knows_callers {
            api = api.merge(self.operations.routes());
            api = api.merge(self.traffic.operators_routes());
        }
        api.merge(self.coverage.routes())
            .merge(self.traffic.routes())
            .merge(health::routes(Arc::clone(&self.health)))
    }

    /// Everything at the public address: the API, its description, and the console where it has a role.
    pub(crate) fn public(&self) -> Routes {
        let api = self.api();
        let description = description::routes(&api.endpoints());
        let mut routes = api.merge(description).merge(problems::routes());
        let codes = self.codes.as_ref();
        if let Some(codes) = codes.filter(|_| self.roles.has(Role::Console)) {
            let console = Console::new(Arc::clone(codes)).with_notice(self.notice);
            routes = routes.merge(console.routes());
        }
        routes
    }

    /// Everything at the address where metrics are fetched.
    pub(crate) fn admin(&self) -> Routes {
        let health = health::routes(Arc::clone(&self.health));
        Routes::new(())
            .merge(admin::routes(Arc::clone(&self.metrics)))
            .merge(health)
    }

    pub(crate) fn public_router(&self) -> Result<Router> {
        let public = self.public();
        public::check(&public.endpoints())?;
        let router = nowhere::with_page(&self.edge, self.edge.router(public));
        Ok(self.elsewhere.clone().before(router))
    }

    pub(crate) fn admin_router(&self) -> Result<Router> {
        let routes = self.admin();
        public::check(&routes.endpoints())?;
        Ok(self.edge.router(routes))
    }

    /// The API, asked by the operator, and what nobody else can ask for.
    pub(crate) fn operators_router(&self) -> Router {
        let backups = asked::routes(self.backups.clone(), self.stop.clone());
        self.operators.router(self.api().merge(backups))
    }
}

/// What operators see of `parts`, and of what those have in common.
fn operations(
    parts: Vec<Part>,
    peers: &Peers,
    cache: &Cache,
    shared: Option<&Shared>,
    traces: &Traces,
) -> Operations {
    Operations::new(parts)
        .with_upstreams(peers.upstreams())
        .with_cache(cache.clone())
        .with_redis(shared.map(|it| it.redis.clone()))
        .with_traces(traces.times())
}

/// Before everything that comes, without its bounds.
fn edge(
    settings: &Settings,
    metrics: &Arc<Metrics>,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Edge {
    let (metrics, clock) = (Arc::clone(metrics), Arc::clone(clock));
    let edge = Edge::new(settings.edge.clone(), metrics, clock, Arc::clone(rng));
    if settings.store.shows_without_primary() {
        edge.reading_through(Arc::new(Shows))
    } else {
        edge
    }
}

/// Who says who calls, within what the policy lists; nobody where callers are not known.
fn identify(
    auth: Option<&Auth>,
    peers: &Peers,
    cache: &Cache,
    roles: &Roles,
    policy: &PolicyFile,
) -> Option<Arc<dyn Identify>> {
    let identify = match auth {
        Some(auth) => auth.identify(),
        None => peers.identify(cache)?,
    };
    Some(Arc::new(Callers::new(identify, roles, policy.subscribe())))
}

/// The edge, which knows callers where `identify` does.
fn identified(edge: Edge, identify: Option<Arc<dyn Identify>>) -> Edge {
    match identify {
        Some(identify) => edge.identified_by(identify),
        None => edge,
    }
}

/// What connections are encrypted with, if they are. A server does not start with a certificate that cannot be used.
fn certificates(config: &TlsConfig) -> Result<Option<Certificates>, Refused> {
    Certificates::open(config).map_err(|fault| {
        let advice = "Name a certificate and its key, both as PEM: MEDCOVER__SERVER__TLS__CERTIFICATE and \
                      MEDCOVER__SERVER__TLS__KEY; docs/guides/tls.md shows how to make a pair.";
        Refused::new(fault.to_string(), advice)
    })
}

/// Every permission of the installation.
pub(crate) fn catalogue() -> Catalogue {
    let [hospital, insurance, billing, journeys] = coverage::PERMISSIONS;
    Catalogue::of(&[
        AUTH, hospital, insurance, billing, journeys, OPERATIONS, TRAFFIC,
    ])
}

fn compose_terminology(
    settings: &Settings,
    state: &State,
    cache: &Cache,
    metrics: &Arc<Metrics>,
    clock: &Arc<dyn Clock>,
) -> Terminology {
    Terminology::new(medcover_terminology::Deps {
        config: settings.terminology.clone(),
        data: settings.data.dir.clone(),
        clock: Arc::clone(clock),
        metrics: Arc::clone(metrics),
        store: state.terminology.clone(),
        tables: state.tables.clone(),
        cache: Some(cache.clone()),
    })
}

fn compose_auth(
    settings: &Settings,
    kept: &AuthState,
    roles: &Roles,
    cache: &Cache,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Auth {
    let here = if roles.has(Role::Gateway) {
        ServiceName::from_static("gateway")
    } else {
        ServiceName::from_static("auth")
    };
    Auth::new(medcover_auth::Deps {
        config: settings.auth.clone(),
        store: Arc::clone(&kept.store),
        master: kept.master.clone(),
        catalogue: catalogue(),
        here,
        cache: Some(cache.clone()),
        clock: Arc::clone(clock),
        rng: Arc::clone(rng),
        entropy: Arc::new(SystemEntropy),
    })
}

/// The store of each service that has one, by the service's name.
fn of_service(parts: &[Part]) -> Vec<(&'static str, Arc<dyn Store>)> {
    let stores = parts.iter().map(|it| (it.name, Arc::clone(&it.store)));
    stores.collect()
}

/// The stores of this process, by service.
fn stores(state: &State, coverage: &Coverage) -> Vec<Part> {
    let part = |name, store: &Arc<dyn Store>| Part {
        name,
        store: Arc::clone(store),
        sagas: None,
    };
    let auth = state.auth.as_ref().map(|kept| part("auth", &kept.store));
    let terminology = state.terminology.as_ref();
    let terminology = terminology.map(|store| part("terminology", store));
    let mut parts: Vec<_> = auth.into_iter().collect();
    parts.extend(coverage.parts(&state.coverage));
    parts.extend(terminology);
    parts
}
