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

use books::Books;
use client::Client;
use clinic::Clinic;
use door::Door;
pub use figures::Figures;
use installation::Installation;
use journal::Journal;
use kills::Kills;

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

/// Acknowledged requests that are sent once more at the end.
const REPEATED: usize = 5_000;

/// All that is wrong.
type Findings = Vec<String>;

impl Drill {
    /// Kills and checks, telling `tell` of each kill. `Err` says all that is wrong.
    ///
    /// Panics when the program does not start.
    pub fn run(&self, tell: &dyn Fn(&str)) -> Result<Figures, Findings> {
        let clock = SystemClock::new();
        let mut installation = Installation::new();
        let door = Door::default();
        door.open(installation.start());
        let clinic = Clinic::prepare(&door).map_err(|trouble| vec![trouble.to_string()])?;
        let client = |name| Client::new(name, self.seed, &door, &clinic.keys);
        let clients: Vec<_> = (0..self.clients)
            .map(|number| client(format!("client-{number}")))
            .collect();
        let policies = work::first_policies(&clients, &clinic)?;
        let kills = work::under_kills(&clients, &clinic, &policies, &door, || {
            Kills::make(self, &mut installation, &door, tell)
        })?;
        tell("everything that was begun is finished");

        let auditor = client("auditor".to_owned());
        let mut journal = clinic.journal;
        for client in clients {
            journal.add(client.into_journal());
        }
        let figures = Figures::of(&kills, &journal);
        let figures = look(&installation, &auditor, &journal, figures)?;
        let seconds = clock.elapsed().as_secs();
        Ok(Figures { seconds, ..figures })
    }
}

/// Lets everything come to rest, and holds what is there against what was acknowledged.
fn look(
    installation: &Installation,
    auditor: &Client<'_>,
    journal: &Journal,
    figures: Figures,
) -> Result<Figures, Findings> {
    let looked = rest::come_to_rest(auditor)
        .and_then(|()| rest::repeat(auditor, journal, REPEATED))
        .and_then(|repeated| {
            // What was only repeated has left nothing new behind.
            rest::come_to_rest(auditor)?;
            Ok((repeated, Books::read(auditor)?))
        });
    let (repeated, books) = looked.map_err(|trouble| vec![trouble.to_string()])?;
    let mut findings = repeated.findings;
    findings.extend(check::all(journal, &books));
    let audit_records = installation.verify_audit().unwrap_or_else(|fault| {
        findings.push(fault);
        0
    });
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Figures {
        repeated: repeated.count,
        audit_records,
        ..figures.with(&books)
    })
}
