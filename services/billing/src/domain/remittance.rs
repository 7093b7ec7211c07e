//! A remittance: posted once, or parked in sight of a person.

use medcover_contract_billing::events::{
    RemittanceDismissed, RemittanceParked, RemittancePosted, RemittanceReceived, RemittanceRepeated,
};
use medcover_contract_billing::{ClaimPayment, MAX_CLAIMS, RemittanceRequest, RemittanceState};
use medcover_kernel::{Error, Money, PaymentId, RemittanceId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::rules::{self, money};

events! {
    /// What can happen to a remittance.
    pub(crate) RemittanceEvent {
        Received(RemittanceReceived), Posted(RemittancePosted), Parked(RemittanceParked),
        Repeated(RemittanceRepeated), Dismissed(RemittanceDismissed),
    }
}

/// A remittance as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remittance {
    pub(crate) request: Option<RemittanceRequest>,
    pub(crate) state: RemittanceState,
    pub(crate) reasons: Vec<String>,
    pub(crate) duplicate_of: Option<RemittanceId>,
    pub(crate) payment: Option<PaymentId>,
}

/// What is asked of a remittance.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Receive(Box<RemittanceRequest>),
    Post(Option<PaymentId>),
    Park(Vec<String>),
    Repeat(RemittanceId),
    Dismiss(String),
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Receive(_) => "receive",
            Self::Post(_) => "post",
            Self::Park(_) => "park",
            Self::Repeat(_) => "repeat",
            Self::Dismiss(_) => "dismiss",
        }
    }
}

impl Remittance {
    /// What it says. Panics where it never came.
    pub(crate) fn request(&self) -> &RemittanceRequest {
        self.request.as_ref().expect("it was received")
    }

    /// What can be done in the state it is in. What was received and nothing else is parked.
    pub(crate) const fn allowed(&self) -> &'static [&'static str] {
        match (&self.request, self.state) {
            (None, _) => &["receive"],
            (Some(_), RemittanceState::Parked) => &["post", "park", "repeat", "dismiss"],
            (Some(_), _) => &[],
        }
    }

    pub(crate) fn decide(&self, command: Command) -> Result<RemittanceEvent> {
        let (name, allowed) = (command.name(), self.allowed());
        if !allowed.contains(&name) {
            let state = match self.request {
                None => "not-there",
                Some(_) => self.state.name(),
            };
            return Err(Error::illegal_transition(
                "remittance",
                state,
                name,
                allowed,
            ));
        }
        Ok(match command {
            Command::Receive(request) => RemittanceReceived { request: *request }.into(),
            Command::Post(payment) => RemittancePosted { payment }.into(),
            Command::Park(reasons) => RemittanceParked { reasons }.into(),
            Command::Repeat(of) => RemittanceRepeated { of }.into(),
            Command::Dismiss(reason) => {
                rules::text("/reason", &reason)?;
                RemittanceDismissed { reason }.into()
            }
        })
    }
}

/// Checks the form of what came; whether it balances is for [`faults`] to say.
pub(crate) fn check(request: &RemittanceRequest) -> Result<()> {
    rules::code("/trace", &request.trace)?;
    rules::code("/control", &request.control)?;
    rules::not_negative("/total", request.total)?;
    if request.claims.is_empty() || request.claims.len() > MAX_CLAIMS {
        return Err(Error::invalid(
            "/claims",
            format!("must be 1 to {MAX_CLAIMS}"),
        ));
    }
    for (place, claim) in request.claims.iter().enumerate() {
        rules::not_negative(format!("/claims/{place}/billed"), claim.billed)?;
        rules::not_negative(format!("/claims/{place}/paid"), claim.paid)?;
        for adjustment in &claim.adjustments {
            let pointer = || format!("/claims/{place}/adjustments");
            rules::code(pointer(), &adjustment.group)?;
            rules::code(pointer(), &adjustment.reason)?;
            Money::new(adjustment.amount_minor, claim.billed.currency()).map_err(money)?;
        }
    }
    for adjustment in &request.provider_adjustments {
        rules::code("/provider_adjustments", &adjustment.reason)?;
        Money::new(adjustment.amount_minor, request.total.currency()).map_err(money)?;
    }
    Ok(())
}

/// What was paid for all claims.
pub(crate) fn paid(request: &RemittanceRequest) -> Result<Money> {
    let paid = request.claims.iter().map(|claim| claim.paid);
    Money::sum(request.total.currency(), paid).map_err(money)
}

/// What the payer kept back for reasons that are about no claim.
pub(crate) fn kept_back(request: &RemittanceRequest) -> Result<Money> {
    let minor = request.provider_adjustments.iter();
    let minor: i128 = minor.map(|it| i128::from(it.amount_minor)).sum();
    let minor = i64::try_from(minor).unwrap_or(i64::MAX);
    Money::new(minor, request.total.currency()).map_err(money)
}

