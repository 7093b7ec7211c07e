//! The server: every part composed, its listeners, one process.

pub(crate) mod admin;
#[cfg(test)]
mod deny;
pub(crate) mod description;
mod docs_page;
pub(crate) mod elsewhere;
pub(crate) mod nowhere;
pub(crate) mod operators;
pub(crate) mod problems;
pub(crate) mod public;
pub(crate) mod shows;

use std::fmt;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use medcover_auth::FirstAdministrator;
use medcover_cache::Cache;
use medcover_config::Loaded;
use medcover_http::{EVENT_INTERVAL, Ended, Server, Spec, Stop, Threads, stop};
use medcover_identity::SecretText;
use medcover_kernel::{Clock, SystemClock};
use medcover_telemetry::Logs;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::demo;
use crate::parts::Parts;
use crate::peers::{PeerRegistry, PeersConfig};
use crate::roles::Role;
use crate::settings::Settings;
use crate::state::State;
use crate::tasks;
use crate::terminal::{self, Lines};
use admin::Admin;

/// Begins to log. What is returned writes the last lines when it is dropped.
pub(crate) fn start_logs(settings: &Settings, clock: SystemClock) -> Result<Logs> {
    let colour = std::io::stderr().is_terminal() && console::colors_enabled_stderr();
    Logs::start(&settings.log, colour, Arc::new(clock)).context("cannot begin to log")
}

/// Once requests are drained, workers have this long to finish what they are at. Nothing is lost of those that are cut off.
const WORKERS_END_WITHIN: Duration = Duration::from_secs(10);

/// What a server is started with.
pub(crate) struct Start<'a> {
    pub(crate) settings: &'a Loaded<Settings>,
    /// The password of the first administrator, where one was given.
    pub(crate) password: Option<SecretText>,
    pub(crate) clock: SystemClock,
    pub(crate) logs: &'a Logs,
}

/// Serves until told to stop.
pub(crate) fn run(start: Start<'_>) -> Result<()> {
    const NO_THREADS: &str = "cannot start the threads of the server";
    let threads = Arc::new(Threads::one_a_core().context(NO_THREADS)?);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build()
        .context(NO_THREADS)?
        .block_on(serve(start, Arc::clone(&threads)))
}

/// Describes what a server with these settings answers.
pub(crate) fn describe_api(settings: &Settings) -> Result<Value> {
    Ok(description::describe(&endpoints(settings)?))
}

/// What a server with these settings answers.
pub(crate) fn endpoints(settings: &Settings) -> Result<Vec<&'static Spec>> {
    let (_, stop) = stop();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let state = State::in_memory(&settings.roles()?, &clock);
    let parts = Parts::compose(settings, &state, &clock, stop)?;
    Ok(parts.api().endpoints())
}

async fn serve(start: Start<'_>, threads: Arc<Threads>) -> Result<()> {
    let settings = start.settings;
    let (stopper, mut stop) = stop();
    let clock: Arc<dyn Clock> = Arc::new(start.clock);
    let state = State::open(&settings.value, &settings.value.roles()?, &clock).await?;
    let mut parts = Parts::compose(&settings.value, &state, &clock, stop.clone())?;
    start.logs.register(&parts.metrics);
    let first = match &parts.auth {
        Some(auth) => auth.start(start.password).await?,
        None => None,
    };
    let listen = settings.value.server.http.listen;
    let certificates = parts.certificates.clone();
    let public = Server::bind(&settings.value.server.http).await;
    let public = public.with_context(|| {
        format!(
            "cannot listen on {listen}; name another address with --listen, or stop what has it"
        )
    })?;
    let public = public.encrypted(certificates.clone()).on(threads);
    let admin = admin::bind(settings).await?;
    let operators = operators::bind(&settings.value.data.dir, &settings.value.server.http)
        .context("cannot make the operator's socket in the data folder")?;
    // Whoever reads that the server listens may tell it to stop.
    let signals = stopper.on_signals().context("signals cannot be heard")?;
    tokio::spawn(signals);
    let renewing = certificates.clone().map(|it| it.follow(stop.clone()));
    if let Some(told) = demo::told(&settings.value.data.dir) {
        terminal::print(&format!("{told}\n"))?;
    }
    let place = Place {
        scheme: if certificates.is_some() {
            "https"
        } else {
            "http"
        },
        address: public.local_addr()?,
    };
    announce(&parts, place, &admin, first.as_ref())?;

    let (router, admin_router) = (parts.public_router()?, parts.admin_router()?);
    let mut beside = workers(&parts, &stop);
    std::mem::take(&mut parts.messages).run(&stop, &mut beside);
    register(&parts, &settings.value.peers, place, &stop, &mut beside);
    if let Some(renewing) = renewing {
        beside.spawn(renewing);
    }
    let serving = operators.serve(parts.operators_router(), stop.clone());
    beside.spawn(async {
        serving.await;
    });
    if let Admin::Bound(server) = admin {
        let serving = server.serve(admin_router, stop.clone());
        beside.spawn(async {
            serving.await;
        });
    }
    let ended = public.serve(router, stop.clone()).await;
    match ended {
        Ended::Drained => tracing::info!("stopped; every request was answered"),
        Ended::Cut(connections) => tracing::warn!(connections, "stopped; connections were cut"),
    }
    // The last work is traced, too.
    let traces = parts.traces.take();
    drop(parts);
    tokio::select! {
        _ = timeout(WORKERS_END_WITHIN, async { while beside.join_next().await.is_some() {} }) => {}
        () = stop.now() => {}
    }
    state.close().await;
    drop(traces);
    Ok(())
}

