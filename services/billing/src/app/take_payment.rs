//! Payments are taken, and what became of them is found out.
//!
//! That somebody is asked for money is committed before the asking, and what became of it after. What happens in between,
//! a crash or a silence, leaves a payment that is pending or unknown: it is asked after, never tried again.

use medcover_contract_billing::events::{PaymentAttemptBegun, PaymentAttemptEnded};
use medcover_contract_billing::permissions::TakePayments;
use medcover_contract_billing::{
    Payment, PaymentRequest, PaymentState, ProcessorOutcome, ReasonRequest, ResolveRequest,
    endpoints,
};
use medcover_idempotency::Keep;
use medcover_kernel::{Allowed, Call, Error, InvoiceId, PaymentId, Result, Timestamp};
use medcover_store::{Aggregate as _, Append, Loaded};

use super::allocation::release_from_invoices;
use super::service::{BillingService, of_payer};
use super::views;
use crate::domain::books::Books;
use crate::domain::keys::Attempt;
use crate::domain::payment::{self, Command};
use crate::domain::rules;
use crate::processor::{ChargeOrder, Processed};

/// Takes a payment.
pub(super) async fn take_payment(
    service: &BillingService,
    allowed: Allowed<'_, TakePayments>,
    request: PaymentRequest,
) -> Result<Payment> {
    payment::check(&request)?;
    let (call, operation) = (allowed.call(), endpoints::TAKE_PAYMENT.operation);
    let request = &request;
    let request = &request;
    let work = async |keep: Keep| {
        let begun = |append: Append| begin(service, append, request);
        let new = service.decisions.decide(call, begun).await?;
        let order = order(request);
        let processed = if new {
            service.processor.charge(call, &order).await
        } else {
            service.processor.charged(call, &order).await
        };
        conclude(service, call, request.id, &processed, (&keep, 201)).await
    };
    service
        .decisions
        .once_in_steps(call, operation, request, work)
        .await
}

/// Finds out what became of a payment: from the request, or from whoever processed it.
pub(super) async fn resolve_payment(
    service: &BillingService,
    allowed: Allowed<'_, TakePayments>,
    id: PaymentId,
    request: ResolveRequest,
) -> Result<Payment> {
    rules::maybe_text("/reference", request.reference.as_deref())?;
    let (call, operation) = (allowed.call(), endpoints::RESOLVE_PAYMENT.operation);
    let request = &request;
    let work = async |keep: Keep| {
        let payment = service.payment(allowed.tenant, id).await?;
        if request.outcome.is_some() && !in_doubt(payment.state.state) {
            let state = payment.state.state.name();
            let allowed = payment.state.allowed();
            return Err(Error::illegal_transition(
                "payment", state, "resolve", allowed,
            ));
        }
        let processed = if let Some(processed) = found(request) {
            processed
        } else {
            let order = order(payment.state.request());
            service.processor.charged(call, &order).await
        };
        conclude(service, call, id, &processed, (&keep, 200)).await
    };
    let asked = (id, request);
    service
        .decisions
        .once_in_steps(call, operation, &asked, work)
        .await
}

/// Asks after a payment in doubt on behalf of nobody who waits: the janitor's part.
pub(crate) async fn ask_after(service: &BillingService, call: &Call, id: PaymentId) -> Result<()> {
    let payment = service.payment(call.tenant, id).await?;
    if !in_doubt(payment.state.state) {
        return Ok(());
    }
    let order = order(payment.state.request());
    let processed = &service.processor.charged(call, &order).await;
    let decision = |append: Append| async move {
        let (append, _) = concluded(service, append, id, processed).await?;
        Ok((append, ()))
    };
    service.decisions.decide(call, decision).await
}

/// What a person found out.
pub(super) fn found(request: &ResolveRequest) -> Option<Processed> {
    let reference = request.reference.clone();
    Some(match request.outcome? {
        ProcessorOutcome::Succeeded => Processed::Succeeded { reference },
        ProcessorOutcome::Failed => Processed::Failed { reference },
    })
}

const fn in_doubt(state: PaymentState) -> bool {
    matches!(state, PaymentState::Pending | PaymentState::Unknown)
}

const fn order(request: &PaymentRequest) -> ChargeOrder {
    ChargeOrder {
        payment: request.id,
        amount: request.amount,
        method: request.method,
        terminal: request.terminal,
    }
}

/// Makes the payment, and notes that it is the one for its invoice. Whether it is new.
async fn begin(
    service: &BillingService,
    append: Append,
    request: &PaymentRequest,
) -> Result<(Append, bool)> {
    let (tenant, id) = (append.context.tenant, request.id.as_uuid());
    let mut payment: Loaded<payment::Payment> = service.repository.by_id(tenant, id).await?;
    match &payment.state.request {
        Some(known) if known == request => return Ok((append, false)),
        Some(_) => return Err(rules::content_differs("payment")),
        None => {}
    }
    let (append, on) = service.booking_day(append, request.on).await?;
    let append = begin_attempt(service, append, request).await?;
    let mut ahead = payment.state.clone();
    let mut events = ahead.decide(Command::Create(Box::new(request.clone())))?;
    for event in &events {
        ahead.evolve(event, Timestamp::from_micros(0));
    }
    events.extend(ahead.decide(Command::Begin { on })?);
    let whose = (request.from.kind == medcover_contract_billing::PartyKind::Patient)
        .then_some(request.from.id);
    let append = service.change(append, &mut payment, events, "payment.begun", whose)?;
    Ok((append, true))
}

