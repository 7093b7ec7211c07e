//! What commits do to rows of read models.

use super::draft::Draft;
use crate::cell::RowKey;
use crate::{Change, ColumnKind, CommitError, RowChange, Table, Value};

pub(super) fn apply(change: &RowChange, draft: &mut Draft<'_>) -> Result<(), CommitError> {
    let key = RowKey::new(change.table, change.tenant, change.key.clone());
    match &change.change {
        Change::Put(values) => {
            let row = change.key.iter().chain(values).cloned().collect();
            draft.put(key, row);
        }
        Change::Delete => draft.delete(key),
        Change::Patch { set, add } => {
            let mut row = match draft.row(&key) {
                Some(row) => row.to_vec(),
                None => fresh(change.table, &change.key),
            };
            for (column, value) in set {
                row[place(change.table, column)?] = value.clone();
            }
            for (column, amount) in add {
                grow(
                    change.table,
                    &mut row[place(change.table, column)?],
                    *amount,
                )?;
            }
            complete(change.table, &row)?;
            draft.put(key, row);
        }
    }
    Ok(())
}

/// A row with nothing but its key.
fn fresh(table: &Table, key: &[Value]) -> Vec<Value> {
    let rest = table.columns.iter().map(|column| match column.kind {
        ColumnKind::Integer if !column.nullable => Value::Integer(0),
        _ => Value::Null,
    });
    key.iter().cloned().chain(rest).collect()
}

fn place(table: &Table, column: &str) -> Result<usize, CommitError> {
    table
        .position(column)
        .filter(|at| *at >= table.key.len())
        .ok_or_else(|| invalid(table, &format!("has no column {column} to change")))
}

fn grow(table: &Table, value: &mut Value, amount: i64) -> Result<(), CommitError> {
    let sum = match value {
        Value::Integer(number) => number.checked_add(amount),
        Value::Null => Some(amount),
        _ => return Err(invalid(table, "can only add to numbers")),
    };
    *value = Value::Integer(sum.ok_or_else(|| invalid(table, "has no room for the sum"))?);
    Ok(())
}

fn complete(table: &Table, row: &[Value]) -> Result<(), CommitError> {
    let open = table
        .all()
        .zip(row)
        .find(|(column, value)| !column.nullable && **value == Value::Null);
    open.map_or(Ok(()), |(column, _)| {
        Err(invalid(
            table,
            &format!(
                "has no such row to change, and {} would be empty",
                column.name
            ),
        ))
    })
}

fn invalid(table: &Table, detail: &str) -> CommitError {
    CommitError::Invalid(format!("table {} {detail}", table.name))
}
