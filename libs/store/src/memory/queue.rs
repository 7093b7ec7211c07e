//! The queues of the memory engine.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use medcover_kernel::{TenantId, Timestamp};
use uuid::Uuid;

use super::world::World;
use crate::cell::RowKey;
use crate::core_tables::{DEAD_LETTER, MESSAGE};
use crate::plan::{Candidates, DELIVERY_COUNTER, choose, counter_key};
use crate::rows::{dead_letter, message};
use crate::{Claim, DeadLetter, Delivery, QueueDepth, QueuedMessage, StoreError, Value, limits};

/// When a message is due, its place in the order of sending, and its id.
type Due = (Timestamp, u64, Uuid);

/// Which messages are due when, by queue and tenant.
#[derive(Default)]
pub(super) struct QueueIndex {
    due: BTreeMap<String, BTreeMap<TenantId, BTreeSet<Due>>>,
    /// The messages of an ordering key, in the order of sending.
    keys: BTreeMap<(String, TenantId, String), BTreeSet<u64>>,
    /// The tenant that was served last.
    served: BTreeMap<String, TenantId>,
}

impl QueueIndex {
    /// Follows a change of a row of [`MESSAGE`].
    pub(super) fn replace(
        &mut self,
        tenant: TenantId,
        before: Option<&[Value]>,
        after: Option<&[Value]>,
    ) {
        let read = |row: Option<&[Value]>| row.and_then(|row| message(tenant, row).ok());
        if let Some(gone) = read(before) {
            let tenants = self.due.entry(gone.queue.to_string()).or_default();
            if let Some(messages) = tenants.get_mut(&tenant) {
                messages.remove(&due(&gone));
                if messages.is_empty() {
                    tenants.remove(&tenant);
                }
            }
            if let Some(key) = ordering_key(&gone)
                && let Some(places) = self.keys.get_mut(&key)
            {
                places.remove(&gone.sequence);
                if places.is_empty() {
                    self.keys.remove(&key);
                }
            }
        }
        if let Some(new) = read(after) {
            let tenants = self.due.entry(new.queue.to_string()).or_default();
            tenants.entry(tenant).or_default().insert(due(&new));
            if let Some(key) = ordering_key(&new) {
                self.keys.entry(key).or_default().insert(new.sequence);
            }
        }
    }

    /// Whether nothing of the same ordering key comes before it.
    fn is_next(&self, message: &QueuedMessage) -> bool {
        ordering_key(message).is_none_or(|key| {
            let first = self.keys.get(&key).and_then(BTreeSet::first);
            first == Some(&message.sequence)
        })
    }
}

fn due(message: &QueuedMessage) -> Due {
    (message.available_at, message.sequence, message.id.as_uuid())
}

fn ordering_key(message: &QueuedMessage) -> Option<(String, TenantId, String)> {
    let key = message.key.clone()?;
    Some((message.queue.to_string(), message.context.tenant, key))
}

impl World {
    pub(super) fn claim(
        &mut self,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, StoreError> {
        let max = claim.max.min(limits::CLAIMED);
        let candidates = self.candidates(&claim.queue, max, now)?;
        if let Some((tenant, _)) = candidates.last() {
            self.queue.served.insert(claim.queue.to_string(), *tenant);
        }
        let mut heads = self.heads([counter_key(DELIVERY_COUNTER)]);
        let (deliveries, plan) = choose(claim, max, candidates, &mut heads, now)?;
        self.apply(plan, now);
        Ok(deliveries)
    }

    fn candidates(
        &self,
        queue: &str,
        max: usize,
        now: Timestamp,
    ) -> Result<Candidates, StoreError> {
        let Some(tenants) = self.queue.due.get(queue) else {
            return Ok(Vec::new());
        };
        let served = self.queue.served.get(queue).copied();
        let after = served.map_or(Bound::Unbounded, Bound::Excluded);
        let up_to = served.map_or(
            Bound::Excluded(TenantId::from_uuid(Uuid::nil())),
            Bound::Included,
        );
        let in_turn = tenants
            .range((after, Bound::Unbounded))
            .chain(tenants.range((Bound::Unbounded, up_to)));
        let mut candidates = Candidates::new();
        for (tenant, messages) in in_turn.take(limits::TENANTS_A_CLAIM) {
            if candidates.len() == max {
                break;
            }
            let due = messages.range(..=(now, u64::MAX, Uuid::max()));
            let mut found = Vec::new();
            for (_, _, id) in due {
                let message = self.message(*tenant, *id)?;
                if self.queue.is_next(&message) {
                    found.push(message);
                }
                if found.len() == max {
                    break;
                }
            }
            if !found.is_empty() {
                candidates.push((*tenant, found));
            }
        }
        Ok(candidates)
    }

    fn message(&self, tenant: TenantId, id: Uuid) -> Result<QueuedMessage, StoreError> {
        let key = RowKey::new(&MESSAGE, tenant, vec![id.into()]);
        let row = self.row(&key).expect("the index follows the table");
        Ok(message(tenant, row)?)
    }

    pub(super) fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        let mut found = Vec::new();
        for (_, row) in self.rows(&MESSAGE).filter(|(of, _)| *of == tenant) {
            let message = message(tenant, row)?;
            if message.queue == queue && message.sequence > after {
                found.push(message);
            }
        }
        found.sort_by_key(|message| message.sequence);
        found.truncate(limit.min(limits::PAGE));
        Ok(found)
    }

    pub(super) fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let mut found = Vec::new();
        for (_, row) in self.rows(&DEAD_LETTER).filter(|(of, _)| *of == tenant) {
            let letter = dead_letter(tenant, row)?;
            if letter.message.queue == queue && letter.message.sequence > after {
                found.push(letter);
            }
        }
        found.sort_by_key(|letter| letter.message.sequence);
        found.truncate(limit.min(limits::PAGE));
        Ok(found)
    }

    pub(super) fn queues(&self, now: Timestamp) -> Result<Vec<QueueDepth>, StoreError> {
        let mut depths = BTreeMap::new();
        for (tenant, row) in self.rows(&MESSAGE) {
            let message = message(tenant, row)?;
            let depth = depth_of(&mut depths, &message);
            if message.available_at > now {
                depth.waiting += 1;
            } else {
                depth.ready += 1;
                let since = depth.ready_since.unwrap_or(message.available_at);
                depth.ready_since = Some(since.min(message.available_at));
            }
        }
        for (tenant, row) in self.rows(&DEAD_LETTER) {
            let letter = dead_letter(tenant, row)?;
            depth_of(&mut depths, &letter.message).dead += 1;
        }
        Ok(depths.into_values().collect())
    }
}

fn depth_of<'a>(
    depths: &'a mut BTreeMap<String, QueueDepth>,
    message: &QueuedMessage,
) -> &'a mut QueueDepth {
    let queue = message.queue.to_string();
    depths
        .entry(queue)
        .or_insert_with(|| QueueDepth::empty(message.queue.clone()))
}
