//! Clients at work while something is harmed, and what is there afterwards.

use std::thread::{self, ScopedJoinHandle};

use super::books::Books;
use super::client::{Client, PATIENTS_AT_ONCE};
use super::clinic::{Clinic, Keys};
use super::door::Door;
use super::figures::WorkFigures;
use super::journal::Journal;
use super::trouble::Result as Asked;
use super::{Findings, check, policy, rest};

/// Acknowledged requests that are sent once more at the end.
const REPEATED: usize = 5_000;

/// Clients who take patients from registration to refund.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    /// Where they go.
    pub(crate) door: &'a Door,
    /// How many there are.
    pub(crate) clients: usize,
    /// Decides what they do.
    pub(crate) seed: u64,
}

/// What clients have done, as they remember it.
pub(crate) struct Done {
    keys: Keys,
    pub(crate) journal: Journal,
}

impl Work<'_> {
    /// Lets them work while `harm` is done in the clinic that they open, and then until they have finished what they had
    /// begun.
    pub(crate) fn under<H>(&self, harm: impl FnOnce(&Clinic) -> H) -> Result<(H, Done), Findings> {
        let clinic = Clinic::prepare(self.door).map_err(|trouble| vec![trouble.to_string()])?;
        let client = |number| self.client(format!("client-{number}"), &clinic.keys);
        let clients: Vec<_> = (0..self.clients).map(client).collect();
        let policies = first_policies(&clients, &clinic)?;
        let harmed = under_harm(&clients, &clinic, &policies, self.door, || harm(&clinic))?;
        let journals: Vec<_> = clients.into_iter().map(Client::into_journal).collect();
        let Clinic {
            keys, mut journal, ..
        } = clinic;
        for of_client in journals {
            journal.add(of_client);
        }
        Ok((harmed, Done { keys, journal }))
    }

    /// Lets everything come to rest, and holds what is there against what was acknowledged. `audit` says how many records
    /// the audit trails have, or what is wrong with them.
    pub(crate) fn look(
        &self,
        done: &Done,
        audit: impl FnOnce() -> Result<u64, String>,
    ) -> Result<WorkFigures, Findings> {
        let auditor = &self.client("auditor".to_owned(), &done.keys);
        let looked = rest::come_to_rest(auditor)
            .and_then(|()| rest::repeat(auditor, &done.journal, REPEATED))
            .and_then(|repeated| {
                // What was only repeated has left nothing new behind.
                rest::come_to_rest(auditor)?;
                Ok((repeated, Books::read(auditor)?))
            });
        let (repeated, books) = looked.map_err(|trouble| vec![trouble.to_string()])?;
        let mut findings = repeated.findings;
        findings.extend(check::all(&done.journal, &books));
        let audit_records = audit().unwrap_or_else(|fault| {
            findings.push(fault);
            0
        });
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok(WorkFigures {
            repeated: repeated.count,
            audit_records,
            ..WorkFigures::of(&done.journal, &books)
        })
    }

    fn client<'b>(&'b self, name: String, keys: &'b Keys) -> Client<'b> {
        Client::new(name, self.seed, self.door, keys)
    }
}

/// A policy for each client, so that patients can come at once.
fn first_policies(clients: &[Client<'_>], clinic: &Clinic) -> Result<Vec<String>, Findings> {
    thread::scope(|scope| {
        let opening: Vec<_> = clients
            .iter()
            .map(|client| scope.spawn(|| policy::open(client, clinic)))
            .collect();
        ended(opening)
    })
}

fn under_harm<H>(
    clients: &[Client<'_>],
    clinic: &Clinic,
    policies: &[String],
    door: &Door,
    harm: impl FnOnce() -> H,
) -> Result<H, Findings> {
    thread::scope(|scope| {
        // Whatever ends this scope, no client waits for ever at a door behind which nobody is.
        let mut shutting = door.shut_at_the_end();
        let desks = clients.iter().zip(policies);
        let places = desks.flat_map(|it| [it; PATIENTS_AT_ONCE]);
        let working: Vec<_> = places
            .map(|(client, policy)| scope.spawn(|| client.work(clinic, policy)))
            .collect();
        let harmed = harm();
        for client in clients {
            client.begin_no_more();
        }
        ended(working)?;
        shutting.keep_open();
        Ok(harmed)
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
