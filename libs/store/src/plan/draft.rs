//! The rows that a batch has fetched, and what one commit would make of them.

use std::collections::{BTreeMap, BTreeSet};

use super::counter_key;
use crate::cell::{Cells, RowKey, number};
use crate::core_tables::COUNTER;
use crate::{Corrupt, Recorded, Value};

/// The rows that a batch depends on, as they stand after the commits decided so far.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    rows: BTreeMap<RowKey, Option<Vec<Value>>>,
    changed: BTreeSet<RowKey>,
}

impl Heads {
    /// A row that was fetched.
    pub(crate) fn insert(&mut self, key: RowKey, row: Vec<Value>) {
        self.rows.insert(key, Some(row));
    }

    /// Where the counter `name` stands; nothing where it is not there or was not fetched.
    pub(crate) fn counter(&self, name: &str) -> Result<Option<u64>, Corrupt> {
        let row = self.rows.get(&counter_key(name));
        row.and_then(|row| row.as_deref()).map(counted).transpose()
    }

    pub(super) fn take(&mut self, changes: BTreeMap<RowKey, Option<Vec<Value>>>) {
        self.changed.extend(changes.keys().cloned());
        self.rows.extend(changes);
    }

    /// The rows that commits have changed, as they are afterwards.
    pub(super) fn changed(&mut self) -> BTreeMap<RowKey, Option<Vec<Value>>> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|key| {
                let row = self.rows.get(&key).cloned().flatten();
                (key, row)
            })
            .collect()
    }
}

/// What one commit changes, on top of what is there. Dropped, it has changed nothing.
pub(super) struct Draft<'a> {
    heads: &'a Heads,
    changes: Changes,
}

/// What a commit that is accepted leaves behind.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) rows: BTreeMap<RowKey, Option<Vec<Value>>>,
    pub(super) events: Vec<Recorded>,
    pub(super) sent: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn on(heads: &'a Heads) -> Self {
        Self {
            heads,
            changes: Changes::default(),
        }
    }

    pub(super) fn finish(self) -> Changes {
        self.changes
    }

    pub(super) fn row(&self, key: &RowKey) -> Option<&[Value]> {
        let row = self
            .changes
            .rows
            .get(key)
            .or_else(|| self.heads.rows.get(key));
        row?.as_deref()
    }

    pub(super) fn put(&mut self, key: RowKey, row: Vec<Value>) {
        self.changes.rows.insert(key, Some(row));
    }

    pub(super) fn delete(&mut self, key: RowKey) {
        self.changes.rows.insert(key, None);
    }

    pub(super) fn record(&mut self, recorded: Recorded) {
        self.changes.events.push(recorded);
    }

    pub(super) const fn work_is_due(&mut self) {
        self.changes.sent = true;
    }

    /// Where the counter `name` stands.
    pub(super) fn counter(&self, name: &str) -> Result<u64, Corrupt> {
        self.row(&counter_key(name)).map_or(Ok(0), counted)
    }

    /// The next number of the counter `name`, which is given to nobody else.
    pub(super) fn count(&mut self, name: &str) -> Result<u64, Corrupt> {
        let next = self.counter(name)? + 1;
        self.put(counter_key(name), vec![name.into(), number(next)]);
        Ok(next)
    }
}

/// The number in a row of [`COUNTER`].
fn counted(row: &[Value]) -> Result<u64, Corrupt> {
    let mut cells = Cells::of(&COUNTER, row);
    cells.text()?;
    cells.number()
}
