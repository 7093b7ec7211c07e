//! Queues, and messages that were set aside.

use std::sync::Arc;

use medcover_contract_operations::permissions::{ReadQueues, ReplayMessages};
use medcover_contract_operations::{
    DeadLetter, DeadLetters, Queue, Queues, ReplayRequest, Replayed,
};
use medcover_kernel::{Allowed, Error, Limit, MessageId, Result};
use medcover_store::Context;
use medcover_workflow::queue;

use crate::{Operations, of_the_installation};

pub(crate) async fn depths(
    operations: &Operations,
    allowed: Allowed<'_, ReadQueues>,
) -> Result<Queues> {
    of_the_installation(&allowed)?;
    let mut queues = Vec::new();
    for part in operations.parts.iter() {
        let depths = part.store.queues().await?;
        queues.extend(depths.into_iter().map(|depth| Queue {
            service: part.name.to_owned(),
            queue: depth.queue.into_owned(),
            ready: depth.ready,
            waiting: depth.waiting,
            dead: depth.dead,
            ready_since: depth.ready_since.map(|at| at.to_string()),
        }));
    }
    Ok(Queues { queues })
}

pub(crate) async fn dead_letters(
    operations: &Operations,
    allowed: Allowed<'_, ReadQueues>,
    at: (&str, &str),
    after: u64,
    limit: Limit,
) -> Result<DeadLetters> {
    let (service, queue) = at;
    let letters = letters(operations, service)?;
    let page = letters.list(allowed.tenant, queue, after, limit.get());
    let page = page.await?;
    let letters = page.letters.into_iter().map(view);
    Ok(DeadLetters {
        letters: letters.collect::<Result<_>>()?,
        next: page.next,
    })
}

pub(crate) async fn replay(
    operations: &Operations,
    allowed: Allowed<'_, ReplayMessages>,
    at: (&str, &str),
    request: ReplayRequest,
) -> Result<Replayed> {
    let (service, queue) = at;
    let letters = letters(operations, service)?;
    let context = Context::of(&allowed);
    let replayed = match request.message {
        Some(message) => {
            let message = MessageId::from_uuid(message);
            letters.replay(context, message).await?;
            1
        }
        None => letters.replay_all(context, queue).await? as u64,
    };
    Ok(Replayed { replayed })
}

pub(crate) async fn discard(
    operations: &Operations,
    allowed: Allowed<'_, ReplayMessages>,
    service: &str,
    message: MessageId,
) -> Result<()> {
    let context = Context::of(&allowed);
    letters(operations, service)?
        .discard(context, message)
        .await
}

fn letters(operations: &Operations, service: &str) -> Result<queue::DeadLetters> {
    let store = Arc::clone(&operations.part(service)?.store);
    Ok(queue::DeadLetters::new(store))
}

fn view(letter: medcover_store::DeadLetter) -> Result<DeadLetter> {
    let message = letter.message;
    Ok(DeadLetter {
        message: message.id.as_uuid(),
        reason: letter.reason,
        attempts: message.attempts,
        sent_at: message.sent_at.to_string(),
        died_at: letter.died_at.to_string(),
        sent_by: message.context.actor.to_string(),
        correlation: message.context.correlation.as_uuid(),
        key: message.key,
        payload: message.payload.read().map_err(Error::internal)?,
    })
}
