//! After the last kill: everything comes to rest, and what was acknowledged is asked once more.

use std::thread;
use std::time::Duration;

use medcover_kernel::Rng as _;
use medcover_kernel::SystemRng;
use serde_json::Value;

use super::client::Client;
use super::journal::Journal;
use super::trouble::{Result, Trouble};

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(400);
/// Looks until something must be wrong. What a killed process had in hand lies still for half a minute.
const LOOKS: u32 = 600;
/// Queues whose messages are about what has just happened. Those of the others may wait for a day that has not come.
const OF_EVENTS: [&str; 3] = ["billing-allocations", "billing-commissions", "coded-visits"];

/// Waits until no saga is under way and no message is left that is due.
pub(super) fn come_to_rest(auditor: &Client<'_>) -> Result<()> {
    let (mut in_a_row, mut last) = (0, String::new());
    for _ in 0..LOOKS {
        // What was heard a moment ago may not be a message yet.
        in_a_row = match unrest(auditor)? {
            None => in_a_row + 1,
            Some(what) => {
                last = what;
                0
            }
        };
        if in_a_row == 2 {
            return Ok(());
        }
        thread::sleep(LOOK_AGAIN);
    }
    Err(Trouble::Surprise(format!(
        "it does not come to rest: {last}"
    )))
}

/// Something that is still under way.
fn unrest(auditor: &Client<'_>) -> Result<Option<String>> {
    for state in ["running", "compensating"] {
        let listed = auditor.get(&format!("sagas/journeys?state={state}&limit=1"))?;
        if let Some(run) = listed["runs"].get(0) {
            return Ok(Some(run.to_string()));
        }
    }
    let queues = auditor.get("queues")?;
    let mut queues = queues["queues"].as_array().into_iter().flatten();
    let busy = queues.find(|queue| {
        let is_of_events = OF_EVENTS.iter().any(|name| queue["queue"] == *name);
        queue["ready"] != 0 || (is_of_events && queue["waiting"] != 0)
    });
    Ok(busy.map(Value::to_string))
}

/// What asking again has shown.
pub(super) struct Repeated {
    /// How much was asked again.
    pub(super) count: u64,
    /// What was answered otherwise than before.
    pub(super) findings: Vec<String>,
}

/// Sends up to `most` of the acknowledged requests once more; each must be answered as before.
pub(super) fn repeat(auditor: &Client<'_>, journal: &Journal, most: usize) -> Result<Repeated> {
    let mut asked: Vec<_> = journal.answers.iter().collect();
    for place in 0..asked.len().min(most) {
        let other = SystemRng.below((asked.len() - place) as u64) as usize;
        asked.swap(place, place + other);
    }
    asked.truncate(most);
    let mut findings = Vec::new();
    for told in &asked {
        let again = auditor.repeat(told)?;
        let replayed = again.header("idempotency-replayed") == "true";
        // A refusal says at its end which request it answers.
        let is_same = told.status >= 300 || again.body == told.answer;
        if again.status != told.status || !is_same || !replayed {
            findings.push(format!(
                "POST {} under the key {} was answered {} {}, and then, {}, {} {}",
                told.path,
                told.key,
                told.status,
                told.answer,
                if replayed { "as a replay" } else { "anew" },
                again.status,
                again.body
            ));
        }
    }
    let count = asked.len() as u64;
    Ok(Repeated { count, findings })
}
