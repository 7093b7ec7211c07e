//! The drill: the bank as a process that is killed again and again while clients send it transfers.

mod check;
mod client;
mod process;
mod serve;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, Rng as _, SeededRng, SystemClock, Timestamp};
use serde::Serialize;
use tokio::time::sleep;

use client::Clients;
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
    /// Where the bank's data is.
    pub folder: PathBuf,
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
        let ((), ended) = tokio::join!(
            async {
                sleep(Duration::from_millis(least + rng.below(most - least))).await;
                process.kill();
            },
            life.send(),
        );
        clients = ended?;
        figures.kills += 1;
        let store = serve::open(&drill.folder, Arc::new(clock)).await?;
        check.after_kill(&store, &clients).await?;
        store.close().await;
    }
    let process = Process::start(drill)?;
    let mut life = clients.live(&process.address, CLIENTS)?;
    life.repeat().await?;
    clients = life.finish().await?;
    drop(process);
    // What the dead held is on lease until this much later.
    let later: Arc<dyn Clock> = Arc::new(Later(clock));
    let store = serve::open(&drill.folder, Arc::clone(&later)).await?;
    check.after_kill(&store, &clients).await?;
    check.at_the_end(store, &later, &clients).await?;
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
