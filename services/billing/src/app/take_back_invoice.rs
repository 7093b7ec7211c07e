//! Invoices are voided, withdrawn and credited.

use jiff::civil::Date;
use medcover_contract_billing::events::InvoiceKeyFreed;
use medcover_contract_billing::permissions::ManageInvoices;
use medcover_contract_billing::{CreditRequest, Invoice, ReasonRequest, endpoints};
use medcover_kernel::{Allowed, InvoiceId, Result};
use medcover_store::{Append, Loaded};

use super::allocation::release_from_payments;
use super::issue_invoice::invoice_key;
use super::service::{BillingService, of_patient};
use super::views;
use crate::domain::charges::{self, Charges};
use crate::domain::invoice::{self, Command, InvoiceEvent, Lifecycle};
use crate::domain::rules;

/// Voids an invoice against which nothing stands.
pub(super) async fn void_invoice(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: ReasonRequest,
) -> Result<Invoice> {
    let (call, operation) = (allowed.call(), endpoints::VOID_INVOICE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        let append = voiding(service, append, &mut invoice, &request.reason).await?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// Gives part of an invoice up. What was paid of it is unapplied cash again.
pub(super) async fn credit_invoice(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: CreditRequest,
) -> Result<Invoice> {
    let (call, operation) = (allowed.call(), endpoints::CREDIT_INVOICE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let request = request.clone();
        let events = invoice.state.decide(Command::Credit { request, on })?;
        let append = reducing(service, append, &mut invoice, events, on).await?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// Takes an invoice back, whatever its state; one that never was is closed.
pub(super) async fn withdraw_invoice(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: ReasonRequest,
) -> Result<()> {
    rules::text("/reason", &request.reason)?;
    let (call, operation) = (allowed.call(), endpoints::WITHDRAW_INVOICE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let (tenant, reason) = (allowed.tenant, &request.reason);
        let mut invoice: Loaded<invoice::Invoice> =
            service.repository.by_id(tenant, id.as_uuid()).await?;
        let append = match invoice.state.lifecycle {
            Lifecycle::Void | Lifecycle::Withdrawn | Lifecycle::Closed => append,
            Lifecycle::Nothing => {
                let reason = reason.clone();
                let events = invoice.state.decide(Command::Close { reason })?;
                service.change(append, &mut invoice, events, "invoice.closed", None)?
            }
            _ if invoice.state.allowed().contains(&"void") => {
                voiding(service, append, &mut invoice, reason).await?
            }
            _ => withdrawing(service, append, &mut invoice, reason).await?,
        };
        Ok((append, ()))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 204), &asked, decision)
        .await
}

async fn voiding(
    service: &BillingService,
    append: Append,
    invoice: &mut Loaded<invoice::Invoice>,
    reason: &str,
) -> Result<Append> {
    let (append, on) = service.booking_day(append, None).await?;
    let reason = reason.to_owned();
    let events = invoice.state.decide(Command::Void { reason, on })?;
    let append = freeing(service, append, &invoice.state).await?;
    let whose = of_patient(invoice.state.request().patient);
    service.change(append, invoice, events, "invoice.voided", whose)
}

/// Lets another invoice be for the same, and releases the charges of the visit.
async fn freeing(
    service: &BillingService,
    append: Append,
    invoice: &invoice::Invoice,
) -> Result<Append> {
    let request = invoice.request();
    let mut key = invoice_key(service, &append, request).await?;
    let mut append = append;
    if key.state.0 == Some(request.id) {
        let freed = [InvoiceKeyFreed {}.into()];
        append = service.repository.write(append, &mut key, freed)?;
    }
    let Some(encounter) = request.encounter else {
        return Ok(append);
    };
    let (tenant, id) = (append.context.tenant, encounter.as_uuid());
    let mut charges: Loaded<Charges> = service.repository.by_id(tenant, id).await?;
    let event = charges
        .state
        .decide(charges::Command::Release(request.id))?;
    service.repository.write(append, &mut charges, event)
}

async fn withdrawing(
    service: &BillingService,
    append: Append,
    invoice: &mut Loaded<invoice::Invoice>,
    reason: &str,
) -> Result<Append> {
    let (append, on) = service.booking_day(append, None).await?;
    let reason = reason.to_owned();
    let events = invoice.state.decide(Command::Withdraw { reason, on })?;
    let append = freeing(service, append, &invoice.state).await?;
    reducing(service, append, invoice, events, on).await
}

/// Writes down that less is owed; what was paid of it is released from its payments.
async fn reducing(
    service: &BillingService,
    append: Append,
    invoice: &mut Loaded<invoice::Invoice>,
    events: Vec<InvoiceEvent>,
    on: Date,
) -> Result<Append> {
    let append = release_from_payments(service, append, &events, "credit note", on).await?;
    let whose = of_patient(invoice.state.request().patient);
    service.change(append, invoice, events, "invoice.credited", whose)
}
