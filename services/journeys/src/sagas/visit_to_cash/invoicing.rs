//! After the visit: its charges and its invoice.

use async_trait::async_trait;
use medcover_contract_billing::{
    AgentId, Charge, ChargeId, InvoiceKind, InvoiceRequest, ReasonRequest, RecordChargesRequest,
};
use medcover_contract_hospital::{Encounter, EncounterState, Procedure};
use medcover_contract_journeys::VisitToCash;
use medcover_kernel::{AppointmentId, Money};
use medcover_workflow::saga::StepCall;
use serde_json::Value;
use uuid::Uuid;

use super::booking::Cover;
use super::{CALLED_OFF, appointment, invoice, visit};
use crate::sagas::A_MINUTE;
use crate::sagas::taking::{Peers, Step, Stop, Taken, call_of, given};

/// Whether `encounter` is a visit of `appointment` that can be billed; why not, in words.
pub(crate) fn fits(encounter: &Encounter, appointment: AppointmentId) -> Result<(), Unfit> {
    if encounter.appointment != Some(appointment) {
        return Err(Unfit::OfAnother);
    }
    match encounter.state {
        EncounterState::Coded | EncounterState::BilledReady => Ok(()),
        EncounterState::Planned | EncounterState::InProgress | EncounterState::Finished => {
            Err(Unfit::NotCoded)
        }
        EncounterState::EnteredInError => Err(Unfit::InError),
    }
}

/// Why a visit cannot be billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    OfAnother,
    NotCoded,
    InError,
}

/// The visit, once it can be billed.
pub(super) async fn coded(peers: &Peers, step: &StepCall<'_>) -> Taken<Encounter> {
    let encounter = peers
        .hospital
        .encounter(&call_of(step), visit(step)?)
        .await?;
    match fits(&encounter, appointment(step.saga)) {
        Ok(()) => Ok(encounter),
        Err(Unfit::NotCoded) => Err(Stop::waiting(A_MINUTE)),
        Err(Unfit::OfAnother) => Err(Stop::refused("the visit is of another appointment")),
        Err(Unfit::InError) => Err(Stop::refused("the visit was entered in error")),
    }
}

/// Takes the charges down and issues the invoice. The charges stay when the invoice is withdrawn: what was done was done.
pub(super) struct Invoice;

#[async_trait]
impl Step for Invoice {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: VisitToCash = step.input()?;
        let cover: Option<Cover> = given(step, "eligibility")?;
        let (call, visit) = (call_of(step), coded(peers, step).await?);
        peers
            .billing
            .record_charges(&call, charges(&visit)?)
            .await?;
        let agent = input.agent.or_else(|| cover.as_ref()?.agent);
        let request = InvoiceRequest {
            id: invoice(step),
            kind: InvoiceKind::Visit,
            patient: visit.patient,
            encounter: Some(visit.id),
            policy: None,
            payer: cover.map(|cover| cover.payer),
            agent: agent.map(AgentId::from_uuid),
            series: None,
            lines: Vec::new(),
            covers_from: None,
            covers_to: None,
            on: None,
            due_on: None,
        };
        peers.billing.issue_invoice(&call, request).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let request = ReasonRequest {
            reason: CALLED_OFF.to_owned(),
        };
        let billing = &peers.billing;
        Ok(billing
            .withdraw_invoice(&call_of(step), invoice(step), request)
            .await?)
    }
}

/// Their ids follow from the visit, so that whoever bills it again records nothing twice.
fn charges(visit: &Encounter) -> Taken<RecordChargesRequest> {
    let service_date = visit
        .service_date
        .ok_or_else(|| Stop::refused("the visit has no date"))?;
    let charge = |(place, procedure): (usize, &Procedure)| {
        let name = format!("charge/{place}");
        let (units, unit_price) = priced(procedure.units, procedure.charge);
        let said = procedure.description.clone();
        Charge {
            id: ChargeId::from_uuid(Uuid::new_v5(&visit.id.as_uuid(), name.as_bytes())),
            code: procedure.code.clone(),
            description: said
                .unwrap_or_else(|| format!("{} × {}", procedure.units, procedure.code)),
            units,
            unit_price,
            service_date,
        }
    };
    Ok(RecordChargesRequest {
        encounter: visit.id,
        patient: visit.patient,
        charges: visit.procedures.iter().enumerate().map(charge).collect(),
    })
}

/// What one unit costs; where all units together do not divide evenly they are billed as one.
fn priced(units: u32, all: Money) -> (u32, Money) {
    let each = all.minor() / i64::from(units.max(1));
    match Money::new(each, all.currency()) {
        Ok(price) if price.times(units).is_ok_and(|sum| sum == all) => (units, price),
        _ => (1, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_kernel::Currency;

    #[test]
    fn units_that_do_not_divide_a_charge_are_billed_as_one() {
        let usd: Currency = "USD".parse().expect("a currency");
        let money = |minor| Money::new(minor, usd).expect("money");
        assert_eq!(priced(3, money(3_000)), (3, money(1_000)));
        assert_eq!(priced(3, money(1_000)), (1, money(1_000)));
        assert_eq!(priced(1, money(0)), (1, money(0)));
    }
}
