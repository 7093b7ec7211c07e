//! What is sent again under its key, held against every address that demands one: it has had its effect, and is answered as
//! before.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use medcover_http::Spec;
use medcover_store::Position;
use medcover_testkit::Answer;
use serde_json::Value;

use super::things::Maker;
use super::world::{Sent, World};
use super::{flows, rows};

/// Until the first appointments have begun.
const HOURS: Duration = Duration::from_hours(6);

const SECRETS: [&str; 4] = ["access_token", "key", "invitation", "token"];

/// The keys of what is made later begin behind this number.
const FURTHER: u32 = 1_000;

#[tokio::test]
async fn a_request_under_a_key_has_one_effect_however_often_it_is_sent() {
    let world = World::new();
    let mut two = world.two_tenants().await;
    let second = world.second(&two.owner).await;
    let things = mem::take(&mut two.things);
    let mut maker = Maker::going_on(&world, &two.owner, things, FURTHER);
    flows::make(&mut maker, &second).await;
    two.things = maker.done();
    let mounted = world.mounted();
    for (operation, row) in &rows::all() {
        if mounted[operation].once {
            world.asked(&two, &two.owner, mounted[operation], row).await;
        }
    }
    let specs: Vec<_> = mounted.values().filter(|spec| spec.once).copied().collect();
    let mut tried = send_again(&world, &specs).await;

    world.clock.advance(HOURS);
    let later = world.owner().await;
    let things = mem::take(&mut two.things);
    let mut maker = Maker::going_on(&world, &later, things, 2 * FURTHER);
    flows::make_later(&mut maker).await;
    tried.extend(send_again(&world, &specs).await);
    let demanded: BTreeSet<_> = specs.iter().map(|spec| spec.operation).collect();
    let untried: Vec<_> = demanded.difference(&tried).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

/// Sends what succeeded since the last time twice more. The operations that were tried.
async fn send_again(world: &World, specs: &[&'static Spec]) -> BTreeSet<&'static str> {
    let before = heads(world);
    let mut tried = BTreeSet::new();
    for first in world.sent() {
        let Some(operation) = operation(specs, &first) else {
            continue;
        };
        tried.insert(operation);
        for _ in 0..2 {
            let again = world.send(&first).await;
            assert_eq!(again.status, first.answer.status, "{operation}");
            assert_eq!(told(&again), told(&first.answer), "{operation}");
            assert_eq!(again.header("idempotency-replayed"), "true", "{operation}");
        }
    }
    assert_eq!(heads(world), before, "nothing was written");
    tried
}

/// The answer, but for what is shown once and kept nowhere.
fn told(answer: &Answer) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    without_secrets(answer.json())
}

fn without_secrets(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let told = members
        .into_iter()
        .filter(|(name, _)| !SECRETS.contains(&&**name));
    Value::Object(
        told.map(|(name, value)| (name, without_secrets(value)))
            .collect(),
    )
}

/// The address of `specs` that `sent` went to: the most literal one that fits.
fn operation(specs: &[&'static Spec], sent: &Sent) -> Option<&'static str> {
    let path = sent.path.split('?').next().expect("a path");
    let steps: Vec<_> = path.split('/').collect();
    let fits = |spec: &&&Spec| {
        let own: Vec<_> = spec.path.split('/').collect();
        let mut pairs = own.iter().zip(&steps);
        own.len() == steps.len() && pairs.all(|(own, step)| own.starts_with('{') || own == step)
    };
    let of_method = specs
        .iter()
        .filter(|spec| spec.method.as_str() == sent.method);
    let fitting = of_method.filter(fits);
    let closest = fitting.min_by_key(|spec| spec.path.matches('{').count());
    closest.map(|spec| spec.operation)
}

/// How far the log of each service goes.
fn heads(world: &World) -> Vec<(&'static str, Position)> {
    let auth = world.state.auth.as_ref().expect("it has a role");
    let coverage = world.parts.coverage.parts(&world.state.coverage);
    let coverage = coverage
        .iter()
        .map(|part| (part.name, *part.store.head().borrow()));
    let auth = ("auth", *auth.store.head().borrow());
    coverage.chain([auth]).collect()
}
