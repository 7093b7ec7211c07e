//! Remittances are posted once, or parked in sight of a person.

use std::collections::BTreeMap;

use jiff::civil::Date;
use medcover_contract_billing::events::{RemittanceKeyFreed, RemittanceKeyTaken};
use medcover_contract_billing::permissions::PostRemittances;
use medcover_contract_billing::{
    AllocationId, Party, PaymentMethod, PaymentRequest, ReasonRequest, RemittancePosting,
    RemittanceRequest, RemittanceState, Side, endpoints,
};
use medcover_kernel::{
    Allowed, Error, InvoiceId, Money, PaymentId, RemittanceId, Result, TenantId, Timestamp,
};
use medcover_store::{Aggregate as _, Append, Loaded};
use uuid::Uuid;

use super::allocation::{Put, put_against};
use super::service::BillingService;
use super::views;
use crate::domain::books::Books;
use crate::domain::keys::RemittanceKey;
use crate::domain::payment::{self, Payment, PaymentEvent};
use crate::domain::remittance::{self, Command, Remittance, RemittanceEvent};
use crate::domain::rules::{self, money};

/// Posts a remittance once.
pub(super) async fn post_remittance(
    service: &BillingService,
    allowed: Allowed<'_, PostRemittances>,
    request: RemittanceRequest,
) -> Result<RemittancePosting> {
    remittance::check(&request)?;
    let (call, operation) = (allowed.call(), endpoints::POST_REMITTANCE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let id = request.id.as_uuid();
        let mut posting: Loaded<Remittance> = service.repository.by_id(allowed.tenant, id).await?;
        match &posting.state.request {
            Some(known) if known == request => {
                return Ok((append, views::remittance(&posting)));
            }
            Some(_) => return Err(rules::content_differs("remittance")),
            None => {}
        }
        let mut steps = Steps::of(&posting.state);
        steps.take(Command::Receive(Box::new(request.clone())))?;
        // Loaded once: what was seen free is taken at the version at which it was seen.
        let keys = keys(service, allowed.tenant, request).await?;
        let append = if let Some(of) = repeated(&keys)? {
            steps.take(Command::Repeat(of))?;
            append
        } else {
            let append = take_keys(service, append, keys, request.id)?;
            examine(service, append, &mut steps).await?
        };
        let events = steps.events;
        let append = service.change(append, &mut posting, events, "remittance.received", None)?;
        Ok((append, views::remittance(&posting)))
    };
    service
        .decisions
        .once(call, (operation, 201), request, decision)
        .await
}

/// Tries again to post a remittance that is parked.
pub(super) async fn retry_remittance(
    service: &BillingService,
    allowed: Allowed<'_, PostRemittances>,
    id: RemittanceId,
) -> Result<RemittancePosting> {
    let (call, operation) = (allowed.call(), endpoints::RETRY_REMITTANCE.operation);
    let decision = |append: Append| async move {
        let mut posting = load(service, allowed.tenant, id).await?;
        let mut steps = Steps::of(&posting.state);
        let append = examine(service, append, &mut steps).await?;
        let events = steps.events;
        let append = service.change(append, &mut posting, events, "remittance.retried", None)?;
        Ok((append, views::remittance(&posting)))
    };
    service
        .decisions
        .once(call, (operation, 200), &id, decision)
        .await
}

/// Dismisses a remittance that is parked; its trace and content can come again.
pub(super) async fn dismiss_remittance(
    service: &BillingService,
    allowed: Allowed<'_, PostRemittances>,
    id: RemittanceId,
    request: ReasonRequest,
) -> Result<RemittancePosting> {
    let (call, operation) = (allowed.call(), endpoints::DISMISS_REMITTANCE.operation);
    let request = &request;
    let decision = |append: Append| async move {
        let mut posting = load(service, allowed.tenant, id).await?;
        let command = Command::Dismiss(request.reason.clone());
        let event = posting.state.decide(command)?;
        let mut append = append;
        for mut key in keys(service, allowed.tenant, posting.state.request()).await? {
            if key.state.0 == Some(id) {
                let freed = [RemittanceKeyFreed {}.into()];
                append = service.repository.write(append, &mut key, freed)?;
            }
        }
        let action = "remittance.dismissed";
        let append = service.change(append, &mut posting, [event], action, None)?;
        Ok((append, views::remittance(&posting)))
    };
    let asked = (id, request);
    service
        .decisions
        .once(call, (operation, 200), &asked, decision)
        .await
}

