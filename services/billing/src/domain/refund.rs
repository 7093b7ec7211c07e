//! A refund: asked for by one person, decided on by another.

use medcover_contract_billing::events::{
    RefundApproved, RefundFailed, RefundRejected, RefundRequested, RefundSent, RefundSucceeded,
    RefundUnknown,
};
use medcover_contract_billing::{RefundRequest, RefundState};
use medcover_kernel::{Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::rules;

events! {
    /// What can happen to a refund.
    pub(crate) RefundEvent {
        Requested(RefundRequested), Approved(RefundApproved), Rejected(RefundRejected), Sent(RefundSent),
        Succeeded(RefundSucceeded), Failed(RefundFailed), Unknown(RefundUnknown),
    }
}

/// A refund as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) request: Option<RefundRequest>,
    pub(crate) state: RefundState,
    pub(crate) requested_by: String,
    pub(crate) decided_by: Option<String>,
}

/// What is asked of a refund.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Request(RefundRequest, String),
    Approve(String),
    Reject(String, String),
    Send,
    Succeed(Option<String>),
    Fail(Option<String>),
    Lose,
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Request(..) => "request",
            Self::Approve(_) => "approve",
            Self::Reject(..) => "reject",
            Self::Send => "send",
            Self::Succeed(_) => "succeed",
            Self::Fail(_) => "fail",
            Self::Lose => "lose",
        }
    }
}

impl Refund {
    /// What was asked for. Panics where nothing was.
    pub(crate) fn request(&self) -> &RefundRequest {
        self.request.as_ref().expect("it was requested")
    }

    /// What can be done in the state it is in.
    pub(crate) const fn allowed(&self) -> &'static [&'static str] {
        if self.request.is_none() {
            return &["request"];
        }
        match self.state {
            RefundState::Requested => &["approve", "reject"],
            RefundState::Approved => &["send", "reject"],
            RefundState::Sent => &["succeed", "fail", "lose"],
            RefundState::Unknown => &["succeed", "fail"],
            RefundState::Rejected | RefundState::Succeeded | RefundState::Failed => &[],
        }
    }

    pub(crate) fn decide(&self, command: Command) -> Result<RefundEvent> {
        let (name, allowed) = (command.name(), self.allowed());
        if !allowed.contains(&name) {
            let state = match self.request {
                None => "not-there",
                Some(_) => self.state.name(),
            };
            return Err(Error::illegal_transition("refund", state, name, allowed));
        }
        Ok(match command {
            Command::Request(request, by) => {
                rules::positive("/amount", request.amount)?;
                rules::text("/reason", &request.reason)?;
                RefundRequested { request, by }.into()
            }
            Command::Approve(by) => {
                rules::second_person(&self.requested_by, &by)?;
                RefundApproved { by }.into()
            }
            Command::Reject(by, reason) => {
                rules::text("/reason", &reason)?;
                RefundRejected { by, reason }.into()
            }
            Command::Send => RefundSent {}.into(),
            Command::Succeed(reference) => RefundSucceeded { reference }.into(),
            Command::Fail(reference) => RefundFailed { reference }.into(),
            Command::Lose => RefundUnknown {}.into(),
        })
    }
}

impl Aggregate for Refund {
    const KIND: &'static str = "refund";
    type Event = RefundEvent;

    fn evolve(&mut self, event: &RefundEvent, _: Timestamp) {
        self.state = match event {
            RefundEvent::Requested(event) => {
                self.request = Some(event.request.clone());
                self.requested_by.clone_from(&event.by);
                RefundState::Requested
            }
            RefundEvent::Approved(event) => {
                self.decided_by = Some(event.by.clone());
                RefundState::Approved
            }
            RefundEvent::Rejected(event) => {
                self.decided_by = Some(event.by.clone());
                RefundState::Rejected
            }
            RefundEvent::Sent(_) => RefundState::Sent,
            RefundEvent::Succeeded(_) => RefundState::Succeeded,
            RefundEvent::Failed(_) => RefundState::Failed,
            RefundEvent::Unknown(_) => RefundState::Unknown,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_billing::RefundId;
    use medcover_kernel::{Currency, ErrorKind, Money, PaymentId};
    use uuid::Uuid;

    fn request() -> RefundRequest {
        RefundRequest {
            id: RefundId::from_uuid(Uuid::from_u128(1)),
            payment: PaymentId::from_uuid(Uuid::from_u128(2)),
            amount: Money::new(60, Currency::USD).expect("money"),
            reason: "Paid twice".to_owned(),
        }
    }

    fn commands() -> [Command; 7] {
        let text = || "somebody else".to_owned();
        [
            Command::Request(request(), text()),
            Command::Approve(text()),
            Command::Reject(text(), text()),
            Command::Send,
            Command::Succeed(None),
            Command::Fail(None),
            Command::Lose,
        ]
    }

    #[test]
    fn every_state_allows_what_it_says_and_refuses_the_rest_by_name() {
        let states = [
            None,
            Some(RefundState::Requested),
            Some(RefundState::Approved),
            Some(RefundState::Rejected),
            Some(RefundState::Sent),
            Some(RefundState::Succeeded),
            Some(RefundState::Failed),
            Some(RefundState::Unknown),
        ];
        let mut legal = Vec::new();
        for state in states {
            let refund = Refund {
                request: state.map(|_| request()),
                state: state.unwrap_or_default(),
                requested_by: "somebody".to_owned(),
                decided_by: None,
            };
            for command in commands() {
                let name = command.name();
                match refund.decide(command) {
                    Ok(event) => {
                        let mut after = refund.clone();
                        after.evolve(&event, Timestamp::from_micros(0));
                        let from = state.map_or("", RefundState::name);
                        legal.push((from, name, after.state.name()));
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Conflict, "{state:?} {name}");
                        assert_eq!(error.slug(), "illegal-transition");
                        for allowed in refund.allowed() {
                            assert!(error.message().contains(allowed), "{error}");
                        }
                    }
                }
            }
        }
        assert_eq!(
            legal,
            [
                ("", "request", "requested"),
                ("requested", "approve", "approved"),
                ("requested", "reject", "rejected"),
                ("approved", "reject", "rejected"),
                ("approved", "send", "sent"),
                ("sent", "succeed", "succeeded"),
                ("sent", "fail", "failed"),
                ("sent", "lose", "unknown"),
                ("unknown", "succeed", "succeeded"),
                ("unknown", "fail", "failed"),
            ]
        );
    }

    #[test]
    fn nobody_approves_their_own() {
        let refund = Refund {
            request: Some(request()),
            requested_by: "somebody".to_owned(),
            ..Refund::default()
        };
        let own = refund.decide(Command::Approve("somebody".to_owned()));
        assert_eq!(own.expect_err("their own").slug(), "second-person-needed");
    }
}
