//! What the process does: it serves the bank over HTTP, with its workers, until it is killed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use medcover_http::{AccessLog, Edge, EdgeConfig, Server, ServerConfig};
use medcover_kernel::{Clock, Rng, SystemClock, SystemRng};
use medcover_store::Store;
use medcover_telemetry::Metrics;
use medcover_workflow::queue::{Worker, WorkerConfig};

use super::Kept;
use crate::bank::http::{KeyIsBank, routes};
use crate::bank::tables::Statements;
use crate::bank::{Bank, NOTICES_QUEUE, Notices, SERVICE, STATEMENTS_QUEUE, statements};

/// Serves the bank whose data is `kept`, with its workers; tells its address to `told`. It ends only by being killed.
pub async fn serve(kept: &Kept, told: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = kept.open(Arc::clone(&clock)).await?.store();
    let bank = bank(&store, &clock)?;
    let workers = Workers::of(&store, &clock, &bank);
    let server = Server::bind(&on_a_free_port()).await;
    let server = server.map_err(|error| error.to_string())?;
    told(server.local_addr().map_err(|error| error.to_string())?);
    let (_never, stop) = medcover_http::stop();
    tokio::join!(server.serve(router(bank), stop), workers.run());
    Ok(())
}

/// The bank in `store`.
pub(super) fn bank(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>) -> Result<Arc<Bank>, String> {
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let bank = Bank::new(store, clock, &rng, |saga| saga);
    bank.map_err(|error| error.to_string())
}

/// The bank behind the edge.
pub(crate) fn router(bank: Arc<Bank>) -> Router {
    let config = EdgeConfig {
        access_log: AccessLog::Off,
        ..EdgeConfig::default()
    };
    let clock = Arc::new(SystemClock::new());
    let edge = Edge::new(
        config,
        Arc::new(Metrics::default()),
        clock,
        Arc::new(SystemRng),
    );
    edge.identified_by(Arc::new(KeyIsBank)).router(routes(bank))
}

pub(crate) fn on_a_free_port() -> ServerConfig {
    ServerConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ..ServerConfig::default()
    }
}

/// The workers of the bank.
pub(super) struct Workers {
    sagas: Worker,
    notices: Worker,
    statements: medcover_workflow::bus::Subscription,
}

impl Workers {
    pub(super) fn of(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>, bank: &Bank) -> Self {
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let process = std::process::id();
        let config = |queue: &'static str| WorkerConfig {
            // Short, so that what a killed process held does not hold the drill up.
            lease: Duration::from_secs(2),
            ..WorkerConfig::new(queue, format!("{process}"), SERVICE)
        };
        Self {
            sagas: bank.sagas().worker(format!("{process}")),
            notices: Worker::new(
                Arc::clone(store),
                Arc::clone(clock),
                Arc::clone(&rng),
                Arc::new(Notices),
                config(NOTICES_QUEUE),
            ),
            statements: statements(
                Arc::clone(store),
                Arc::clone(clock),
                rng,
                Arc::new(Statements),
                config(STATEMENTS_QUEUE),
            ),
        }
    }

    async fn run(&self) {
        let never = std::future::pending;
        tokio::join!(
            self.sagas.run(never()),
            self.notices.run(never()),
            self.statements.run(never()),
        );
    }

    /// Works until nothing is left to do, leases of the dead included.
    pub(super) async fn run_until_idle(&self, store: &dyn Store) -> Result<(), String> {
        let idle = async {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                let depths = store.queues().await.map_err(|error| error.to_string())?;
                let heard = store.checkpoint(STATEMENTS_QUEUE).await;
                let heard = heard.map_err(|error| error.to_string())?;
                let empty = depths.iter().all(|it| it.ready + it.waiting == 0);
                if empty && heard >= *store.head().borrow() {
                    return Ok(());
                }
            }
        };
        tokio::select! {
            () = self.run() => Ok(()),
            idle = idle => idle,
        }
    }
}
