//! Answers kept under the caller's key, so that a repeated request has one effect.

use medcover_kernel::{Caller, IdempotencyKey, TenantId};

use crate::{CanonicalJson, Name};

/// Under what an answer is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerScope {
    /// Whose.
    pub tenant: TenantId,
    /// Who asked.
    pub caller: Caller,
    /// For what: method and path template, such as `POST /api/v1/transfers`.
    pub route: Name,
    /// The key that the caller chose.
    pub key: IdempotencyKey,
}

/// An answer as it was given the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// SHA-256 of the request, to notice a key that is used again for another one.
    pub fingerprint: [u8; 32],
    /// The HTTP status, or whatever number the caller's side gives meaning to.
    pub status: u16,
    /// The body, and what else it takes to repeat the answer; at most
    /// [`limits::ANSWER_BYTES`](crate::limits::ANSWER_BYTES).
    pub body: CanonicalJson,
}
