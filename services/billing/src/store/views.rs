//! The rows that follow from events. Each depends on one event, so they are written in its commit.

use medcover_contract_billing::{
    InvoiceState, PaymentState, RefundState, RemittanceState, Standing, WriteOffState,
};
use medcover_ledger::{JournalEntry, Layer};
use medcover_store::{CanonicalJson, Change, Event, Events, Projection, RowChange, Table, Value};
use serde::Deserialize;
use uuid::Uuid;

use super::tables::{
    AGENTS, INVOICES, JOURNAL, PAYMENTS, PLANS, REFUNDS, REMITTANCES, STATEMENTS, TABLES,
    WRITE_OFFS,
};
use crate::domain::agent::AgentEvent;
use crate::domain::invoice::InvoiceEvent;
use crate::domain::payment::PaymentEvent;
use crate::domain::plan::PlanEvent;
use crate::domain::refund::RefundEvent;
use crate::domain::remittance::RemittanceEvent;
use crate::domain::write_off::WriteOffEvent;

/// Every list of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views;

impl Projection for Views {
    fn name(&self) -> &'static str {
        "billing-lists"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let change = match &*event.stream.kind {
            "invoice" => read(event).and_then(|it| on(&INVOICES, invoice(&it, event))),
            "payment" => read(event).and_then(|it| on(&PAYMENTS, payment(&it, event))),
            "refund" => read(event).and_then(|it| on(&REFUNDS, Some(refund(&it, event)))),
            "write-off" => read(event).and_then(|it| on(&WRITE_OFFS, Some(write_off(&it, event)))),
            "remittance-posting" => {
                read(event).and_then(|it| on(&REMITTANCES, Some(remittance(&it, event))))
            }
            "agent" => read(event).and_then(|it| on(&AGENTS, agent(&it))),
            "commission-plan" => read(event).and_then(|PlanEvent::Made(made)| {
                on(&PLANS, Some(Change::Put(vec![made.name.into()])))
            }),
            _ => None,
        };
        let thing = change.map(|(table, change)| row(event, table, event.stream.id, change));
        let mut rows: Vec<_> = thing.into_iter().collect();
        if let Some(entry) = entry_of(event) {
            rows.extend(booked(event, &entry));
        }
        rows
    }
}

/// The entry that rides in `event`, whatever else it says.
pub(super) fn entry_of(event: &Event) -> Option<JournalEntry> {
    #[derive(Deserialize)]
    struct Riding {
        #[serde(default)]
        entry: Option<JournalEntry>,
    }
    let riding: Riding = event.payload.read().ok()?;
    riding.entry
}

/// What cannot be read is reported by whoever loads the thing; a view shows what it can.
fn read<E: Events>(event: &Event) -> Option<E> {
    E::of(event)?.ok()
}

fn on(table: &'static Table, change: Option<Change>) -> Option<(&'static Table, Change)> {
    change.map(|change| (table, change))
}

fn row(event: &Event, table: &'static Table, id: Uuid, change: Change) -> RowChange {
    RowChange {
        tenant: event.tenant,
        table,
        key: vec![id.into()],
        change,
    }
}

fn state(name: &str) -> Change {
    Change::Patch {
        set: vec![("state", name.into())],
        add: Vec::new(),
    }
}

fn invoice(event: &InvoiceEvent, at: &Event) -> Option<Change> {
    let standing = |standing: &Standing| Some(state(standing.state().name()));
    match event {
        InvoiceEvent::Drafted(event) => Some(Change::Put(vec![
            at.occurred_at.into(),
            event.request.patient.as_uuid().into(),
            InvoiceState::Draft.name().into(),
        ])),
        InvoiceEvent::Issued(event) => standing(&event.standing),
        InvoiceEvent::Adjudicated(event) => standing(&event.standing),
        InvoiceEvent::AdjudicationWithdrawn(event) => standing(&event.standing),
        InvoiceEvent::Credited(event) => standing(&event.standing),
        InvoiceEvent::WrittenOff(event) => standing(&event.standing),
        InvoiceEvent::Allocated(event) => standing(&event.standing),
        InvoiceEvent::Deallocated(event) => standing(&event.standing),
        InvoiceEvent::Voided(_) | InvoiceEvent::Withdrawn(_) => {
            Some(state(InvoiceState::Void.name()))
        }
        InvoiceEvent::Paid(_) | InvoiceEvent::PremiumEarned(_) | InvoiceEvent::Closed(_) => None,
    }
}

