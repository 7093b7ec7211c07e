//! The drill: the bank as a process that is killed again and again while clients send it transfers.

mod check;
mod client;
mod kept;
mod process;
mod serve;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Rng as _, SeededRng, SystemClock, Timestamp};
use medcover_testkit::PostgresServer;
use serde::Serialize;
use tokio::time::sleep;

use client::Clients;
pub use kept::Kept;
use process::Process;
pub use serve::serve;
pub(crate) use serve::{on_a_free_port, router};

/// Clients that send at once.
const CLIENTS: usize = 16;
/// The shortest and longest life of the process, after it has begun to answer.
const LIFE_MS: (u64, u64) = (40, 300);

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Drill {
    /// The program that serves the bank when told `serve`.
    pub program: PathBuf,
    /// Where the bank's data is, or, with a server, what is kept beside it.
    pub folder: PathBuf,
    /// The server that has the data, when there is one: it crashes as well, while the process lives.
    pub server: Option<Arc<PostgresServer>>,
    /// How often to kill.
    pub times: u32,
    /// Decides when, and what clients send.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Processes killed.
    pub kills: u32,
    /// Crashes of the server that keeps the data.
    pub crashes: u32,
    /// Requests answered, by a transfer or a refusal.
    pub answered: u64,
    /// Of those, requests that a kill had left without an answer, and that were sent again.
    pub sent_again: u64,
    /// Answers asked for once more after a kill, and the same.
    pub repeated: u64,
    /// Events in the log.
    pub events: u64,
    /// Records of the audit trail.
    pub audit_records: u64,
    /// Sagas.
    pub sagas: usize,
    /// Of those, parked because kills had cut off every attempt at a step, and resumed at the end.
    pub resumed: usize,
    /// Views compared with their rebuilding.
    pub rebuilt: u32,
    /// Seconds it took.
    pub seconds: u64,
}

impl Drill {
    fn kept(&self) -> Kept {
        Kept {
            folder: self.folder.clone(),
            postgres: self.server.as_ref().map(|server| server.url()),
        }
    }
}

/// Kills and checks; `Err` says what was lost, doubled or changed.
pub async fn kill(drill: &Drill) -> Result<Figures, String> {
    let clock = SystemClock::new();
    let rng = Arc::new(SeededRng::new(drill.seed));
    let mut clients = Clients::new(rng.clone());
    let mut check = check::Check::default();
    let mut figures = Figures::default();
    while figures.kills < drill.times {
        let mut process = Process::start(drill)?;
        let mut life = clients.live(&process.address, CLIENTS)?;
        life.open_accounts().await?;
        life.repeat().await?;
        let (least, most) = LIFE_MS;
        let a_while = || sleep(Duration::from_millis(least + rng.below(most - least)));
        let (crashed, ended) = tokio::join!(
            async {
                a_while().await;
                let crashed = match &drill.server {
                    Some(server) if rng.below(3) == 0 => {
                        let crashed = crash(server).await;
                        a_while().await;
                        crashed.map(|()| 1)
                    }
                    _ => Ok(0),
                };
                process.kill();
                crashed
            },
            life.send(),
        );
        clients = ended?;
        figures.kills += 1;
        figures.crashes += crashed?;
        let opened = drill.kept().open(Arc::new(clock)).await?;
        check.after_kill(&*opened.store(), &clients).await?;
        opened.close().await;
    }
    let process = Process::start(drill)?;
    let mut life = clients.live(&process.address, CLIENTS)?;
    life.repeat().await?;
    clients = life.finish().await?;
    drop(process);
    // What the dead held is on lease until this much later.
    let later: Arc<dyn Clock> = Arc::new(Later(clock));
    let opened = drill.kept().open(Arc::clone(&later)).await?;
    check.after_kill(&*opened.store(), &clients).await?;
    check.at_the_end(&opened.store(), &later, &clients).await?;
    opened.close().await;
    figures.answered = clients.answered();
    figures.sent_again = clients.sent_again;
    figures.repeated = clients.repeated;
    figures.events = check.ledger.position().get();
    figures.audit_records = check.audit_records;
    figures.rebuilt = check.rebuilt;
    (figures.sagas, figures.resumed) = (clients.sagas(), check.resumed);
    figures.seconds = clock.elapsed().as_secs();
    Ok(figures)
}

/// The server crashes, stays away for a moment, and is there again.
async fn crash(server: &Arc<PostgresServer>) -> Result<(), String> {
    let server = Arc::clone(server);
    let crashed = tokio::task::spawn_blocking(move || {
        server.crash()?;
        std::thread::sleep(Duration::from_millis(300));
        server.start_again()
    });
    let crashed = crashed.await.map_err(|error| error.to_string())?;
    crashed.map_err(|error| error.to_string())
}

/// The machine's clock, two minutes on: every lease has run out, and nobody needs to wait for it.
struct Later(SystemClock);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        self.0.now().plus(Duration::from_mins(2))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
