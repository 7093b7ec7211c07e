//! What an insurer decided is applied to invoices, and taken back.

use medcover_contract_billing::permissions::ManageInvoices;
use medcover_contract_billing::{
    AdjudicationRequest, AdjudicationStanding, EarnPremiumRequest, Invoice,
    WithdrawAdjudicationRequest, endpoints,
};
use medcover_kernel::{Allowed, Error, InvoiceId, Result};
use medcover_store::{Append, Loaded};

use super::allocation::release_from_payments;
use super::service::{BillingService, of_patient};
use super::views;
use crate::domain::invoice::{self, Command, Lifecycle};

/// Gives the sides of an invoice their shares. What was paid beyond is unapplied cash again.
pub(super) async fn apply_adjudication(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: AdjudicationRequest,
) -> Result<Invoice> {
    check_version(request.version)?;
    let (call, operation) = (allowed.call(), endpoints::APPLY_ADJUDICATION.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, request.on).await?;
        let decision = AdjudicationStanding {
            claim: request.claim,
            version: request.version,
            withdrawn: false,
            contractual: request.contractual,
            patient: request.patient,
            payer: request.payer,
        };
        let command = Command::Adjudicate { decision, on };
        let append = dividing(service, append, &mut invoice, command, on).await?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// Takes an adjudication back, as often as asked; one that never came is closed.
pub(super) async fn withdraw_adjudication(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: WithdrawAdjudicationRequest,
) -> Result<Invoice> {
    check_version(request.version)?;
    let (call, operation) = (allowed.call(), endpoints::WITHDRAW_ADJUDICATION.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        if matches!(
            invoice.state.lifecycle,
            Lifecycle::Void | Lifecycle::Withdrawn
        ) {
            return Ok((append, views::invoice(&invoice)?));
        }
        let (append, on) = service.booking_day(append, None).await?;
        let command = Command::WithdrawAdjudication {
            claim: request.claim,
            version: request.version,
            on,
        };
        let append = dividing(service, append, &mut invoice, command, on).await?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

async fn dividing(
    service: &BillingService,
    append: Append,
    invoice: &mut Loaded<invoice::Invoice>,
    command: Command,
    on: jiff::civil::Date,
) -> Result<Append> {
    let events = invoice.state.decide(command)?;
    let append = release_from_payments(service, append, &events, "adjudication", on).await?;
    let whose = of_patient(invoice.state.request().patient);
    service.change(append, invoice, events, "invoice.adjudicated", whose)
}

fn check_version(version: u32) -> Result<()> {
    if version == 0 {
        return Err(Error::invalid("/version", "must be 1 or more"));
    }
    Ok(())
}

/// Earns the premium of the days that have passed.
pub(super) async fn earn_premium(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: EarnPremiumRequest,
) -> Result<Invoice> {
    if request.through > service.today() {
        return Err(Error::invalid("/through", "must not be in the future"));
    }
    let (call, operation) = (allowed.call(), endpoints::EARN_PREMIUM.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let through = request.through;
        let events = invoice.state.decide(Command::Earn { through, on })?;
        let whose = of_patient(invoice.state.request().patient);
        let append = service.change(append, &mut invoice, events, "premium.earned", whose)?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}
