//! Looking after the server: what other processes have written, and whether it is there.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Rng as _, SystemRng};
use sqlx::PgConnection;
use tokio::time::timeout;

use super::fault::{Fault, late};
use super::primary::Primary;
use crate::engine::session::Fetch as _;
use crate::engine::{Announcements, Core};
use crate::plan::LOG_COUNTER;
use crate::sql::Sql;
use crate::{ColumnKind, Position, Value};

/// How often a server that was not there is looked for.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How far the WAL is on the disk: whatever was acknowledged is before it.
pub(super) const WRITTEN: &str =
    "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') AS bigint)";

/// Asks so often how far the log and the queues have come, and announces it. It has a connection of its own, so that it can
/// tell a server that is away from one whose connections are all in use.
pub(super) struct Following {
    pub(super) core: Arc<Core>,
    pub(super) primary: Arc<Primary>,
    pub(super) announcements: Arc<Announcements>,
    pub(super) every: Duration,
    /// Whether somebody wants to know how far the WAL has come.
    pub(super) replicated: bool,
}

/// Rows of names and numbers.
type Counters = Vec<Vec<Option<Value>>>;

impl Following {
    /// For as long as the store is open.
    pub(super) async fn run(self) {
        let (mut connection, mut known, mut away) = (None, Counters::new(), false);
        let written = WRITTEN.into();
        loop {
            let asked = self.ask(&mut connection, &written);
            let asked = timeout(self.primary.wait(), asked).await;
            match asked.unwrap_or_else(|_| Err(late())) {
                Ok(counters) => {
                    if std::mem::take(&mut away) {
                        self.returned();
                    }
                    if counters != known {
                        self.announcements.reached(log(&counters));
                        self.announcements.work_is_due();
                        known = counters;
                    }
                    tokio::time::sleep(self.every).await;
                }
                Err(error) => {
                    connection = None;
                    away = true;
                    let open = self.primary.guard().is_away();
                    if open && Fault::of(&error) == Fault::Late {
                        self.primary.give_up();
                    }
                    tokio::time::sleep(jittered(LOOK_EVERY)).await;
                }
            }
        }
    }

    fn returned(&self) {
        self.primary.renew();
        self.primary.guard().is_back();
    }

    async fn ask(
        &self,
        connection: &mut Option<PgConnection>,
        written: &Sql,
    ) -> Result<Counters, sqlx::Error> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(self.primary.connect(&[]).await?),
        };
        let kinds = [ColumnKind::Text, ColumnKind::Integer];
        let sql = &self.core.statements.fixed.counters;
        let rows = connection.fetch(sql, Vec::new(), &kinds).await?;
        let rows = rows.into_iter();
        let rows = rows.map(|row| row.into_iter().map(Result::ok).collect());
        let mut counters: Counters = rows.collect();
        counters.sort();
        if self.replicated {
            let kinds = [ColumnKind::Integer];
            let rows = connection.fetch(written, Vec::new(), &kinds).await?;
            // After a promotion it may be less than before.
            let position = number(&rows).unwrap_or(0);
            self.primary
                .heard()
                .note(position, self.core.clock.elapsed());
        }
        Ok(counters)
    }
}

/// The only number of an answer.
pub(super) fn number(rows: &[Vec<Result<Value, String>>]) -> Option<i64> {
    let cell = rows.first()?.first()?.as_ref().ok()?;
    cell.as_integer().copied()
}

/// Between four and six fifths of `pause`, so that not all processes ask at the same moment.
pub(super) fn jittered(pause: Duration) -> Duration {
    let spread = u64::try_from(pause.as_nanos() / 5 * 2).unwrap_or(u64::MAX);
    pause / 5 * 4 + Duration::from_nanos(SystemRng.below(spread))
}

fn log(counters: &Counters) -> Position {
    let log = counters.iter().find(|row| {
        let name = row[0].as_ref().and_then(Value::as_text);
        name == Some(LOG_COUNTER)
    });
    let value = log.and_then(|row| row[1].as_ref()?.as_integer().copied());
    Position::new(value.unwrap_or_default().unsigned_abs())
}
