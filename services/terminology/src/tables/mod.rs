//! ICD-10-CM on PostgreSQL: for whoever asks in SQL, and to search when the mapped file of the current release cannot be opened.
//!
//! Every release has its rows, under the key (release, code). A load writes them and makes them current in one transaction, within
//! the switch of the release. The tables are shared by all processes; which release is current here is said by the pointer of the
//! data folder.

mod find;
mod kept;
mod load;
mod notation;
mod queries;
mod row;
mod rows;
mod schema;
mod slice;
#[cfg(test)]
mod tests;
mod usage;
mod wanted;

use std::sync::Arc;

use medcover_kernel::Clock;
use medcover_store::{
    Bulk, OpenError, PostgresOptions, ReferenceSchema, ReferenceTables, StoreError,
};

pub(crate) use kept::KeptSearches;
pub(crate) use load::Facts;
pub use load::TableLoad;
pub use queries::{IndexedQuery, Sample};
pub use rows::RowsLoaded;
pub use usage::{IndexReport, IndexUsage, index_reports};
pub(crate) use wanted::Wanted;

use find::Statements;

use crate::search_log::MonthlyLog;

/// The tables of ICD-10-CM in a schema of a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct Icd10Tables {
    tables: ReferenceTables,
    statements: Arc<Statements>,
}

impl Icd10Tables {
    /// Opens them, making or migrating what is needed. Replicas and anchors of `options` are not used.
    pub async fn open(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_schema(options, &schema::ICD10, clock).await
    }

    /// Opens them without making indexes other than the keys: much is copied sooner before [`open`](Self::open) makes the others.
    pub(crate) async fn open_to_fill(
        options: &PostgresOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let schema = ReferenceSchema {
            indexes: Vec::new,
            ..schema::ICD10
        };
        Self::open_schema(options, &schema, clock).await
    }

    async fn open_schema(
        options: &PostgresOptions,
        schema: &ReferenceSchema,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let tables = ReferenceTables::open(options, schema, clock).await?;
        let statements = Statements::new(tables.extension(schema::TRIGRAM));
        Ok(Self {
            tables,
            statements: Arc::new(statements),
        })
    }

    /// Whether titles can be searched by similarity: the server has `pg_trgm`.
    pub fn finds_by_similarity(&self) -> bool {
        self.statements.by_similarity.is_some()
    }

    /// The search log beside them.
    pub(crate) fn search_log(&self) -> MonthlyLog {
        MonthlyLog::new(self.tables.clone())
    }

    /// Ends the connections.
    pub async fn close(&self) {
        self.tables.close().await;
    }

    pub(crate) async fn bulk(&self) -> Result<Bulk, StoreError> {
        self.tables.bulk().await
    }
}
