//! Who reads and writes all the while, and notes how long it took.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use serde_json::json;

use crate::drill::{Client, Trouble, person};
use crate::http;

/// Between two requests of the same probe.
const PAUSE: Duration = Duration::from_millis(10);
/// Between two looks at the patient, each of which is written down.
const PAUSE_AT_PATIENT: Duration = Duration::from_millis(50);
/// How long one who reads waits for a door before asking the next.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often one who reads asks in vain, at each door in turn, before giving up.
const TRIES: usize = 4;

/// A request that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// When it was first sent.
    pub(super) at: Duration,
    /// Until it was answered well.
    pub(super) took: Duration,
    /// How often it was refused, or not answered.
    pub(super) refused: usize,
    /// Whether it was answered in the end.
    pub(super) answered: bool,
}

/// What the probes have seen so far.
#[derive(Debug)]
pub(super) struct Probes {
    pub(super) clock: SystemClock,
    pub(super) reads: Mutex<Vec<Sample>>,
    pub(super) writes: Mutex<Vec<Sample>>,
    /// The door that nobody should go to, because it is about to stop.
    pub(super) left: Mutex<Option<String>>,
    /// Looks at one patient.
    pub(super) patients: Mutex<Vec<Sample>>,
    /// When something was refused, or not answered, and what was told.
    pub(super) refusals: Mutex<Vec<(Duration, String)>>,
    done: AtomicBool,
}

impl Probes {
    pub(super) fn new(clock: SystemClock) -> Self {
        Self {
            clock,
            reads: Mutex::default(),
            writes: Mutex::default(),
            left: Mutex::default(),
            patients: Mutex::default(),
            refusals: Mutex::default(),
            done: AtomicBool::new(false),
        }
    }

    /// Reads at each of `doors`, looks at a patient there, and writes as `client`, until [`Probes::stop_at_the_end`] has come to that. What is returned ends with what went wrong
    /// with the writes.
    pub(super) fn start<'a>(
        &'a self,
        scope: &'a Scope<'a, '_>,
        doors: &'a [String],
        client: &'a Client<'a>,
    ) -> ScopedJoinHandle<'a, Result<(), Trouble>> {
        for first in 0..doors.len() {
            scope.spawn(move || self.read_all(doors, first));
        }
        scope.spawn(move || {
            let made = client.post(201, "patients", &json!({"details": person("Shown", 0)}))?;
            let path = format!(
                "/api/v1/patients/{}",
                made["id"].as_str().unwrap_or_default()
            );
            thread::scope(|scope| {
                scope.spawn(|| self.look_all(doors, &path, client.key()));
                self.write_all(client)
            })
        })
    }

    /// Ends what was started when what is returned is dropped, as a panic does.
    pub(super) const fn stop_at_the_end(&self) -> Stopping<'_> {
        Stopping(self)
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }

    /// Who does not get an answer at one door goes to the next, and stays there.
    fn read_all(&self, doors: &[String], first: usize) {
        let mut turn = first;
        for number in 0.. {
            if self.is_done() {
                return;
            }
            let path = match number % 2 {
                0 => "/api/v1/codes/I21.9".to_owned(),
                // Never the same twice in a row, so that it is searched.
                _ => format!("/api/v1/search/icd10?q=nstemi&limit={}", 1 + number % 50),
            };
            let sample = self.read(doors, turn, &path);
            turn += sample.refused;
            note(&self.reads, sample);
            thread::sleep(PAUSE);
        }
    }

    /// Looks at the patient at `path` again and again.
    fn look_all(&self, doors: &[String], path: &str, key: &str) {
        let mut turn = 0;
        while !self.is_done() {
            let sample = self.ask(doors, turn, path, &[("X-API-Key", key)]);
            turn += sample.refused;
            note(&self.patients, sample);
            thread::sleep(PAUSE_AT_PATIENT);
        }
    }

    fn read(&self, doors: &[String], turn: usize, path: &str) -> Sample {
        self.ask(doors, turn, path, &[])
    }

    fn ask(&self, doors: &[String], turn: usize, path: &str, headers: &[(&str, &str)]) -> Sample {
        let at = self.clock.elapsed();
        let left = self.left.lock().expect("no code panics under it").clone();
        let open = doors.iter().filter(|it| Some(*it) != left.as_ref());
        let doors: Vec<_> = open.collect();
        let asked = (0..TRIES).find(|tried| {
            let host = doors[(turn + tried) % doors.len()];
            let answer = http::try_ask_within(PATIENCE, host, "GET", path, headers, "");
            let is_well = answer.as_ref().is_ok_and(|answer| answer.status == 200);
            if !is_well {
                self.note_refusal(http::refusal(host, path, &answer));
            }
            is_well
        });
        Sample {
            at,
            took: self.clock.elapsed().saturating_sub(at),
            refused: asked.unwrap_or(TRIES),
            answered: asked.is_some(),
        }
    }

    fn note_refusal(&self, told: String) {
        let mut refusals = self.refusals.lock().expect("no code panics under it");
        refusals.push((self.clock.elapsed(), told));
    }

    /// Registers patients, one after the other; each is sent until it is acknowledged.
    fn write_all(&self, client: &Client<'_>) -> Result<(), Trouble> {
        for number in 0.. {
            if self.is_done() {
                break;
            }
            let (at, before) = (self.clock.elapsed(), client.in_vain());
            let request = json!({"details": person("Probe", number)});
            client.post(201, "patients", &request)?;
            let sample = Sample {
                at,
                took: self.clock.elapsed().saturating_sub(at),
                refused: client.in_vain() - before,
                answered: true,
            };
            if sample.refused > 0 {
                self.note_refusal(client.last_refusal());
            }
            note(&self.writes, sample);
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// See [`Probes::stop_at_the_end`].
pub(super) struct Stopping<'a>(&'a Probes);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Ordering::Relaxed);
    }
}

fn note(samples: &Mutex<Vec<Sample>>, sample: Sample) {
    samples
        .lock()
        .expect("no code panics under it")
        .push(sample);
}
