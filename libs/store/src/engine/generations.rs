//! Read models of several versions of the program, side by side on one server.
//!
//! Each version has tables of its own and knows how far along the log they have come. A process writes the rows of its own
//! version with each of its commits. What processes of another version commit is missed by these tables until somebody takes
//! them along the log: whoever reads or writes next, in its turn, so that nobody is ever shown less than was acknowledged.

use medcover_kernel::Timestamp;

use super::session::{Session, rows};
use super::{Core, migrate, write};
use crate::cell::{Cells, RowKey, limit, number};
use crate::core_tables::{GENERATION, LOG, READ_MODEL, SERVICE};
use crate::generation::{Generation, counter_of};
use crate::plan::{Heads, LOG_COUNTER, Plan, checkpoint_key, counter_key, needs, plan};
use crate::projection::own_context;
use crate::rows::recorded;
use crate::schema::is_plain;
use crate::{Append, StoreError, Table, Upcaster, Value, limits, sql};

/// Under what name the tables are known from before there were generations.
const BEFORE: &str = "before";

/// One step along the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Events that were taken.
    pub(super) taken: u64,
    /// Events that are left.
    pub(super) left: u64,
}

/// Makes the tables of the program's own generation where they are missing, and notes that it is used.
pub(super) async fn claim(
    core: &Core,
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(generation) = &core.generation else {
        return Ok(());
    };
    let key = place_of(generation.name());
    let heads = write::heads(core, session, [counter_key(&generation.counter())]).await?;
    let known = write::fetch(core, session, std::slice::from_ref(&key)).await?;
    let mut plan = Plan::default();
    if known.is_empty() || heads.counter(&generation.counter())?.is_none() {
        for text in sql::create_generation(&core.schema, generation, core.dialect) {
            migrate::run(session, text).await?;
        }
        let start = vec![generation.counter().into(), number(0)];
        let counter = counter_key(&generation.counter());
        plan.rows.insert(counter, Some(start));
        plan.rows
            .extend(before(core, session, generation, now).await?);
    }
    let tables = generation.tables().map(|it| generation.table_name(it));
    let row = row(generation.name(), tables, generation.consumers(), now);
    plan.rows.insert(key, Some(row));
    write::apply(core, session, &plan).await
}

/// The tables that a program from before there were generations has left, so that they go when their time has passed.
async fn before(
    core: &Core,
    session: &mut dyn Session,
    generation: &Generation,
    now: Timestamp,
) -> Result<Option<(RowKey, Option<Vec<Value>>)>, StoreError> {
    let mut left = Vec::new();
    for table in generation.tables() {
        if migrate::state(core, session, table).await?.is_some() {
            left.push(table.name.to_owned());
        }
    }
    let key = place_of(BEFORE);
    let known = write::fetch(core, session, std::slice::from_ref(&key)).await?;
    if left.is_empty() || !known.is_empty() {
        return Ok(None);
    }
    let consumers = core.schema.projections.iter();
    let consumers = consumers.map(|it| it.name().to_owned());
    Ok(Some((key, Some(row(BEFORE, left, consumers, now)))))
}

/// How many events of the log are not in the rows of the program's own generation, as `heads` has both counters.
pub(super) fn behind(generation: &Generation, heads: &Heads) -> Result<u64, StoreError> {
    let log = heads.counter(LOG_COUNTER)?.unwrap_or(0);
    match heads.counter(&generation.counter())? {
        Some(views) => Ok(log.saturating_sub(views)),
        // Nobody has used it for so long that it was dropped.
        None => Ok(u64::MAX),
    }
}

/// Notes that the rows of what `plan` writes are written with it.
pub(super) fn keep_up(generation: &Generation, plan: &mut Plan) {
    let log = plan.rows.get(&counter_key(LOG_COUNTER));
    if let Some(at) = log.and_then(|row| row.as_ref()?.last().cloned()) {
        let row = vec![generation.counter().into(), at];
        let counter = counter_key(&generation.counter());
        plan.rows.insert(counter, Some(row));
    }
}

