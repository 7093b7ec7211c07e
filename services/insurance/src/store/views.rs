//! The rows that follow from events. Each depends on one stream, so they are written in the commit of the event.

use medcover_contract_insurance::ClaimState;
use medcover_store::{Change, Event, Events, Projection, RowChange, Table, Value};

use super::tables::{
    AUTHORISATIONS, CLAIMS, MEMBERS, PAYERS, PLANS, POLICIES, PRODUCTS, REMITTANCES,
};
use crate::domain::authorisation::AuthorisationEvent;
use crate::domain::claim::{ClaimEvent, state_name};
use crate::domain::member::MemberEvent;
use crate::domain::payer::{PayerEvent, ProductEvent};
use crate::domain::plan::PlanEvent;
use crate::domain::policy::PolicyEvent;
use crate::domain::remittance::RemittanceEvent;

static TABLES: [&Table; 8] = [
    &PAYERS,
    &PRODUCTS,
    &PLANS,
    &POLICIES,
    &MEMBERS,
    &AUTHORISATIONS,
    &CLAIMS,
    &REMITTANCES,
];

/// Every list of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views;

impl Projection for Views {
    fn name(&self) -> &'static str {
        "insurance-lists"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let change = match &*event.stream.kind {
            "payer" => read(event, &PAYERS, payer),
            "product" => read(event, &PRODUCTS, |told, _| Some(product(told))),
            "plan" => read(event, &PLANS, plan),
            "policy" => read(event, &POLICIES, policy),
            "member" => read(event, &MEMBERS, member),
            "authorisation" => read(event, &AUTHORISATIONS, authorisation),
            "claim" => read(event, &CLAIMS, claim),
            "remittance" => read(event, &REMITTANCES, |told, at| Some(remittance(told, at))),
            _ => None,
        };
        let row = change.map(|(table, change)| RowChange {
            tenant: event.tenant,
            table,
            key: vec![event.stream.id.into()],
            change,
        });
        row.into_iter().collect()
    }
}

/// What `change` makes of the event, if it is one of `E`. One that cannot be read was refused when it was written.
fn read<E: Events>(
    event: &Event,
    table: &'static Table,
    change: impl FnOnce(&E, &Event) -> Option<Change>,
) -> Option<(&'static Table, Change)> {
    let told = E::of(event)?.ok()?;
    Some((table, change(&told, event)?))
}

fn payer(told: &PayerEvent, _: &Event) -> Option<Change> {
    match told {
        PayerEvent::Registered(it) => Some(Change::Put(vec![it.code.clone().into()])),
        PayerEvent::ScrubbingSet(_) => None,
    }
}

fn product(told: &ProductEvent) -> Change {
    let ProductEvent::Created(it) = told;
    Change::Put(vec![it.name.clone().into()])
}

fn plan(told: &PlanEvent, _: &Event) -> Option<Change> {
    match told {
        PlanEvent::Created(it) => Some(Change::Put(vec![it.name.clone().into()])),
        PlanEvent::VersionAdded(_) => None,
    }
}

fn policy(told: &PolicyEvent, _: &Event) -> Option<Change> {
    match told {
        PolicyEvent::Quoted(it) => Some(Change::Put(vec![it.number.clone().into()])),
        _ => None,
    }
}

fn member(told: &MemberEvent, _: &Event) -> Option<Change> {
    match told {
        MemberEvent::Enrolled(it) => Some(Change::Put(vec![
            it.policy.as_uuid().into(),
            it.patient.as_uuid().into(),
            it.from.to_string().into(),
        ])),
        MemberEvent::Ended(_) => None,
        MemberEvent::Unlinked(_) => Some(Change::Delete),
    }
}

fn authorisation(told: &AuthorisationEvent, event: &Event) -> Option<Change> {
    match told {
        AuthorisationEvent::Requested(it) => Some(Change::Put(vec![
            it.member.as_uuid().into(),
            event.occurred_at.into(),
        ])),
        _ => None,
    }
}

fn claim(told: &ClaimEvent, event: &Event) -> Option<Change> {
    let set = |columns: Vec<(&'static str, Value)>| {
        let add = Vec::new();
        Some(Change::Patch { set: columns, add })
    };
    let state = match told {
        ClaimEvent::Drafted(it) => {
            return Some(Change::Put(vec![
                it.content.member.as_uuid().into(),
                state_name(ClaimState::Draft).into(),
                event.occurred_at.into(),
            ]));
        }
        ClaimEvent::Amended(it) => {
            let member = it.content.member.as_uuid();
            let state = state_name(ClaimState::Draft);
            return set(vec![("member", member.into()), ("state", state.into())]);
        }
        // Of a claim that never was there is no row; one that was paid back stays as it is.
        ClaimEvent::Voided(_) if event.version.get() == 1 => return None,
        ClaimEvent::Finalized(it) if it.reversal => return None,
        ClaimEvent::Scrubbed(_) => ClaimState::Scrubbed,
        ClaimEvent::ScrubFailed(_) => ClaimState::ScrubFailed,
        ClaimEvent::Submitted(_) => ClaimState::Submitted,
        ClaimEvent::Accepted(_) => ClaimState::Accepted,
        ClaimEvent::Rejected(_) => ClaimState::Rejected,
        ClaimEvent::AdjudicationStarted(_) => ClaimState::Adjudicating,
        ClaimEvent::Pended(_) => ClaimState::Pended,
        ClaimEvent::Adjudicated(_) => ClaimState::Adjudicated,
        ClaimEvent::Reversed(_) => ClaimState::Reversed,
        ClaimEvent::Finalized(_) => ClaimState::Finalized,
        ClaimEvent::Voided(_) => ClaimState::Voided,
    };
    set(vec![("state", state_name(state).into())])
}

fn remittance(told: &RemittanceEvent, event: &Event) -> Change {
    let RemittanceEvent::Issued(it) = told;
    Change::Put(vec![it.payer.as_uuid().into(), event.occurred_at.into()])
}
