//! What the memory engine holds.

use std::collections::{BTreeMap, BTreeSet};

use medcover_kernel::{TenantId, Timestamp};

use super::queue::QueueIndex;
use crate::audit::anchor::Anchoring;
use crate::cell::RowKey;
use crate::core_tables::{ANSWER, INBOX, MESSAGE};
use crate::plan::{Heads, Plan, checkpoint_key, needs, plan};
use crate::{
    Append, CommitError, Position, Receipt, Recorded, Schema, StoreError, StreamId, Table,
    Upcaster, Value, Version, limits,
};

/// The rows of one table, by tenant and key.
pub(super) type Rows = BTreeMap<(TenantId, Vec<Value>), Vec<Value>>;

pub(super) struct World {
    schema: Schema,
    /// The event at position `n` stands at index `n - 1`.
    log: Vec<Recorded>,
    streams: BTreeMap<(TenantId, StreamId), Vec<usize>>,
    tables: BTreeMap<&'static str, Rows>,
    incomplete: BTreeSet<&'static str>,
    pub(super) queue: QueueIndex,
    pub(super) anchoring: Anchoring,
    /// The text of the anchor file.
    pub(super) anchors: String,
}

impl World {
    pub(super) fn new(schema: Schema) -> Self {
        Self {
            schema,
            log: Vec::new(),
            streams: BTreeMap::new(),
            tables: BTreeMap::new(),
            incomplete: BTreeSet::new(),
            queue: QueueIndex::default(),
            anchoring: Anchoring::default(),
            anchors: String::new(),
        }
    }

    pub(super) fn row(&self, key: &RowKey) -> Option<&[Value]> {
        let rows = self.tables.get(key.table.name)?;
        rows.get(&(key.tenant, key.key.clone())).map(Vec::as_slice)
    }

    pub(super) fn rows(&self, table: &Table) -> impl Iterator<Item = (TenantId, &Vec<Value>)> {
        let rows = self.tables.get(table.name).into_iter().flatten();
        rows.map(|((tenant, _), row)| (*tenant, row))
    }

    pub(super) fn commit(
        &mut self,
        append: &Append,
        now: Timestamp,
    ) -> (Result<Receipt, CommitError>, bool) {
        let batch = [append];
        let mut heads = self.heads(needs(&batch));
        let mut plan = plan(&batch, &mut heads, now);
        let sent = plan.sent;
        let outcome = plan.outcomes.pop().expect("one commit, one outcome");
        self.apply(plan, now);
        (outcome, sent)
    }

    pub(super) fn heads(&self, needs: impl IntoIterator<Item = RowKey>) -> Heads {
        let mut heads = Heads::default();
        for key in needs {
            if let Some(row) = self.row(&key) {
                let row = row.to_vec();
                heads.insert(key, row);
            }
        }
        heads
    }

    pub(super) fn apply(&mut self, plan: Plan, now: Timestamp) {
        self.anchoring.note(&plan.rows, now);
        for (key, row) in plan.rows {
            self.put(key, row);
        }
        for recorded in plan.events {
            let stream = (recorded.event.tenant, recorded.event.stream.clone());
            self.streams.entry(stream).or_default().push(self.log.len());
            self.log.push(recorded);
        }
        if self.anchoring.is_due(now) {
            self.anchor(now);
        }
    }

    pub(super) fn put(&mut self, key: RowKey, row: Option<Vec<Value>>) {
        if key.table == &MESSAGE {
            let before = self.row(&key).map(<[_]>::to_vec);
            self.queue
                .replace(key.tenant, before.as_deref(), row.as_deref());
        }
        let rows = self.tables.entry(key.table.name).or_default();
        match row {
            Some(row) => rows.insert((key.tenant, key.key), row),
            None => rows.remove(&(key.tenant, key.key)),
        };
    }

    pub(super) fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        let Some(places) = self.streams.get(&(tenant, stream.clone())) else {
            return Ok(Vec::new());
        };
        let skipped = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let places = places.get(skipped..).unwrap_or_default();
        if places.len() > limits::LOADED_EVENTS {
            return Err(StoreError::TooLong(stream.clone()));
        }
        self.read(places.iter().map(|at| &self.log[*at]))
    }

    pub(super) fn read_log(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        let skipped = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let rest = self.log.get(skipped..).unwrap_or_default();
        self.read(rest.iter().take(limit.min(limits::PAGE)))
    }

    fn read<'a>(
        &self,
        events: impl Iterator<Item = &'a Recorded>,
    ) -> Result<Vec<Recorded>, StoreError> {
        events
            .map(|recorded| Ok(Upcaster::read(&self.schema.upcasters, recorded.clone())?))
            .collect()
    }

    pub(super) fn incomplete(&self) -> Vec<&'static Table> {
        let tables = self.schema.tables.iter().copied();
        tables
            .filter(|table| self.incomplete.contains(table.name))
            .collect()
    }

    pub(super) fn clear(&mut self, tables: &[&'static Table], consumer: &str) {
        for table in tables {
            self.tables.remove(table.name);
            self.incomplete.insert(table.name);
        }
        self.put(checkpoint_key(consumer), None);
    }

    pub(super) fn complete(&mut self, tables: &[&'static Table]) {
        for table in tables {
            self.incomplete.remove(table.name);
        }
    }

    pub(super) fn prune(&mut self, now: Timestamp) -> u64 {
        let mut removed = 0;
        let mut retain = |table: &Table, kept: &dyn Fn(Timestamp) -> bool| {
            let Some(rows) = self.tables.get_mut(table.name) else {
                return;
            };
            let before = rows.len();
            // In both tables the last column is the one that time is counted by.
            rows.retain(|_, row| {
                row.last()
                    .and_then(Value::as_timestamp)
                    .is_none_or(|it| kept(*it))
            });
            removed += (before - rows.len()) as u64;
        };
        retain(&ANSWER, &|expires_at| expires_at > now);
        retain(&INBOX, &|handled_at| {
            handled_at.plus(limits::INBOX_KEPT) > now
        });
        removed
    }
}
