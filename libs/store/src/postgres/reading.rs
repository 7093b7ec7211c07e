//! Who answers readers: the server that is written, or a replica that knows as much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::sync::Mutex;

use super::fault::{Fault, lost};
use super::following::{WRITTEN, number};
use super::primary::Primary;
use super::replica::Replica;
use crate::engine::session::{Cell, Fetched};
use crate::engine::{Intent, Readers, unavailable};
use crate::sql::Sql;
use crate::{ColumnKind, DatabaseStatus, Showing, StoreError, Value};

/// Chooses who is asked.
pub(super) struct Reading {
    primary: Arc<Primary>,
    replicas: Vec<Arc<Replica>>,
    /// Whose turn it is.
    turn: AtomicUsize,
    floor: Floor,
    /// Questions that were put to the server that is written.
    reads: AtomicU64,
    /// Whether a replica answers those who only show what they read while that server is away.
    shows: bool,
    /// Questions that were so answered.
    behind: AtomicU64,
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
    pub(super) fn new(primary: Arc<Primary>, replicas: Vec<Arc<Replica>>, shows: bool) -> Self {
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
            shows,
            behind: AtomicU64::new(0),
        }
    }

    fn turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// The replicas that are fit, from that on whose turn it is.
    fn fit(&self, turn: usize) -> impl Iterator<Item = &Replica> {
        let all = self.replicas.len();
        let around = (0..all).map(move |step| &*self.replicas[turn.wrapping_add(step) % all]);
        around.filter(|replica| replica.is_fit())
    }

    /// From somebody who lacks nothing.
    async fn fresh(
        &self,
        intent: Intent,
        sql: &Sql,
        values: &[Value],
        kinds: &[ColumnKind],
    ) -> Fetched {
        if intent == Intent::List
            && let Some(replica) = self.fit(self.turn()).next()
        {
            // Without it nobody knows whether a replica knows enough.
            let floor = self.floor.measure(&self.primary).await?;
            if let Ok(rows) = replica.fetch(floor, sql, values, kinds).await {
                return Ok(rows);
            }
        }
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.primary.fetch(sql, values, kinds).await
    }

    /// From a replica that may lack what was written last; `None` where none answers.
    async fn behind(
        &self,
        showing: &Showing,
        sql: &Sql,
        values: &[Value],
        kinds: &[ColumnKind],
    ) -> Option<Vec<Vec<Cell>>> {
        for replica in self.fit(showing.first(|| self.turn())) {
            if let Ok(rows) = replica.fetch(i64::MIN, sql, values, kinds).await {
                showing.note_behind();
                self.behind.fetch_add(1, Ordering::Relaxed);
                return Some(rows);
            }
        }
        None
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

    fn is_away(&self) -> bool {
        self.primary.guard().was_away()
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
        let Some(showing) = Showing::current().filter(|_| self.shows) else {
            return self.fresh(intent, sql, &values, kinds).await;
        };
        let fetched = tokio::select! {
            biased;
            () = self.primary.guard().until_away() => Err(lost("the server is away")),
            fetched = self.fresh(intent, sql, &values, kinds) => fetched,
        };
        match fetched {
            Err(error) if matches!(Fault::of(&error), Fault::Lost | Fault::Refused) => {
                let behind = self.behind(&showing, sql, &values, kinds).await;
                behind.ok_or(error)
            }
            fetched => fetched,
        }
    }

    fn status(&self) -> Option<DatabaseStatus> {
        let replicas = self.replicas.iter();
        Some(DatabaseStatus {
            address: self.primary.address(),
            reads: self.reads.load(Ordering::Relaxed),
            replicas: replicas.map(|it| it.status()).collect(),
            shows: self.shows,
            behind: self.behind.load(Ordering::Relaxed),
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
