//! Which run waits for which appointment.

use medcover_contract_journeys::Saga;
use medcover_kernel::SagaId;
use medcover_saga::Event as Entry;
use medcover_store::{
    Change, Column, ColumnKind, Event, Projection, RowChange, Schema, Table, Value,
};
use medcover_workflow::saga::{self, event_of};

use crate::sagas::appointment_of;

/// The `visit-to-cash` of each appointment that one books.
pub(crate) static VISITS: Table = Table {
    name: "visits",
    version: 1,
    key: &[Column::of("appointment", ColumnKind::Id)],
    columns: &[Column::of("saga", ColumnKind::Id)],
};

static TABLES: [&Table; 1] = [&VISITS];

pub(crate) fn schema() -> Schema {
    saga::schema(Schema::new()).table(&VISITS, &[])
}

/// Makes the rows of [`VISITS`], in the commit that begins a run.
pub(crate) struct VisitView;

impl Projection for VisitView {
    fn name(&self) -> &'static str {
        "visit-view"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let Some(Ok(Entry::Started { definition, .. })) = event_of(event) else {
            return Vec::new();
        };
        if definition != Saga::VisitToCash.name() {
            return Vec::new();
        }
        let saga = event.stream.id;
        let appointment = appointment_of(SagaId::from_uuid(saga));
        vec![RowChange {
            tenant: event.tenant,
            table: &VISITS,
            key: vec![Value::Id(appointment.as_uuid())],
            change: Change::Put(vec![Value::Id(saga)]),
        }]
    }
}
