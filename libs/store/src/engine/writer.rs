//! The one task that writes.

use std::sync::Arc;

use medcover_kernel::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::anchor_file::AnchorFile;
use super::claim::Turns;
use super::job::{Job, Outcome};
use super::session::{AfterFailure, WriteSession};
use super::standing::Held;
use super::start::Announcements;
use super::{Core, claim, generations, migrate, unavailable, write};
use crate::audit::anchor::{Anchoring, anchor_rows};
use crate::core_tables::AUDIT_ANCHOR;
use crate::plan::{Heads, Plan, checkpoint_key, counter_key, needs, plan};
use crate::{Append, StoreError, limits, sql};

pub(super) struct Writer {
    pub(super) core: Arc<Core>,
    pub(super) session: Box<dyn WriteSession>,
    pub(super) inbox: mpsc::Receiver<Job>,
    pub(super) batch: usize,
    pub(super) announcements: Arc<Announcements>,
    pub(super) anchors: AnchorFile,
    pub(super) anchoring: Anchoring,
    pub(super) turns: Turns,
    /// Whether the batch that is being written has sent messages.
    pub(super) sent_in_batch: bool,
    /// Whether others have written more than goes into the rows of read models beside a commit.
    pub(super) far_behind: bool,
    /// Who is waited for before anything else is written.
    pub(super) holding: Vec<oneshot::Receiver<()>>,
    pub(super) _held: Box<dyn Send>,
}

