//! Whether a commit is one at all: its bounds, and whether its parts agree with each other and with their tables.

use std::collections::BTreeSet;

use crate::{
    Append, Change, Claim, Column, ColumnKind, CommitError, RowChange, StoreError, Table, Value,
    limits,
};

/// Refuses a commit that no store could keep. It needs no store to find out, so it runs before the commit queues up.
pub(crate) fn check(append: &Append) -> Result<(), CommitError> {
    check_count(append)?;
    check_names(append)?;
    check_sizes(append)?;
    check_streams(append)?;
    append
        .rows
        .iter()
        .try_for_each(|change| check_row(append, change))
}

fn check_count(append: &Append) -> Result<(), CommitError> {
    let events: usize = append.writes.iter().map(|it| it.events.len()).sum();
    let items = events
        + append.reads.len()
        + append.rows.len()
        + append.outbox.len()
        + append.settle.len()
        + append.dead_letters.len()
        + append.inbox.len()
        + append.audit.len()
        + append.snapshots.len();
    if items > limits::COMMIT_ITEMS {
        return invalid(format!(
            "it has {items} parts, more than {}",
            limits::COMMIT_ITEMS
        ));
    }
    if append.writes.iter().any(|write| write.events.is_empty()) {
        return invalid("a stream is written without events");
    }
    if let Some(step) = &append.checkpoint
        && step.to < step.from
    {
        return invalid("a checkpoint goes back");
    }
    let other = append
        .answer
        .as_ref()
        .is_some_and(|(scope, _)| scope.tenant != append.context.tenant);
    if other {
        return invalid("the answer is another tenant's");
    }
    Ok(())
}

