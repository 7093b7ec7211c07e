//! Claiming messages, and removing what is out of date.

use std::collections::BTreeMap;

use medcover_kernel::{TenantId, Timestamp};
use sqlx::SqliteConnection;

use super::cells::{bind, bind_all, fetch, statement, tenant_cell, tenant_value};
use super::{Core, unavailable, write};
use crate::cell::limit;
use crate::core_tables::MESSAGE;
use crate::plan::{Candidates, DELIVERY_COUNTER, choose, counter_key};
use crate::rows::message;
use crate::sql::Sql;
use crate::{Claim, Delivery, QueuedMessage, StoreError, limits};

/// Which tenant was served last, by queue. It is forgotten when the store closes; the turn then starts anew.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<String, TenantId>);

/// Gives `claim` its messages, within the transaction that is open.
pub(super) async fn claim(
    core: &Core,
    connection: &mut SqliteConnection,
    turns: &mut Turns,
    claim: &Claim,
    now: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    let max = claim.max.min(limits::CLAIMED);
    let served = turns.0.get(&*claim.queue).copied();
    let candidates = candidates(core, connection, claim, max, served, now).await?;
    let Some((last, _)) = candidates.last() else {
        return Ok(Vec::new());
    };
    turns.0.insert(claim.queue.to_string(), *last);
    let counter = [counter_key(DELIVERY_COUNTER)];
    let mut heads = write::heads(core, connection, counter).await?;
    let (deliveries, plan) = choose(claim, max, candidates, &mut heads, now)?;
    write::apply(core, connection, &plan).await?;
    Ok(deliveries)
}

/// Goes round the tenants that have messages in the queue, from the one after `served`.
async fn candidates(
    core: &Core,
    connection: &mut SqliteConnection,
    claim: &Claim,
    max: usize,
    served: Option<TenantId>,
    now: Timestamp,
) -> Result<Candidates, StoreError> {
    let mut candidates = Candidates::new();
    let mut at = served;
    let mut around = served.is_none();
    for _ in 0..limits::TENANTS_A_CLAIM {
        let next = match next_tenant(core, connection, &claim.queue, at).await? {
            None if around => break,
            None => {
                around = true;
                next_tenant(core, connection, &claim.queue, None).await?
            }
            next => next,
        };
        let Some(tenant) = next else { break };
        // Beyond the one where this began, the round is complete.
        if around && served.is_some_and(|served| tenant > served) {
            break;
        }
        let messages = due(core, connection, &claim.queue, tenant, now, max).await?;
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
    connection: &mut SqliteConnection,
    queue: &str,
    after: Option<TenantId>,
) -> Result<Option<TenantId>, StoreError> {
    let fixed = &core.statements.fixed;
    let query = match after {
        Some(tenant) => bind(
            bind(statement(&fixed.next_tenant), &queue.into()),
            &tenant_value(tenant),
        ),
        None => bind(statement(&fixed.first_tenant), &queue.into()),
    };
    let row = query.fetch_optional(connection).await;
    let Some(row) = row.map_err(|error| unavailable(&error))? else {
        return Ok(None);
    };
    tenant_cell(&row, 0).map(Some)
}

async fn due(
    core: &Core,
    connection: &mut SqliteConnection,
    queue: &str,
    tenant: TenantId,
    now: Timestamp,
    max: usize,
) -> Result<Vec<QueuedMessage>, StoreError> {
    let values = [queue.into(), tenant_value(tenant), now.into(), limit(max)];
    let rows = fetch(connection, &core.statements.fixed.due, &values, &MESSAGE).await?;
    let messages = rows.iter().map(|(tenant, row)| message(*tenant, row));
    Ok(messages.collect::<Result<_, _>>()?)
}

/// Removes a page of what is out of date, so that the writer does not stand still for long.
pub(super) async fn prune(
    core: &Core,
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let kept = i64::try_from(limits::INBOX_KEPT.as_micros()).unwrap_or(i64::MAX);
    let marks_before = Timestamp::from_micros(now.as_micros().saturating_sub(kept));
    let fixed = &core.statements.fixed;
    Ok(remove(connection, &fixed.expired_answers, now).await?
        + remove(connection, &fixed.old_marks, marks_before).await?)
}

async fn remove(
    connection: &mut SqliteConnection,
    sql: &Sql,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let values = [before.into(), limit(limits::PAGE)];
    let done = bind_all(statement(sql), &values).execute(connection).await;
    Ok(done.map_err(|error| unavailable(&error))?.rows_affected())
}
