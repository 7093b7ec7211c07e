//! Write-offs are asked for, and decided on by another person.

use medcover_contract_billing::permissions::{ApproveWriteOffs, RequestWriteOffs};
use medcover_contract_billing::{ReasonRequest, WriteOff, WriteOffId, WriteOffRequest, endpoints};
use medcover_kernel::{Allowed, Error, Result, TenantId};
use medcover_store::{Append, Loaded};

use super::service::{BillingService, of_patient};
use super::views;
use crate::domain::write_off::{self, Command};
use crate::domain::{invoice, rules};

/// Asks for a write-off.
pub(super) async fn request_write_off(
    service: &BillingService,
    allowed: Allowed<'_, RequestWriteOffs>,
    request: WriteOffRequest,
) -> Result<WriteOff> {
    let (call, operation) = (allowed.call(), endpoints::REQUEST_WRITE_OFF.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let id = request.id.as_uuid();
        let mut write_off: Loaded<write_off::WriteOff> =
            service.repository.by_id(allowed.tenant, id).await?;
        match &write_off.state.request {
            Some(known) if known == request => return Ok((append, views::write_off(&write_off))),
            Some(_) => return Err(rules::content_differs("write-off")),
            None => {}
        }
        let invoice = service.invoice(allowed.tenant, request.invoice).await?;
        let whose = of_patient(invoice.state.request().patient);
        let command = Command::Request(request.clone(), call.caller.to_string());
        let event = write_off.state.decide(command)?;
        let action = "write-off.requested";
        let append = service.change(append, &mut write_off, [event], action, whose)?;
        Ok((append, views::write_off(&write_off)))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

/// Approves a write-off that somebody else asked for.
pub(super) async fn approve_write_off(
    service: &BillingService,
    allowed: Allowed<'_, ApproveWriteOffs>,
    id: WriteOffId,
) -> Result<WriteOff> {
    let (call, operation) = (allowed.call(), endpoints::APPROVE_WRITE_OFF.operation);
    let decision = |append: Append| async move {
        let mut write_off = load(service, allowed.tenant, id).await?;
        let event = write_off
            .state
            .decide(Command::Approve(call.caller.to_string()))?;
        let request = write_off.state.request().clone();
        let mut invoice = service.invoice(allowed.tenant, request.invoice).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let events = invoice.state.decide(invoice::Command::WriteOff {
            id,
            side: request.side,
            amount: request.amount,
            on,
        })?;
        let whose = of_patient(invoice.state.request().patient);
        let append = service.change(append, &mut invoice, events, "invoice.written-off", whose)?;
        let action = "write-off.approved";
        let append = service.change(append, &mut write_off, [event], action, whose)?;
        Ok((append, views::write_off(&write_off)))
    };
    service
        .decisions
        .once(call, (operation, 200), &id, decision)
        .await
}

/// Rejects a write-off that somebody else asked for.
pub(super) async fn reject_write_off(
    service: &BillingService,
    allowed: Allowed<'_, ApproveWriteOffs>,
    id: WriteOffId,
    request: ReasonRequest,
) -> Result<WriteOff> {
    let (call, operation) = (allowed.call(), endpoints::REJECT_WRITE_OFF.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut write_off = load(service, allowed.tenant, id).await?;
        let command = Command::Reject(call.caller.to_string(), request.reason.clone());
        let event = write_off.state.decide(command)?;
        let action = "write-off.rejected";
        let append = service.change(append, &mut write_off, [event], action, None)?;
        Ok((append, views::write_off(&write_off)))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

async fn load(
    service: &BillingService,
    tenant: TenantId,
    id: WriteOffId,
) -> Result<Loaded<write_off::WriteOff>> {
    let id = id.as_uuid();
    let write_off: Loaded<write_off::WriteOff> = service.repository.by_id(tenant, id).await?;
    if write_off.exists() {
        Ok(write_off)
    } else {
        Err(Error::not_found("There is no such write-off."))
    }
}
