//! What people see of runs: one in full from its log, many from a read model.

use medcover_kernel::{CorrelationId, Result, SagaId, TenantId, Timestamp};
use medcover_saga::{Cause, Direction, Event, StepKind};
use medcover_store::{
    Change, Column, ColumnKind, Listing, Projection, Row, RowChange, Schema, Select, Table, Value,
};
use serde::Serialize;
use uuid::Uuid;

use super::log::{LoadError, event_of};
use super::{Sagas, control};

/// Every run, one a row.
pub static RUNS: Table = Table {
    name: "saga_runs",
    version: 1,
    key: &[Column::of("saga", ColumnKind::Id)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("version", ColumnKind::Integer),
        Column::of("state", ColumnKind::Text),
        Column::maybe("business_key", ColumnKind::Text),
        Column::maybe("step", ColumnKind::Text),
        Column::maybe("reason", ColumnKind::Text),
        Column::of("correlation", ColumnKind::Id),
        Column::of("started_at", ColumnKind::Timestamp),
        Column::of("changed_at", ColumnKind::Timestamp),
    ],
};

/// Every step of every run that was begun, each way a row.
pub static RUN_STEPS: Table = Table {
    name: "saga_steps",
    version: 1,
    key: &[
        Column::of("saga", ColumnKind::Id),
        Column::of("step", ColumnKind::Text),
        Column::of("direction", ColumnKind::Text),
    ],
    columns: &[
        Column::of("status", ColumnKind::Text),
        Column::of("attempt", ColumnKind::Integer),
        Column::maybe("due", ColumnKind::Timestamp),
        Column::maybe("reason", ColumnKind::Text),
        Column::of("changed_at", ColumnKind::Timestamp),
    ],
};

/// Runs by when they began.
pub static RUNS_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &RUNS,
    equal: &[],
    order: "started_at",
};

/// Runs in one state by when they began: `parked` are those that wait for a person.
pub static RUNS_BY_STATE: Listing = Listing {
    name: "by_state",
    table: &RUNS,
    equal: &["state"],
    order: "started_at",
};

/// Adds the tables of sagas to a service's schema.
pub fn schema(schema: Schema) -> Schema {
    schema
        .table(&RUNS, &[&RUNS_BY_TIME, &RUNS_BY_STATE])
        .table(&RUN_STEPS, &[])
}

static TABLES: [&Table; 2] = [&RUNS, &RUN_STEPS];

/// Makes the rows of runs and steps, in the commit of each entry.
pub struct SagaView;

/// A run as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunView {
    /// Its id.
    pub id: SagaId,
    /// Name of the saga.
    pub name: String,
    /// Version of the definition.
    pub version: u16,
    /// `running`, `compensating`, `parked`, `completed`, `compensated` or `abandoned`.
    pub state: &'static str,
    /// Its business key.
    pub key: Option<String>,
    /// What it is about.
    pub input: serde_json::Value,
    /// Why it turned, parked or was abandoned.
    pub reason: Option<String>,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// When it began.
    pub started_at: Timestamp,
    /// Its steps, in the order of the definition.
    pub steps: Vec<StepView>,
}

/// A step as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// Name of the step.
    pub name: &'static str,
    /// `action`, `pause` or `signal`.
    pub kind: &'static str,
    /// What becomes of it when the run turns.
    pub undo: &'static str,
    /// `untouched`, `running`, `delayed`, `done` or `refused`.
    pub status: &'static str,
    /// Attempts so far.
    pub attempts: u32,
    /// The same of its undo.
    pub undo_status: &'static str,
    /// Attempts to undo it so far.
    pub undo_attempts: u32,
    /// Why the last attempt either way failed.
    pub reason: Option<String>,
    /// What it gave.
    pub output: Option<serde_json::Value>,
}

/// A page of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Rows of [`RUNS`].
    pub rows: Vec<Row>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Vec<Value>>,
}

