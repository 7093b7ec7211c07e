//! The store that callers see.

use async_trait::async_trait;
use medcover_kernel::TenantId;
use sqlx::{Connection as _, Database};
use tokio::sync::watch;
use uuid::Uuid;

use super::anchor_file::read_text;
use super::job::Job;
use super::readers::Intent;
use super::session::{Session, key_values, rows, tenant_value};
use super::{SqlStore, audit, depth, generations, migrate, unavailable};
use crate::cell::{RowKey, limit as row_limit, number};
use crate::core_tables::{DEAD_LETTER, MESSAGE};
use crate::plan::{check, check_claim, checkpoint, checkpoint_key, stream_key, version};
use crate::rows::{answer, answer_key, dead_letter, message, snapshot, snapshot_key};
use crate::{
    Answer, AnswerScope, Append, AuditRecord, AuditReport, Claim, CommitError, DatabaseStatus,
    DeadLetter, Delivery, Inventory, Position, QueueDepth, QueuedMessage, Receipt, Recorded, Row,
    Select, Showing, Snapshot, Store, StoreError, StreamId, Table, Value, Version, limits,
};

#[async_trait]
impl<D: Database> Store for SqlStore<D>
where
    D::Connection: Session,
{
    async fn commit(&self, mut append: Append) -> Result<Receipt, CommitError> {
        check(&append)?;
        if let Some(step) = &mut append.checkpoint
            && let Some(own) = self.own_consumer(&step.consumer)
        {
            step.consumer = own.into();
        }
        match Showing::current() {
            Some(showing) => self.shown(append, &showing).await,
            None => self.hand_over(append).await,
        }
    }

    async fn load(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        after: Version,
    ) -> Result<Vec<Recorded>, StoreError> {
        let values = vec![
            tenant_value(tenant),
            stream.kind.as_ref().into(),
            stream.id.into(),
            number(after.get()),
            row_limit(limits::LOADED_EVENTS + 1),
        ];
        let load = &self.core.statements.fixed.load;
        let events = self.events(Intent::Decide, load, values).await?;
        if events.len() > limits::LOADED_EVENTS {
            return Err(StoreError::TooLong(stream.clone()));
        }
        Ok(events)
    }

    async fn version(&self, tenant: TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        let row = self.stored(stream_key(tenant, stream)).await?;
        Ok(version(row.as_deref())?)
    }

    async fn read_log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let limit = row_limit(limit.min(limits::PAGE));
        let values = vec![number(after.get()), limit];
        let read_log = &self.core.statements.fixed.read_log;
        self.events(Intent::List, read_log, values).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn sent(&self) -> watch::Receiver<u64> {
        self.sent.clone()
    }

    async fn snapshot(
        &self,
        tenant: TenantId,
        stream: &StreamId,
        reducer: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        let row = self.stored(snapshot_key(tenant, stream, reducer)).await?;
        Ok(row.as_deref().map(snapshot).transpose()?)
    }

    async fn row(
        &self,
        table: &'static Table,
        tenant: TenantId,
        key: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let key = RowKey::new(table, tenant, key.to_vec());
        let gated = self.core.statements.table(table);
        let row = match gated.and_then(|it| it.gated.as_ref()) {
            Some(sql) => {
                let values = key_values([&key]);
                let found = self.gated(Intent::Decide, sql, &values, table).await?;
                found.into_iter().next().map(|(_, row)| row)
            }
            None => self.stored(key).await?,
        };
        Ok(row.map(|values| Row { table, values }))
    }

    async fn select(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        select.check()?;
        let table = select.listing.table;
        let sql = self.core.statements.listing(select).ok_or_else(|| {
            StoreError::Invalid(format!("the store has no listing {}", select.listing.name))
        })?;
        let mut values = vec![tenant_value(select.tenant)];
        values.extend(select.equal.iter().cloned());
        values.extend(select.from.iter().chain(&select.to).cloned());
        values.extend(select.after.iter().flatten().cloned());
        values.push(row_limit(select.limit));
        let generation = self.core.generation.as_ref();
        let found = if generation.is_some_and(|it| it.is_gated(table)) {
            self.gated(Intent::List, sql, &values, table).await?
        } else {
            rows(&mut self.reader(Intent::List), sql, values, table).await?
        };
        let found = found.into_iter().map(|(_, values)| Row { table, values });
        Ok(found.collect())
    }

    async fn answer(&self, scope: &AnswerScope) -> Result<Option<Answer>, StoreError> {
        match self.stored(answer_key(scope)).await? {
            Some(row) => Ok(answer(&row, self.core.clock.now())?),
            None => Ok(None),
        }
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        let own = self.own_consumer(consumer);
        let key = checkpoint_key(own.as_deref().unwrap_or(consumer));
        let row = self.stored(key).await?;
        Ok(checkpoint(row.as_deref())?)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Delivery>, StoreError> {
        check_claim(&claim)?;
        self.ask(|reply| Job::Claim(claim, reply)).await?
    }

    async fn queues(&self) -> Result<Vec<QueueDepth>, StoreError> {
        depth::queues(&self.core, &mut self.reader(Intent::List)).await
    }

    async fn messages(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        let sql = &self.core.statements.fixed.messages;
        let rows = self
            .in_queue(sql, &MESSAGE, tenant, queue, after, limit)
            .await?;
        let messages = rows.iter().map(|row| message(tenant, row));
        Ok(messages.collect::<Result<_, _>>()?)
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        queue: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = &self.core.statements.fixed.dead_letters;
        let rows = self
            .in_queue(sql, &DEAD_LETTER, tenant, queue, after, limit)
            .await?;
        let letters = rows.iter().map(|row| dead_letter(tenant, row));
        Ok(letters.collect::<Result<_, _>>()?)
    }

    async fn audit(
        &self,
        tenant: TenantId,
        partition: u16,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let sql = &self.core.statements.fixed.audit;
        let chain = Value::Integer(partition.into());
        let mut reader = self.reader(Intent::List);
        audit::records(&mut reader, sql, tenant, chain, after, limit).await
    }

    async fn disclosures(
        &self,
        tenant: TenantId,
        data_subject: Uuid,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let sql = &self.core.statements.fixed.disclosures;
        let mut reader = self.reader(Intent::List);
        audit::records(&mut reader, sql, tenant, data_subject.into(), after, limit).await
    }

    async fn anchor_audit(&self) -> Result<(), StoreError> {
        self.ask(Job::Anchor).await?
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        // The file before the database: what an anchor names is in the database by then.
        let anchors = read_text(&self.core.anchor_path)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        // While others go on writing, all of it is seen as it was at one moment.
        let mut reader = self.readers.connection().await?;
        let snapshot = reader.begin_with(self.core.dialect.snapshot()).await;
        let mut snapshot = snapshot.map_err(|error| unavailable(&error))?;
        let report = audit::verify(&self.core, &mut *snapshot, &anchors).await?;
        let ended = snapshot.rollback().await;
        ended.map_err(|error| unavailable(&error))?;
        Ok(report)
    }

    async fn incomplete(&self) -> Result<Vec<&'static Table>, StoreError> {
        let mut reader = self.reader(Intent::Decide);
        let mut incomplete = Vec::new();
        let kept = |table: &Table| {
            let generation = self.core.generation.as_ref();
            generation.is_some_and(|it| it.keeps(table))
        };
        for table in self.core.schema.tables.iter().filter(|it| !kept(it)) {
            let state = migrate::state(&self.core, &mut reader, table).await?;
            if state != Some((table.version, true)) {
                incomplete.push(*table);
            }
        }
        Ok(incomplete)
    }

    async fn clear(&self, tables: &[&'static Table], consumer: &str) -> Result<(), StoreError> {
        generations::refuse_kept(&self.core, tables)?;
        let (tables, consumer) = (tables.to_vec(), consumer.to_owned());
        self.ask(|reply| Job::Clear(tables, consumer, reply))
            .await?
    }

    async fn complete(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        generations::refuse_kept(&self.core, tables)?;
        let tables = tables.to_vec();
        self.ask(|reply| Job::Complete(tables, reply)).await?
    }

    async fn catch_up(&self) -> Result<u64, StoreError> {
        match self.core.generation {
            Some(_) => self.take_along().await,
            None => Ok(0),
        }
    }

    async fn drop_unused(&self) -> Result<Vec<String>, StoreError> {
        match self.core.generation {
            Some(_) => self.ask(Job::DropUnused).await?,
            None => Ok(Vec::new()),
        }
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            // A page at a time, so that commits get in between.
            let page = self.ask(Job::Prune).await??;
            removed += page;
            if page == 0 {
                return Ok(removed);
            }
        }
    }

    async fn inventory(&self) -> Result<Option<Inventory>, StoreError> {
        self.take_inventory().await.map(Some)
    }

    fn database(&self) -> Option<DatabaseStatus> {
        let status = self.readers.status()?;
        Some(DatabaseStatus {
            spool: self.spool.as_ref().map(|it| it.status()),
            ..status
        })
    }
}
