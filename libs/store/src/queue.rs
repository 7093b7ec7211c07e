//! Messages: work to be done later, by whoever claims it.

use std::time::Duration;

use medcover_kernel::{MessageId, TenantId, Timestamp};

use crate::{CanonicalJson, Context, Name};

/// Work to be done after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id. One that is still queued or set aside under the same id stays as it is, and this one is not added.
    pub id: MessageId,
    /// The consumer group that does it: its workers share the messages.
    pub queue: Name,
    /// Messages of one tenant with the same key are done one after the other, in the order in which they were sent.
    pub key: Option<String>,
    /// What is to be done; at most [`limits::EVENT_BYTES`](crate::limits::EVENT_BYTES).
    pub payload: CanonicalJson,
    /// Not to be begun earlier; `None` is at once.
    pub not_before: Option<Timestamp>,
}

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The queue.
    pub queue: Name,
    /// Who asks; unique per start of a process, shown when the queue is inspected.
    pub worker: Name,
    /// How long the worker keeps the messages to itself. One not settled by then is given to someone else.
    pub lease: Duration,
    /// How many at most; never more than [`limits::CLAIMED`](crate::limits::CLAIMED).
    pub max: usize,
}

/// A claimed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: MessageId,
    /// The queue.
    pub queue: Name,
    /// What settles this delivery and no other: a number that the store never gives out again.
    pub token: u64,
    /// The how-manieth attempt it is since the message was sent or replayed, from 1.
    pub attempt: u32,
    /// Its ordering key.
    pub key: Option<String>,
    /// What is to be done.
    pub payload: CanonicalJson,
    /// In what context it was sent.
    pub context: Context,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Until when the worker has it to itself.
    pub leased_until: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Which message. It must be of the tenant of the commit.
    pub message: MessageId,
    /// Which delivery of it.
    pub token: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an attempt at a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and gone.
    Done,
    /// It takes longer: the lease holds until then.
    Extended {
        /// The end of the lease.
        until: Timestamp,
    },
    /// It failed, and is to be tried again.
    Retry {
        /// Not before then.
        at: Timestamp,
        /// Why it failed.
        reason: String,
    },
    /// Whoever had it does not know what it says, and leaves it to others: it counts as no attempt.
    Left {
        /// Not before then.
        at: Timestamp,
        /// What was not known.
        reason: String,
    },
    /// It is set aside for a person.
    Dead {
        /// Why.
        reason: String,
    },
}

impl Delivery {
    /// Whose it is.
    pub const fn tenant(&self) -> TenantId {
        self.context.tenant
    }

    /// Says what became of this attempt.
    pub const fn settled(&self, outcome: Outcome) -> Settlement {
        Settlement {
            message: self.id,
            token: self.token,
            outcome,
        }
    }
}

/// A message as the queue has it, for those who look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMessage {
    /// Its id.
    pub id: MessageId,
    /// The queue.
    pub queue: Name,
    /// Its place in the order of sending.
    pub sequence: u64,
    /// Its ordering key.
    pub key: Option<String>,
    /// What is to be done.
    pub payload: CanonicalJson,
    /// In what context it was sent.
    pub context: Context,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it can be claimed; while it is leased, the end of the lease.
    pub available_at: Timestamp,
    /// How often it was delivered since it was sent or replayed.
    pub attempts: u32,
    /// The token of its last delivery; 0 before the first.
    pub token: u64,
    /// Who has it, while it is leased.
    pub worker: Option<Name>,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The message as it last stood.
    pub message: QueuedMessage,
    /// Why it was set aside.
    pub reason: String,
    /// When.
    pub died_at: Timestamp,
}

/// What a person does with a message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadLetterChange {
    /// It is queued again, due at once, its attempts counted from the start.
    Replay(MessageId),
    /// It is dropped for good.
    Discard(MessageId),
}

/// How full a queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: Name,
    /// Messages that can be claimed now.
    pub ready: u64,
    /// Messages that are leased or wait for their time.
    pub waiting: u64,
    /// Messages that were set aside.
    pub dead: u64,
    /// Since when the oldest of the ready ones could have been claimed.
    pub ready_since: Option<Timestamp>,
}

impl QueueDepth {
    /// A queue without messages.
    pub(crate) const fn empty(queue: Name) -> Self {
        Self {
            queue,
            ready: 0,
            waiting: 0,
            dead: 0,
            ready_since: None,
        }
    }
}
