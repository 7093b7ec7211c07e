//! `cancellation-and-no-show`: an appointment that does not take place, and all that hangs on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_contract_billing::{InvoiceKind, InvoiceLine, InvoiceRequest};
use medcover_contract_hospital::{Appointment, AppointmentState, CancelAppointmentRequest};
use medcover_contract_insurance::ReasonRequest;
use medcover_contract_journeys::{CancellationAndNoShow, CancellationFee, Ending, Saga as Name};
use medcover_kernel::{
    AppointmentId, EncounterId, ErrorKind, InvoiceId, PatientId, SagaId, Timestamp,
};
use medcover_store::Context;
use medcover_workflow::saga::{OwnSagas, RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PATIENT;
use super::taking::{Bound, Peers, Step, Taken, call_of, given, gives, made};
use super::visit_to_cash::{appointment, authorisation};

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    // The slot may be somebody else's a moment later, so the first step cannot be undone, and what follows must follow.
    let definition = Definition::named(Name::CancellationAndNoShow.name(), 1)
        .step(Of::pivot("end").retry(PATIENT))
        .step(Of::forward("void-benefit").retry(PATIENT))
        .step(Of::forward("end-visit").retry(PATIENT))
        .step(Of::forward("fee").retry(PATIENT))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("end", Bound::to(peers, End))
        .action("void-benefit", Bound::to(peers, VoidBenefit))
        .action("end-visit", Bound::to(peers, EndVisit))
        .action("fee", Bound::to(peers, Fee))
        .build()
}

/// The appointment that the `visit-to-cash` of this id books.
pub(crate) fn appointment_of(visit: SagaId) -> AppointmentId {
    appointment(visit)
}

/// What the fee depends on.
#[derive(Serialize, Deserialize)]
struct Ended {
    patient: PatientId,
    fee_due: bool,
}

/// Cancels the appointment, or marks that nobody came.
struct End;

#[async_trait]
impl Step for End {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: CancellationAndNoShow = step.input()?;
        let (call, id) = (call_of(step), input.appointment);
        let found = peers.hospital.appointment(&call, id).await?;
        let missed = found.state == AppointmentState::NoShow || input.ending == Ending::NoShow;
        let fee_due = is_due(input.fee, &found, missed, peers.clock.now());
        match input.ending {
            // Somebody noted that already.
            _ if matches!(
                found.state,
                AppointmentState::NoShow | AppointmentState::Cancelled
            ) => {}
            Ending::NoShow => {
                peers.hospital.mark_no_show(&call, id).await?;
            }
            Ending::Cancelled => {
                let reason = input.reason;
                let request = CancelAppointmentRequest {
                    reason,
                    close: false,
                };
                peers
                    .hospital
                    .cancel_appointment(&call, id, request)
                    .await?;
            }
        }
        gives(&Ended {
            patient: found.patient,
            fee_due,
        })
    }
}

/// A fee is due for what was missed, and for what is cancelled later than the notice allows.
fn is_due(fee: Option<CancellationFee>, found: &Appointment, missed: bool, now: Timestamp) -> bool {
    let (Some(fee), Some(start)) = (fee, found.start) else {
        return false;
    };
    let notice = Duration::from_hours(u64::from(fee.notice_hours));
    missed || now.plus(notice) > start.0
}

/// Lets the benefit return that was set apart for it.
struct VoidBenefit;

#[async_trait]
impl Step for VoidBenefit {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: CancellationAndNoShow = step.input()?;
        let of_visit = input.visit.map(authorisation);
        let Some(id) = input.authorisation.or(of_visit) else {
            return Ok(Value::Null);
        };
        let request = ReasonRequest {
            reason: input.reason,
        };
        peers
            .insurance
            .void_authorisation(&call_of(step), id, request)
            .await?;
        Ok(Value::Null)
    }
}

/// Calls off the `visit-to-cash` that waits for it.
struct EndVisit;

#[async_trait]
impl Step for EndVisit {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: CancellationAndNoShow = step.input()?;
        let Some(visit) = input.visit else {
            return Ok(Value::Null);
        };
        let sagas = peers.sagas.get().and_then(OwnSagas::get);
        let sagas = sagas.expect("whoever runs this step has the sagas");
        let context = Context::of(&call_of(step));
        match sagas.cancel(context, visit, &input.reason).await {
            // It is over, or never was: nothing waits.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {}
            ended => ended?,
        }
        Ok(Value::Null)
    }
}

/// Invoices what it costs, where it costs anything.
struct Fee;

#[async_trait]
impl Step for Fee {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: CancellationAndNoShow = step.input()?;
        let ended: Ended = given(step, "end")?;
        let Some(fee) = input.fee.filter(|_| ended.fee_due) else {
            return Ok(Value::Null);
        };
        let id = InvoiceId::from_uuid(made(step.saga, "fee"));
        let request = InvoiceRequest {
            id,
            kind: InvoiceKind::Fee,
            patient: ended.patient,
            // No visit took place; the appointment stands in its place, so that it costs a fee once.
            encounter: Some(EncounterId::from_uuid(input.appointment.as_uuid())),
            policy: None,
            payer: None,
            agent: None,
            series: None,
            lines: vec![InvoiceLine {
                description: match input.ending {
                    Ending::Cancelled => "Appointment cancelled late".to_owned(),
                    Ending::NoShow => "Appointment missed".to_owned(),
                },
                code: None,
                units: 1,
                unit_price: fee.amount,
            }],
            covers_from: None,
            covers_to: None,
            on: None,
            due_on: None,
        };
        peers.billing.issue_invoice(&call_of(step), request).await?;
        gives(&id)
    }
}
