//! The two tables of what is denied, held against every address that is mounted: nobody without credentials, nobody of
//! another tenant. An address without a row fails. The same requests, sent again under their keys, are held against what
//! was written.

mod billing;
mod flows;
mod hospital;
mod insurance;
mod journeys;
mod platform;
mod replays;
mod rows;
mod things;
mod world;

use std::collections::BTreeSet;

use medcover_http::schema_clashes;
use serde_json::json;
use uuid::Uuid;

use super::public::PUBLIC;
use crate::parts::catalogue;
use world::World;

fn listed() -> BTreeSet<&'static str> {
    PUBLIC
        .iter()
        .flat_map(|(_, operations)| *operations)
        .copied()
        .collect()
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let mut filled = path.to_owned();
    while let (Some(open), Some(close)) = (filled.find('{'), filled.find('}')) {
        filled.replace_range(open..=close, &Uuid::from_u128(7).to_string());
    }
    filled
}

#[test]
fn what_is_public_is_listed_and_what_is_listed_is_public() {
    let mounted = World::new().mounted();
    let public = mounted.values().filter(|spec| spec.is_public());
    let public: BTreeSet<_> = public.map(|spec| spec.operation).collect();
    assert_eq!(public, listed());
    assert!(PUBLIC.iter().all(|(reason, _)| !reason.is_empty()));
}

#[test]
fn what_is_not_public_needs_a_permission_that_roles_can_hold() {
    let catalogue = catalogue();
    for spec in World::new().mounted().values().filter(|it| !it.is_public()) {
        let permission = spec.permission();
        let permission = permission.unwrap_or_else(|| panic!("{} names none", spec.operation));
        assert!(catalogue.has(permission.name), "{}", permission.name);
    }
}

#[test]
fn every_schema_of_the_description_has_a_name_of_its_own() {
    let clashes = schema_clashes(&World::new().parts.api().endpoints());
    assert!(clashes.is_empty(), "{}", clashes.join(", "));
}

#[test]
fn operations_have_one_address_each() {
    let world = World::new();
    let all = world.parts.public().endpoints();
    let names: BTreeSet<_> = all.iter().map(|spec| spec.operation).collect();
    assert_eq!(names.len(), all.len());
}

#[tokio::test]
async fn without_credentials_nothing_answers_that_is_not_listed() {
    let world = World::new();
    let listed = listed();
    let public = world.parts.public().endpoints();
    for spec in public {
        let (path, body) = (filled(spec.path), json!({}));
        let answer = world.ask(spec, &path, None, &body).await;
        if listed.contains(spec.operation) {
            assert_ne!(answer.status, 401, "{}", spec.operation);
            continue;
        }
        assert_eq!(answer.status, 401, "{}", spec.operation);
        assert!(!answer.header("www-authenticate").is_empty());
        let forged = world.ask(spec, &path, Some("forged"), &body).await;
        assert_eq!(forged.status, 401, "{}", spec.operation);
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let world = World::new();
    let two = world.two_tenants().await;
    let (mounted, rows) = (world.mounted(), rows::all());
    let guarded = mounted.values().filter(|spec| !spec.is_public());
    let guarded: BTreeSet<_> = guarded.map(|spec| spec.operation).collect();
    let named: Vec<_> = rows.iter().map(|(operation, _)| *operation).collect();
    let once: BTreeSet<_> = named.iter().copied().collect();
    let missing: Vec<_> = guarded.symmetric_difference(&once).collect();
    assert!(missing.is_empty(), "a row for each: {missing:?}");
    assert_eq!(named.len(), once.len(), "one row for each");

    let mut faults = Vec::new();
    for (operation, row) in &rows {
        let before = world.seen_by_its_owner(&two, &mounted, row).await;
        let spec = mounted[operation];
        let answer = world.asked(&two, &two.stranger, spec, row).await;
        if before != world.seen_by_its_owner(&two, &mounted, row).await {
            faults.push(format!("{operation}: a stranger has changed it"));
        }
        if let Some(answer) = answer.filter(|it| !row.is_denied(it)) {
            faults.push(format!("{operation} to a stranger: {}", answer.text()));
        }
    }
    for (operation, row) in rows.iter().filter(|(_, row)| row.names_a_thing()) {
        let answer = world.asked(&two, &two.owner, mounted[operation], row).await;
        if let Some(answer) = answer.filter(|it| !row.is_there(it)) {
            faults.push(format!("{operation} to the owner: {}", answer.text()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
