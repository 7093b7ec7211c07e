//! Payments are put against invoices, and taken back from them.

use medcover_contract_billing::permissions::TakePayments;
use medcover_contract_billing::{AllocationRequest, Payment, UnallocateRequest, endpoints};
use medcover_kernel::{Allowed, PaymentId, Result, Timestamp};
use medcover_store::{Aggregate as _, Append};

use super::allocation::{Put, put_against, release_from_invoices};
use super::service::{BillingService, of_payer};
use super::views;
use crate::domain::payment::Command;
use crate::domain::rules;

/// Puts money of a payment against an invoice.
pub(super) async fn allocate(
    service: &BillingService,
    allowed: Allowed<'_, TakePayments>,
    id: PaymentId,
    request: AllocationRequest,
) -> Result<Payment> {
    rules::positive("/amount", request.amount)?;
    let (call, operation) = (allowed.call(), endpoints::ALLOCATE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut payment = service.payment(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let put = Put {
            id: request.id,
            invoice: request.invoice,
            amount: request.amount,
        };
        let (append, events) = put_against(service, append, &payment.state, &[put], on).await?;
        let whose = of_payer(&payment.state);
        let append = service.change(append, &mut payment, events, "payment.allocated", whose)?;
        Ok((append, views::payment(&payment)))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// Takes money of a payment back from an invoice, as often as asked, and closes the id.
pub(super) async fn unallocate(
    service: &BillingService,
    allowed: Allowed<'_, TakePayments>,
    id: PaymentId,
    request: UnallocateRequest,
) -> Result<Payment> {
    rules::text("/reason", &request.reason)?;
    let (call, operation) = (allowed.call(), endpoints::UNALLOCATE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut payment = service.payment(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let mut ahead = payment.state.clone();
        let mut events = Vec::new();
        let known = ahead.allocation(request.id);
        if known.is_some_and(|known| known.amount.is_positive()) {
            let command = Command::Deallocate {
                id: request.id,
                amount: None,
                reason: request.reason.clone(),
                on,
            };
            events.extend(ahead.decide(command)?);
        }
        for event in &events {
            ahead.evolve(event, Timestamp::from_micros(0));
        }
        events.extend(ahead.decide(Command::CloseAllocation(request.id))?);
        let append = release_from_invoices(service, append, &events).await?;
        let whose = of_payer(&payment.state);
        let append = service.change(append, &mut payment, events, "payment.deallocated", whose)?;
        Ok((append, views::payment(&payment)))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}
