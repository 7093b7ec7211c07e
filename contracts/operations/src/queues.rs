//! Queues, and messages that were set aside.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Every queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Queues {
    /// By service and name.
    pub queues: Vec<Queue>,
}

/// How full a queue is, over all tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Queue {
    /// The service whose queue it is.
    pub service: String,
    /// Its name.
    pub queue: String,
    /// Messages that can be taken now.
    pub ready: u64,
    /// Messages that somebody works on, or that wait for their time.
    pub waiting: u64,
    /// Messages that were set aside.
    pub dead: u64,
    /// Since when the oldest of the ready ones could have been taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_since: Option<String>,
}

/// A page of messages that were set aside, in the order of sending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetters {
    /// The messages.
    pub letters: Vec<DeadLetter>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// Its id.
    pub message: Uuid,
    /// Why it was set aside.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was sent.
    pub sent_at: String,
    /// When it was set aside.
    pub died_at: String,
    /// Who sent it, such as `user:018f…`.
    pub sent_by: String,
    /// The undertaking it belongs to.
    pub correlation: Uuid,
    /// Its ordering key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was to be done.
    pub payload: Value,
}

/// Which messages to queue again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// This one; left out, all that are set aside now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
}

/// How many messages were queued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// The number.
    pub replayed: u64,
}
