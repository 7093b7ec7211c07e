//! Messages that were set aside: seen, queued again, or dropped, by a person.

use std::sync::Arc;

use medcover_kernel::{Error, MessageId, Result, TenantId};
use medcover_store::{
    Append, AuditEntry, AuditOutcome, CanonicalJson, CommitError, Context, DeadLetter,
    DeadLetterChange, QueueDepth, Store,
};

/// The dead letter queues of one store, as an API and a command line use them.
#[derive(Clone)]
pub struct DeadLetters {
    store: Arc<dyn Store>,
}

/// Some of the letters of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterPage {
    /// The letters, in the order in which their messages were sent.
    pub letters: Vec<DeadLetter>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<u64>,
}

impl DeadLetters {
    /// Those of `store`.
    pub const fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// How full each queue is, over all tenants.
    pub async fn depths(&self) -> Result<Vec<QueueDepth>> {
        Ok(self.store.queues().await?)
    }

    /// Up to `limit` letters of a queue, after the place `after` (0 at first).
    pub async fn list(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<LetterPage> {
        let letters = self.store.dead_letters(tenant, queue, after, limit).await?;
        let full = letters.len() == limit;
        let last = letters.last().map(|letter| letter.message.sequence);
        let next = last.filter(|_| full);
        Ok(LetterPage { letters, next })
    }

    /// Queues a message again, its attempts at zero.
    pub async fn replay(&self, context: Context, message: MessageId) -> Result<()> {
        let change = DeadLetterChange::Replay(message);
        self.change(context, "message.replayed", message, change)
            .await
    }

    /// Queues again all letters that a queue has now; returns how many.
    pub async fn replay_all(&self, context: Context, queue: &str) -> Result<usize> {
        let mut replayed = 0;
        let mut after = 0;
        loop {
            let limit = medcover_store::limits::PAGE;
            let page = self.list(context.tenant, queue, after, limit).await?;
            for letter in &page.letters {
                match self.replay(context.clone(), letter.message.id).await {
                    Ok(()) => replayed += 1,
                    // Somebody else was quicker.
                    Err(error) if error.kind() == medcover_kernel::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            let Some(next) = page.next else {
                return Ok(replayed);
            };
            after = next;
        }
    }

    /// Drops a message for good.
    pub async fn discard(&self, context: Context, message: MessageId) -> Result<()> {
        let change = DeadLetterChange::Discard(message);
        self.change(context, "message.discarded", message, change)
            .await
    }

    async fn change(
        &self,
        context: Context,
        action: &'static str,
        message: MessageId,
        change: DeadLetterChange,
    ) -> Result<()> {
        let mut append = Append::new(context).audit(AuditEntry {
            action: action.into(),
            subject: format!("message/{message}"),
            data_subject: None,
            outcome: AuditOutcome::Done,
            details: CanonicalJson::empty(),
        });
        append.dead_letters.push(change);
        match self.store.commit(append).await {
            Ok(_) => Ok(()),
            Err(CommitError::NoDeadLetter { .. }) => Err(Error::not_found(format!(
                "No message {message} is set aside."
            ))),
            Err(other) => Err(other.into()),
        }
    }
}
