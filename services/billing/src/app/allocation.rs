//! What payments and invoices owe each other: whatever one of them decides, the other follows in the same commit.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use medcover_contract_billing::AllocationId;
use medcover_kernel::{InvoiceId, Money, PaymentId, Result, Timestamp};
use medcover_store::{Aggregate as _, Append, Loaded};

use super::service::{BillingService, of_patient, of_payer};
use crate::domain::invoice::{self, Given, Invoice, InvoiceEvent, receivable};
use crate::domain::payment::{self, Payment, PaymentEvent};

/// Money to be put against an invoice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Put {
    pub(super) id: AllocationId,
    pub(super) invoice: InvoiceId,
    pub(super) amount: Money,
}

/// What the payment decides about putting `put` against its invoice, which follows; nothing where it was done before.
/// The caller writes the events of the payment. Each invoice may stand in one such call of a commit.
pub(super) async fn put_against(
    service: &BillingService,
    append: Append,
    payment: &Payment,
    puts: &[Put],
    on: Date,
) -> Result<(Append, Vec<PaymentEvent>)> {
    let (mut append, mut payment) = (append, payment.clone());
    let mut decided = Vec::new();
    let mut invoices = BTreeMap::<InvoiceId, Following>::new();
    for put in puts {
        let following = match invoices.entry(put.invoice) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let invoice = service.invoice(append.context.tenant, put.invoice).await?;
                new.insert(Following::of(invoice))
            }
        };
        for event in payment.decide(command(&payment, &following.ahead, *put, on))? {
            if let PaymentEvent::Allocated(allocated) = &event {
                following.decide(invoice::Command::Allocate(Given {
                    payment: payment.request().id,
                    allocation: allocated.allocation,
                    side: allocated.side,
                    amount: allocated.amount,
                }))?;
            }
            payment.evolve(&event, Timestamp::from_micros(0));
            decided.push(event);
        }
    }
    for following in invoices.into_values() {
        append = following.write(service, append, "invoice.allocated")?;
    }
    Ok((append, decided))
}

/// An invoice, and what it has decided since it was loaded.
struct Following {
    loaded: Loaded<Invoice>,
    ahead: Invoice,
    events: Vec<InvoiceEvent>,
}

impl Following {
    fn of(loaded: Loaded<Invoice>) -> Self {
        Self {
            ahead: loaded.state.clone(),
            loaded,
            events: Vec::new(),
        }
    }

    fn decide(&mut self, command: invoice::Command) -> Result<()> {
        for event in self.ahead.decide(command)? {
            self.ahead.evolve(&event, Timestamp::from_micros(0));
            self.events.push(event);
        }
        Ok(())
    }

    fn write(
        mut self,
        service: &BillingService,
        append: Append,
        action: &'static str,
    ) -> Result<Append> {
        if self.events.is_empty() {
            return Ok(self.loaded.relied_on(append));
        }
        let whose = of_patient(self.ahead.request().patient);
        service.change(append, &mut self.loaded, self.events, action, whose)
    }
}

fn command(payment: &Payment, invoice: &Invoice, put: Put, on: Date) -> payment::Command {
    let side = payment.request().from.kind.side();
    payment::Command::Allocate(payment::Put {
        id: put.id,
        invoice: put.invoice,
        side,
        amount: put.amount,
        receivable: receivable(invoice.request(), side),
        agent: invoice.request().agent,
        on,
    })
}

/// Lets the payments follow what an invoice has released.
pub(super) async fn release_from_payments(
    service: &BillingService,
    mut append: Append,
    events: &[InvoiceEvent],
    reason: &str,
    on: Date,
) -> Result<Append> {
    let mut released = BTreeMap::<PaymentId, Vec<(AllocationId, Money)>>::new();
    for event in events {
        if let InvoiceEvent::Deallocated(event) = event {
            let of = released.entry(event.payment).or_default();
            of.push((event.allocation, event.amount));
        }
    }
    for (id, parts) in released {
        let mut payment = service.payment(append.context.tenant, id).await?;
        let mut ahead = payment.state.clone();
        let mut decided = Vec::new();
        for (allocation, amount) in parts {
            let events = ahead.decide(payment::Command::Deallocate {
                id: allocation,
                amount: Some(amount),
                reason: reason.to_owned(),
                on,
            })?;
            for event in events {
                ahead.evolve(&event, Timestamp::from_micros(0));
                decided.push(event);
            }
        }
        let whose = of_payer(&payment.state);
        append = service.change(append, &mut payment, decided, "payment.deallocated", whose)?;
    }
    Ok(append)
}

/// Lets the invoices follow what a payment has taken back.
pub(super) async fn release_from_invoices(
    service: &BillingService,
    mut append: Append,
    events: &[PaymentEvent],
) -> Result<Append> {
    let mut released = BTreeMap::<InvoiceId, Vec<(AllocationId, Money)>>::new();
    for event in events {
        if let PaymentEvent::Deallocated(event) = event {
            let of = released.entry(event.invoice).or_default();
            of.push((event.allocation, event.amount));
        }
    }
    for (id, parts) in released {
        let invoice = service.invoice(append.context.tenant, id).await?;
        let mut following = Following::of(invoice);
        for (allocation, amount) in parts {
            following.decide(invoice::Command::Deallocate { allocation, amount })?;
        }
        append = following.write(service, append, "invoice.deallocated")?;
    }
    Ok(append)
}
