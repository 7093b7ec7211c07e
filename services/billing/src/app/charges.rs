//! Charges of visits are recorded, cancelled and read.

use medcover_contract_billing::permissions::{ManageInvoices, ReadBilling};
use medcover_contract_billing::{Charges, MAX_LINES, RecordChargesRequest, endpoints};
use medcover_kernel::{Allowed, EncounterId, Error, Result};
use medcover_store::{Append, Loaded};

use super::service::{BillingService, of_patient};
use super::views;
use crate::domain::charges::{self, Command};
use crate::domain::rules;

/// Records charges; those that are known already are left as they are.
pub(super) async fn record_charges(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    request: RecordChargesRequest,
) -> Result<Charges> {
    check(&request)?;
    let (call, encounter) = (allowed.call(), request.encounter);
    let operation = endpoints::RECORD_CHARGES.operation;
    let request = &request;
    let decision = |append: Append| async move {
        let mut charges = load(service, allowed, encounter).await?;
        let command = Command::Record(request.patient, request.charges.clone());
        let event = charges.state.decide(command)?;
        let whose = of_patient(request.patient);
        let append = service.change(append, &mut charges, event, "charges.recorded", whose)?;
        Ok((append, views::charges(encounter, &charges.state)))
    };
    service
        .decisions
        .once(call, (operation, 200), request, decision)
        .await
}

/// Cancels the charges of a visit, as often as asked; none can be recorded any more.
pub(super) async fn cancel_charges(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    encounter: EncounterId,
) -> Result<Charges> {
    let operation = endpoints::CANCEL_CHARGES.operation;
    let decision = |append: Append| async move {
        let mut charges = load(service, allowed, encounter).await?;
        let event = charges.state.decide(Command::Cancel)?;
        let whose = charges.state.patient.and_then(of_patient);
        let append = service.change(append, &mut charges, event, "charges.cancelled", whose)?;
        Ok((append, views::charges(encounter, &charges.state)))
    };
    let call = allowed.call();
    service
        .decisions
        .once(call, (operation, 200), &encounter, decision)
        .await
}

/// The charges of a visit.
pub(super) async fn charges(
    service: &BillingService,
    allowed: Allowed<'_, ReadBilling>,
    encounter: EncounterId,
) -> Result<Charges> {
    let charges = load(service, allowed, encounter).await?;
    let Some(patient) = charges.state.patient else {
        return Err(Error::not_found("No charges of that visit are recorded."));
    };
    let whose = of_patient(patient);
    service
        .read(allowed.call(), "charges.read", &charges.stream, whose)
        .await?;
    Ok(views::charges(encounter, &charges.state))
}

async fn load<P>(
    service: &BillingService,
    allowed: Allowed<'_, P>,
    encounter: EncounterId,
) -> Result<Loaded<charges::Charges>> {
    let id = encounter.as_uuid();
    service.repository.by_id(allowed.tenant, id).await
}

fn check(request: &RecordChargesRequest) -> Result<()> {
    if request.charges.is_empty() || request.charges.len() > MAX_LINES {
        return Err(Error::invalid(
            "/charges",
            format!("must be 1 to {MAX_LINES}"),
        ));
    }
    for (place, charge) in request.charges.iter().enumerate() {
        let at = |field: &str| format!("/charges/{place}/{field}");
        rules::code(at("code"), &charge.code)?;
        rules::text(at("description"), &charge.description)?;
        rules::not_negative(at("unit_price"), charge.unit_price)?;
        if charge.units == 0 {
            return Err(Error::invalid(at("units"), "must be 1 or more"));
        }
    }
    Ok(())
}
