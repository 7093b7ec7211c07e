//! The read model of runs and their steps: a row follows from the entries of one run.

use medcover_kernel::Timestamp;
use medcover_saga::{Cause, Direction, Event};
use medcover_store::{
    Change, Column, ColumnKind, Listing, Projection, RowChange, Schema, Table, Value,
};
use uuid::Uuid;

use super::event_of;

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

/// Adds the tables of sagas to a service's schema. [`SagaView`] belongs to the projections that the service rebuilds at its
/// start when a table is new.
pub fn schema(schema: Schema) -> Schema {
    schema
        .table(&RUNS, &[&RUNS_BY_TIME, &RUNS_BY_STATE])
        .table(&RUN_STEPS, &[])
}

static TABLES: [&Table; 2] = [&RUNS, &RUN_STEPS];

/// Makes the rows of runs and steps, in the commit of each entry.
pub struct SagaView;

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
