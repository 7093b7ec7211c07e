//! The rows that follow from events. Each depends on one stream, so they are written in the commit of the event.

use std::collections::BTreeSet;

use medcover_store::{CanonicalJson, Change, Event, Events, Projection, RowChange, Table, Value};

use super::tables::{BREAK_GLASS, CLIENTS, ROLES, TENANTS, USERS};
use crate::domain::break_glass::BreakGlassEvent;
use crate::domain::client::ClientEvent;
use crate::domain::role::RoleEvent;
use crate::domain::tenant::TenantEvent;
use crate::domain::user::UserEvent;

static TABLES: [&Table; 5] = [&USERS, &ROLES, &CLIENTS, &TENANTS, &BREAK_GLASS];

/// Every list of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views;

impl Projection for Views {
    fn name(&self) -> &'static str {
        "auth-lists"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let change = match &*event.stream.kind {
            "user" => read(event)
                .and_then(|it| user(&it))
                .map(|change| (&USERS, change)),
            "role" => read(event).map(|it| (&ROLES, role(&it))),
            "client" => read(event).map(|it| (&CLIENTS, client(&it))),
            "tenant" => read(event).map(|it| (&TENANTS, tenant(&it))),
            "break-glass" => read(event).map(|it| (&BREAK_GLASS, break_glass(&it, event))),
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

/// The event, if it is one of `E`. One that cannot be read was refused when it was written.
fn read<E: Events>(event: &Event) -> Option<E> {
    E::of(event)?.ok()
}

fn set(columns: impl IntoIterator<Item = (&'static str, Value)>) -> Change {
    Change::Patch {
        set: columns.into_iter().collect(),
        add: Vec::new(),
    }
}

fn names(names: &BTreeSet<String>) -> Value {
    Value::Json(CanonicalJson::of(names).expect("a list of texts"))
}

fn user(event: &UserEvent) -> Option<Change> {
    Some(match event {
        UserEvent::Invited(invited) => Change::Put(vec![
            invited.name.clone().into(),
            names(&invited.roles),
            false.into(),
            false.into(),
            Value::Null,
        ]),
        UserEvent::PasswordSet(_) => {
            set([("has_password", true.into()), ("locked_until", Value::Null)])
        }
        UserEvent::RolesSet(roles) => set([("roles", names(&roles.roles))]),
        UserEvent::Locked(locked) => set([("locked_until", locked.until.into())]),
        UserEvent::Unlocked(_) | UserEvent::SignedIn(_) => set([("locked_until", Value::Null)]),
        UserEvent::Disabled(_) => set([("disabled", true.into())]),
        UserEvent::Enabled(_) => set([("disabled", false.into())]),
        UserEvent::Reinvited(_) | UserEvent::SignInFailed(_) | UserEvent::SessionsEnded(_) => {
            return None;
        }
    })
}

fn role(event: &RoleEvent) -> Change {
    match event {
        RoleEvent::Set(role) => {
            Change::Put(vec![role.name.clone().into(), names(&role.permissions)])
        }
        RoleEvent::Removed(_) => Change::Delete,
    }
}

fn client(event: &ClientEvent) -> Change {
    match event {
        ClientEvent::Created(created) => Change::Put(vec![
            created.name.clone().into(),
            created.tier.as_str().into(),
            names(&created.permissions),
            created.service.clone().into(),
            false.into(),
            created.expires_at.into(),
        ]),
        ClientEvent::KeyReplaced(_) => set([("revoked", false.into())]),
        ClientEvent::Revoked(_) => set([("revoked", true.into())]),
    }
}

fn tenant(event: &TenantEvent) -> Change {
    let TenantEvent::Created(created) = event;
    Change::Put(vec![created.name.clone().into()])
}

fn break_glass(event: &BreakGlassEvent, at: &Event) -> Change {
    match event {
        BreakGlassEvent::Opened(opened) => Change::Put(vec![
            opened.user.as_uuid().into(),
            opened.reason.clone().into(),
            at.occurred_at.into(),
            opened.expires_at.into(),
            Value::Null,
        ]),
        BreakGlassEvent::Ended(_) => set([("ends_at", at.occurred_at.into())]),
        BreakGlassEvent::Reviewed(reviewed) => set([("note", reviewed.note.clone().into())]),
    }
}
