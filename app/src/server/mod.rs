//! The server: every part composed, two listeners, one process.

mod admin;
mod description;
mod docs_page;
mod nowhere;
mod problems;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use medcover_config::Loaded;
use medcover_console::Console;
use medcover_http::{Edge, Ended, Routes, Server, Stop, stop};
use medcover_kernel::{Clock, Rng, SystemClock, SystemRng};
use medcover_telemetry::{Logs, Metrics};
use medcover_terminology::{Deps, Terminology};
use serde_json::Value;

use crate::health::{self, HealthService};
use crate::roles::{Role, Roles};
use crate::settings::Settings;
use crate::terminal::{self, Lines};
use admin::Admin;

/// Begins to log. What is returned writes the last lines when it is dropped.
pub(crate) fn start_logs(settings: &Settings, clock: SystemClock) -> Result<Logs> {
    let colour = std::io::stderr().is_terminal() && console::colors_enabled_stderr();
    Logs::start(&settings.log, colour, Arc::new(clock)).context("cannot begin to log")
}

/// Serves until told to stop.
pub(crate) fn run(settings: &Loaded<Settings>, clock: SystemClock, logs: &Logs) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the server")?
        .block_on(serve(settings, clock, logs))
}

/// Describes what a server with these settings answers.
pub(crate) fn describe_api(settings: &Settings) -> Result<Value> {
    let (_, stop) = stop();
    let parts = Parts::compose(settings, SystemClock::new(), stop)?;
    Ok(description::describe(&parts.api().endpoints()))
}

async fn serve(settings: &Loaded<Settings>, clock: SystemClock, logs: &Logs) -> Result<()> {
    let (stopper, stop) = stop();
    let parts = Parts::compose(&settings.value, clock, stop.clone())?;
    logs.register(&parts.metrics);
    let listen = settings.value.server.http.listen;
    let public = Server::bind(&settings.value.server.http).await;
    let public = public.with_context(|| {
        format!(
            "cannot listen on {listen}; name another address with --listen, or stop what has it"
        )
    })?;
    let admin = admin::bind(settings).await?;
    announce(&parts, public.local_addr()?, &admin)?;

    for worker in parts.terminology.workers() {
        tokio::spawn(worker.run(stop.clone()));
    }
    if let Admin::Bound(server) = admin {
        tokio::spawn(server.serve(parts.admin_router(), stop.clone()));
    }
    tokio::spawn(async move {
        if let Err(error) = stopper.on_signals().await {
            tracing::error!(cause = %error, "signals cannot be heard: only a kill ends this process");
            // The stopper lives as long as this task: were it gone, nobody could tell the server anything.
            std::future::pending::<()>().await;
        }
    });
    let ended = public.serve(parts.public_router(), stop).await;
    match ended {
        Ended::Drained => tracing::info!("stopped; every request was answered"),
        Ended::Cut(connections) => tracing::warn!(connections, "stopped; connections were cut"),
    }
    Ok(())
}

/// Everything that the process runs, put together once.
struct Parts {
    roles: Roles,
    edge: Edge,
    metrics: Arc<Metrics>,
    terminology: Terminology,
    health: Arc<HealthService>,
}

impl Parts {
    fn compose(settings: &Settings, clock: SystemClock, stop: Stop) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let metrics = Arc::new(Metrics::default().with_process(Arc::clone(&clock)));
        let terminology = Terminology::new(Deps {
            config: settings.terminology.clone(),
            data: settings.data.dir.clone(),
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
        });
        let health = HealthService::new(
            Arc::clone(terminology.releases()),
            settings.data.dir.clone(),
            settings.edge.slow_ms,
            Arc::clone(&metrics),
            Arc::clone(&clock),
            stop,
        );
        Ok(Self {
            roles: settings.roles()?,
            edge: Edge::new(settings.edge.clone(), Arc::clone(&metrics), clock, rng),
            metrics,
            terminology,
            health: Arc::new(health),
        })
    }

    /// What programs ask for.
    fn api(&self) -> Routes {
        Routes::new(())
            .merge(self.terminology.router())
            .merge(health::routes(Arc::clone(&self.health)))
    }

    /// Everything at the public address: the API, its description, and the console where it has a role.
    fn public_router(&self) -> Router {
        let api = self.api();
        let description = description::routes(&api.endpoints());
        let mut routes = api.merge(description).merge(problems::routes());
        if self.roles.has(Role::Console) {
            routes = routes.merge(Console::new(self.terminology.api()).routes());
        }
        nowhere::with_page(&self.edge, self.edge.router(routes))
    }

    /// Everything at the address of operators.
    fn admin_router(&self) -> Router {
        let routes = admin::routes(Arc::clone(&self.metrics));
        let health = health::routes(Arc::clone(&self.health));
        self.edge.router(routes.merge(health))
    }
}

/// Says on standard output what is served and where. Scripts wait for the line that begins with `listening on`.
fn announce(parts: &Parts, public: SocketAddr, admin: &Admin) -> Result<()> {
    let set = parts.terminology.releases().load();
    let mut lines = Lines::default();
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
    match admin {
        Admin::Bound(server) => {
            lines.add(format_args!("metrics on http://{}/metrics", server.local_addr()?));
        }
        Admin::Off => {}
        Admin::Taken(address) => lines.add(format_args!(
            "no metrics: another program has {address}; name another address with MEDCOVER__ADMIN__LISTEN"
        )),
    }
    let hint = if parts.roles.has(Role::Console) {
        "Open it in a browser, or ask"
    } else {
        "Ask"
    };
    lines.add(format_args!("listening on http://{public}"));
    lines.add(format_args!(
        "{hint}: curl 'http://{public}/api/v1/search/icd10?q=heart+attack'"
    ));
    lines.add(format_args!(
        "The API is described on http://{public}/docs. Ctrl-C stops."
    ));
    terminal::print(lines.text())?;
    Ok(())
}