impl Sagas {
    /// One run with all its steps, from its log.
    pub async fn run(&self, tenant: TenantId, saga: SagaId) -> Result<Option<RunView>> {
        let run = match self.load(tenant, saga).await {
            Ok(run) => run,
            Err(LoadError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(control::explain(error)),
        };
        let definition = run.saga.definition();
        let steps = definition.steps().iter().zip(run.state.steps());
        let steps = steps.map(|(step, state)| StepView {
            name: step.name(),
            kind: match step.kind() {
                StepKind::Action => "action",
                StepKind::Pause(_) => "pause",
                StepKind::Signal => "signal",
            },
            undo: run.saga.undo_of(step.name()).unwrap_or_default(),
            status: state.forward.status.name(),
            attempts: state.forward.attempt,
            undo_status: state.backward.status.name(),
            undo_attempts: state.backward.attempt,
            reason: (state.backward.reason.clone()).or_else(|| state.forward.reason.clone()),
            output: state.forward.output.clone(),
        });
        Ok(Some(RunView {
            id: run.id,
            name: definition.name().to_owned(),
            version: definition.version(),
            state: run.state.phase().name(),
            key: run.state.key().map(ToOwned::to_owned),
            input: run.state.input().clone(),
            reason: run.state.reason().map(ToOwned::to_owned),
            correlation: run.correlation,
            started_at: run.state.started_at(),
            steps: steps.collect(),
        }))
    }

    /// Runs of a tenant, the latest first, after the cursor of an earlier page; those in `state` only, where given.
    pub async fn runs(
        &self,
        tenant: TenantId,
        state: Option<&str>,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> Result<Runs> {
        let (listing, equal) = match state {
            Some(state) => (&RUNS_BY_STATE, vec![Value::from(state)]),
            None => (&RUNS_BY_TIME, Vec::new()),
        };
        let select = Select {
            descending: true,
            after,
            ..Select::first(listing, tenant, equal, limit)
        };
        let rows = self.store.select(&select).await?;
        let full = rows.len() == limit;
        let next = rows.last().filter(|_| full).map(|row| row.cursor(listing));
        Ok(Runs { rows, next })
    }
}

impl Projection for SagaView {
    fn name(&self) -> &'static str {
        "saga-view"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &medcover_store::Event) -> Vec<RowChange> {
        // What cannot be read is reported by whoever loads the run; a view shows what it can.
        match event_of(event) {
            Some(Ok(entry)) => rows_of(event, &entry),
            Some(Err(_)) | None => Vec::new(),
        }
    }
}

fn rows_of(event: &medcover_store::Event, entry: &Event) -> Vec<RowChange> {
    use Direction::{Backward, Forward};
    let saga = event.stream.id;
    let change = Changing { event, saga };
    match entry {
        Event::Started {
            definition,
            version,
            key,
            at,
            ..
        } => vec![change.row(
            &RUNS,
            vec![Value::Id(saga)],
            Change::Put(vec![
                definition.as_str().into(),
                i64::from(*version).into(),
                "running".into(),
                key.clone().into(),
                Value::Null,
                Value::Null,
                event.correlation.as_uuid().into(),
                (*at).into(),
                event.occurred_at.into(),
            ]),
        )],
        Event::StepStarted { step, attempt, .. } => change.begun(Forward, step, *attempt),
        Event::UndoStarted { step, attempt, .. } => change.begun(Backward, step, *attempt),
        Event::StepDelayed {
            step, cause, due, ..
        } => change.delayed(Forward, step, cause, *due),
        Event::UndoDelayed {
            step, cause, due, ..
        } => change.delayed(Backward, step, cause, *due),
        Event::StepDone { step, .. } => change.ended(Forward, step, "done", None),
        Event::UndoDone { step, .. } => change.ended(Backward, step, "done", None),
        Event::StepRefused { step, reason, .. } => {
            change.ended(Forward, step, "refused", Some(reason))
        }
        Event::Turned { reason } => change.turned("compensating", Some(reason)),
        Event::Parked { reason, .. } => change.turned("parked", Some(reason)),
        Event::Resumed { direction, note } => {
            let state = match direction {
                Forward => "running",
                Backward => "compensating",
            };
            change.turned(state, Some(note))
        }
        Event::Abandoned { note } => change.turned("abandoned", Some(note)),
        Event::Completed => change.turned("completed", None),
        Event::Compensated => change.turned("compensated", None),
        Event::Signalled { .. } => Vec::new(),
    }
}

/// What one entry changes.
struct Changing<'a> {
    event: &'a medcover_store::Event,
    saga: Uuid,
}

impl Changing<'_> {
    fn row(&self, table: &'static Table, key: Vec<Value>, change: Change) -> RowChange {
        RowChange {
            tenant: self.event.tenant,
            table,
            key,
            change,
        }
    }

    fn run(&self, mut set: Vec<(&'static str, Value)>) -> RowChange {
        set.push(("changed_at", self.event.occurred_at.into()));
        let change = Change::Patch {
            set,
            add: Vec::new(),
        };
        self.row(&RUNS, vec![Value::Id(self.saga)], change)
    }

    fn step(
        &self,
        direction: Direction,
        step: &str,
        mut set: Vec<(&'static str, Value)>,
    ) -> RowChange {
        let way = match direction {
            Direction::Forward => "forward",
            Direction::Backward => "backward",
        };
        set.push(("changed_at", self.event.occurred_at.into()));
        let key = vec![Value::Id(self.saga), step.into(), way.into()];
        let change = Change::Patch {
            set,
            add: Vec::new(),
        };
        self.row(&RUN_STEPS, key, change)
    }

    fn begun(&self, direction: Direction, step: &str, attempt: u32) -> Vec<RowChange> {
        let set = vec![
            ("status", "running".into()),
            ("attempt", i64::from(attempt).into()),
            ("due", Value::Null),
        ];
        vec![
            self.step(direction, step, set),
            self.run(vec![("step", step.into())]),
        ]
    }

    fn delayed(
        &self,
        direction: Direction,
        step: &str,
        cause: &Cause,
        due: Timestamp,
    ) -> Vec<RowChange> {
        let mut set = vec![("status", "delayed".into()), ("due", due.into())];
        if let Cause::Failed(reason) = cause {
            set.push(("reason", reason.as_str().into()));
        }
        vec![self.step(direction, step, set)]
    }

    fn ended(
        &self,
        direction: Direction,
        step: &str,
        status: &str,
        reason: Option<&String>,
    ) -> Vec<RowChange> {
        let mut set = vec![("status", status.into())];
        if let Some(reason) = reason {
            set.push(("reason", reason.as_str().into()));
        }
        vec![self.step(direction, step, set)]
    }

    fn turned(&self, state: &str, reason: Option<&String>) -> Vec<RowChange> {
        let mut set = vec![("state", state.into())];
        if let Some(reason) = reason {
            set.push(("reason", reason.as_str().into()));
        }
        vec![self.run(set)]
    }
}
