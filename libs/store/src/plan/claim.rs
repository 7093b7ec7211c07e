//! Who gets which message.

use medcover_kernel::{TenantId, Timestamp};

use super::draft::Draft;
use super::{DELIVERY_COUNTER, Heads, Plan};
use crate::plan::needs::message_key;
use crate::rows::{delivery, message_row};
use crate::{Claim, Corrupt, Delivery, QueuedMessage};

/// Messages that are due, by tenant: the tenants in the order in which their turn comes, the messages of each in the order
/// in which they are due.
pub(crate) type Candidates = Vec<(TenantId, Vec<QueuedMessage>)>;

/// Gives `claim` its messages, one of each tenant in turn, so that a tenant with many does not keep the others waiting.
pub(crate) fn choose(
    claim: &Claim,
    max: usize,
    candidates: Candidates,
    heads: &mut Heads,
    now: Timestamp,
) -> Result<(Vec<Delivery>, Plan), Corrupt> {
    let mut draft = Draft::on(heads);
    let mut deliveries = Vec::new();
    for mut message in in_turn(candidates).take(max) {
        message.token = draft.count(DELIVERY_COUNTER)?;
        message.attempts += 1;
        message.worker = Some(claim.worker.clone());
        message.available_at = now.plus(claim.lease);
        let key = message_key(message.context.tenant, message.id);
        draft.put(key, message_row(&message));
        deliveries.push(delivery(message));
    }
    let changes = draft.finish();
    heads.take(changes.rows);
    let plan = Plan {
        rows: heads.changed(),
        ..Plan::default()
    };
    Ok((deliveries, plan))
}

fn in_turn(candidates: Candidates) -> impl Iterator<Item = QueuedMessage> {
    let mut queues: Vec<_> = candidates
        .into_iter()
        .map(|(_, messages)| messages.into_iter())
        .collect();
    std::iter::from_fn(move || {
        let round: Vec<_> = queues.iter_mut().filter_map(Iterator::next).collect();
        (!round.is_empty()).then_some(round)
    })
    .flatten()
}
