//! What happens to the money of a visit: invoiced, paid, given back, given up.

use medcover_contract_billing::endpoints::PaymentQuery;
use medcover_contract_billing::{
    Charge, ChargeId, InvoiceKind, InvoiceRequest, InvoiceState, Party, Payment, PaymentMethod,
    ProcessorOutcome, ReasonRequest, RecordChargesRequest, RefundId, RefundRequest, ResolveRequest,
    Side, TerminalResult, WriteOffId, WriteOffRequest,
};
use medcover_kernel::{Error, Money, Result};

use super::making::{Making, usd};
use super::payments::{Taking, follow_commissions, take_and_put};
use super::staff::Job;
use super::stories::{Pays, Refunded};
use super::visits::Visit;

/// Charges, invoice, and the encounter is through.
pub(super) async fn bill(making: &Making, visit: &Visit) -> Result<()> {
    let (billing, biller) = (&making.billing, || making.call(Job::Biller));
    let call = biller();
    let encounter = making.hospital.encounter(&call, visit.encounter).await?;
    let begun = || Error::internal("an encounter that is coded has begun");
    let request = RecordChargesRequest {
        encounter: visit.encounter,
        patient: visit.patient,
        charges: vec![Charge {
            id: ChargeId::new(&*making.clock, &making.rng),
            code: visit.service.code.to_owned(),
            description: visit.service.name.to_owned(),
            units: 1,
            unit_price: usd(visit.service.charge),
            service_date: encounter.service_date.ok_or_else(begun)?,
        }],
    };
    billing.record_charges(&biller(), request).await?;
    let request = InvoiceRequest {
        id: visit.invoice,
        kind: InvoiceKind::Visit,
        patient: visit.patient,
        encounter: Some(visit.encounter),
        policy: None,
        payer: visit.cover.map(|cover| cover.payer.as_uuid()),
        agent: visit.cover.map(|cover| cover.agent),
        series: None,
        lines: Vec::new(),
        covers_from: None,
        covers_to: None,
        on: None,
        due_on: None,
    };
    if visit.pays == Pays::Draft {
        billing.draft_invoice(&biller(), request).await?;
    } else {
        billing.issue_invoice(&biller(), request).await?;
    }
    let call = making.call(Job::Coder);
    making.hospital.mark_billed(&call, visit.encounter).await?;
    Ok(())
}

/// The patient pays, or tries to.
pub(super) async fn collect(making: &Making, visit: &Visit) -> Result<()> {
    use PaymentMethod::{Card, Cash, Transfer};
    use TerminalResult::{Approved, Declined, NoAnswer};
    let (method, terminal) = match visit.pays {
        Pays::Refund(Refunded::Sent | Refunded::Failed) | Pays::ChargedBack => {
            (Card, Some(Approved))
        }
        Pays::Cash | Pays::Half | Pays::Refund(_) => (Cash, None),
        Pays::Declined => (Card, Some(Declined)),
        Pays::NoAnswer => (Card, Some(NoAnswer)),
        Pays::Transfer => (Transfer, None),
        Pays::Draft
        | Pays::Void
        | Pays::Nothing
        | Pays::WriteOffRequested
        | Pays::WriteOffRejected
        | Pays::WrittenOff => return Ok(()),
    };
    let open = open(making, visit).await?;
    let amount = if visit.pays == Pays::Half {
        usd(open.minor() / 2)
    } else {
        open
    };
    if !amount.is_positive() {
        return Ok(());
    }
    let taking = Taking {
        from: Party::patient(visit.patient),
        amount,
        method,
        terminal,
        invoice: visit.invoice,
    };
    take_and_put(making, taking).await?;
    Ok(())
}

/// What comes after the payment.
pub(super) async fn follow_up(making: &Making, visit: &Visit) -> Result<()> {
    match visit.pays {
        Pays::Void => void(making, visit).await,
        Pays::ChargedBack => charge_back(making, visit).await,
        Pays::WriteOffRequested | Pays::WriteOffRejected | Pays::WrittenOff => {
            write_off(making, visit).await
        }
        Pays::Refund(refunded) => refund(making, visit, refunded).await,
        Pays::Draft
        | Pays::Nothing
        | Pays::Cash
        | Pays::Half
        | Pays::Declined
        | Pays::NoAnswer
        | Pays::Transfer => Ok(()),
    }
}

