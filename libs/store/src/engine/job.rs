//! What the writer is asked to do, and answers.

use tokio::sync::oneshot;

use super::generations::Step;
use super::standing::Held;
use crate::{Append, Claim, CommitError, Delivery, Receipt, StoreError, Table};

pub(super) type Reply<T> = oneshot::Sender<T>;

/// What the writer is asked to do. Whoever asked may have stopped waiting; it is done all the same.
pub(super) enum Job {
    Commit(Box<Append>, Reply<Result<Receipt, CommitError>>),
    Claim(Claim, Reply<Result<Vec<Delivery>, StoreError>>),
    Anchor(Reply<Result<(), StoreError>>),
    Clear(Vec<&'static Table>, String, Reply<Result<(), StoreError>>),
    Complete(Vec<&'static Table>, Reply<Result<(), StoreError>>),
    Prune(Reply<Result<u64, StoreError>>),
    CatchUp(Reply<Result<Step, StoreError>>),
    ClaimGeneration(Reply<Result<(), StoreError>>),
    DropUnused(Reply<Result<Vec<String>, StoreError>>),
    Hold(Reply<Result<Held, StoreError>>),
}

/// What a job is answered once its transaction is on the disk.
pub(super) enum Outcome {
    Commit(Result<Receipt, CommitError>),
    Claim(Vec<Delivery>),
    Done,
    Pruned(u64),
    CaughtUp(Step),
    Dropped(Vec<String>),
}

impl Job {
    pub(super) const fn append(&self) -> Option<&Append> {
        match self {
            Self::Commit(append, _) => Some(append),
            _ => None,
        }
    }

    /// Tells whoever asked, if they still wait.
    pub(super) fn answer(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Commit(_, reply), Outcome::Commit(outcome)) => drop(reply.send(outcome)),
            (Self::Claim(_, reply), Outcome::Claim(deliveries)) => drop(reply.send(Ok(deliveries))),
            (Self::Prune(reply), Outcome::Pruned(count)) => drop(reply.send(Ok(count))),
            (Self::CatchUp(reply), Outcome::CaughtUp(step)) => drop(reply.send(Ok(step))),
            (Self::DropUnused(reply), Outcome::Dropped(names)) => drop(reply.send(Ok(names))),
            (
                Self::Anchor(reply)
                | Self::Clear(_, _, reply)
                | Self::Complete(_, reply)
                | Self::ClaimGeneration(reply),
                Outcome::Done,
            ) => drop(reply.send(Ok(()))),
            // No other pair is made; whoever waits learns that the writer does not answer.
            _ => {}
        }
    }

    pub(super) fn refuse(self, detail: &str) {
        let error = || StoreError::Unavailable(detail.to_owned());
        match self {
            Self::Commit(_, reply) => drop(reply.send(Err(error().into()))),
            Self::Claim(_, reply) => drop(reply.send(Err(error()))),
            Self::Prune(reply) => drop(reply.send(Err(error()))),
            Self::Hold(reply) => drop(reply.send(Err(error()))),
            Self::CatchUp(reply) => drop(reply.send(Err(error()))),
            Self::DropUnused(reply) => drop(reply.send(Err(error()))),
            Self::Anchor(reply)
            | Self::Clear(_, _, reply)
            | Self::Complete(_, reply)
            | Self::ClaimGeneration(reply) => drop(reply.send(Err(error()))),
        }
    }
}
