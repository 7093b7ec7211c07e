//! What clients remember.

use serde_json::Value;

/// In whose name a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Who works at the desk.
    Desk,
    /// Who approves what the desk asks for.
    Second,
}

/// A request that changes something, and the answer for good.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) who: Who,
    pub(super) key: String,
    /// Below `/api/v1/`.
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) status: u16,
    pub(super) answer: Value,
}

/// What one visit, or one premium, did to the books once everything is paid, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taking {
    /// What the visit was charged.
    pub(super) charged: i64,
    /// What of it nobody owes.
    pub(super) contractual: i64,
    /// What came in for it, from patient and payer.
    pub(super) collected: i64,
    /// What came in as a premium.
    pub(super) premium: i64,
    /// What went back to the patient, who owes it again.
    pub(super) refunded: i64,
}

/// All that one or all clients remember.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    /// What was acknowledged.
    pub(super) answers: Vec<Acknowledged>,
    /// Things that sagas made, by the name of their list, as they were read once the saga was over.
    pub(super) seen: Vec<(&'static str, Value)>,
    /// What became of the money.
    pub(super) takings: Vec<Taking>,
    /// Patients whose journey came to its end.
    pub(super) finished: u64,
    /// Of those, patients who cancelled.
    pub(super) cancelled: u64,
    /// Requests that had to be sent more than once.
    pub(super) sent_again: u64,
    /// Of those, requests that had been done before: the kill came between the commit and the answer.
    pub(super) done_before: u64,
    /// Sendings that found nobody, or whose answer did not come.
    pub(super) lost: u64,
    /// Sendings answered with "ask again".
    pub(super) put_off: u64,
    /// What the last of those was told.
    pub(super) last_refusal: String,
    /// Runs that were parked and let go on by a person.
    pub(super) resumed: u64,
}

impl Journal {
    /// Adds what somebody else remembers.
    pub(crate) fn add(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.seen.extend(other.seen);
        self.takings.extend(other.takings);
        self.finished += other.finished;
        self.cancelled += other.cancelled;
        self.sent_again += other.sent_again;
        self.done_before += other.done_before;
        self.lost += other.lost;
        self.put_off += other.put_off;
        self.resumed += other.resumed;
    }
}