/// What the patient owes.
async fn open(making: &Making, visit: &Visit) -> Result<Money> {
    let call = making.call(Job::Biller);
    let invoice = making.billing.invoice(&call, visit.invoice).await?;
    let open = invoice.standing.open_on(Side::Patient);
    open.map_err(Error::internal)
}

async fn void(making: &Making, visit: &Visit) -> Result<()> {
    let call = making.call(Job::Biller);
    let invoice = making.billing.invoice(&call, visit.invoice).await?;
    if invoice.state != InvoiceState::Issued {
        return Ok(());
    }
    let (call, why) = (making.call(Job::Biller), reason("A visit of courtesy"));
    making
        .billing
        .void_invoice(&call, visit.invoice, why)
        .await?;
    Ok(())
}

async fn charge_back(making: &Making, visit: &Visit) -> Result<()> {
    let Some(payment) = payment(making, visit).await? else {
        return Ok(());
    };
    let why = reason("The holder of the card disputes it");
    let call = making.call(Job::Biller);
    making.billing.charge_back(&call, payment.id, why).await?;
    follow_commissions(making, &payment).await
}

async fn write_off(making: &Making, visit: &Visit) -> Result<()> {
    let amount = open(making, visit).await?;
    if !amount.is_positive() {
        return Ok(());
    }
    let (billing, id) = (
        &making.billing,
        WriteOffId::new(&*making.clock, &making.rng),
    );
    let request = WriteOffRequest {
        id,
        invoice: visit.invoice,
        side: Side::Patient,
        amount,
        reason: "The patient cannot pay".to_owned(),
    };
    let call = making.call(Job::Biller);
    billing.request_write_off(&call, request).await?;
    let call = making.call(Job::Finance);
    match visit.pays {
        Pays::WrittenOff => billing.approve_write_off(&call, id).await?,
        Pays::WriteOffRejected => {
            let why = reason("Offer to pay in three parts first");
            billing.reject_write_off(&call, id, why).await?
        }
        _ => return Ok(()),
    };
    Ok(())
}

/// Half of what the patient paid goes back, as far as `refunded` says.
async fn refund(making: &Making, visit: &Visit, refunded: Refunded) -> Result<()> {
    let Some(payment) = payment(making, visit).await? else {
        return Ok(());
    };
    let (billing, id) = (&making.billing, RefundId::new(&*making.clock, &making.rng));
    let (biller, finance) = (|| making.call(Job::Biller), || making.call(Job::Finance));
    let request = RefundRequest {
        id,
        payment: payment.id,
        amount: usd(payment.amount.minor() / 2),
        reason: "The patient waited for two hours".to_owned(),
    };
    billing.request_refund(&biller(), request).await?;
    match refunded {
        Refunded::Requested => return Ok(()),
        Refunded::Rejected => {
            let why = reason("The patient came two hours early");
            billing.reject_refund(&finance(), id, why).await?;
            return Ok(());
        }
        Refunded::Approved | Refunded::Sent | Refunded::Failed | Refunded::Succeeded => {
            billing.approve_refund(&finance(), id).await?;
            follow_commissions(making, &payment).await?;
        }
    }
    if refunded != Refunded::Approved {
        // Cash has arrived at once; of a card nobody knows before the bank says so.
        billing.send_refund(&biller(), id).await?;
    }
    if refunded == Refunded::Failed {
        let found = ResolveRequest {
            outcome: Some(ProcessorOutcome::Failed),
            reference: Some("The card has expired".to_owned()),
        };
        billing.resolve_refund(&biller(), id, found).await?;
    }
    Ok(())
}

/// What the patient paid for this visit.
async fn payment(making: &Making, visit: &Visit) -> Result<Option<Payment>> {
    let query = PaymentQuery {
        party: Some(visit.patient.as_uuid()),
        ..PaymentQuery::default()
    };
    let call = making.call(Job::Biller);
    let page = making.billing.payments(&call, query).await?;
    let of_visit = |it: &Payment| it.invoice == Some(visit.invoice);
    Ok(page.payments.into_iter().find(of_visit))
}

fn reason(text: &str) -> ReasonRequest {
    ReasonRequest {
        reason: text.to_owned(),
    }
}
