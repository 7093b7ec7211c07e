//! Rows as values: the one form in which planner and engines exchange what is stored.

use std::cmp::Ordering;
use std::fmt::Write as _;

use medcover_kernel::{TenantId, Timestamp};
use uuid::Uuid;

use crate::{CanonicalJson, Corrupt, Table, Value};

/// Names one row of any table.
#[derive(Clone, Debug)]
pub(crate) struct RowKey {
    pub(crate) table: &'static Table,
    pub(crate) tenant: TenantId,
    pub(crate) key: Vec<Value>,
}

impl RowKey {
    pub(crate) const fn new(table: &'static Table, tenant: TenantId, key: Vec<Value>) -> Self {
        Self { table, tenant, key }
    }

    fn order(&self) -> (&'static str, TenantId, &[Value]) {
        (self.table.name, self.tenant, &self.key)
    }
}

impl PartialEq for RowKey {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}
impl Eq for RowKey {}
impl PartialOrd for RowKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for RowKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// Reads the values of a row one after the other, each as what its column should hold.
pub(crate) struct Cells<'a> {
    table: &'static Table,
    row: &'a [Value],
    at: usize,
}

impl<'a> Cells<'a> {
    /// Reads `row`, the values of [`Table::all`] in order.
    pub(crate) const fn of(table: &'static Table, row: &'a [Value]) -> Self {
        Self { table, row, at: 0 }
    }

    fn next(&mut self) -> &'a Value {
        let value = self.row.get(self.at).unwrap_or(&Value::Null);
        self.at += 1;
        value
    }

    fn expect<T>(
        &mut self,
        what: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, Corrupt> {
        let value = self.next();
        read(value)
            .ok_or_else(|| self.corrupt(format!("holds {} where {what} should be", kind(value))))
    }

    /// A fault in the value that was read last.
    pub(crate) fn corrupt(&self, detail: impl Into<String>) -> Corrupt {
        let column = self.table.all().nth(self.at.saturating_sub(1));
        let mut row = String::new();
        for value in self.row.iter().take(self.table.key.len()) {
            let _ = write!(row, "{}{value:?}", if row.is_empty() { "" } else { ", " });
        }
        Corrupt {
            table: self.table.name.into(),
            column: column.map_or("?", |it| it.name).into(),
            row,
            detail: detail.into(),
        }
    }

    pub(crate) fn id(&mut self) -> Result<Uuid, Corrupt> {
        self.expect("an id", |value| value.as_id().copied())
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Corrupt> {
        self.expect("text", Value::as_text)
    }

    pub(crate) fn owned(&mut self) -> Result<String, Corrupt> {
        self.text().map(str::to_owned)
    }

    pub(crate) fn json(&mut self) -> Result<CanonicalJson, Corrupt> {
        self.expect("JSON", |value| value.as_json().cloned())
    }

    pub(crate) fn moment(&mut self) -> Result<Timestamp, Corrupt> {
        self.expect("a moment", |value| value.as_timestamp().copied())
    }

    pub(crate) fn hash(&mut self) -> Result<[u8; 32], Corrupt> {
        self.expect("32 bytes", |value| value.as_bytes()?.try_into().ok())
    }

    /// A whole number that fits `N`.
    pub(crate) fn number<N: TryFrom<i64>>(&mut self) -> Result<N, Corrupt> {
        self.expect("a number within its bounds", |value| {
            N::try_from(*value.as_integer()?).ok()
        })
    }

    /// What the text reads as.
    pub(crate) fn parsed<T: std::str::FromStr>(&mut self) -> Result<T, Corrupt> {
        self.expect("a known name", |value| value.as_text()?.parse().ok())
    }

    /// `None` where nothing is, else what `read` makes of it.
    pub(crate) fn maybe<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Corrupt>,
    ) -> Result<Option<T>, Corrupt> {
        if self
            .row
            .get(self.at)
            .is_none_or(|value| *value == Value::Null)
        {
            self.at += 1;
            return Ok(None);
        }
        read(self).map(Some)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Id(_) => "an id",
        Value::Text(_) => "text",
        Value::Integer(_) => "a number",
        Value::Boolean(_) => "yes or no",
        Value::Timestamp(_) => "a moment",
        Value::Json(_) => "JSON",
        Value::Bytes(_) => "bytes",
    }
}

/// A count or number of ours as a value; none of them comes near the bound.
pub(crate) fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).expect("numbers of the store stay below 2^63"))
}

/// At most how many rows a statement returns.
pub(crate) fn limit(rows: usize) -> Value {
    Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX))
}
