//! Statements that follow from a table.

use super::dialect::Dialect;
use crate::{Column, ColumnKind, Table};

/// The column that leads every key.
const TENANT: Column = Column::of("tenant_id", ColumnKind::Id);

/// The columns as they are stored: the tenant, the key, the rest.
fn stored(table: &Table) -> impl Iterator<Item = &'static Column> {
    std::iter::once(&TENANT).chain(table.all())
}

fn key(table: &Table) -> impl Iterator<Item = &'static Column> {
    std::iter::once(&TENANT).chain(table.key)
}

pub(super) fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    let names: Vec<_> = columns.map(|it| format!("\"{}\"", it.name)).collect();
    names.join(", ")
}

/// The columns that a reading statement returns.
pub(super) fn selected(table: &Table) -> String {
    names(stored(table))
}

fn definitions(table: &Table, dialect: Dialect) -> String {
    let columns = stored(table).map(|column| {
        let null = if column.nullable { "" } else { " NOT NULL" };
        let kind = dialect.column_type(column.kind);
        format!("  \"{}\" {kind}{null},\n", column.name)
    });
    columns.collect()
}

pub(super) fn create(table: &Table, name: &str, dialect: Dialect) -> String {
    format!(
        "CREATE TABLE \"{name}\" (\n{}  PRIMARY KEY ({})\n){}",
        definitions(table, dialect),
        names(key(table)),
        dialect.keyed_table()
    )
}

pub(super) fn create_missing(table: &Table, dialect: Dialect) -> String {
    let create = create(table, table.name, dialect);
    create.replacen("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
}

/// The log is read in the order of positions over all tenants, so its key is the position alone.
pub(super) fn create_log(dialect: Dialect) -> String {
    let log = &crate::core_tables::LOG;
    format!(
        "CREATE TABLE \"{}\" (\n{}  PRIMARY KEY ({})\n){}",
        log.name,
        definitions(log, dialect),
        names(log.key.iter()),
        dialect.ordered_table()
    )
}

pub(super) fn drop(name: &str) -> String {
    format!("DROP TABLE IF EXISTS \"{name}\"")
}

pub(super) fn clear(table: &Table) -> String {
    format!("DELETE FROM \"{}\"", table.name)
}

/// `rows` lists of parameters, one for each of `columns`.
fn lists<'a, C: Iterator<Item = &'a Column> + Clone>(
    columns: &C,
    rows: usize,
    parameter: impl Fn(usize, usize, &Column) -> String,
) -> String {
    let width = columns.clone().count();
    let lists = (0..rows).map(|row| {
        let list = columns.clone().enumerate();
        let list: Vec<_> = list
            .map(|(at, column)| parameter(row, row * width + at + 1, column))
            .collect();
        format!("({})", list.join(", "))
    });
    lists.collect::<Vec<_>>().join(", ")
}

pub(super) fn insert(table: &Table, name: &str, rows: usize, dialect: Dialect) -> String {
    let columns: Vec<_> = stored(table).collect();
    let values = lists(&columns.iter().copied(), rows, |_, number, column| {
        dialect.written(number, column)
    });
    format!(
        "INSERT INTO \"{name}\" ({}) VALUES {values}",
        selected(table)
    )
}

pub(super) fn upsert(table: &Table, name: &str, rows: usize, dialect: Dialect) -> String {
    let set: Vec<_> = table
        .columns
        .iter()
        .map(|column| format!("\"{0}\" = excluded.\"{0}\"", column.name))
        .collect();
    let action = if set.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", set.join(", "))
    };
    format!(
        "{} ON CONFLICT ({}) DO {action}",
        insert(table, name, rows, dialect),
        names(key(table))
    )
}

/// That the key is one of `rows` given ones. PostgreSQL learns the types of the parameters from the first.
fn by_keys(table: &Table, rows: usize, dialect: Dialect) -> String {
    let columns: Vec<_> = key(table).collect();
    let values = lists(
        &columns.iter().copied(),
        rows,
        |row, number, column| match row {
            0 => dialect.compared(number, column),
            _ => dialect.written(number, column),
        },
    );
    format!("({}) IN (VALUES {values})", names(key(table)))
}

pub(super) fn fetch(table: &Table, name: &str, rows: usize, dialect: Dialect) -> String {
    format!(
        "SELECT {} FROM \"{name}\" WHERE {}",
        selected(table),
        by_keys(table, rows, dialect)
    )
}

/// One row by its key, so that it is found by the index wherever this stands within another statement.
pub(super) fn fetch_one(table: &Table, name: &str, dialect: Dialect) -> String {
    let is = key(table).enumerate().map(|(at, column)| {
        let value = dialect.compared(at + 1, column);
        format!("\"{}\" = {value}", column.name)
    });
    let is: Vec<_> = is.collect();
    let (columns, is) = (selected(table), is.join(" AND "));
    format!("SELECT {columns} FROM \"{name}\" WHERE {is}")
}

/// Every row.
pub(super) fn all(table: &Table) -> String {
    let columns = selected(table);
    let name = table.name;
    format!(
        "SELECT {columns} FROM \"{name}\" ORDER BY {}",
        names(key(table))
    )
}

pub(super) fn delete(table: &Table, name: &str, rows: usize, dialect: Dialect) -> String {
    format!(
        "DELETE FROM \"{name}\" WHERE {}",
        by_keys(table, rows, dialect)
    )
}
