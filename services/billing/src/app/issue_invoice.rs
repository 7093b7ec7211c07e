//! Invoices are drafted and issued.

use jiff::civil::Date;
use medcover_contract_billing::events::{InvoiceKeyTaken, InvoiceNumberAssigned};
use medcover_contract_billing::permissions::ManageInvoices;
use medcover_contract_billing::{
    Invoice, InvoiceKind, InvoiceRequest, IssueDraftRequest, endpoints,
};
use medcover_kernel::{Allowed, Error, InvoiceId, Result};
use medcover_store::{Append, Loaded};

use super::service::{BillingService, of_patient};
use super::views;
use crate::domain::agent::Agent;
use crate::domain::charges::{self, Charges};
use crate::domain::invoice::{self, Command, InvoiceEvent, Lifecycle};
use crate::domain::keys::{InvoiceKey, Series};
use crate::domain::rules;

/// Digits of a number in its text.
const DIGITS: usize = 6;

/// Issues an invoice at once. The same request again is answered as before, whatever became of the invoice since.
pub(super) async fn issue_invoice(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    request: InvoiceRequest,
) -> Result<Invoice> {
    let (call, operation) = (allowed.call(), endpoints::ISSUE_INVOICE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let (append, mut invoice, mut events) = drafted(service, append, request).await?;
        let mut ahead = invoice.state.clone();
        evolve(&mut ahead, &events);
        let append = if ahead.lifecycle == Lifecycle::Draft {
            let (append, issued) = issuing(service, append, &ahead, request.on).await?;
            events.extend(issued);
            append
        } else {
            append
        };
        let whose = of_patient(request.patient);
        let append = service.change(append, &mut invoice, events, "invoice.issued", whose)?;
        Ok((append, views::invoice(&invoice)?))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

/// Drafts an invoice.
pub(super) async fn draft_invoice(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    request: InvoiceRequest,
) -> Result<Invoice> {
    let (call, operation) = (allowed.call(), endpoints::DRAFT_INVOICE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let (append, mut invoice, events) = drafted(service, append, request).await?;
        let whose = of_patient(request.patient);
        let append = service.change(append, &mut invoice, events, "invoice.drafted", whose)?;
        Ok((append, views::invoice(&invoice)?))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

/// Issues a draft.
pub(super) async fn issue_draft(
    service: &BillingService,
    allowed: Allowed<'_, ManageInvoices>,
    id: InvoiceId,
    request: IssueDraftRequest,
) -> Result<Invoice> {
    let (call, operation) = (allowed.call(), endpoints::ISSUE_DRAFT.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut invoice = service.invoice(allowed.tenant, id).await?;
        let on = request.on.or(invoice.state.request().on);
        let (append, events) = issuing(service, append, &invoice.state, on).await?;
        let whose = of_patient(invoice.state.request().patient);
        let append = service.change(append, &mut invoice, events, "invoice.issued", whose)?;
        Ok((append, views::invoice(&invoice)?))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// The invoice that `request` asks for and what makes it a draft; nothing where it is there with that content. Its key and
/// charges are taken in the same commit.
async fn drafted(
    service: &BillingService,
    append: Append,
    request: &InvoiceRequest,
) -> Result<(Append, Loaded<invoice::Invoice>, Vec<InvoiceEvent>)> {
    let tenant = append.context.tenant;
    let id = request.id.as_uuid();
    let invoice: Loaded<invoice::Invoice> = service.repository.by_id(tenant, id).await?;
    if let Some(known) = &invoice.state.request {
        let same = InvoiceRequest {
            lines: request.lines.clone(),
            ..known.clone()
        };
        if same == *request && (request.lines.is_empty() || known.lines == request.lines) {
            return Ok((append, invoice, Vec::new()));
        }
        return Err(rules::content_differs("invoice"));
    }
    let (append, billed) = with_lines(service, append, request).await?;
    invoice::check(&billed)?;
    check_agent(service, &append, &billed).await?;
    let events = invoice.state.decide(Command::Draft(Box::new(billed)))?;
    let append = take_key(service, append, request).await?;
    Ok((append, invoice, events))
}

/// `request` with the lines of the visit's charges, where it has none.
async fn with_lines(
    service: &BillingService,
    append: Append,
    request: &InvoiceRequest,
) -> Result<(Append, InvoiceRequest)> {
    let by_charges = request.lines.is_empty() && request.kind == InvoiceKind::Visit;
    let Some(encounter) = request.encounter.filter(|_| by_charges) else {
        return Ok((append, request.clone()));
    };
    let (tenant, id) = (append.context.tenant, encounter.as_uuid());
    let mut charges: Loaded<Charges> = service.repository.by_id(tenant, id).await?;
    if charges
        .state
        .patient
        .is_some_and(|it| it != request.patient)
    {
        return Err(Error::invalid(
            "/patient",
            "is not whom the visit's charges are for",
        ));
    }
    let lines = charges.state.lines();
    let event = charges
        .state
        .decide(charges::Command::Invoice(request.id))?;
    let append = service.repository.write(append, &mut charges, event)?;
    let billed = InvoiceRequest {
        lines,
        ..request.clone()
    };
    Ok((append, billed))
}

async fn check_agent(
    service: &BillingService,
    append: &Append,
    request: &InvoiceRequest,
) -> Result<()> {
    let Some(agent) = request.agent else {
        return Ok(());
    };
    let (tenant, id) = (append.context.tenant, agent.as_uuid());
    let agent: Loaded<Agent> = service.repository.by_id(tenant, id).await?;
    if agent.exists() {
        Ok(())
    } else {
        Err(Error::invalid("/agent", "there is no such agent"))
    }
}

/// There is one invoice of each kind for a visit, and one for a policy and first day.
async fn take_key(
    service: &BillingService,
    append: Append,
    request: &InvoiceRequest,
) -> Result<Append> {
    let mut key = invoice_key(service, &append, request).await?;
    match key.state.0 {
        Some(other) if other != request.id => Err(rules::conflict(
            "invoice-exists",
            format!("The invoice {other} is for the same."),
        )),
        Some(_) => Ok(append),
        None => {
            let invoice = request.id;
            let taken = [InvoiceKeyTaken { invoice }.into()];
            service.repository.write(append, &mut key, taken)
        }
    }
}

/// The key of which there is one invoice.
pub(super) async fn invoice_key(
    service: &BillingService,
    append: &Append,
    request: &InvoiceRequest,
) -> Result<Loaded<InvoiceKey>> {
    let parts = invoice::key(request);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let tenant = append.context.tenant;
    service.repository.by_key(tenant, &parts).await
}

/// What issues `draft` under the next number of its series, which is taken in the same commit: so none is left out.
async fn issuing(
    service: &BillingService,
    append: Append,
    draft: &invoice::Invoice,
    on: Option<Date>,
) -> Result<(Append, Vec<InvoiceEvent>)> {
    let (append, on) = service.booking_day(append, on).await?;
    let request = draft.request();
    let series = invoice::series(request);
    let tenant = append.context.tenant;
    let mut numbers: Loaded<Series> = service.repository.by_key(tenant, &[series]).await?;
    let (number, invoice) = (numbers.state.0 + 1, request.id);
    let text = format!("{series}-{number:0DIGITS$}");
    let events = draft.decide(Command::Issue { number: text, on })?;
    let assigned = [InvoiceNumberAssigned { number, invoice }.into()];
    let append = service.repository.write(append, &mut numbers, assigned)?;
    Ok((append, events))
}

fn evolve(invoice: &mut invoice::Invoice, events: &[InvoiceEvent]) {
    use medcover_kernel::Timestamp;
    use medcover_store::Aggregate as _;
    for event in events {
        invoice.evolve(event, Timestamp::from_micros(0));
    }
}
