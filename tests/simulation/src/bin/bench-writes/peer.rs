//! The peer: one row in a transaction of its own, with the same driver and durability, as a plain program would write.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};
use uuid::Uuid;

use crate::measure::{Figure, measure};
use crate::writer;

pub(crate) async fn single_rows(data: &Path, span: Duration) -> Result<Figure, String> {
    let folder = tempfile::tempdir_in(data).map_err(|error| error.to_string())?;
    let before = writer::connections();
    let pool = open(&folder.path().join("peer.sqlite")).await;
    let pool = pool.map_err(|error| error.to_string())?;
    let connection = writer::connections().difference(&before).next().copied();
    let number = Arc::new(AtomicU64::new(1));
    let insert = {
        let pool = pool.clone();
        move |_| {
            let (pool, number) = (pool.clone(), number.fetch_add(1, Ordering::Relaxed));
            async move {
                insert(&pool, number)
                    .await
                    .map_err(|error| error.to_string())
            }
        }
    };
    let (figure, writer_use_percent) = writer::watching(connection, measure(span, insert)).await;
    pool.close().await;
    Ok(Figure {
        writer_use_percent,
        ..figure?
    })
}

async fn open(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    // One connection: SQLite has one writer, and a queue for it is quicker than its locks.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_mins(1))
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    sqlx::query("CREATE TABLE event (id BLOB PRIMARY KEY, payload TEXT NOT NULL) WITHOUT ROWID")
        .execute(&pool)
        .await?;
    Ok(pool)
}

async fn insert(pool: &SqlitePool, number: u64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("INSERT INTO event (id, payload) VALUES (?, ?)")
        .bind(Uuid::from_u128(u128::from(number)).as_bytes().to_vec())
        .bind(r#"{"amount_minor":100,"currency":"EUR"}"#)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
