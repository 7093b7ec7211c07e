//! How refusals name themselves, and how many there were of each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderName;
use axum::response::Response;
use medcover_kernel::{Error, ErrorKind};

use super::figures::RefusalCount;

/// Which bound refused: the name of the problem, on every answer that is 429 or 503, and where a policy
/// refused. The access log has it as `refused_by`,
/// metrics as `reason`.
pub const REFUSED_BY: HeaderName = HeaderName::from_static("x-refused-by");

/// When whoever found no slot should ask again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Whether `reason` says that there was more to do than the bounds of this process allow. Such refusals are what is wanted
/// of it then, and come by the thousand.
pub(crate) fn is_of_a_flood(reason: &str) -> bool {
    ["no-slot", "load-shed", "rate-limited"].contains(&reason)
}

/// Every slot is taken.
pub(super) fn no_slot(slots: u32) -> Error {
    let message = format!("All {slots} requests that are worked on at once are taken; try again.");
    let error = Error::new(ErrorKind::Unavailable, "no-slot", message);
    error.with_retry_after(RETRY_AFTER)
}

/// There are free slots, but they are kept for what matters more.
pub(super) fn shed() -> Error {
    let message = "There is more to do than can be done in good time, and this matters less than the rest; try again.";
    let error = Error::new(ErrorKind::Unavailable, "load-shed", message);
    error.with_retry_after(RETRY_AFTER)
}

/// A limit of a tier is used up.
pub(super) fn limited(tier: &str, quota: u32, window: Duration, wait: Duration) -> Error {
    let seconds = window.as_secs_f64();
    let message =
        format!("The limit of the tier {tier} is used up: {quota} requests within {seconds} s.");
    Error::new(ErrorKind::Limited, "rate-limited", message).with_retry_after(wait)
}

/// Too many bad credentials came from an address.
pub(super) fn guessed(wait: Duration) -> Error {
    let message = "Too many credentials that do not hold were shown from this address; others are not looked at for now.";
    Error::new(ErrorKind::Limited, "credentials-limited", message).with_retry_after(wait)
}

/// How many requests were refused, by reason. There are few reasons, and refusing is off the quiet path.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<String, u64>>);

impl Refusals {
    /// Counts `response` if it is a refusal, and says by what.
    pub(crate) fn note<'a>(&self, response: &'a Response) -> Option<&'a str> {
        let reason = reason(response)?;
        let mut counts = self.lock();
        match counts.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                counts.insert(reason.to_owned(), 1);
            }
        }
        Some(reason)
    }

    pub(crate) fn counts(&self) -> Vec<RefusalCount> {
        let counts = self.lock().clone();
        let counts = counts.into_iter();
        counts
            .map(|(reason, count)| RefusalCount { reason, count })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(response: &Response) -> Option<&str> {
    match response.status().as_u16() {
        403 | 429 | 503 => response.headers().get(REFUSED_BY)?.to_str().ok(),
        _ => None,
    }
}
