//! Invoices are voided, withdrawn and credited.

use medcover_contract_billing::events::InvoiceKeyFreed;
use medcover_contract_billing::permissions::ManageInvoices;
use medcover_contract_billing::{
    CreditNoteId, CreditRequest, Invoice, ReasonRequest, Side, endpoints,
};
use medcover_kernel::{Allowed, InvoiceId, Result, Timestamp};
use medcover_store::{Aggregate as _, Append, Loaded};
use uuid::Uuid;

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
    service.once(call, operation, 200, &asked, decision).await
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
        let notes = [request.clone()];
        let append = crediting(service, append, &mut invoice, &notes).await?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service.once(call, operation, 200, &asked, decision).await
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
            Lifecycle::Void | Lifecycle::Closed => append,
            Lifecycle::Nothing => {
                let reason = reason.clone();
                let events = invoice.state.decide(Command::Close { reason })?;
                service.change(append, &mut invoice, events, "invoice.closed", None)?
            }
            _ if invoice.state.allowed().contains(&"void") => {
                voiding(service, append, &mut invoice, reason).await?
            }
            _ => {
                let notes = whole(&invoice.state, reason)?;
                let append = crediting(service, append, &mut invoice, &notes).await?;
                freeing(service, append, &invoice.state).await?
            }
        };
        Ok((append, ()))
    };
    let asked = (id, request);
    service.once(call, operation, 204, &asked, decision).await
}

/// Notes that give up all that either side owes or has paid. Their ids follow from the invoice and from what was given up
/// before, so that a repetition makes none.
fn whole(invoice: &invoice::Invoice, reason: &str) -> Result<Vec<CreditRequest>> {
    let (standing, id) = (invoice.standing(), invoice.request().id.as_uuid());
    let mut notes = Vec::new();
    for side in [Side::Patient, Side::Payer] {
        let of = standing.side(side);
        let amount = of.share.minus(of.credited).map_err(rules::money)?;
        let amount = amount.minus(of.written_off).map_err(rules::money)?;
        if amount.is_positive() {
            let name = format!("withdrawn {side:?} {}", invoice.notes.len());
            notes.push(CreditRequest {
                id: CreditNoteId::from_uuid(Uuid::new_v5(&id, name.as_bytes())),
                side,
                amount,
                reason: reason.to_owned(),
            });
        }
    }
    Ok(notes)
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

async fn crediting(
    service: &BillingService,
    append: Append,
    invoice: &mut Loaded<invoice::Invoice>,
    notes: &[CreditRequest],
) -> Result<Append> {
    let (append, on) = service.booking_day(append, None).await?;
    let mut ahead = invoice.state.clone();
    let mut events: Vec<InvoiceEvent> = Vec::new();
    for note in notes {
        let request = note.clone();
        for event in ahead.decide(Command::Credit { request, on })? {
            ahead.evolve(&event, Timestamp::from_micros(0));
            events.push(event);
        }
    }
    let append = release_from_payments(service, append, &events, "credit note", on).await?;
    let whose = of_patient(invoice.state.request().patient);
    service.change(append, invoice, events, "invoice.credited", whose)
}
