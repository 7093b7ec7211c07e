//! The drill of the journey: the program is killed again and again while clients take patients from registration to refund.
//!
//! Each client keeps what was acknowledged to it, and sends again under the same key what was not. At the end nothing that
//! was acknowledged may be missing, changed or there twice, nothing may be there that nobody asked for, and the books must
//! be what the clients remember of the money.

mod books;
mod check;
mod client;
mod clinic;
mod door;
mod figures;
mod installation;
mod journal;
mod journey;
mod kills;
mod policy;
mod rest;
mod run;
mod trouble;
mod work;

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};

pub(crate) use client::Client;
pub(crate) use clinic::{Clinic, person};
pub(crate) use door::Door;
pub use figures::{Figures, WorkFigures};
use installation::Installation;
pub(crate) use journal::Journal;
use kills::Kills;
pub(crate) use trouble::Trouble;
pub(crate) use work::Work;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// How often the program is killed.
    pub kills: u32,
    /// How many clients there are. Each sends one request at a time.
    pub clients: usize,
    /// The longest life of the program after it has begun to listen.
    pub life: Duration,
    /// Decides when, and what clients do.
    pub seed: u64,
}

/// All that is wrong.
pub(crate) type Findings = Vec<String>;

impl Drill {
    /// Kills and checks, telling `tell` of each kill. `Err` says all that is wrong.
    ///
    /// Panics when the program does not start.
    pub fn run(&self, tell: &dyn Fn(&str)) -> Result<Figures, Findings> {
        let clock = SystemClock::new();
        let mut installation = Installation::new();
        let door = Door::default();
        door.open(vec![installation.start()]);
        let work = Work {
            door: &door,
            clients: self.clients,
            seed: self.seed,
        };
        let (kills, done) = work.under(|_| Kills::make(self, &mut installation, &door, tell))?;
        tell("everything that was begun is finished");
        let mut figures = work.look(&done, || installation.verify_audit())?;
        figures.seconds = clock.elapsed().as_secs();
        Ok(Figures::of(&kills, figures))
    }
}
