//! Refunds are asked for, decided on by another person, sent, and followed up.

use jiff::civil::Date;
use medcover_contract_billing::permissions::{ApproveRefunds, RequestRefunds};
use medcover_contract_billing::{
    ReasonRequest, Refund, RefundId, RefundRequest, RefundState, ResolveRequest, endpoints,
};
use medcover_idempotency::Keep;
use medcover_kernel::{Allowed, Call, Error, Result, TenantId};
use medcover_store::{Append, Loaded};

use super::allocation::release_from_invoices;
use super::service::{BillingService, of_payer};
use super::take_payment::found;
use super::views;
use crate::domain::payment;
use crate::domain::refund::{self, Command};
use crate::domain::rules;
use crate::processor::{Processed, RefundOrder};

/// Asks for a refund. Its money is held in the payment's stream, so that no two refunds share it.
pub(super) async fn request_refund(
    service: &BillingService,
    allowed: Allowed<'_, RequestRefunds>,
    request: RefundRequest,
) -> Result<Refund> {
    let (call, operation) = (allowed.call(), endpoints::REQUEST_REFUND.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let id = request.id.as_uuid();
        let mut refund: Loaded<refund::Refund> =
            service.repository.by_id(allowed.tenant, id).await?;
        match &refund.state.request {
            Some(known) if known == request => return Ok((append, views::refund(&refund))),
            Some(_) => return Err(rules::content_differs("refund")),
            None => {}
        }
        let command = Command::Request(request.clone(), call.caller.to_string());
        let event = refund.state.decide(command)?;
        let (append, on) = service.booking_day(append, None).await?;
        let hold = payment::Command::HoldRefund {
            refund: request.id,
            amount: request.amount,
            on,
        };
        let payment = service.payment(allowed.tenant, request.payment).await?;
        let append = follow(service, append, payment, hold).await?;
        let append = service.change(append, &mut refund, [event], "refund.requested", None)?;
        Ok((append, views::refund(&refund)))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

/// Approves a refund that somebody else asked for.
pub(super) async fn approve_refund(
    service: &BillingService,
    allowed: Allowed<'_, ApproveRefunds>,
    id: RefundId,
) -> Result<Refund> {
    let (call, operation) = (allowed.call(), endpoints::APPROVE_REFUND.operation);
    let decision = |append: Append| async move {
        let command = Command::Approve(call.caller.to_string());
        decided(service, append, id, command, "refund.approved").await
    };
    service
        .decisions
        .once(call, (operation, 200), &id, decision)
        .await
}

/// Rejects a refund that is asked for, or approved and not sent.
pub(super) async fn reject_refund(
    service: &BillingService,
    allowed: Allowed<'_, ApproveRefunds>,
    id: RefundId,
    request: ReasonRequest,
) -> Result<Refund> {
    let (call, operation) = (allowed.call(), endpoints::REJECT_REFUND.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let by = call.caller.to_string();
        let command = Command::Reject(by, request.reason.clone());
        decided(service, append, id, command, "refund.rejected").await
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// Sends the money of an approved refund. One that was sent before is asked after, never sent again.
pub(super) async fn send_refund(
    service: &BillingService,
    allowed: Allowed<'_, RequestRefunds>,
    id: RefundId,
) -> Result<Refund> {
    let (call, operation) = (allowed.call(), endpoints::SEND_REFUND.operation);
    let work = async |keep: Keep| {
        let sending = |append: Append| async move {
            let refund = load(service, allowed.tenant, id).await?;
            // Sent by a request whose answer was never kept: it is gone on with.
            if refund.state.state == RefundState::Sent {
                return Ok((append, false));
            }
            let (append, _) = decided(service, append, id, Command::Send, "refund.sent").await?;
            Ok((append, true))
        };
        let new = service.decisions.decide(call, sending).await?;
        let order = order(service, allowed.tenant, id).await?;
        let processed = if new {
            service.processor.refund(call, &order).await
        } else {
            service.processor.refunded(call, &order).await
        };
        conclude(service, call, id, &processed, &keep).await
    };
    service
        .decisions
        .once_in_steps(call, operation, &id, work)
        .await
}

/// Finds out what became of a refund that was sent.
pub(super) async fn resolve_refund(
    service: &BillingService,
    allowed: Allowed<'_, RequestRefunds>,
    id: RefundId,
    request: ResolveRequest,
) -> Result<Refund> {
    rules::maybe_text("/reference", request.reference.as_deref())?;
    let (call, operation) = (allowed.call(), endpoints::RESOLVE_REFUND.operation);
    let request = &request;
    let work = async |keep: Keep| {
        let refund = load(service, allowed.tenant, id).await?;
        if request.outcome.is_some() && !in_doubt(refund.state.state) {
            let (state, allowed) = (refund.state.state.name(), refund.state.allowed());
            return Err(Error::illegal_transition(
                "refund", state, "resolve", allowed,
            ));
        }
        let processed = if let Some(processed) = found(request) {
            processed
        } else {
            let order = order(service, allowed.tenant, id).await?;
            service.processor.refunded(call, &order).await
        };
        conclude(service, call, id, &processed, &keep).await
    };
    let asked = (id, request);
    service
        .decisions
        .once_in_steps(call, operation, &asked, work)
        .await
}

const fn in_doubt(state: RefundState) -> bool {
    matches!(state, RefundState::Sent | RefundState::Unknown)
}

async fn load(
    service: &BillingService,
    tenant: TenantId,
    id: RefundId,
) -> Result<Loaded<refund::Refund>> {
    let refund: Loaded<refund::Refund> = service.repository.by_id(tenant, id.as_uuid()).await?;
    if refund.exists() {
        Ok(refund)
    } else {
        Err(Error::not_found("There is no such refund."))
    }
}

async fn order(service: &BillingService, tenant: TenantId, id: RefundId) -> Result<RefundOrder> {
    let refund = load(service, tenant, id).await?;
    let request = refund.state.request();
    let payment = service.payment(tenant, request.payment).await?;
    Ok(RefundOrder {
        refund: id,
        payment: request.payment,
        amount: request.amount,
        method: payment.state.request().method,
    })
}

async fn conclude(
    service: &BillingService,
    call: &Call,
    id: RefundId,
    processed: &Processed,
    keep: &Keep,
) -> Result<Refund> {
    let decision = |append: Append| async move {
        let refund = load(service, call.tenant, id).await?;
        let command = match (refund.state.state, processed) {
            (RefundState::Sent | RefundState::Unknown, Processed::Succeeded { reference }) => {
                Some(Command::Succeed(reference.clone()))
            }
            (RefundState::Sent | RefundState::Unknown, Processed::Failed { reference }) => {
                Some(Command::Fail(reference.clone()))
            }
            (RefundState::Sent, Processed::Unknown) => Some(Command::Lose),
            _ => None,
        };
        let (append, answer) = match command {
            Some(command) => decided(service, append, id, command, "refund.concluded").await?,
            None => (append, views::refund(&refund)),
        };
        Ok((keep.answer(append, 200, &answer)?, answer))
    };
    service.decisions.decide(call, decision).await
}

/// What `command` makes of the refund, and what its payment makes of that.
async fn decided(
    service: &BillingService,
    append: Append,
    id: RefundId,
    command: Command,
    action: &'static str,
) -> Result<(Append, Refund)> {
    let tenant = append.context.tenant;
    let mut refund = load(service, tenant, id).await?;
    let (append, on) = service.booking_day(append, None).await?;
    let effect = effect(&command, id, on);
    let event = refund.state.decide(command)?;
    let append = match effect {
        Some(effect) => {
            let id = refund.state.request().payment;
            let payment = service.payment(tenant, id).await?;
            follow(service, append, payment, effect).await?
        }
        None => append,
    };
    let append = service.change(append, &mut refund, [event], action, None)?;
    Ok((append, views::refund(&refund)))
}

const fn effect(command: &Command, refund: RefundId, on: Date) -> Option<payment::Command> {
    match command {
        Command::Approve(_) => Some(payment::Command::ApproveRefund { refund, on }),
        Command::Reject(..) | Command::Fail(_) => {
            Some(payment::Command::ReleaseRefund { refund, on })
        }
        Command::Succeed(_) => Some(payment::Command::PayRefund { refund, on }),
        Command::Request(..) | Command::Send | Command::Lose => None,
    }
}

/// Lets the payment do what its refund has decided, and its invoices what that takes back from them.
async fn follow(
    service: &BillingService,
    append: Append,
    mut payment: Loaded<payment::Payment>,
    command: payment::Command,
) -> Result<Append> {
    let events = payment.state.decide(command)?;
    let append = release_from_invoices(service, append, &events).await?;
    let whose = of_payer(&payment.state);
    service.change(append, &mut payment, events, "payment.refund", whose)
}
