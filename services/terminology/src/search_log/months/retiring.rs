//! Archiving a month, and letting go of its partition.

use std::path::Path;

use medcover_kernel::{Error, Result, Timestamp};
use medcover_mesh::{Leading, Run};
use medcover_store::{Bulk, ColumnKind, Value};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::PartitionMaker;
use super::archive::{Archive, Archived};
use super::maker::TASK;
use super::month::Month;

/// Rows that are read at once.
const PAGE: i64 = 1_000;
/// The columns of an archived row, in the order of the file.
const KINDS: [ColumnKind; 6] = [
    ColumnKind::Timestamp,
    ColumnKind::Id,
    ColumnKind::Text,
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Integer,
];
/// Before every search.
const BEFORE_ALL: Timestamp = Timestamp::from_micros(0);
const EXISTS: &str = "SELECT to_regclass($1) IS NOT NULL";
const RECORD: &str = "INSERT INTO search_log_archives (file, partition, rows, sha256, archived_at) \
    VALUES ($1, $2, $3, $4, $5)";

impl PartitionMaker {
    /// Archives `month`, where it is to be archived, and drops its partition, in one transaction. The file is whole and on the disk
    /// before the rows go, and goes itself where they stay.
    pub(super) async fn retire(&self, month: Month, leading: Leading) -> Result<Run> {
        let turn = self.log.turn(TASK, leading, self.clock.now()).await?;
        let Some(mut turn) = turn else {
            return Ok(Run::Fenced);
        };
        let name = month.partition();
        let exists = turn.rows(EXISTS, vec![name.as_str().into()], &[ColumnKind::Boolean]);
        if exists
            .await?
            .first()
            .is_none_or(|row| row[0] != true.into())
        {
            return Ok(Run::Done);
        }
        // Nobody writes to a month past its time but who was held up for as long; from here on not even they do.
        turn.run(format!("LOCK TABLE {name} IN SHARE MODE")).await?;
        let mut archived = None;
        if let Some(folder) = &self.archive {
            archived = Some(archive(&mut turn, &name, folder).await?);
        }
        self.drop_partition(&mut turn, &name, archived.as_ref())
            .await?;
        let rows = archived.as_ref().map(|it| it.rows);
        // Whether a commit has happened whose answer is lost, nobody knows; so the file stays from here on.
        archived.into_iter().for_each(Archived::keep);
        turn.commit().await?;
        tracing::info!(
            partition = name,
            archived = rows,
            "a month of the search log was retired"
        );
        Ok(Run::Done)
    }

    async fn drop_partition(
        &self,
        turn: &mut Bulk,
        name: &str,
        archived: Option<&Archived>,
    ) -> Result<()> {
        turn.run(format!(
            "ALTER TABLE search_logs_master DETACH PARTITION {name}; DROP TABLE {name}"
        ))
        .await?;
        if let Some(it) = archived {
            let record = vec![
                it.name().into(),
                name.into(),
                Value::Integer(it.rows),
                it.sha256.as_str().into(),
                self.clock.now().into(),
            ];
            turn.execute(RECORD, record).await?;
        }
        Ok(())
    }
}

/// Writes the rows of the partition `name` to a file in `folder`, in the order of time.
async fn archive(turn: &mut Bulk, name: &str, folder: &Path) -> Result<Archived> {
    let failed = |error: std::io::Error| {
        let folder = folder.display();
        Error::unavailable(format!(
            "The search log cannot be archived in {folder}: {error}."
        ))
    };
    let next = format!(
        "SELECT searched_at, id, operation, query, hits, took_us FROM {name} \
        WHERE (searched_at, id) > ($1, $2) ORDER BY searched_at, id LIMIT $3"
    );
    let mut archive = Archive::begin(folder, name).map_err(failed)?;
    let mut after = (Value::Timestamp(BEFORE_ALL), Value::Id(Uuid::nil()));
    loop {
        let values = vec![after.0, after.1, Value::Integer(PAGE)];
        let rows = turn.rows(&next, values, &KINDS).await?;
        let Some(last) = rows.last() else { break };
        after = (last[0].clone(), last[1].clone());
        // Compressing must not hold up a thread that serves requests.
        let written = spawn_blocking(move || archive.write(&rows).map(|()| archive));
        archive = written.await.map_err(Error::internal)?.map_err(failed)?;
    }
    let finished = spawn_blocking(move || archive.finish());
    finished.await.map_err(Error::internal)?.map_err(failed)
}
