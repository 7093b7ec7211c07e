//! A client: it sends until it is answered, and remembers the answer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use medcover_kernel::macros::uuid_v7;
use medcover_kernel::{Rng as _, SeededRng, SystemClock};
use serde_json::{Value, json};

use super::clinic::{Clinic, Keys};
use super::door::Door;
use super::journal::{Acknowledged, Journal, Who};
use super::journey::Journey;
use super::policy;
use super::trouble::{Result, Trouble, expect};
use crate::http::{self, Answer};

/// The longest that a client does something else between two requests.
const ELSEWHERE_MS: u64 = 200;
/// Between two sendings of the same request.
const AGAIN: Duration = Duration::from_millis(20);
/// Between the first two looks at what is not there yet; then twice as long, and so on.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The longest pause between two looks.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);
/// Looks until something must be wrong: five minutes, beside the time in which the program is away.
const LOOKS: u32 = 300;
/// Patients that a client looks after at once, so that one whose saga waits does not hold up the others.
pub(super) const PATIENTS_AT_ONCE: usize = 4;
/// Patients under one policy, which takes fifty.
const PATIENTS_OF_A_POLICY: usize = 40;

/// Somebody at a desk, who sends one request at a time.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    name: String,
    door: &'a Door,
    keys: &'a Keys,
    rng: SeededRng,
    desk: Mutex<Journal>,
    closing: AtomicBool,
    /// Which of several doors it goes to. It goes to the next where one does not answer.
    turn: AtomicUsize,
}

impl<'a> Client<'a> {
    pub(crate) fn new(name: String, seed: u64, door: &'a Door, keys: &'a Keys) -> Self {
        let seed = name.bytes().fold(seed, |seed, byte| {
            seed.wrapping_mul(257).wrapping_add(u64::from(byte))
        });
        Self {
            name,
            door,
            keys,
            rng: SeededRng::new(seed),
            desk: Mutex::default(),
            closing: AtomicBool::new(false),
            turn: AtomicUsize::new(seed as usize),
        }
    }

    /// Takes patients from registration to refund, one after the other, until no more are to be begun: some under `policy`,
    /// which others use, too, then under policies of their own.
    pub(super) fn work(&self, clinic: &Clinic, policy: &str) -> Result<()> {
        self.take(clinic, policy, PATIENTS_OF_A_POLICY / PATIENTS_AT_ONCE)?;
        while !self.is_closing() {
            let policy = policy::open(self, clinic)?;
            self.take(clinic, &policy, PATIENTS_OF_A_POLICY)?;
        }
        Ok(())
    }

