//! Payments, and what stands against invoices; commissions follow at once.

use medcover_contract_billing::{
    AccrueCommissionRequest, AllocationId, AllocationRequest, Party, Payment, PaymentMethod,
    PaymentRequest, PaymentState, TerminalResult,
};
use medcover_kernel::{InvoiceId, Money, PaymentId, Result};

use super::making::Making;
use super::staff::Job;

/// A payment to be taken.
pub(super) struct Taking {
    pub(super) from: Party,
    pub(super) amount: Money,
    pub(super) method: PaymentMethod,
    pub(super) terminal: Option<TerminalResult>,
    pub(super) invoice: InvoiceId,
}

/// Takes a payment and, where it succeeds, puts it against its invoice.
pub(super) async fn take_and_put(making: &Making, taking: Taking) -> Result<Payment> {
    let request = PaymentRequest {
        id: PaymentId::new(&*making.clock, &making.rng),
        from: taking.from,
        amount: taking.amount,
        method: taking.method,
        terminal: taking.terminal,
        invoice: Some(taking.invoice),
        allocate: false,
        reference: None,
        on: None,
    };
    let call = making.call(Job::FrontDesk);
    let payment = making.billing.take_payment(&call, request).await?;
    if payment.state != PaymentState::Succeeded {
        return Ok(payment);
    }
    let request = AllocationRequest {
        id: AllocationId::new(&*making.clock, &making.rng),
        invoice: taking.invoice,
        amount: taking.amount,
    };
    let call = making.call(Job::FrontDesk);
    let payment = making.billing.allocate(&call, payment.id, request).await?;
    follow_commissions(making, &payment).await?;
    Ok(payment)
}

/// Lets commissions follow what stands of a payment now, where an invoice has an agent.
pub(super) async fn follow_commissions(making: &Making, payment: &Payment) -> Result<()> {
    for allocation in &payment.allocations {
        let call = making.call(Job::Biller);
        let invoice = making.billing.invoice(&call, allocation.invoice).await?;
        if invoice.agent.is_none() {
            continue;
        }
        let request = AccrueCommissionRequest {
            payment: payment.id,
            allocation: allocation.id,
        };
        let call = making.call(Job::Finance);
        making.billing.accrue_commission(&call, request).await?;
    }
    Ok(())
}
