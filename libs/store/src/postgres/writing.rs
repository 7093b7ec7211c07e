//! The connection that writes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::fault::{Fault, lost};
use super::guard::Asking;
use super::options::{ServerSetting, idle_for};
use super::primary::Primary;
use crate::engine::session::{AfterFailure, Fetch, Fetched, Session, WriteSession};
use crate::sql::Sql;
use crate::{ColumnKind, Value};

/// The connection that writes, made anew when it was lost: to whichever host takes writes by then.
pub(super) struct Writing {
    primary: Arc<Primary>,
    settings: [ServerSetting; 1],
    /// Begins a transaction, and waits until nobody else writes.
    begin: String,
    connection: Option<PgConnection>,
    /// Leave to ask for the transaction that is under way.
    asking: Option<Asking>,
    /// What went wrong with it, and whether it had begun by then.
    failed: Option<(Fault, bool)>,
    /// Transactions in a row of which nothing was kept since the connection was lost.
    lost: u32,
}

impl Writing {
    /// A connection to `primary` that shares an advisory lock with everybody who writes to the same schema. Since others wait
    /// for it, the server keeps a transaction in which nothing happens for no longer than `idle`.
    pub(super) fn new(primary: Arc<Primary>, schema: &str, idle: Duration) -> Self {
        /// "MDCV": keeps our locks apart from those of others in the same database.
        const OURS: i32 = 0x4D44_4356;
        Self {
            primary,
            settings: [idle_for(idle)],
            begin: format!("BEGIN; SELECT pg_advisory_xact_lock({OURS}, hashtext('{schema}'))"),
            connection: None,
            asking: None,
            failed: None,
            lost: 0,
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let primary = Arc::clone(&self.primary);
        let said = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(self.connection()?);
        let said = primary.answered(said).await;
        if said.is_err() {
            // Whatever state it is in, nobody should go on from there.
            self.connection = None;
        }
        said.map(drop)
    }

    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = self.connection.as_mut();
        connection.ok_or_else(|| lost("there is no connection"))
    }

    /// Takes in what came of a statement; a connection on which nothing more is to be heard is given up.
    fn heard<T>(&mut self, heard: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Err(error) = &heard {
            let fault = Fault::of(error);
            if fault != Fault::Answered {
                self.connection = None;
                self.failed.get_or_insert((fault, true));
            }
        }
        heard
    }

    async fn begin_anew(&mut self) -> Result<(), sqlx::Error> {
        let words = self.begin.clone();
        if self.connection.is_some() {
            match self.say(&words).await {
                Err(error) if Fault::of(&error) == Fault::Lost => {}
                begun => return begun,
            }
        }
        self.connection = Some(self.primary.connect(&self.settings).await?);
        self.say(&words).await
    }

    /// Gives back the leave to ask.
    fn end(&mut self, fault: Option<Fault>) {
        if let Some(asking) = self.asking.take() {
            asking.end(fault);
        }
    }
}

#[async_trait]
impl Fetch for Writing {
    async fn fetch(&mut self, sql: &Sql, values: Vec<Value>, kinds: &[ColumnKind]) -> Fetched {
        let primary = Arc::clone(&self.primary);
        let fetched = self.connection()?.fetch(sql, values, kinds);
        let fetched = primary.answered(fetched).await;
        self.heard(fetched)
    }
}

#[async_trait]
impl Session for Writing {
    async fn execute(&mut self, sql: &Sql, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let primary = Arc::clone(&self.primary);
        let executed = Session::execute(self.connection()?, sql, values);
        let executed = primary.answered(executed).await;
        self.heard(executed)
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let primary = Arc::clone(&self.primary);
        let ran = self.connection()?.run(text);
        let ran = primary.answered(ran).await;
        self.heard(ran)
    }
}

#[async_trait]
impl WriteSession for Writing {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.failed = None;
        let asking = self.primary.guard().begin();
        let begun = match asking {
            Ok(asking) => {
                self.asking = Some(asking);
                self.begin_anew().await
            }
            Err(refused) => Err(refused),
        };
        if let Err(error) = &begun {
            let fault = Fault::of(error);
            self.failed = Some((fault, false));
            self.end(Some(fault));
        }
        begun
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let said = self.say("COMMIT").await;
        self.lost = 0;
        self.end(said.as_ref().err().map(Fault::of));
        said
    }

    async fn rollback(&mut self) {
        self.end(self.failed.map(|(fault, _)| fault));
        if self.connection.is_some() {
            // If this fails the connection is dropped, and the server rolls back by itself.
            let _ = self.say("ROLLBACK").await;
        }
    }

    fn session(&mut self) -> &mut dyn Session {
        self
    }

    fn after_failure(&mut self) -> AfterFailure {
        let again = match self.failed {
            // `COMMIT` was never said, so the server keeps nothing of it, and it may be done again.
            Some((Fault::Lost, _)) => {
                self.lost += 1;
                self.primary.guard().again(Fault::Lost, self.lost)
            }
            Some((_, false)) => None,
            Some((_, true)) | None => {
                self.lost = 0;
                return AfterFailure::OneByOne;
            }
        };
        if again.is_none() {
            self.lost = 0;
        }
        again.map_or(AfterFailure::GiveUp, AfterFailure::Again)
    }

    async fn close(self: Box<Self>) {
        if let Some(connection) = self.connection {
            // Nobody is left to be told; what was acknowledged is on the disk already.
            let _ = self.primary.answered(connection.close()).await;
        }
    }
}
