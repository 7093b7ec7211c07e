//! Claiming messages, and removing what is out of date.

use std::collections::BTreeMap;

use medcover_kernel::{TenantId, Timestamp};

use super::session::{Session, cells, rows, tenant, tenant_value};
use super::{Core, unavailable, write};
use crate::cell::limit;
use crate::core_tables::MESSAGE;
use crate::plan::{Candidates, DELIVERY_COUNTER, choose, counter_key};
use crate::rows::message;
use crate::sql::Sql;
use crate::{Claim, ColumnKind, Delivery, QueuedMessage, StoreError, limits};

/// Which tenant was served last, by queue. It is forgotten when the store closes; the turn then starts anew.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<String, TenantId>);

/// Gives `claim` its messages, within the transaction that is open.
pub(super) async fn claim(
    core: &Core,
    session: &mut dyn Session,
    turns: &mut Turns,
    claim: &Claim,
    now: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    let max = claim.max.min(limits::CLAIMED);
    let served = turns.0.get(&*claim.queue).copied();
    let candidates = candidates(core, session, claim, max, served, now).await?;
    let Some((last, _)) = candidates.last() else {
        return Ok(Vec::new());
    };
    turns.0.insert(claim.queue.to_string(), *last);
    let counter = [counter_key(DELIVERY_COUNTER)];
    let mut heads = write::heads(core, session, counter).await?;
    let (deliveries, plan) = choose(claim, max, candidates, &mut heads, now)?;
    write::apply(core, session, &plan).await?;
    Ok(deliveries)
}

/// Goes round the tenants that have messages in the queue, from the one after `served`.
async fn candidates(
    core: &Core,
    session: &mut dyn Session,
    claim: &Claim,
    max: usize,
    served: Option<TenantId>,
    now: Timestamp,
) -> Result<Candidates, StoreError> {
    let mut candidates = Candidates::new();
    let mut at = served;
    let mut around = served.is_none();
    for _ in 0..limits::TENANTS_A_CLAIM {
        let next = match next_tenant(core, session, &claim.queue, at).await? {
            None if around => break,
            None => {
                around = true;
                next_tenant(core, session, &claim.queue, None).await?
            }
            next => next,
        };
        let Some(tenant) = next else { break };
        // Beyond the one where this began, the round is complete.
        if around && served.is_some_and(|served| tenant > served) {
            break;
        }
        let messages = due(core, session, &claim.queue, tenant, now, max).await?;
        if !messages.is_empty() {
            candidates.push((tenant, messages));
        }
        if candidates.len() == max || (around && Some(tenant) == served) {
            break;
        }
        at = Some(tenant);
    }
    Ok(candidates)
}

async fn next_tenant(
    core: &Core,
    session: &mut dyn Session,
    queue: &str,
    after: Option<TenantId>,
) -> Result<Option<TenantId>, StoreError> {
    let fixed = &core.statements.fixed;
    let (sql, values) = match after {
        Some(tenant) => (&fixed.next_tenant, vec![queue.into(), tenant_value(tenant)]),
        None => (&fixed.first_tenant, vec![queue.into()]),
    };
    let found = cells(session, sql, values, &[ColumnKind::Id]).await?;
    found.first().map(|row| tenant(&row[0])).transpose()
}

async fn due(
    core: &Core,
    session: &mut dyn Session,
    queue: &str,
    tenant: TenantId,
    now: Timestamp,
    max: usize,
) -> Result<Vec<QueuedMessage>, StoreError> {
    let values = vec![queue.into(), tenant_value(tenant), now.into(), limit(max)];
    let due = rows(session, &core.statements.fixed.due, values, &MESSAGE).await?;
    let messages = due.iter().map(|(tenant, row)| message(*tenant, row));
    Ok(messages.collect::<Result<_, _>>()?)
}

/// Removes a page of what is out of date, so that the writer does not stand still for long.
pub(super) async fn prune(
    core: &Core,
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let kept = i64::try_from(limits::INBOX_KEPT.as_micros()).unwrap_or(i64::MAX);
    let marks_before = Timestamp::from_micros(now.as_micros().saturating_sub(kept));
    let fixed = &core.statements.fixed;
    Ok(remove(session, &fixed.expired_answers, now).await?
        + remove(session, &fixed.old_marks, marks_before).await?)
}

async fn remove(
    session: &mut dyn Session,
    sql: &Sql,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let values = vec![before.into(), limit(limits::PAGE)];
    let done = session.execute(sql, values).await;
    done.map_err(|error| unavailable(&error))
}
