//! A write-off: asked for by one person, decided on by another.

use medcover_contract_billing::events::{WriteOffApproved, WriteOffRejected, WriteOffRequested};
use medcover_contract_billing::{WriteOffRequest, WriteOffState};
use medcover_kernel::{Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::rules;

events! {
    /// What can happen to a write-off.
    pub(crate) WriteOffEvent {
        Requested(WriteOffRequested), Approved(WriteOffApproved), Rejected(WriteOffRejected),
    }
}

/// A write-off as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WriteOff {
    pub(crate) request: Option<WriteOffRequest>,
    pub(crate) state: WriteOffState,
    pub(crate) requested_by: String,
    pub(crate) decided_by: Option<String>,
}

/// What is asked of a write-off.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Request(WriteOffRequest, String),
    Approve(String),
    Reject(String, String),
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Request(..) => "request",
            Self::Approve(_) => "approve",
            Self::Reject(..) => "reject",
        }
    }
}

impl WriteOff {
    /// What was asked for. Panics where nothing was.
    pub(crate) fn request(&self) -> &WriteOffRequest {
        self.request.as_ref().expect("it was requested")
    }

    /// What can be done in the state it is in.
    pub(crate) const fn allowed(&self) -> &'static [&'static str] {
        match (&self.request, self.state) {
            (None, _) => &["request"],
            (Some(_), WriteOffState::Requested) => &["approve", "reject"],
            (Some(_), WriteOffState::Approved | WriteOffState::Rejected) => &[],
        }
    }

    pub(crate) fn decide(&self, command: Command) -> Result<WriteOffEvent> {
        let (name, allowed) = (command.name(), self.allowed());
        if !allowed.contains(&name) {
            let state = match self.request {
                None => "not-there",
                Some(_) => self.state.name(),
            };
            return Err(Error::illegal_transition("write-off", state, name, allowed));
        }
        Ok(match command {
            Command::Request(request, by) => {
                rules::positive("/amount", request.amount)?;
                rules::text("/reason", &request.reason)?;
                WriteOffRequested { request, by }.into()
            }
            Command::Approve(by) => {
                rules::second_person(&self.requested_by, &by)?;
                WriteOffApproved { by }.into()
            }
            Command::Reject(by, reason) => {
                rules::second_person(&self.requested_by, &by)?;
                rules::text("/reason", &reason)?;
                WriteOffRejected { by, reason }.into()
            }
        })
    }
}

impl Aggregate for WriteOff {
    const KIND: &'static str = "write-off";
    type Event = WriteOffEvent;

    fn evolve(&mut self, event: &WriteOffEvent, _: Timestamp) {
        self.state = match event {
            WriteOffEvent::Requested(event) => {
                self.request = Some(event.request.clone());
                self.requested_by.clone_from(&event.by);
                WriteOffState::Requested
            }
            WriteOffEvent::Approved(event) => {
                self.decided_by = Some(event.by.clone());
                WriteOffState::Approved
            }
            WriteOffEvent::Rejected(event) => {
                self.decided_by = Some(event.by.clone());
                WriteOffState::Rejected
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_billing::{Side, WriteOffId};
    use medcover_kernel::{Currency, InvoiceId, Money};
    use uuid::Uuid;

    #[test]
    fn every_state_allows_what_it_says_and_refuses_the_rest_by_name() {
        let request = WriteOffRequest {
            id: WriteOffId::from_uuid(Uuid::from_u128(1)),
            invoice: InvoiceId::from_uuid(Uuid::from_u128(2)),
            side: Side::Patient,
            amount: Money::new(60, Currency::USD).expect("money"),
            reason: "No address".to_owned(),
        };
        let mut legal = Vec::new();
        let states = [
            None,
            Some(WriteOffState::Requested),
            Some(WriteOffState::Approved),
            Some(WriteOffState::Rejected),
        ];
        for state in states {
            let write_off = WriteOff {
                request: state.map(|_| request.clone()),
                state: state.unwrap_or_default(),
                requested_by: "somebody".to_owned(),
                decided_by: None,
            };
            let other = || "somebody else".to_owned();
            for command in [
                Command::Request(request.clone(), other()),
                Command::Approve(other()),
                Command::Reject(other(), other()),
            ] {
                let name = command.name();
                match write_off.decide(command) {
                    Ok(_) => legal.push((state.map_or("", WriteOffState::name), name)),
                    Err(error) => assert_eq!(error.slug(), "illegal-transition"),
                }
            }
        }
        assert_eq!(
            legal,
            [
                ("", "request"),
                ("requested", "approve"),
                ("requested", "reject"),
            ]
        );
    }
}