/// Takes the rows one step along the log, within the transaction that is open.
pub(super) async fn catch_up(
    core: &Core,
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Some(generation) = &core.generation else {
        return Ok(Step::default());
    };
    let counter = counter_key(&generation.counter());
    let keys = [counter_key(LOG_COUNTER), counter.clone()];
    let heads = write::heads(core, session, keys).await?;
    let log = heads.counter(LOG_COUNTER)?.unwrap_or(0);
    let at = if let Some(at) = heads.counter(&generation.counter())? {
        at
    } else {
        claim(core, session, now).await?;
        0
    };
    if at >= log {
        return Ok(Step::default());
    }
    let values = vec![number(at), limit(limits::CAUGHT_UP)];
    let events = rows(session, &core.statements.fixed.read_log, values, &LOG).await?;
    let mut append = Append::new(own_context());
    let mut reached = at;
    for (tenant, event) in &events {
        let event = Upcaster::read(&core.schema.upcasters, recorded(*tenant, event)?)?;
        append.rows.extend(generation.changes(&event.event));
        reached = event.position.get();
    }
    if reached == at {
        let short = "the log is shorter than it says";
        return Err(StoreError::Unavailable(short.to_owned()));
    }
    let mut heads = write::heads(core, session, needs(&[&append])).await?;
    let mut plan = plan(&[&append], &mut heads, now);
    if let Some(Err(error)) = plan.outcomes.pop() {
        let told = format!("the rows after event {at} do not fit their tables: {error}");
        return Err(StoreError::Invalid(told));
    }
    let row = vec![generation.counter().into(), number(reached)];
    plan.rows.insert(counter, Some(row));
    write::apply(core, session, &plan).await?;
    Ok(Step {
        taken: events.len() as u64,
        left: log.saturating_sub(reached),
    })
}

/// Drops the generations that nobody has said to use for their time; their names.
pub(super) async fn drop_unused(
    core: &Core,
    session: &mut dyn Session,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let (Some(own), Some(all)) = (&core.generation, &core.statements.generations) else {
        return Ok(Vec::new());
    };
    claim(core, session, now).await?;
    let mut dropped = Vec::new();
    for (_, row) in rows(session, all, Vec::new(), &GENERATION).await? {
        let mut cells = Cells::of(&GENERATION, &row);
        let (name, tables, consumers) = (cells.owned()?, cells.text()?, cells.text()?);
        let used_at = cells.moment()?;
        if name == own.name() || used_at.plus(limits::GENERATION_UNUSED) > now {
            continue;
        }
        remove(core, session, &name, tables, consumers).await?;
        dropped.push(name);
    }
    Ok(dropped)
}

async fn remove(
    core: &Core,
    session: &mut dyn Session,
    name: &str,
    tables: &str,
    consumers: &str,
) -> Result<(), StoreError> {
    let mut plan = Plan::default();
    // What is read from the database becomes part of a statement here and nowhere else: names of tables, and nothing but.
    for table in tables.split_whitespace().filter(|it| is_plain(it)) {
        migrate::run(session, sql::drop_table(table)).await?;
        let state = RowKey::new(&READ_MODEL, SERVICE, vec![table.into()]);
        plan.rows.insert(state, None);
    }
    for consumer in consumers.split_whitespace() {
        plan.rows.insert(checkpoint_key(consumer), None);
    }
    plan.rows.insert(counter_key(&counter_of(name)), None);
    plan.rows.insert(place_of(name), None);
    write::apply(core, session, &plan).await
}

fn place_of(name: &str) -> RowKey {
    RowKey::new(&GENERATION, SERVICE, vec![name.into()])
}

fn row(
    name: &str,
    tables: impl IntoIterator<Item = String>,
    consumers: impl IntoIterator<Item = String>,
    now: Timestamp,
) -> Vec<Value> {
    let listed = |names: Vec<String>| Value::Text(names.join(" "));
    vec![
        name.into(),
        listed(tables.into_iter().collect()),
        listed(consumers.into_iter().collect()),
        now.into(),
    ]
}

/// Whether a table that was asked for is not there.
pub(super) fn is_missing(error: &sqlx::Error) -> bool {
    /// `undefined_table`. Source: PostgreSQL's documentation, Appendix A, *Error Codes*.
    const UNDEFINED: &str = "42P01";
    let told = error.as_database_error();
    told.and_then(sqlx::error::DatabaseError::code).as_deref() == Some(UNDEFINED)
}

/// Refuses to empty or to complete tables that are taken along the log by themselves.
pub(super) fn refuse_kept(core: &Core, tables: &[&'static Table]) -> Result<(), StoreError> {
    let kept = |it: &Generation| tables.iter().any(|table| it.keeps(table));
    if core.generation.as_ref().is_some_and(kept) {
        let told = "these tables follow the log by themselves";
        return Err(StoreError::Invalid(told.to_owned()));
    }
    Ok(())
}
