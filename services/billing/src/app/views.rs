//! Things as callers see them.

use medcover_contract_billing::{
    Allocation, Charges, Invoice, Payment, Refund, RemittancePosting, WriteOff,
};
use medcover_kernel::{EncounterId, Result};
use medcover_store::Loaded;

use crate::domain::payment::{Payment as PaymentThing, Stage};
use crate::domain::rules::money;
use crate::domain::{charges, invoice, refund, remittance, write_off};

pub(super) fn charges(encounter: EncounterId, charges: &charges::Charges) -> Charges {
    Charges {
        encounter,
        patient: charges.patient,
        state: charges.state,
        invoice: charges.invoice,
        charges: charges.items.clone(),
    }
}

pub(super) fn invoice(loaded: &Loaded<invoice::Invoice>) -> Result<Invoice> {
    let invoice = &loaded.state;
    let request = invoice.request();
    let standing = invoice.standing();
    Ok(Invoice {
        id: request.id,
        version: loaded.version.get(),
        state: invoice.state(),
        number: invoice.number.clone(),
        kind: request.kind,
        patient: request.patient,
        encounter: request.encounter,
        policy: request.policy,
        payer: request.payer,
        agent: request.agent,
        lines: request.lines.clone(),
        total: invoice.total.expect("it was drafted"),
        open: standing.open().map_err(money)?,
        standing,
        adjudication: invoice.adjudication.clone(),
        earned: invoice.earned(),
        issued_on: invoice.issued_on,
        due_on: request.due_on,
    })
}

pub(super) fn payment(loaded: &Loaded<PaymentThing>) -> Payment {
    let payment = &loaded.state;
    let request = payment.request();
    let standing = payment.allocations.iter();
    let standing = standing.filter(|it| it.amount.is_positive());
    Payment {
        id: request.id,
        version: loaded.version.get(),
        state: payment.state,
        from: request.from,
        amount: request.amount,
        method: request.method,
        invoice: request.invoice,
        reference: payment.reference.clone(),
        allocated: payment.allocated(),
        unapplied: payment.unapplied(),
        refunded: payment.refunds_in(&[Stage::Approved, Stage::Paid]),
        held: payment.refunds_in(&[Stage::Held]),
        allocations: standing
            .map(|it| Allocation {
                id: it.id,
                invoice: it.invoice,
                side: it.side,
                amount: it.amount,
            })
            .collect(),
    }
}

pub(super) fn refund(loaded: &Loaded<refund::Refund>) -> Refund {
    let refund = &loaded.state;
    let request = refund.request();
    Refund {
        id: request.id,
        version: loaded.version.get(),
        state: refund.state,
        payment: request.payment,
        amount: request.amount,
        reason: request.reason.clone(),
        requested_by: refund.requested_by.clone(),
        decided_by: refund.decided_by.clone(),
    }
}

pub(super) fn write_off(loaded: &Loaded<write_off::WriteOff>) -> WriteOff {
    let write_off = &loaded.state;
    let request = write_off.request();
    WriteOff {
        id: request.id,
        version: loaded.version.get(),
        state: write_off.state,
        invoice: request.invoice,
        side: request.side,
        amount: request.amount,
        reason: request.reason.clone(),
        requested_by: write_off.requested_by.clone(),
        decided_by: write_off.decided_by.clone(),
    }
}

pub(super) fn remittance(loaded: &Loaded<remittance::Remittance>) -> RemittancePosting {
    let remittance = &loaded.state;
    let request = remittance.request();
    RemittancePosting {
        id: request.id,
        version: loaded.version.get(),
        state: remittance.state,
        payer: request.payer,
        trace: request.trace.clone(),
        control: request.control.clone(),
        total: request.total,
        paid_on: request.paid_on,
        reasons: remittance.reasons.clone(),
        duplicate_of: remittance.duplicate_of,
        payment: remittance.payment,
    }
}