/// A remittance and what was decided about it.
struct Steps {
    state: Remittance,
    events: Vec<RemittanceEvent>,
}

impl Steps {
    fn of(state: &Remittance) -> Self {
        Self {
            state: state.clone(),
            events: Vec::new(),
        }
    }

    fn take(&mut self, command: Command) -> Result<()> {
        let event = self.state.decide(command)?;
        self.state.evolve(&event, Timestamp::from_micros(0));
        self.events.push(event);
        Ok(())
    }
}

async fn load(
    service: &BillingService,
    tenant: TenantId,
    id: RemittanceId,
) -> Result<Loaded<Remittance>> {
    let posting: Loaded<Remittance> = service.repository.by_id(tenant, id.as_uuid()).await?;
    if posting.exists() {
        Ok(posting)
    } else {
        Err(Error::not_found("There is no such remittance."))
    }
}

/// The keys of which there is one remittance: its trace, and its content.
async fn keys(
    service: &BillingService,
    tenant: TenantId,
    request: &RemittanceRequest,
) -> Result<[Loaded<RemittanceKey>; 2]> {
    let payer = request.payer.to_string();
    let content = remittance::content_key(request)?;
    let repository = &service.repository;
    Ok([
        repository
            .by_key(tenant, &["trace", &payer, &request.trace])
            .await?,
        repository.by_key(tenant, &["content", &content]).await?,
    ])
}

/// The remittance that one with these keys repeats. `Conflict` where its trace came with another content.
fn repeated([trace, content]: &[Loaded<RemittanceKey>; 2]) -> Result<Option<RemittanceId>> {
    match (trace.state.0, content.state.0) {
        (Some(by_trace), Some(by_content)) if by_trace == by_content => Ok(Some(by_trace)),
        (Some(other), _) => Err(rules::conflict(
            "remittance-trace-reused",
            format!("The trace came with the remittance {other}, which says something else."),
        )),
        (None, repeated) => Ok(repeated),
    }
}

fn take_keys(
    service: &BillingService,
    mut append: Append,
    keys: [Loaded<RemittanceKey>; 2],
    remittance: RemittanceId,
) -> Result<Append> {
    for mut key in keys {
        let taken = [RemittanceKeyTaken { remittance }.into()];
        append = service.repository.write(append, &mut key, taken)?;
    }
    Ok(append)
}

/// Posts what was received if nothing is wrong with it, and parks it otherwise.
async fn examine(service: &BillingService, append: Append, steps: &mut Steps) -> Result<Append> {
    if steps.state.state != RemittanceState::Parked {
        // Refuses by the table of the machine.
        steps.take(Command::Park(Vec::new()))?;
        return Ok(append);
    }
    let request = steps.state.request().clone();
    let mut reasons = remittance::faults(&request);
    reasons.extend(misfits(service, append.context.tenant, &request).await?);
    let paid = remittance::paid(&request);
    if reasons.is_empty() && !request.total.is_zero() && paid.is_ok_and(Money::is_zero) {
        reasons.push("It pays for no claim.".to_owned());
    }
    if !reasons.is_empty() {
        steps.take(Command::Park(reasons))?;
        return Ok(append);
    }
    let (append, payment) = pay(service, append, &request).await?;
    steps.take(Command::Post(payment))?;
    Ok(append)
}

