//! Whom readers ask.

use async_trait::async_trait;
use sqlx::Database;
use sqlx::pool::PoolConnection;

use super::session::{Fetch, Fetched};
use crate::sql::Sql;
use crate::{ColumnKind, DatabaseStatus, StoreError, Value};

/// What an answer is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// To decide on, or one thing by its key: it costs no more than to find out whether somebody else knows as much.
    Decide,
    /// To show or to work through a list, which a replica may do as well.
    List,
}

/// Where the answers to readers come from.
#[async_trait]
pub(crate) trait Readers<D: Database>: Send + Sync {
    /// Whether it is any use to ask now.
    fn admits(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether the server was not there when it was last looked after.
    fn is_away(&self) -> bool {
        false
    }

    /// A connection to where it is written.
    async fn connection(&self) -> Result<PoolConnection<D>, StoreError>;

    /// The rows of a reading statement. Nothing is missing that was acknowledged before it was asked.
    async fn fetch(
        &self,
        intent: Intent,
        sql: &Sql,
        values: Vec<Value>,
        kinds: &[ColumnKind],
    ) -> Fetched;

    /// What there is to see, where there is a server.
    fn status(&self) -> Option<DatabaseStatus> {
        None
    }

    /// Ends the connections.
    async fn close(&self);
}

/// A reader with one intent.
pub(crate) struct Reader<'a, D: Database> {
    pub(super) readers: &'a dyn Readers<D>,
    pub(super) intent: Intent,
}

#[async_trait]
impl<D: Database> Fetch for Reader<'_, D> {
    async fn fetch(&mut self, sql: &Sql, values: Vec<Value>, kinds: &[ColumnKind]) -> Fetched {
        let fetched = self.readers.fetch(self.intent, sql, values, kinds);
        fetched.await
    }
}
