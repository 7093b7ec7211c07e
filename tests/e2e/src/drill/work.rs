//! All clients at work.

use std::thread::{self, ScopedJoinHandle};

use super::Findings;
use super::client::{Client, PATIENTS_AT_ONCE};
use super::clinic::Clinic;
use super::door::Door;
use super::policy;
use super::trouble::Result as Asked;

/// A policy for each client, so that patients can come at once.
pub(super) fn first_policies(
    clients: &[Client<'_>],
    clinic: &Clinic,
) -> Result<Vec<String>, Findings> {
    thread::scope(|scope| {
        let opening: Vec<_> = clients
            .iter()
            .map(|client| scope.spawn(|| policy::open(client, clinic)))
            .collect();
        ended(opening)
    })
}

/// Lets the clients work while `kills` are made, and then until they have finished what they had begun.
pub(super) fn under_kills<K>(
    clients: &[Client<'_>],
    clinic: &Clinic,
    policies: &[String],
    door: &Door,
    kills: impl FnOnce() -> K,
) -> Result<K, Findings> {
    thread::scope(|scope| {
        // Whatever ends this scope, no client waits for ever at a door behind which nobody is.
        let mut shutting = door.shut_at_the_end();
        let desks = clients.iter().zip(policies);
        let places = desks.flat_map(|it| [it; PATIENTS_AT_ONCE]);
        let working: Vec<_> = places
            .map(|(client, policy)| scope.spawn(|| client.work(clinic, policy)))
            .collect();
        let kills = kills();
        for client in clients {
            client.begin_no_more();
        }
        ended(working)?;
        shutting.keep_open();
        Ok(kills)
    })
}

/// What each thread gives, once all have ended.
fn ended<T>(working: Vec<ScopedJoinHandle<'_, Asked<T>>>) -> Result<Vec<T>, Findings> {
    let (mut given, mut findings) = (Vec::new(), Vec::new());
    for ended in working.into_iter().map(ScopedJoinHandle::join) {
        match ended {
            Ok(Ok(one)) => given.push(one),
            Ok(Err(trouble)) => findings.push(trouble.to_string()),
            Err(_) => findings.push("a client panicked".to_owned()),
        }
    }
    if findings.is_empty() {
        Ok(given)
    } else {
        Err(findings)
    }
}
