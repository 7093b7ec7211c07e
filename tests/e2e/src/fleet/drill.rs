//! The fleet is harmed in every way, one after the other, while clients take patients from visit to cash.

use std::iter::repeat_with;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use medcover_kernel::{Clock as _, Rng as _, SeededRng, SystemClock};

use super::figures::{FleetFigures, HarmFigures};
use super::harm::Harm;
use super::probes::Probes;
use super::{Fleet, Process, Spread};
use crate::drill::{Client, Clinic, Door, Findings, Journal, Work};
use crate::server::program;

/// How long a client waits for an answer before it asks at another door.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a harm is undone, writes must be back within this time.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks whether writes are back.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Looks until what waited for the database must be there.
const LOOKS: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Which harms are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harms {
    /// All of them, one after the other.
    All,
    /// One of each kind.
    Few,
    /// One of each kind, and then any of them, for as long.
    Random(Duration),
    /// Every process is drained and started again, one after the other: as what this program makes of it and then back, where
    /// one is named.
    Rolling(Option<PathBuf>),
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct FleetDrill {
    /// How roles are spread over processes.
    pub spread: Spread,
    /// Which harms, in which order.
    pub harms: Harms,
    /// How long each harm lasts, and how long it is calm before the next.
    pub phase: Duration,
    /// Clients who take patients from registration to refund.
    pub clients: usize,
    /// Decides what they do.
    pub seed: u64,
}

impl FleetDrill {
    /// Harms and checks, telling `tell` of each harm. `Err` says all that is wrong.
    ///
    /// Panics when the program does not start.
    pub fn run(&self, tell: &dyn Fn(&str)) -> Result<FleetFigures, Vec<String>> {
        let clock = SystemClock::new();
        let mut fleet = Fleet::start(self.spread).map_err(|error| vec![error.to_string()])?;
        let doors = fleet.doors();
        let door = Door::with_patience(PATIENCE);
        door.open(doors.clone());
        let work = Work {
            door: &door,
            clients: self.clients,
            seed: self.seed,
        };
        let (harmed, mut done) =
            work.under(|clinic| self.harm_all(&mut fleet, (&door, &doors), clinic, tell))?;
        let (harms, journal) = harmed?;
        done.journal.add(journal);
        tell("everything that was begun is finished");
        let mut work = work.look(&done, || fleet.verify_audit())?;
        work.seconds = clock.elapsed().as_secs();
        let figures = FleetFigures { harms, work };
        let findings = figures.findings(BACK_WITHIN);
        if findings.is_empty() {
            Ok(figures)
        } else {
            Err([findings, vec![figures.to_string()]].concat())
        }
    }

    fn harm_all(
        &self,
        fleet: &mut Fleet,
        (door, doors): (&Door, &[String]),
        clinic: &Clinic,
        tell: &dyn Fn(&str),
    ) -> Result<(Vec<HarmFigures>, Journal), Findings> {
        let probes = Probes::new(SystemClock::new());
        let client = Client::new("probe".to_owned(), self.seed, door, &clinic.keys);
        // It rests between two requests by itself.
        client.begin_no_more();
        let harms = thread::scope(|scope| {
            let writing = probes.start(scope, doors, &client);
            let harms = {
                // A fleet that does not come back, or a panic, leaves nobody waiting for it.
                let mut shutting = door.shut_at_the_end();
                let _stopping = probes.stop_at_the_end();
                let harms = self.one_by_one(fleet, (door, doors), &probes, tell);
                if harms.is_ok() {
                    shutting.keep_open();
                }
                harms
            };
            match writing.join() {
                Ok(Ok(())) => harms,
                Ok(Err(trouble)) => Err(vec![trouble.to_string()]),
                Err(_) => Err(vec!["the probe panicked".to_owned()]),
            }
        })?;
        Ok((harms, client.into_journal()))
    }

    fn one_by_one(
        &self,
        fleet: &mut Fleet,
        doors: (&Door, &[String]),
        probes: &Probes,
        tell: &dyn Fn(&str),
    ) -> Result<Vec<HarmFigures>, Findings> {
        let members = fleet.members.iter();
        let names: Vec<_> = members.map(|it| it.name.clone()).collect();
        let harms: Box<dyn Iterator<Item = Harm>> = match &self.harms {
            Harms::Rolling(other) => {
                let programs = other.clone().map(|other| (other, program()));
                Box::new(Harm::rolling(&names, programs).into_iter())
            }
            Harms::Few => Box::new(Harm::few(&names).into_iter()),
            Harms::All => Box::new(Harm::all(&names).into_iter()),
            Harms::Random(length) => {
                let (rng, all) = (SeededRng::new(self.seed), Harm::all(&names));
                let any = move || all[rng.below(all.len() as u64) as usize].clone();
                let until = probes.clock.elapsed().saturating_add(*length);
                let goes_on = move |_: &Harm| probes.clock.elapsed() < until;
                let few = Harm::few(&names).into_iter();
                Box::new(few.chain(repeat_with(any)).take_while(goes_on))
            }
        };
        let mut all = Vec::new();
        for harm in harms {
            let figures = self.one(fleet, doors, probes, &harm);
            let figures = figures.map_err(|error| format!("{harm}: {error}"));
            let figures = figures.inspect_err(|error| tell(error));
            let figures = figures.map_err(|error| vec![error])?;
            tell(&figures.to_string());
            all.push(figures);
        }
        Ok(all)
    }

    /// Does one harm, undoes it, and waits until writes are back.
    fn one(
        &self,
        fleet: &mut Fleet,
        (door, doors): (&Door, &[String]),
        probes: &Probes,
        harm: &Harm,
    ) -> std::io::Result<HarmFigures> {
        let began = probes.clock.elapsed();
        let left = match harm {
            Harm::Restart(name, _) => fleet.door_of(name),
            _ => None,
        };
        // A balancer before the doors sends nobody where somebody is about to stop.
        if left.is_some() {
            leave(left.as_ref(), (door, doors), probes);
        }
        let cure = fleet.suffer(harm)?;
        if left.is_some() {
            leave(None, (door, doors), probes);
        }
        thread::sleep(self.phase);
        fleet.recover(cure)?;
        let undone = probes.clock.elapsed();
        // One that was sent after all was well again.
        let is_back = || {
            let writes = probes.writes.lock().expect("no code panics under it");
            writes.last().is_some_and(|it| it.at + it.took >= undone)
        };
        while !is_back() && probes.clock.elapsed().saturating_sub(undone) < BACK_WITHIN {
            thread::sleep(LOOK_EVERY);
        }
        let back_after = is_back().then(|| probes.clock.elapsed().saturating_sub(undone));
        thread::sleep(self.phase);
        Ok(HarmFigures::of(harm, began, back_after, probes))
    }
}

/// From now on nobody goes to the door at `left`.
fn leave(left: Option<&String>, (door, doors): (&Door, &[String]), probes: &Probes) {
    let open = doors.iter().filter(|it| Some(*it) != left);
    door.open(open.cloned().collect());
    *probes.left.lock().expect("no code panics under it") = left.cloned();
}

impl Fleet {
    /// `medcover audit verify`: how many records it has read, or what it says is wrong. Nothing waits for the database any
    /// more.
    fn verify_audit(&self) -> Result<u64, String> {
        let of_records = |it: &&Process| it.node.roles().contains("hospital");
        let members: Vec<_> = self.members.iter().filter(of_records).collect();
        for member in &members {
            let nothing_waits = || {
                member
                    .node
                    .print(&["audit", "spool"])
                    .starts_with("Nothing")
            };
            let relayed = (0..LOOKS).any(|_| {
                thread::sleep(LOOK_AGAIN);
                nothing_waits()
            });
            if !relayed {
                return Err(format!("audit records wait at {}", member.name));
            }
        }
        members[0].node.verify_audit()
    }
}
