//! Before the visit: a slot, the benefit for it, the appointment.

use async_trait::async_trait;
use medcover_contract_hospital::{
    AppointmentState, BookAppointmentRequest, CancelAppointmentRequest, HoldId, HoldSlotRequest,
    HoldState, Moment, ReleaseHoldRequest, ScheduleId, ServiceId, SlotChoice,
};
use medcover_contract_insurance::{
    Authorisation, AuthorisationState, EligibilityQuery, Network, ReasonRequest, RequestedItem,
    ReserveBenefitRequest,
};
use medcover_contract_journeys::{PlannedService, VisitCover, VisitSlot, VisitToCash};
use medcover_kernel::{AuthorisationId, ErrorKind, Timestamp};
use medcover_workflow::saga::StepCall;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{appointment, authorisation};
use crate::sagas::A_MINUTE;
use crate::sagas::taking::{Peers, Step, Stop, Taken, call_of, gives, if_there, made};

/// Keeps the slot free.
pub(super) struct Hold;

#[async_trait]
impl Step for Hold {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: VisitToCash = step.input()?;
        let request = HoldSlotRequest {
            id: Some(hold(step)),
            slot: slot(input.slot),
            patient: input.patient,
            seconds: input.hold_seconds,
        };
        peers.hospital.hold_slot(&call_of(step), request).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let (call, id) = (call_of(step), hold(step));
        let request = ReleaseHoldRequest { close: true };
        match peers.hospital.release_hold(&call, id, request).await {
            // The slot went to the appointment, which is undone before this step.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                let hold = peers.hospital.hold(&call, id).await?;
                (hold.state == HoldState::Booked)
                    .then_some(())
                    .ok_or_else(|| error.into())
            }
            released => Ok(released?),
        }
    }
}

/// Who pays before the patient does.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cover {
    /// The payer.
    pub(super) payer: Uuid,
    /// Who has brought the policy.
    pub(super) agent: Option<Uuid>,
}

/// Asks whether the patient is covered on the day.
pub(super) struct AskCover;

#[async_trait]
impl Step for AskCover {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: VisitToCash = step.input()?;
        let Some(cover) = input.cover else {
            return Ok(Value::Null);
        };
        let query = EligibilityQuery {
            member: Some(cover.member),
            on: Some(cover.service_on),
            ..EligibilityQuery::default()
        };
        let call = call_of(step);
        let found = peers.insurance.check_eligibility(&call, query).await?;
        if found.patient != input.patient {
            return Err(Stop::refused("the member is another patient"));
        }
        if !found.eligible {
            let reasons = found.reasons.join("; ");
            return Err(Stop::refused(format!("not covered on that day: {reasons}")));
        }
        let policy = peers.insurance.policy(&call, found.policy).await?;
        gives(&Cover {
            payer: found.payer.as_uuid(),
            agent: policy.agent,
        })
    }
}

/// Sets the benefit apart, and waits for a person where one has to decide on it.
pub(super) struct Reserve;

/// The authorisation that a claim may rest on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reserved {
    pub(super) authorisation: AuthorisationId,
}

#[async_trait]
impl Step for Reserve {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        use AuthorisationState::{
            Approved, InfoRequested, PartiallyApproved, Pended, Requested, Used,
        };
        let input: VisitToCash = step.input()?;
        let Some(cover) = input.cover.filter(|cover| !cover.services.is_empty()) else {
            return Ok(Value::Null);
        };
        let id = authorisation(step.saga);
        let known = peers.insurance.authorisation(&call_of(step), id).await;
        let reserved = match if_there(known)? {
            Some(reserved) => reserved,
            None => ask(peers, step, cover).await?,
        };
        match reserved.state {
            Approved | PartiallyApproved | Used => gives(&Reserved { authorisation: id }),
            Requested | Pended | InfoRequested => Err(Stop::waiting(A_MINUTE)),
            AuthorisationState::Denied
            | AuthorisationState::Expired
            | AuthorisationState::Cancelled => Err(Stop::refused(
                reserved
                    .note
                    .unwrap_or_else(|| "the benefit is not given".to_owned()),
            )),
        }
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let input: VisitToCash = step.input()?;
        if input.cover.is_none_or(|cover| cover.services.is_empty()) {
            return Ok(());
        }
        let reason = "The visit did not come about.".to_owned();
        let (call, id) = (call_of(step), authorisation(step.saga));
        let request = ReasonRequest { reason };
        Ok(peers
            .insurance
            .void_authorisation(&call, id, request)
            .await?)
    }
}

async fn ask(peers: &Peers, step: &StepCall<'_>, cover: VisitCover) -> Taken<Authorisation> {
    let request = ReserveBenefitRequest {
        id: Some(authorisation(step.saga)),
        member: cover.member,
        appointment: Some(appointment(step.saga)),
        service_on: cover.service_on,
        expires_on: None,
        items: cover.services.into_iter().map(item).collect(),
    };
    Ok(peers
        .insurance
        .reserve_benefit(&call_of(step), request)
        .await?)
}

/// Turns the hold into an appointment.
pub(super) struct Book;

#[async_trait]
impl Step for Book {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: VisitToCash = step.input()?;
        let request = BookAppointmentRequest {
            id: Some(appointment(step.saga)),
            hold: Some(hold(step)),
            slot: None,
            patient: None,
            description: input.description,
        };
        peers
            .hospital
            .book_appointment(&call_of(step), request)
            .await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let (call, id) = (call_of(step), appointment(step.saga));
        let booked = if_there(peers.hospital.appointment(&call, id).await)?;
        // What has happened is not undone: who has come is seen, who has not come has not.
        if booked.is_some_and(|it| it.state != AppointmentState::Booked) {
            return Ok(());
        }
        let request = CancelAppointmentRequest {
            reason: "The visit was called off.".to_owned(),
            close: true,
        };
        Ok(peers
            .hospital
            .cancel_appointment(&call, id, request)
            .await?)
    }
}

fn hold(step: &StepCall<'_>) -> HoldId {
    HoldId::from_uuid(made(step.saga, "hold"))
}

fn slot(slot: VisitSlot) -> SlotChoice {
    SlotChoice {
        schedule: ScheduleId::from_uuid(slot.schedule),
        service: ServiceId::from_uuid(slot.service),
        start: Moment(Timestamp::from_micros(slot.start.as_microsecond())),
    }
}

fn item(service: PlannedService) -> RequestedItem {
    RequestedItem {
        procedure: service.procedure,
        units: service.units,
        estimate: service.estimate,
        network: Network::In,
    }
}
