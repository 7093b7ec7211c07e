//! A payment: taken once, asked about until its end is known, put against its invoice.

use std::time::Duration;

use medcover_contract_billing::{
    AccrueCommissionRequest, AllocationId, AllocationRequest, Party, Payment, PaymentMethod,
    PaymentRequest, PaymentState, ResolveRequest, SideStanding, TerminalResult,
};
use medcover_contract_journeys::{Collection, CollectionMethod, TerminalSays};
use medcover_kernel::{ErrorKind, InvoiceId, Money, PatientId, PaymentId};
use medcover_workflow::saga::StepCall;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::taking::{Peers, Stop, Taken, call_of, if_there, made};

/// How long the run waits before it asks again what became of a payment.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What became of the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub(super) enum Collected {
    /// There was nothing to collect.
    Nothing,
    /// The money is there.
    Paid { payment: PaymentId, amount: Money },
    /// It was declined, or failed otherwise: it is known that no money has moved.
    Declined { payment: PaymentId },
}

/// Takes what is open on the patient's side of `invoice`, or finds out what became of it. There is one payment for each run,
/// named by the step `collect`; while nobody knows what became of it, it is asked about and nothing else is tried.
pub(super) async fn collect(
    peers: &Peers,
    step: &StepCall<'_>,
    invoice: InvoiceId,
    from: PatientId,
    how: Collection,
) -> Taken<Collected> {
    let call = call_of(step);
    let known = if_there(peers.billing.payment(&call, payment_id(step)).await)?;
    let taken = match known {
        Some(payment) => Some(payment),
        None => take(peers, step, invoice, from, how).await?,
    };
    match taken {
        Some(payment) => ended(peers, step, payment).await,
        None => Ok(Collected::Nothing),
    }
}

/// Takes what is open, if anything is.
async fn take(
    peers: &Peers,
    step: &StepCall<'_>,
    invoice: InvoiceId,
    from: PatientId,
    how: Collection,
) -> Taken<Option<Payment>> {
    let call = call_of(step);
    let open = open_of(
        &peers
            .billing
            .invoice(&call, invoice)
            .await?
            .standing
            .patient,
    )?;
    if !open.is_positive() {
        return Ok(None);
    }
    let request = request(payment_id(step), from, open, invoice, how);
    match peers.billing.take_payment(&call, request).await {
        // Another payment for the invoice has no end yet.
        Err(error) if error.slug() == "payment-in-doubt" => Err(Stop::waiting(LOOK_AGAIN)),
        taken => Ok(Some(taken?)),
    }
}

fn open_of(standing: &SideStanding) -> Taken<Money> {
    let gone = [standing.credited, standing.written_off, standing.allocated];
    let mut open = standing.share;
    for part in gone {
        open = open
            .minus(part)
            .map_err(|error| Stop::refused(error.to_string()))?;
    }
    Ok(open)
}

async fn ended(peers: &Peers, step: &StepCall<'_>, mut payment: Payment) -> Taken<Collected> {
    use PaymentState::{ChargedBack, Created, Failed, Pending, Succeeded, Unknown};
    if matches!(payment.state, Created | Pending | Unknown) {
        let ask = ResolveRequest::default();
        payment = match peers
            .billing
            .resolve_payment(&call_of(step), payment.id, ask)
            .await
        {
            // Who processed it has no answer either.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Refused) => {
                return Err(Stop::waiting(LOOK_AGAIN));
            }
            asked => asked?,
        };
    }
    match payment.state {
        Created | Pending | Unknown => Err(Stop::waiting(LOOK_AGAIN)),
        Succeeded => Ok(Collected::Paid {
            payment: payment.id,
            amount: payment.amount,
        }),
        Failed | ChargedBack => Ok(Collected::Declined {
            payment: payment.id,
        }),
    }
}

fn request(
    id: PaymentId,
    from: PatientId,
    amount: Money,
    invoice: InvoiceId,
    how: Collection,
) -> PaymentRequest {
    PaymentRequest {
        id,
        from: Party::patient(from),
        amount,
        method: match how.method {
            CollectionMethod::Cash => PaymentMethod::Cash,
            CollectionMethod::Card => PaymentMethod::Card,
            CollectionMethod::Transfer => PaymentMethod::Transfer,
        },
        terminal: how.terminal.map(|says| match says {
            TerminalSays::Approved => TerminalResult::Approved,
            TerminalSays::Declined => TerminalResult::Declined,
            TerminalSays::NoAnswer => TerminalResult::NoAnswer,
        }),
        invoice: Some(invoice),
        allocate: false,
        reference: how.reference,
        on: None,
    }
}

/// Puts what was collected against `invoice`.
pub(super) async fn allocate(
    peers: &Peers,
    step: &StepCall<'_>,
    collected: Collected,
    invoice: InvoiceId,
) -> Taken {
    let Collected::Paid { payment, amount } = collected else {
        return Ok(Value::Null);
    };
    let request = AllocationRequest {
        id: allocation_id(step),
        invoice,
        amount,
    };
    peers
        .billing
        .allocate(&call_of(step), payment, request)
        .await?;
    Ok(Value::Null)
}

/// Lets the commission follow what was put against `invoice`, where somebody earns one.
pub(super) async fn accrue(
    peers: &Peers,
    step: &StepCall<'_>,
    collected: Collected,
    invoice: InvoiceId,
) -> Taken {
    let Collected::Paid { payment, .. } = collected else {
        return Ok(Value::Null);
    };
    let call = call_of(step);
    if peers.billing.invoice(&call, invoice).await?.agent.is_none() {
        return Ok(Value::Null);
    }
    let request = AccrueCommissionRequest {
        payment,
        allocation: allocation_id(step),
    };
    peers.billing.accrue_commission(&call, request).await?;
    Ok(Value::Null)
}

fn payment_id(step: &StepCall<'_>) -> PaymentId {
    PaymentId::from_uuid(made(step.saga, "collect"))
}

fn allocation_id(step: &StepCall<'_>) -> AllocationId {
    AllocationId::from_uuid(made(step.saga, "allocate"))
}