fn check_names(append: &Append) -> Result<(), CommitError> {
    let streams = append.writes.iter().map(|it| &*it.stream.kind);
    let events = append.writes.iter().flat_map(|it| &it.events);
    let outbox = append.outbox.iter();
    let names = streams
        .chain(append.reads.iter().map(|it| &*it.stream.kind))
        .chain(events.map(|it| &*it.kind))
        .chain(outbox.clone().map(|it| &*it.queue))
        .chain(outbox.filter_map(|it| it.key.as_deref()))
        .chain(append.inbox.iter().map(|it| &*it.consumer))
        .chain(append.checkpoint.iter().map(|it| &*it.consumer))
        .chain(append.answer.iter().map(|(scope, _)| &*scope.route))
        .chain(append.snapshots.iter().map(|it| &*it.stream.kind))
        .chain(append.audit.iter().map(|it| &*it.action))
        .chain(append.context.traceparent.as_deref());
    for name in names {
        check_name(name).map_err(CommitError::Invalid)?;
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let most = limits::NAME_BYTES;
    if name.is_empty() || name.len() > most || name.contains('\0') {
        return Err(format!(
            "the name {name:?} is empty, longer than {most} bytes or has a NUL"
        ));
    }
    Ok(())
}

/// Refuses a claim that no store could answer.
pub(crate) fn check_claim(claim: &Claim) -> Result<(), StoreError> {
    check_name(&claim.queue).map_err(StoreError::Invalid)?;
    check_name(&claim.worker).map_err(StoreError::Invalid)
}

fn check_sizes(append: &Append) -> Result<(), CommitError> {
    let events = append.writes.iter().flat_map(|it| &it.events);
    let work = events
        .map(|it| &it.payload)
        .chain(append.outbox.iter().map(|it| &it.payload))
        .chain(append.audit.iter().map(|it| &it.details));
    let answers = append.answer.iter().map(|(_, answer)| &answer.body);
    let snapshots = append.snapshots.iter().map(|it| &it.state);
    let sized = work
        .map(|json| (json, limits::EVENT_BYTES))
        .chain(answers.map(|json| (json, limits::ANSWER_BYTES)))
        .chain(snapshots.map(|json| (json, limits::SNAPSHOT_BYTES)));
    for (json, most) in sized {
        let bytes = json.as_str().len();
        if bytes > most {
            return invalid(format!("a payload has {bytes} bytes, more than {most}"));
        }
    }
    let bytes: usize = every_size(append).sum();
    if bytes > limits::COMMIT_BYTES {
        return invalid(format!(
            "its payloads have {bytes} bytes, more than {}",
            limits::COMMIT_BYTES
        ));
    }
    let longest = append.audit.iter().map(|it| it.subject.len()).max();
    if longest.unwrap_or(0) > limits::COLUMN_BYTES {
        return invalid("the subject of an audit record is too long");
    }
    Ok(())
}

/// The sizes of all payloads.
fn every_size(append: &Append) -> impl Iterator<Item = usize> {
    let events = append.writes.iter().flat_map(|it| &it.events);
    let payloads = events
        .map(|it| &it.payload)
        .chain(append.outbox.iter().map(|it| &it.payload))
        .chain(append.audit.iter().map(|it| &it.details))
        .chain(append.answer.iter().map(|(_, answer)| &answer.body))
        .chain(append.snapshots.iter().map(|it| &it.state));
    payloads.map(|json| json.as_str().len())
}

fn check_streams(append: &Append) -> Result<(), CommitError> {
    let mut written = BTreeSet::new();
    match append.writes.iter().find(|it| !written.insert(&it.stream)) {
        Some(twice) => invalid(format!("stream {} is written twice", twice.stream)),
        None => Ok(()),
    }
}

fn check_row(append: &Append, change: &RowChange) -> Result<(), CommitError> {
    let table = change.table;
    // What follows the log changes rows of every tenant whose events it reads; nothing else may.
    let follows = append.checkpoint.is_some() && append.writes.is_empty();
    if change.tenant != append.context.tenant && !follows {
        return invalid(format!("a row of table {} is another tenant's", table.name));
    }
    check_values(table, table.key, &change.key)?;
    match &change.change {
        Change::Put(values) => check_values(table, table.columns, values),
        Change::Patch { set, .. } => set.iter().try_for_each(|(name, value)| {
            match table.columns.iter().find(|column| column.name == *name) {
                Some(column) => check_value(table, column, value),
                None => invalid(format!(
                    "table {} has no column {name} to change",
                    table.name
                )),
            }
        }),
        Change::Delete => Ok(()),
    }
}

fn check_values(table: &Table, columns: &[Column], values: &[Value]) -> Result<(), CommitError> {
    if columns.len() != values.len() {
        return invalid(format!(
            "table {} takes {} values where {} are given",
            table.name,
            columns.len(),
            values.len()
        ));
    }
    let mut pairs = columns.iter().zip(values);
    pairs.try_for_each(|(column, value)| check_value(table, column, value))
}

fn check_value(table: &Table, column: &Column, value: &Value) -> Result<(), CommitError> {
    match value_fault(column, value) {
        None => Ok(()),
        Some(fault) => invalid(format!(
            "column {} of table {} {fault}",
            column.name, table.name
        )),
    }
}

/// Why `column` cannot hold `value`.
pub(crate) fn value_fault(column: &Column, value: &Value) -> Option<&'static str> {
    let fits = match value {
        Value::Null => column.nullable,
        Value::Id(_) => column.kind == ColumnKind::Id,
        Value::Text(_) => column.kind == ColumnKind::Text,
        Value::Integer(_) => column.kind == ColumnKind::Integer,
        Value::Boolean(_) => column.kind == ColumnKind::Boolean,
        Value::Timestamp(_) => column.kind == ColumnKind::Timestamp,
        Value::Json(_) => matches!(column.kind, ColumnKind::Json | ColumnKind::Canonical),
        Value::Bytes(_) => column.kind == ColumnKind::Bytes,
    };
    let (bytes, nul) = match value {
        Value::Text(text) => (text.len(), text.contains('\0')),
        // PostgreSQL keeps JSON in a form that has no NUL either.
        Value::Json(json) => (json.as_str().len(), escapes_nul(json.as_str())),
        Value::Bytes(bytes) => (bytes.len(), false),
        _ => (0, false),
    };
    if !fits {
        Some("does not take such a value")
    } else if bytes > limits::COLUMN_BYTES {
        Some("does not take so long a value")
    } else if nul {
        Some("does not take the character NUL")
    } else {
        None
    }
}

/// Whether JSON text has the character NUL, which it can only have as an escape.
fn escapes_nul(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at + 1..];
        if escape.starts_with("u0000") {
            return true;
        }
        // What follows a backslash belongs to it, above all another backslash.
        rest = &escape[1..];
    }
    false
}

/// A reason as it is kept: without NUL, and cut at a bound.
pub(super) fn shown(reason: &str) -> String {
    let cut = reason.floor_char_boundary(limits::REASON_BYTES);
    reason[..cut].replace('\0', "\u{fffd}")
}

fn invalid<T>(detail: impl Into<String>) -> Result<T, CommitError> {
    Err(CommitError::Invalid(detail.into()))
}