fn payment(event: &PaymentEvent, at: &Event) -> Option<Change> {
    let now = match event {
        PaymentEvent::Created(event) => {
            return Some(Change::Put(vec![
                at.occurred_at.into(),
                event.request.from.id.into(),
                PaymentState::Created.name().into(),
            ]));
        }
        PaymentEvent::Pending(_) => PaymentState::Pending,
        PaymentEvent::Completed(_) => PaymentState::Succeeded,
        PaymentEvent::Failed(_) => PaymentState::Failed,
        PaymentEvent::Unknown(_) => PaymentState::Unknown,
        PaymentEvent::ChargedBack(_) => PaymentState::ChargedBack,
        _ => return None,
    };
    Some(state(now.name()))
}

fn first(at: &Event, name: &str) -> Change {
    Change::Put(vec![at.occurred_at.into(), name.into()])
}

fn refund(event: &RefundEvent, at: &Event) -> Change {
    state(match event {
        RefundEvent::Requested(_) => return first(at, RefundState::Requested.name()),
        RefundEvent::Approved(_) => RefundState::Approved.name(),
        RefundEvent::Rejected(_) => RefundState::Rejected.name(),
        RefundEvent::Sent(_) => RefundState::Sent.name(),
        RefundEvent::Succeeded(_) => RefundState::Succeeded.name(),
        RefundEvent::Failed(_) => RefundState::Failed.name(),
        RefundEvent::Unknown(_) => RefundState::Unknown.name(),
    })
}

fn write_off(event: &WriteOffEvent, at: &Event) -> Change {
    state(match event {
        WriteOffEvent::Requested(_) => return first(at, WriteOffState::Requested.name()),
        WriteOffEvent::Approved(_) => WriteOffState::Approved.name(),
        WriteOffEvent::Rejected(_) => WriteOffState::Rejected.name(),
    })
}

fn remittance(event: &RemittanceEvent, at: &Event) -> Change {
    state(match event {
        RemittanceEvent::Received(_) => return first(at, RemittanceState::Parked.name()),
        RemittanceEvent::Posted(_) => RemittanceState::Posted.name(),
        RemittanceEvent::Parked(_) => RemittanceState::Parked.name(),
        RemittanceEvent::Repeated(_) => RemittanceState::Duplicate.name(),
        RemittanceEvent::Dismissed(_) => RemittanceState::Dismissed.name(),
    })
}

fn agent(event: &AgentEvent) -> Option<Change> {
    match event {
        AgentEvent::Registered(event) => Some(Change::Put(vec![event.name.clone().into()])),
        AgentEvent::PlanAssigned(_) | AgentEvent::AccountOpened(_) => None,
    }
}

/// The entry as a row of the journal, and its settled postings as lines of statements.
fn booked(event: &Event, entry: &JournalEntry) -> Vec<RowChange> {
    let text = CanonicalJson::of(entry).expect("an entry was read from such text");
    let put = Change::Put(vec![
        event.occurred_at.into(),
        event.kind.as_ref().into(),
        event.stream.id.into(),
        text.into(),
    ]);
    let mut rows = vec![row(event, &JOURNAL, entry.id.as_uuid(), put)];
    for (place, posting) in entry.postings.postings().iter().enumerate() {
        let Some(holder) = posting.account.holder() else {
            continue;
        };
        if posting.layer != Layer::Settled {
            continue;
        }
        let id = Uuid::new_v5(&entry.id.as_uuid(), &(place as u64).to_be_bytes());
        let put: Vec<Value> = vec![
            holder.into(),
            event.occurred_at.into(),
            entry.on.to_string().into(),
            event.kind.as_ref().into(),
            event.stream.id.into(),
            posting.account.kind().name().into(),
            posting.amount.minor().into(),
            posting.amount.currency().code().into(),
        ];
        rows.push(row(event, &STATEMENTS, id, Change::Put(put)));
    }
    rows
}