/// Why it does not balance, if it does not: each claim, and the whole.
pub(crate) fn faults(request: &RemittanceRequest) -> Vec<String> {
    let mut faults: Vec<String> = request.claims.iter().filter_map(claim_fault).collect();
    let whole = paid(request).and_then(|paid| {
        let kept_back = kept_back(request)?;
        paid.minus(kept_back).map_err(money)
    });
    match whole {
        Ok(whole) if whole == request.total => {}
        Ok(whole) => faults.push(format!(
            "The total is {}, and the claims less provider adjustments are {whole}.",
            request.total
        )),
        Err(error) => faults.push(error.message().to_owned()),
    }
    faults
}

fn claim_fault(claim: &ClaimPayment) -> Option<String> {
    let adjusted: i128 = claim
        .adjustments
        .iter()
        .map(|it| i128::from(it.amount_minor))
        .sum();
    let explained = i128::from(claim.paid.minor()) + adjusted;
    let same = claim.billed.currency() == claim.paid.currency();
    if same && explained == i128::from(claim.billed.minor()) {
        return None;
    }
    Some(format!(
        "Claim {}: billed {}, and payment with adjustments comes to {explained}.",
        claim.claim, claim.billed
    ))
}

/// What makes two remittances one whatever trace and control number they carry: payer, total, claims and adjustments.
pub(crate) fn content_key(request: &RemittanceRequest) -> Result<String> {
    let mut claims = request.claims.clone();
    for claim in &mut claims {
        claim.adjustments.sort();
    }
    claims.sort_by_key(|claim| (claim.claim, claim.invoice, claim.paid.minor()));
    let mut adjustments = request.provider_adjustments.clone();
    adjustments.sort();
    let content = (request.payer, request.total, claims, adjustments);
    let text = serde_json::to_vec(&content).map_err(Error::internal)?;
    let hash: [u8; 32] = Sha256::digest(&text).into();
    // Sixteen bytes tell contents apart, and are an id.
    let (half, _) = hash.split_at(16);
    let id = Uuid::from_slice(half).map_err(Error::internal)?;
    Ok(id.to_string())
}

impl Aggregate for Remittance {
    const KIND: &'static str = "remittance-posting";
    type Event = RemittanceEvent;

    fn evolve(&mut self, event: &RemittanceEvent, _: Timestamp) {
        match event {
            RemittanceEvent::Received(event) => self.request = Some(event.request.clone()),
            RemittanceEvent::Posted(event) => {
                self.state = RemittanceState::Posted;
                self.payment = event.payment;
                self.reasons.clear();
            }
            RemittanceEvent::Parked(event) => {
                self.state = RemittanceState::Parked;
                self.reasons.clone_from(&event.reasons);
            }
            RemittanceEvent::Repeated(event) => {
                self.state = RemittanceState::Duplicate;
                self.duplicate_of = Some(event.of);
            }
            RemittanceEvent::Dismissed(_) => self.state = RemittanceState::Dismissed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_allows_what_it_says_and_refuses_the_rest_by_name() {
        let example = RemittanceReceived::described().payload;
        let RemittanceReceived { request } = example.read().expect("an example");
        let states = [
            None,
            Some(RemittanceState::Parked),
            Some(RemittanceState::Posted),
            Some(RemittanceState::Duplicate),
            Some(RemittanceState::Dismissed),
        ];
        let mut legal = Vec::new();
        for state in states {
            let remittance = Remittance {
                request: state.map(|_| request.clone()),
                state: state.unwrap_or_default(),
                ..Remittance::default()
            };
            for command in [
                Command::Receive(Box::new(request.clone())),
                Command::Post(None),
                Command::Park(Vec::new()),
                Command::Repeat(request.id),
                Command::Dismiss("Not ours".to_owned()),
            ] {
                let name = command.name();
                match remittance.decide(command) {
                    Ok(_) => legal.push((state.map_or("", RemittanceState::name), name)),
                    Err(error) => assert_eq!(error.slug(), "illegal-transition"),
                }
            }
        }
        assert_eq!(
            legal,
            [
                ("", "receive"),
                ("parked", "post"),
                ("parked", "park"),
                ("parked", "repeat"),
                ("parked", "dismiss"),
            ]
        );
    }

    #[test]
    fn another_control_number_is_no_other_content() {
        let example = RemittanceReceived::described().payload;
        let RemittanceReceived { request } = example.read().expect("an example");
        let mut again = request.clone();
        again.control = "000000002".to_owned();
        again.trace = "EFT-4712".to_owned();
        let key = |request: &RemittanceRequest| content_key(request).expect("a key");
        assert_eq!(key(&request), key(&again));
        again.claims[0].paid = Money::zero(again.total.currency());
        assert_ne!(key(&request), key(&again));
        assert_eq!(faults(&request), Vec::<String>::new());
        assert_eq!(faults(&again).len(), 2, "the claim, and the whole");
    }
}