/// What does not fit between the claims and their invoices.
async fn misfits(
    service: &BillingService,
    tenant: TenantId,
    request: &RemittanceRequest,
) -> Result<Vec<String>> {
    let mut reasons = Vec::new();
    let mut by_invoice = BTreeMap::<InvoiceId, i128>::new();
    for claim in &request.claims {
        *by_invoice.entry(claim.invoice).or_default() += i128::from(claim.paid.minor());
    }
    for (id, paid_minor) in by_invoice {
        let known = service.invoice(tenant, id).await;
        let Ok(invoice) = known else {
            reasons.push(format!("There is no invoice {id}."));
            continue;
        };
        let invoice = &invoice.state;
        if invoice.request().payer != Some(request.payer) {
            reasons.push(format!("The invoice {id} is not for this payer."));
        } else if invoice.currency() != request.total.currency() {
            reasons.push(format!("The invoice {id} is of another currency."));
        } else {
            let open = invoice.standing().open_on(Side::Payer).map_err(money)?;
            if paid_minor > i128::from(open.minor()) {
                reasons.push(format!(
                    "The payer owes {open} on the invoice {id}, and {paid_minor} are paid."
                ));
            }
        }
    }
    Ok(reasons)
}

/// Makes the payment of the remittance, and puts it against the invoices: all in this commit.
async fn pay(
    service: &BillingService,
    append: Append,
    request: &RemittanceRequest,
) -> Result<(Append, Option<PaymentId>)> {
    let paid = remittance::paid(request)?;
    if paid.is_zero() {
        return Ok((append, None));
    }
    let (append, on) = posting_day(service, append, request.paid_on).await?;
    let id = derived(request.id, "payment");
    let tenant = append.context.tenant;
    let mut payment: Loaded<Payment> = service.repository.by_id(tenant, id).await?;
    let mut ahead = payment.state.clone();
    let mut events = Vec::new();
    for command in [
        payment::Command::Create(Box::new(PaymentRequest {
            id: PaymentId::from_uuid(id),
            from: Party::payer(request.payer),
            amount: paid,
            method: PaymentMethod::Remittance,
            terminal: None,
            invoice: None,
            allocate: false,
            reference: Some(request.trace.clone()),
            on: None,
        })),
        payment::Command::Begin { on },
        payment::Command::Succeed {
            reference: None,
            kept_back: Some(remittance::kept_back(request)?),
            on,
        },
    ] {
        take(&mut ahead, &mut events, command)?;
    }
    let puts = request.claims.iter().enumerate();
    let puts = puts.filter(|(_, claim)| claim.paid.is_positive());
    let puts: Vec<_> = puts
        .map(|(place, claim)| Put {
            id: AllocationId::from_uuid(derived(request.id, &format!("claim {place}"))),
            invoice: claim.invoice,
            amount: claim.paid,
        })
        .collect();
    let (append, allocated) = put_against(service, append, &ahead, &puts, on).await?;
    events.extend(allocated);
    let action = "payment.remitted";
    let append = service.change(append, &mut payment, events, action, None)?;
    Ok((append, Some(PaymentId::from_uuid(id))))
}

fn take(
    payment: &mut Payment,
    events: &mut Vec<PaymentEvent>,
    command: payment::Command,
) -> Result<()> {
    for event in payment.decide(command)? {
        payment.evolve(&event, Timestamp::from_micros(0));
        events.push(event);
    }
    Ok(())
}

/// The day on which the payer paid, or today where that month is closed or the payer is ahead of its time.
async fn posting_day(
    service: &BillingService,
    append: Append,
    paid_on: Date,
) -> Result<(Append, Date)> {
    let tenant = append.context.tenant;
    let books: Loaded<Books> = service.repository.by_key(tenant, &Books::KEY).await?;
    let today = service.today();
    let asked = books.state.day(Some(paid_on), today);
    let on = asked.or_else(|_| books.state.day(None, today))?;
    Ok((books.relied_on(append), on))
}

fn derived(remittance: RemittanceId, what: &str) -> Uuid {
    Uuid::new_v5(&remittance.as_uuid(), what.as_bytes())
}
