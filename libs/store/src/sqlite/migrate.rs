//! Bringing a file to the tables of this program.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::open::{OpenError, database};
use super::{Core, unavailable, write};
use crate::cell::RowKey;
use crate::core_tables::{CORE_VERSION, READ_MODEL, SERVICE};
use crate::sql::{self, Dialect};
use crate::{StoreError, Table, Value};

/// Makes the tables that every store has. The file itself says in which version it has them (`user_version`).
pub(super) async fn core(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| database(path, unavailable(&error));
    let found: u16 = sqlx::query_scalar::<_, i64>("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?
        .try_into()
        .unwrap_or(u16::MAX);
    if found > CORE_VERSION {
        return Err(OpenError::Newer {
            path: path.to_path_buf(),
            found,
            known: CORE_VERSION,
        });
    }
    if found == CORE_VERSION {
        return Ok(());
    }
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    for text in sql::create_core(Dialect::Sqlite) {
        sqlx::query(AssertSqlSafe(text))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    sqlx::query(AssertSqlSafe(format!(
        "PRAGMA user_version = {CORE_VERSION}"
    )))
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Makes read-model tables that are missing or of another version anew, and the indexes of their listings.
pub(super) async fn read_models(
    core: &Core,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|error| unavailable(&error))?;
    let empty = super::read::head(core, &mut transaction).await?.get() == 0;
    for table in &core.schema.tables {
        let known = state(core, &mut transaction, table).await?;
        if known != Some((table.version, true)) {
            for text in sql::create_table(table, Dialect::Sqlite) {
                run(&mut transaction, text).await?;
            }
            // Of an empty log every table is complete.
            mark(core, &mut transaction, table, empty).await?;
        }
    }
    for text in sql::create_indexes(&core.schema) {
        run(&mut transaction, text).await?;
    }
    transaction
        .commit()
        .await
        .map_err(|error| unavailable(&error))
}

pub(super) async fn run(connection: &mut SqliteConnection, text: String) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(text))
        .execute(connection)
        .await
        .map(drop)
        .map_err(|error| unavailable(&error))
}

/// In which version a table is there, and whether it is complete.
pub(super) async fn state(
    core: &Core,
    connection: &mut SqliteConnection,
    table: &'static Table,
) -> Result<Option<(u16, bool)>, StoreError> {
    let rows = write::fetch(core, connection, &[key(table)]).await?;
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
    connection: &mut SqliteConnection,
    table: &'static Table,
    complete: bool,
) -> Result<(), StoreError> {
    let row = vec![
        table.name.into(),
        Value::Integer(table.version.into()),
        Value::Integer(complete.into()),
    ];
    write::upsert(core, connection, &READ_MODEL, &[(&key(table), &row)]).await
}

fn key(table: &'static Table) -> RowKey {
    RowKey::new(&READ_MODEL, SERVICE, vec![table.name.into()])
}
