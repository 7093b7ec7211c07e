//! What follows from payments by itself: they are put against the invoice they are meant for, commissions follow, and
//! those of which nobody knows are asked after.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_contract_billing::AllocationId;
use medcover_contract_billing::events::{
    PaymentAllocated, PaymentCompleted, PaymentDeallocated, PaymentPending, PaymentUnknown,
};
use medcover_kernel::{Call, Caller, PaymentId, Result, Scopes, ServiceName};
use medcover_store::{Append, Context, EventPayload as _, Name, Recorded};
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};
use uuid::Uuid;

use super::allocation::{Put, put_against};
use super::commissions::follow;
use super::service::{BillingService, of_payer};
use super::take_payment::ask_after;
use crate::domain::invoice::Lifecycle;
use crate::domain::rules::money;
use crate::store::Views;

/// In whose name the service works when nobody asks.
pub(crate) const SERVICE: ServiceName = ServiceName::from_static("billing");

/// How long whoever takes a payment is left alone with it before it is asked after.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// The subscriptions of the service; `worker` is who handles, unique per start of a process.
pub(crate) fn subscriptions(service: &Arc<BillingService>, worker: &Name) -> Vec<Subscription> {
    let completed = vec![PaymentCompleted::KIND];
    let moved = vec![PaymentAllocated::KIND, PaymentDeallocated::KIND];
    let in_doubt = vec![PaymentPending::KIND, PaymentUnknown::KIND];
    let service = || Arc::clone(service);
    [
        (
            "billing-allocations",
            completed,
            Arc::new(Allocations(service())) as Arc<dyn Subscriber>,
        ),
        (
            "billing-commissions",
            moved,
            Arc::new(Commissions(service())),
        ),
        ("billing-janitor", in_doubt, Arc::new(Janitor(service()))),
    ]
    .into_iter()
    .map(|(queue, kinds, subscriber)| {
        let patterns = kinds.iter().map(|kind| kind.parse().expect("a pattern"));
        let repository = &service().repository;
        Subscription::of_log(
            Arc::clone(&repository.store),
            Arc::clone(&repository.clock),
            Arc::clone(&repository.rng),
            patterns.collect(),
            subscriber,
            WorkerConfig::new(queue, worker.clone(), SERVICE),
        )
    })
    .collect()
}

fn context(event: &Recorded) -> Append {
    Append::new(Context::after(event, Caller::Service(SERVICE)))
}

/// Puts payments against the invoices they are meant for.
struct Allocations(Arc<BillingService>);

#[async_trait]
impl Subscriber for Allocations {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let append = put_where_meant(&self.0, context(event), event).await?;
        Ok(append.project(&Views))
    }
}

async fn put_where_meant(
    service: &BillingService,
    append: Append,
    event: &Recorded,
) -> Result<Append> {
    let Some(completed) = event.event.read::<PaymentCompleted>().transpose()? else {
        return Ok(append);
    };
    let Some(id) = completed.invoice.filter(|_| completed.allocate) else {
        return Ok(append);
    };
    let tenant = append.context.tenant;
    let payment = PaymentId::from_uuid(event.event.stream.id);
    let mut payment = service.payment(tenant, payment).await?;
    let invoice = service.invoice(tenant, id).await?;
    let side = completed.from.kind.side();
    let open = invoice.state.standing().open_on(side).map_err(money)?;
    let amount = open.min(payment.state.unapplied()).map_err(money)?;
    // An invoice that is void or paid meanwhile takes nothing; the money stays unapplied, in sight.
    let takes = invoice.state.lifecycle == Lifecycle::Issued && amount.is_positive();
    let stands = payment.state.state == medcover_contract_billing::PaymentState::Succeeded;
    if !takes || !stands {
        return Ok(append);
    }
    let (append, on) = service.booking_day(append, None).await?;
    let put = Put {
        id: AllocationId::from_uuid(Uuid::new_v5(&event.event.stream.id, b"where it was meant")),
        invoice: id,
        amount,
    };
    let (append, events) = put_against(service, append, &payment.state, &[put], on).await?;
    let whose = of_payer(&payment.state);
    service.change(append, &mut payment, events, "payment.allocated", whose)
}

/// Lets commissions follow what was put against invoices and taken back.
struct Commissions(Arc<BillingService>);

#[async_trait]
impl Subscriber for Commissions {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let (service, append) = (&self.0, context(event));
        let Some(allocation) = allocation_of(event)? else {
            return Ok(append);
        };
        let id = PaymentId::from_uuid(event.event.stream.id);
        let payment = service.payment(append.context.tenant, id).await?;
        let append = follow(service, append, &payment, allocation).await?;
        Ok(append.project(&Views))
    }
}

fn allocation_of(event: &Recorded) -> Result<Option<AllocationId>> {
    if let Some(allocated) = event.event.read::<PaymentAllocated>().transpose()? {
        return Ok(allocated.agent.map(|_| allocated.allocation));
    }
    if let Some(released) = event.event.read::<PaymentDeallocated>().transpose()? {
        return Ok(released.agent.map(|_| released.allocation));
    }
    Ok(None)
}

/// Asks after payments whose outcome nobody has kept.
struct Janitor(Arc<BillingService>);

#[async_trait]
impl Subscriber for Janitor {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let (service, repository) = (&self.0, &self.0.repository);
        let age = repository.clock.now().since(event.event.occurred_at);
        if age < LEFT_ALONE {
            return Err(Failure::Retry {
                reason: "it may still be taken".to_owned(),
                after: Some(LEFT_ALONE.saturating_sub(age)),
            });
        }
        let (clock, rng) = (&*repository.clock, &*repository.rng);
        let (caller, tenant) = (Caller::Service(SERVICE), event.event.tenant);
        let call = Call::by(caller, tenant, Scopes::none(), LEFT_ALONE, clock, rng);
        let id = PaymentId::from_uuid(event.event.stream.id);
        // What is in doubt after that stands in the list of payments in that state, for a person.
        ask_after(service, &call, id).await?;
        Ok(context(event))
    }
}