/// Why a transaction did not happen.
enum Failure {
    /// It was rolled back.
    Undone(StoreError),
    /// It failed at the last step, and whether it happened will only show later.
    Unknown(StoreError),
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut jobs = Vec::with_capacity(self.batch);
        while self.wait(&mut jobs).await {
            let jobs = std::mem::take(&mut jobs);
            self.work(jobs).await;
            self.stand_still().await;
        }
        self.work(Vec::new()).await;
        // Nobody is left to be told; what was acknowledged is on the disk already.
        self.session.close().await;
    }

    /// Waits for whoever holds the store as it is.
    async fn stand_still(&mut self) {
        for released in self.holding.drain(..) {
            // Released, or held too long: either way it is over.
            let _ = tokio::time::timeout(limits::HELD, released).await;
        }
    }

    /// Takes what waits, at most a batch. `false` when nobody is left to ask for anything.
    async fn wait(&mut self, jobs: &mut Vec<Job>) -> bool {
        if !self.anchoring.is_open() {
            return self.inbox.recv_many(jobs, self.batch).await > 0;
        }
        let more = self.inbox.recv_many(jobs, self.batch);
        match tokio::time::timeout(limits::ANCHOR_AFTER, more).await {
            Ok(taken) => taken > 0,
            // Nothing happens, so the last records are anchored by themselves.
            Err(_) => true,
        }
    }

    async fn work(&mut self, jobs: Vec<Job>) {
        match self.transaction(&jobs).await {
            Ok(outcomes) => self.answer(jobs, outcomes),
            // One of them cannot be written: alone, it does not take its neighbours with it.
            Err(Failure::Undone(error)) => match self.session.after_failure() {
                AfterFailure::OneByOne if jobs.len() > 1 => {
                    for job in jobs {
                        Box::pin(self.work(vec![job])).await;
                    }
                }
                AfterFailure::Again(pause) => {
                    tokio::time::sleep(pause).await;
                    Box::pin(self.work(jobs)).await;
                }
                AfterFailure::OneByOne | AfterFailure::GiveUp => refuse(jobs, &error),
            },
            Err(Failure::Unknown(error)) => refuse(jobs, &error),
        }
    }

    async fn transaction(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, Failure> {
        let now = self.core.clock.now();
        let (outcomes, seen) = loop {
            let mut seen = Anchoring::default();
            match self.within(jobs, now, &mut seen).await {
                Ok(outcomes) => break (outcomes, seen),
                Err(error) => {
                    // A failed statement may have ended the transaction already.
                    self.session.rollback().await;
                    if !std::mem::take(&mut self.far_behind) {
                        return Err(Failure::Undone(error));
                    }
                }
            }
            self.catch_up(now).await?;
        };
        self.kept().await?;
        self.anchoring.merge(seen);
        Ok(outcomes)
    }

    async fn kept(&mut self) -> Result<(), Failure> {
        if let Err(error) = self.session.commit().await {
            self.session.rollback().await;
            return Err(Failure::Unknown(unavailable(&error)));
        }
        Ok(())
    }

    /// Takes the rows of read models along the log to its end, and lets others write after each step.
    async fn catch_up(&mut self, now: Timestamp) -> Result<(), Failure> {
        loop {
            let begun = self.session.begin().await;
            begun.map_err(|error| Failure::Undone(unavailable(&error)))?;
            let step = generations::catch_up(&self.core, self.session.session(), now).await;
            match step {
                Ok(step) => {
                    self.kept().await?;
                    if step.left == 0 {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.session.rollback().await;
                    return Err(Failure::Undone(error));
                }
            }
        }
    }

    async fn within(
        &mut self,
        jobs: &[Job],
        now: Timestamp,
        seen: &mut Anchoring,
    ) -> Result<Vec<Outcome>, StoreError> {
        let begun = self.session.begin().await;
        begun.map_err(|error| unavailable(&error))?;
        let asked = jobs.iter().any(|job| matches!(job, Job::Anchor(_)));
        if asked || jobs.is_empty() || self.anchoring.is_due(now) {
            self.anchor(now).await?;
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        let both_commit =
            |one: &Job, next: &Job| matches!((one, next), (Job::Commit(..), Job::Commit(..)));
        for run in jobs.chunk_by(both_commit) {
            let commits: Vec<_> = run.iter().filter_map(Job::append).collect();
            if commits.is_empty() {
                outcomes.push(self.one(&run[0], now).await?);
            } else {
                let plan = self.commit(&commits, now).await?;
                seen.note(&plan.rows, now);
                outcomes.extend(plan.outcomes.into_iter().map(Outcome::Commit));
                if plan.sent {
                    self.sent_in_batch = true;
                }
            }
        }
        Ok(outcomes)
    }

    async fn commit(&mut self, batch: &[&Append], now: Timestamp) -> Result<Plan, StoreError> {
        let mut heads = self.heads(batch).await?;
        if let Some(generation) = &self.core.generation {
            let behind = generations::behind(generation, &heads)?;
            if behind > limits::CAUGHT_UP as u64 {
                self.far_behind = true;
                let told = "the rows of read models are far behind the log";
                return Err(StoreError::Unavailable(told.to_owned()));
            }
            if behind > 0 {
                // Another version of the program has written. What is decided here relies on rows that know of it.
                generations::catch_up(&self.core, self.session.session(), now).await?;
                heads = self.heads(batch).await?;
            }
        }
        let mut plan = plan(batch, &mut heads, now);
        if let Some(generation) = &self.core.generation {
            generations::keep_up(generation, &mut plan);
        }
        write::apply(&self.core, self.session.session(), &plan).await?;
        Ok(plan)
    }

    /// What the planner is shown of what is there, and how far the read models have come.
    async fn heads(&mut self, batch: &[&Append]) -> Result<Heads, StoreError> {
        let mut keys = needs(batch);
        let generation = self.core.generation.as_ref();
        keys.extend(generation.map(|it| counter_key(&it.counter())));
        write::heads(&self.core, self.session.session(), keys).await
    }

    async fn one(&mut self, job: &Job, now: Timestamp) -> Result<Outcome, StoreError> {
        let (core, session) = (&self.core, self.session.session());
        match job {
            Job::Commit(..) | Job::Anchor(_) | Job::Hold(_) => Ok(Outcome::Done),
            Job::Claim(asked, _) => claim::claim(core, session, &mut self.turns, asked, now)
                .await
                .map(Outcome::Claim),
            Job::Clear(tables, consumer, _) => {
                for table in tables {
                    migrate::run(session, sql::clear_table(table)).await?;
                    migrate::mark(core, session, table, false).await?;
                }
                let key = checkpoint_key(consumer);
                let mut plan = Plan::default();
                plan.rows.insert(key, None);
                write::apply(core, session, &plan).await?;
                Ok(Outcome::Done)
            }
            Job::Complete(tables, _) => {
                for table in tables {
                    migrate::mark(core, session, table, true).await?;
                }
                Ok(Outcome::Done)
            }
            Job::Prune(_) => claim::prune(core, session, now).await.map(Outcome::Pruned),
            Job::CatchUp(_) => {
                let step = generations::catch_up(core, session, now).await;
                step.map(Outcome::CaughtUp)
            }
            Job::ClaimGeneration(_) => {
                let claimed = generations::claim(core, session, now).await;
                claimed.map(|()| Outcome::Done)
            }
            Job::DropUnused(_) => {
                let dropped = generations::drop_unused(core, session, now).await;
                dropped.map(Outcome::Dropped)
            }
        }
    }

    /// Anchors what is on the disk: first in the table, then in the file. If the first is rolled back, the second still
    /// tells nothing but the truth.
    async fn anchor(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let heads = self.anchoring.heads();
        if heads.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = anchor_rows(heads, now).collect();
        let rows: Vec<_> = rows.iter().map(|(key, row)| (key, row)).collect();
        write::upsert(&self.core, self.session.session(), &AUDIT_ANCHOR, &rows).await?;
        self.anchors
            .append(heads, now)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        self.anchoring.clear();
        Ok(())
    }

    fn answer(&mut self, jobs: Vec<Job>, outcomes: Vec<Outcome>) {
        let receipts = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Commit(Ok(receipt)) => Some(receipt.position),
            _ => None,
        });
        if let Some(last) = receipts.max() {
            self.announcements.reached(last);
        }
        if std::mem::take(&mut self.sent_in_batch) {
            self.announcements.work_is_due();
        }
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            if let Job::Hold(reply) = job {
                let (held, released) = oneshot::channel();
                self.holding.push(released);
                // Nobody waits any more? Then it is released with this.
                drop(reply.send(Ok(Held::new(held))));
            } else {
                job.answer(outcome);
            }
        }
    }
}

fn refuse(jobs: Vec<Job>, error: &StoreError) {
    let detail = error.to_string();
    for job in jobs {
        job.refuse(&detail);
    }
}