async fn begin_attempt(
    service: &BillingService,
    append: Append,
    request: &PaymentRequest,
) -> Result<Append> {
    let Some(invoice) = request.invoice else {
        return Ok(append);
    };
    let known = service.invoice(append.context.tenant, invoice).await?;
    if known.state.currency() != request.amount.currency() {
        return Err(rules::refused(
            "currency-differs",
            "The invoice is of another currency.",
        ));
    }
    let mut attempt = attempt_for(service, &append, invoice).await?;
    if let Some(other) = attempt.state.0 {
        return Err(rules::conflict(
            "payment-in-doubt",
            format!("Nobody knows yet what became of the payment {other} for the same invoice."),
        ));
    }
    let payment = request.id;
    let begun = [PaymentAttemptBegun { payment }.into()];
    service.repository.write(append, &mut attempt, begun)
}

async fn attempt_for(
    service: &BillingService,
    append: &Append,
    invoice: InvoiceId,
) -> Result<Loaded<Attempt>> {
    let tenant = append.context.tenant;
    let key = invoice.to_string();
    service.repository.by_key(tenant, &[&key]).await
}

/// Keeps what became of the payment together with the answer.
async fn conclude(
    service: &BillingService,
    call: &Call,
    id: PaymentId,
    processed: &Processed,
    (keep, status): (&Keep, u16),
) -> Result<Payment> {
    let decision = |append: Append| async move {
        let (append, payment) = concluded(service, append, id, processed).await?;
        let answer = views::payment(&payment);
        Ok((keep.answer(append, status, &answer)?, answer))
    };
    service.decisions.decide(call, decision).await
}

async fn concluded(
    service: &BillingService,
    append: Append,
    id: PaymentId,
    processed: &Processed,
) -> Result<(Append, Loaded<payment::Payment>)> {
    let mut payment = service.payment(append.context.tenant, id).await?;
    let (append, on) = late_booking_day(service, append, &payment.state).await?;
    let reference = |reference: &Option<String>| reference.clone();
    let command = match (payment.state.state, processed) {
        (
            PaymentState::Pending | PaymentState::Unknown,
            Processed::Succeeded { reference: known },
        ) => Command::Succeed {
            reference: reference(known),
            kept_back: None,
            on,
        },
        (PaymentState::Pending | PaymentState::Unknown, Processed::Failed { reference: known }) => {
            Command::Fail {
                reference: reference(known),
                on,
            }
        }
        (PaymentState::Pending, Processed::Unknown) => Command::Lose,
        _ => return Ok((append, payment)),
    };
    let events = payment.state.decide(command)?;
    let whose = of_payer(&payment.state);
    let append = service.change(append, &mut payment, events, "payment.concluded", whose)?;
    let append = end_attempt(service, append, &payment.state).await?;
    Ok((append, payment))
}

/// The day that was asked for, or today where that month was closed while nobody knew.
async fn late_booking_day(
    service: &BillingService,
    append: Append,
    payment: &payment::Payment,
) -> Result<(Append, jiff::civil::Date)> {
    let tenant = append.context.tenant;
    let books: Loaded<Books> = service.repository.by_key(tenant, &Books::KEY).await?;
    let today = service.today();
    let asked = books.state.day(payment.request().on, today);
    let on = asked.or_else(|_| books.state.day(None, today))?;
    Ok((books.relied_on(append), on))
}

async fn end_attempt(
    service: &BillingService,
    append: Append,
    payment: &payment::Payment,
) -> Result<Append> {
    let Some(invoice) = payment.request().invoice else {
        return Ok(append);
    };
    let (mut attempt, id) = (
        attempt_for(service, &append, invoice).await?,
        payment.request().id,
    );
    if in_doubt(payment.state) || attempt.state.0 != Some(id) {
        return Ok(append);
    }
    let ended = [PaymentAttemptEnded { payment: id }.into()];
    service.repository.write(append, &mut attempt, ended)
}

/// Notes that the bank took a payment back.
pub(super) async fn charge_back(
    service: &BillingService,
    allowed: Allowed<'_, TakePayments>,
    id: PaymentId,
    request: ReasonRequest,
) -> Result<Payment> {
    let (call, operation) = (allowed.call(), endpoints::CHARGE_BACK.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut payment = service.payment(allowed.tenant, id).await?;
        let (append, on) = service.booking_day(append, None).await?;
        let reason = request.reason.clone();
        let events = payment.state.decide(Command::ChargeBack { reason, on })?;
        let append = release_from_invoices(service, append, &events).await?;
        let whose = of_payer(&payment.state);
        let append = service.change(append, &mut payment, events, "payment.charged-back", whose)?;
        Ok((append, views::payment(&payment)))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}
