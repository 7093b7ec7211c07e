//! Who answers readers: the server that is written, or a replica that knows as much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::sync::Mutex;

use super::fault::lost;
use super::following::{WRITTEN, number};
use super::primary::Primary;
use super::replica::Replica;
use crate::engine::session::Fetched;
use crate::engine::{Intent, Readers, unavailable};
use crate::sql::Sql;
use crate::{ColumnKind, DatabaseStatus, StoreError, Value};

/// Chooses who is asked.
pub(super) struct Reading {
    primary: Arc<Primary>,
    replicas: Vec<Arc<Replica>>,
    /// Whose turn it is.
    turn: AtomicUsize,
    floor: Floor,
    /// Questions that were put to the server that is written.
    reads: AtomicU64,
}

/// How far a replica must have come for a reader: as far as everything is on the disk of the server that is written at some
/// moment after the reader asked. So it knows whatever was acknowledged by then, to whom and by which process ever.
///
/// Readers who ask at the same time share one question: who comes while it is on its way waits for the next.
struct Floor {
    sql: Sql,
    /// Readers so far.
    readers: AtomicU64,
    last: Mutex<Measured>,
}

#[derive(Clone, Copy, Default)]
struct Measured {
    /// Readers that had come before it was measured.
    readers: u64,
    position: i64,
}

impl Reading {
    pub(super) fn new(primary: Arc<Primary>, replicas: Vec<Arc<Replica>>) -> Self {
        Self {
            primary,
            replicas,
            turn: AtomicUsize::new(0),
            floor: Floor {
                sql: WRITTEN.into(),
                readers: AtomicU64::new(0),
                last: Mutex::new(Measured::default()),
            },
            reads: AtomicU64::new(0),
        }
    }

    /// The next replica that is fit.
    fn replica(&self) -> Option<&Replica> {
        let all = self.replicas.len();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut around = (0..all).map(|step| &*self.replicas[turn.wrapping_add(step) % all]);
        around.find(|replica| replica.is_fit())
    }
}

impl Floor {
    async fn measure(&self, primary: &Primary) -> Result<i64, sqlx::Error> {
        let reader = self.readers.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.readers <= reader {
            let readers = self.readers.load(Ordering::SeqCst);
            let kinds = [ColumnKind::Integer];
            let rows = primary.fetch(&self.sql, &[], &kinds).await?;
            let position =
                number(&rows).ok_or_else(|| lost("the server does not say how far it is"))?;
            *last = Measured { readers, position };
        }
        Ok(last.position)
    }
}

#[async_trait]
impl Readers<Postgres> for Reading {
    fn admits(&self) -> Result<(), StoreError> {
        let admitted = self.primary.guard().admits();
        admitted.map_err(|error| unavailable(&error))
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        let connection = self.primary.connection().await;
        connection.map_err(|error| unavailable(&error))
    }

    async fn fetch(
        &self,
        intent: Intent,
        sql: &Sql,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Fetched {
        if intent == Intent::List
            && let Some(replica) = self.replica()
        {
            // Without it nobody knows whether a replica knows enough.
            let floor = self.floor.measure(&self.primary).await?;
            if let Ok(rows) = replica.fetch(floor, sql, &values, kinds).await {
                return Ok(rows);
            }
        }
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.primary.fetch(sql, &values, kinds).await
    }

    fn status(&self) -> Option<DatabaseStatus> {
        let replicas = self.replicas.iter();
        Some(DatabaseStatus {
            address: self.primary.address(),
            reads: self.reads.load(Ordering::Relaxed),
            replicas: replicas.map(|it| it.status()).collect(),
            ..self.primary.guard().status()
        })
    }

    async fn close(&self) {
        for replica in &self.replicas {
            replica.close().await;
        }
        self.primary.close().await;
    }
}
