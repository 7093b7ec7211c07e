//! Bringing a database to the tables of this program.

use super::session::{Fetch, Session, WriteSession, cells};
use super::{Core, generations, unavailable, write};
use crate::cell::RowKey;
use crate::core_tables::{CORE_VERSION, READ_MODEL, SERVICE};
use crate::sql::{self, Dialect};
use crate::{ColumnKind, StoreError, Table, Value};

/// Why a database was not brought to the tables of this program.
#[derive(Debug)]
pub(crate) enum MigrationError {
    /// A later version of the program has written it, in this version of the core.
    Newer(u16),
    Store(StoreError),
}

impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Makes the tables that every store has. The database itself says in which version it has them.
pub(crate) async fn core(
    session: &mut dyn WriteSession,
    dialect: Dialect,
) -> Result<(), MigrationError> {
    begin(session).await?;
    let made = make_core(session.session(), dialect).await;
    end(session, made).await
}

async fn make_core(session: &mut dyn Session, dialect: Dialect) -> Result<(), MigrationError> {
    for text in dialect.version_place() {
        run(session, (*text).to_owned()).await?;
    }
    let version = sql::Sql::from(dialect.version());
    let found = cells(session, &version, Vec::new(), &[ColumnKind::Integer]).await?;
    let found = found.first().and_then(|row| row[0].as_integer().copied());
    let found = u16::try_from(found.unwrap_or_default()).unwrap_or(u16::MAX);
    if found > CORE_VERSION {
        return Err(MigrationError::Newer(found));
    }
    if found < CORE_VERSION {
        for text in sql::create_core(dialect) {
            run(session, text).await?;
        }
        run(session, dialect.set_version(CORE_VERSION)).await?;
    }
    Ok(())
}

/// Makes read-model tables that are missing or of another version anew, and the indexes of their listings; of those that stand
/// beside others, the program's own.
pub(super) async fn read_models(
    core: &Core,
    session: &mut dyn WriteSession,
) -> Result<(), StoreError> {
    begin(session).await?;
    let made = make_read_models(core, session.session()).await;
    end(session, made).await
}

async fn make_read_models(core: &Core, session: &mut dyn Session) -> Result<(), StoreError> {
    let empty = super::read::head(core, session).await?.get() == 0;
    let kept = |table: &Table| core.generation.as_ref().is_some_and(|it| it.keeps(table));
    let anew = core.schema.tables.iter().filter(|it| !kept(it));
    for table in anew {
        let known = state(core, session, table).await?;
        if known != Some((table.version, true)) {
            for text in sql::create_table(table, core.dialect) {
                run(session, text).await?;
            }
            // Of an empty log every table is complete.
            mark(core, session, table, empty).await?;
        }
    }
    let listings = core.schema.listings.iter();
    for listing in listings.filter(|it| !kept(it.table)) {
        run(session, sql::create_index(listing)).await?;
    }
    if core.generation.is_some() {
        run(session, sql::create_generations(core.dialect)).await?;
        generations::claim(core, session, core.clock.now()).await?;
    }
    Ok(())
}

async fn begin(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    let begun = session.begin().await;
    begun.map_err(|error| unavailable(&error))
}

/// Keeps what was `made`, or nothing of it.
async fn end<E: From<StoreError>>(
    session: &mut dyn WriteSession,
    made: Result<(), E>,
) -> Result<(), E> {
    if made.is_err() {
        session.rollback().await;
        return made;
    }
    let kept = session.commit().await;
    kept.map_err(|error| unavailable(&error).into())
}

pub(super) async fn run(session: &mut dyn Session, text: String) -> Result<(), StoreError> {
    let done = session.run(text).await;
    done.map_err(|error| unavailable(&error))
}

/// In which version a table is there, and whether it is complete.
pub(super) async fn state(
    core: &Core,
    session: &mut dyn Fetch,
    table: &'static Table,
) -> Result<Option<(u16, bool)>, StoreError> {
    let rows = write::fetch(core, session, &[key(table)]).await?;
    let Some((_, row)) = rows.first() else {
        return Ok(None);
    };
    let mut cells = crate::cell::Cells::of(&READ_MODEL, row);
    cells.text()?;
    Ok(Some((cells.number()?, cells.number::<i64>()? == 1)))
}

/// Notes that a table is there in its present version, complete or not.
pub(super) async fn mark(
    core: &Core,
    session: &mut dyn Session,
    table: &'static Table,
    complete: bool,
) -> Result<(), StoreError> {
    let row = vec![
        table.name.into(),
        Value::Integer(table.version.into()),
        Value::Integer(complete.into()),
    ];
    write::upsert(core, session, &READ_MODEL, &[(&key(table), &row)]).await
}

fn key(table: &'static Table) -> RowKey {
    RowKey::new(&READ_MODEL, SERVICE, vec![table.name.into()])
}
