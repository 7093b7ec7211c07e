//! Refusals in the audit trail, as many as it can take.

use std::sync::atomic::{AtomicU64, Ordering};

use medcover_kernel::Call;
use medcover_store::{Append, AuditOutcome, Context};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::service::{AuthService, entry};

/// How many refusals are written at a time. Anybody can be refused as often as they like, and must not be able to keep
/// the store from those who are not.
const AT_A_TIME: usize = 32;

/// Which refusals are being written, and how many were not.
pub(crate) struct Refusals {
    room: Semaphore,
    unwritten: AtomicU64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            room: Semaphore::new(AT_A_TIME),
            unwritten: AtomicU64::new(0),
        }
    }
}

impl AuthService {
    /// Writes down that `call` was refused. Where there is no room the next record tells how many are missing; that it
    /// cannot be written changes nothing about the refusal.
    pub(super) async fn record_refusal(
        &self,
        call: &Call,
        action: &'static str,
        mut details: Value,
    ) {
        let Ok(_room) = self.refusals.room.try_acquire() else {
            self.refusals.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let missing = self.refusals.unwritten.swap(0, Ordering::Relaxed);
        if missing > 0 {
            details["unwritten_before"] = json!(missing);
        }
        let entry = match entry(action, &call.caller, AuditOutcome::Refused, &details) {
            Ok(entry) => entry,
            Err(error) => {
                return tracing::error!(cause = %error, "a refusal cannot be written down");
            }
        };
        let append = Append::new(Context::of(call)).audit(entry);
        if let Err(error) = self.commit(append).await {
            self.refusals
                .unwritten
                .fetch_add(missing + 1, Ordering::Relaxed);
            tracing::error!(cause = %error, "a refusal cannot be written down");
        }
    }
}