/// Where the public listener is, as a person writes it.
#[derive(Clone, Copy)]
struct Place {
    scheme: &'static str,
    address: SocketAddr,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.address)
    }
}

/// Begins what runs beside the requests. All of it ends when `stop` drains.
fn workers(parts: &Parts, stop: &Stop) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    let measuring = parts
        .work
        .clone()
        .run(parts.operations.clone(), stop.clone());
    workers.spawn(measuring);
    workers.spawn(parts.traffic.clone().run(stop.clone()));
    workers.spawn(sweeping(parts.cache.clone(), parts.sweep, stop.clone()));
    if let Some(shared) = &parts.shared {
        workers.spawn(shared.clone().watch_memory(stop.clone()));
    }
    let worker = parts.worker.clone();
    parts.coverage.work(worker, &parts.work, stop, &mut workers);
    tasks::begin(parts, stop, &mut workers);
    for upstream in &parts.upstreams {
        workers.spawn(upstream.clone().run(stop.clone()));
    }
    workers.spawn(Arc::clone(&parts.health).watch());
    workers.spawn(parts.backups.clone().follow(stop.clone()));
    workers.spawn(parts.sending.clone().follow(stop.clone()));
    workers.spawn(Arc::clone(&parts.policy).follow(stop.clone()));
    if let Some(terminology) = &parts.terminology {
        for worker in terminology.workers() {
            workers.spawn(worker.run(stop.clone()));
        }
    }
    if let Some(auth) = &parts.auth {
        workers.spawn(auth.key_keeper().run(stop.clone()));
        workers.spawn(auth.follower().run(stop.clone()));
    }
    workers
}

/// Keeps what this process runs in the registry, where there is one.
fn register(
    parts: &Parts,
    peers: &PeersConfig,
    place: Place,
    stop: &Stop,
    workers: &mut JoinSet<()>,
) {
    let Some(shared) = parts
        .shared
        .as_ref()
        .filter(|_| peers.registry == PeerRegistry::Redis)
    else {
        return;
    };
    let address = match &*peers.advertise {
        "" => place.to_string(),
        advertised => advertised.to_owned(),
    };
    for role in parts.roles.iter().filter(|role| role.is_registered()) {
        let (service, stop) = (role.instances(), stop.clone());
        let staying = shared
            .clone()
            .stay_registered(service, address.clone(), stop);
        workers.spawn(staying);
    }
}

/// Gives back the memory of what the cache may not show any more.
async fn sweeping(cache: Cache, every: Duration, mut stop: Stop) {
    tokio::select! {
        () = stop.draining() => {}
        () = cache.sweep_every(every) => {}
    }
}

/// Says on standard output what is served and where. Scripts wait for the line that begins with `listening on`.
fn announce(
    parts: &Parts,
    public: Place,
    admin: &Admin,
    first: Option<&FirstAdministrator>,
) -> Result<()> {
    let mut lines = Lines::default();
    tell_releases(parts, &mut lines);
    match admin {
        Admin::Bound(server) => {
            lines.add(format_args!("metrics on http://{}/metrics", server.local_addr()?));
        }
        Admin::Off => {}
        Admin::Taken(address) => lines.add(format_args!(
            "no metrics: another program has {address}; name another address with MEDCOVER__ADMIN__LISTEN"
        )),
    }
    if let Some(first) = first {
        tell_first_administrator(first, public, &mut lines);
    }
    lines.add(format_args!("listening on {public}"));
    if parts.terminology.is_some() {
        let hint = if parts.roles.has(Role::Console) {
            "Open it in a browser, or ask"
        } else {
            "Ask"
        };
        lines.add(format_args!(
            "{hint}: curl '{public}/api/v1/search/icd10?q=heart+attack'"
        ));
    }
    lines.add(format_args!(
        "The API is described on {public}/docs. Ctrl-C stops."
    ));
    terminal::print(lines.text())?;
    Ok(())
}

fn tell_releases(parts: &Parts, lines: &mut Lines) {
    let Some(terminology) = &parts.terminology else {
        return;
    };
    let set = terminology.releases().load();
    for release in set.current() {
        let concepts = release.release().concept_count();
        lines.add(format_args!(
            "serving {} ({concepts} concepts)",
            release.label()
        ));
    }
    for problem in set.problems() {
        lines.add(&problem.what);
    }
    if let Err(error) = set.icd10cm() {
        lines.add(format_args!("not ready: {}", error.message()));
    }
}

/// The one time that the password is seen: it is kept as a hash only.
fn tell_first_administrator(first: &FirstAdministrator, public: Place, lines: &mut Lines) {
    let name = first.name;
    let shown = if let Some(password) = &first.password {
        let password = password.reveal();
        lines.add(format_args!(
            "first administrator: {name}, password {password} (shown this once; change it after signing in)"
        ));
        password
    } else {
        lines.add(format_args!(
            "first administrator: {name}, with the password of MEDCOVER_ADMIN_PASSWORD"
        ));
        "…"
    };
    lines.add(format_args!(
        "Sign in: curl {public}/api/v1/auth/sign-in --json '{{\"name\":\"{name}\",\"password\":\"{shown}\"}}'"
    ));
}