    fn take(&self, clinic: &Clinic, policy: &str, patients: usize) -> Result<()> {
        let journeys = (0..patients).take_while(|_| !self.is_closing());
        for _ in journeys {
            Journey::new(self, clinic, policy).take()?;
        }
        Ok(())
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Finishes what was begun, and nothing else.
    pub(crate) fn begin_no_more(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn into_journal(self) -> Journal {
        self.desk.into_inner().expect("no code panics under it")
    }

    /// How many sendings so far were not answered, or answered with "ask again".
    pub(crate) fn in_vain(&self) -> usize {
        let desk = self.desk();
        (desk.lost + desk.put_off) as usize
    }

    /// What the last sending that was in vain came to.
    pub(crate) fn last_refusal(&self) -> String {
        self.desk().last_refusal.clone()
    }

    /// What it shows to say who asks.
    pub(crate) fn key(&self) -> &str {
        self.keys.of(Who::Desk)
    }

    /// Remembers something.
    pub(super) fn note(&self, what: impl FnOnce(&mut Journal)) {
        what(&mut self.desk());
    }

    /// A number below `bound`.
    pub(super) fn below(&self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// A new id.
    pub(super) fn new_id(&self) -> String {
        uuid_v7(&SystemClock::new(), &self.rng).to_string()
    }

    /// What `path` below `/api/v1/` shows.
    pub(super) fn get(&self, path: &str) -> Result {
        let answer = self.send(&mut self.desk(), Who::Desk, "GET", path, None, &Value::Null)?;
        expect(200, "GET", path, answer)
    }

    /// Looks at `path` until `found` finds something in what it shows.
    pub(super) fn until<T>(
        &self,
        path: &str,
        mut found: impl FnMut(&Value) -> Result<Option<T>>,
    ) -> Result<T> {
        let (mut pause, mut last) = (LOOK_AGAIN, Value::Null);
        for _ in 0..LOOKS {
            last = self.get(path)?;
            if let Some(found) = found(&last)? {
                return Ok(found);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LOOK_AT_LEAST);
        }
        Err(Trouble::Surprise(format!(
            "{path} does not come to what it should: {last}"
        )))
    }

    /// Has `body` done at `path`, once; it must be answered with `status`.
    pub(crate) fn post(&self, status: u16, path: &str, body: &Value) -> Result {
        self.post_as(Who::Desk, status, path, body)
    }

    /// The same in the name of `who`.
    pub(super) fn post_as(&self, who: Who, status: u16, path: &str, body: &Value) -> Result {
        expect(status, "POST", path, self.try_post(who, path, body)?)
    }

    /// Has `body` done at `path`, once, and gives the answer, whatever it is.
    pub(super) fn try_post(&self, who: Who, path: &str, body: &Value) -> Result<Answer> {
        let answer = {
            let mut desk = self.desk();
            let key = format!("{}-{}", self.name, desk.answers.len());
            let answer = self.send(&mut desk, who, "POST", path, Some(&key), body)?;
            desk.answers.push(Acknowledged {
                who,
                key,
                path: path.to_owned(),
                body: body.clone(),
                status: answer.status,
                answer: answer.body.clone(),
            });
            answer
        };
        if !self.is_closing() {
            thread::sleep(Duration::from_millis(self.below(ELSEWHERE_MS)));
        }
        Ok(answer)
    }

    /// Lets a parked run go on, as a person does who has looked. It is not remembered: a run is resumed as often as it parks.
    pub(super) fn resume(&self, run: &str) -> Result<()> {
        let (path, note) = (format!("{run}/resume"), json!({"note": "It was looked at"}));
        let desk = &mut self.desk();
        let answer = self.send(desk, Who::Desk, "POST", &path, None, &note)?;
        // Sent again, it finds the run going on already.
        if answer.status != 409 {
            expect(200, "POST", &path, answer)?;
        }
        desk.resumed += 1;
        Ok(())
    }

    /// Sends what was acknowledged once more.
    pub(super) fn repeat(&self, told: &Acknowledged) -> Result<Answer> {
        let desk = &mut self.desk();
        self.send(
            desk,
            told.who,
            "POST",
            &told.path,
            Some(&told.key),
            &told.body,
        )
    }

    /// Sends until there is an answer for good.
    fn send(
        &self,
        desk: &mut Journal,
        who: Who,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Answer> {
        // It goes on from what it reads, so that must not be behind.
        let fresh = ("Cache-Control", "no-cache");
        let mut headers = vec![("X-API-Key", self.keys.of(who)), fresh];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        let text = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let at = format!("/api/v1/{path}");
        let mut sendings = 0;
        loop {
            let turn = self.turn.load(Ordering::Relaxed);
            let host = self.door.host(turn).ok_or(Trouble::Shut)?;
            sendings += 1;
            let patience = self.door.patience;
            let answer = http::try_ask_within(patience, &host, method, &at, &headers, &text);
            let lost = answer.is_err();
            match answer {
                Ok(answer) if !is_put_off(&answer) => {
                    let was_done = answer.header("idempotency-replayed") == "true";
                    desk.sent_again += u64::from(sendings > 1);
                    desk.done_before += u64::from(sendings > 1 && was_done);
                    return Ok(answer);
                }
                in_vain => desk.last_refusal = http::refusal(&host, &at, &in_vain),
            }
            if lost {
                desk.lost += 1;
                self.turn.fetch_add(1, Ordering::Relaxed);
            } else {
                desk.put_off += 1;
            }
            thread::sleep(AGAIN);
        }
    }

    fn desk(&self) -> MutexGuard<'_, Journal> {
        self.desk.lock().expect("no code panics under it")
    }
}

/// Whether the answer is that the same is to be asked again: it is done already, or cannot be done now.
fn is_put_off(answer: &Answer) -> bool {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    matches!(answer.status, 503 | 504) || kind.ends_with("/still-running")
}
