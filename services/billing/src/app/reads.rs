//! Invoices, payments, refunds, write-offs and remittances are read and listed.

use medcover_contract_billing::endpoints::{
    InvoiceQuery, PageQuery, PaymentQuery, RefundQuery, RemittanceQuery, WriteOffQuery,
};
use medcover_contract_billing::permissions::ReadBilling;
use medcover_contract_billing::{
    Invoice, InvoiceList, Payment, PaymentList, Refund, RefundId, RefundList, RemittancePosting,
    RemittancePostingList, WriteOff, WriteOffId, WriteOffList,
};
use medcover_kernel::{Allowed, Error, InvoiceId, Limit, PaymentId, RemittanceId, Result};
use medcover_store::{Loaded, StreamId, Value};
use uuid::Uuid;

use super::service::{BillingService, of_patient, of_payer};
use super::views;
use crate::domain::{refund, remittance, write_off};
use crate::store;

type Reader<'a> = Allowed<'a, ReadBilling>;

const fn at(after: Option<String>, limit: Option<Limit>) -> PageQuery {
    PageQuery { after, limit }
}

fn only_one(one: bool, other: bool) -> Result<()> {
    if one && other {
        return Err(Error::invalid("/state", "goes with no other choice"));
    }
    Ok(())
}

/// An invoice.
pub(super) async fn invoice(
    service: &BillingService,
    allowed: Reader<'_>,
    id: InvoiceId,
) -> Result<Invoice> {
    let invoice = service.invoice(allowed.tenant, id).await?;
    let whose = of_patient(invoice.state.request().patient);
    service
        .read(allowed.call(), "invoice.read", &invoice.stream, whose)
        .await?;
    views::invoice(&invoice)
}

/// A page of invoices.
pub(super) async fn invoices(
    service: &BillingService,
    allowed: Reader<'_>,
    query: InvoiceQuery,
) -> Result<InvoiceList> {
    only_one(query.patient.is_some(), query.state.is_some())?;
    let (listing, equal) = match (query.patient, query.state) {
        (Some(patient), _) => (&store::INVOICES_BY_PATIENT, vec![patient.as_uuid().into()]),
        (None, Some(state)) => (&store::INVOICES_BY_STATE, vec![state.name().into()]),
        (None, None) => (&store::INVOICES_BY_TIME, Vec::new()),
    };
    listed(service, allowed, query.patient.map(|it| it.as_uuid())).await?;
    let at = at(query.after, query.limit);
    let (ids, next) = service.ids(allowed.call(), listing, equal, &at).await?;
    let mut invoices = Vec::with_capacity(ids.len());
    for id in ids {
        let id = InvoiceId::from_uuid(id);
        let invoice = service.invoice(allowed.tenant, id).await?;
        invoices.push(views::invoice(&invoice)?);
    }
    Ok(InvoiceList { invoices, next })
}

/// Writes down that somebody listed what is known of a person.
async fn listed(service: &BillingService, allowed: Reader<'_>, whose: Option<Uuid>) -> Result<()> {
    let subject = StreamId::new("party", whose.unwrap_or_default());
    let call = allowed.call();
    service.read(call, "billing.listed", &subject, whose).await
}

/// A payment.
pub(super) async fn payment(
    service: &BillingService,
    allowed: Reader<'_>,
    id: PaymentId,
) -> Result<Payment> {
    let payment = service.payment(allowed.tenant, id).await?;
    let whose = of_payer(&payment.state);
    service
        .read(allowed.call(), "payment.read", &payment.stream, whose)
        .await?;
    Ok(views::payment(&payment))
}

/// A page of payments.
pub(super) async fn payments(
    service: &BillingService,
    allowed: Reader<'_>,
    query: PaymentQuery,
) -> Result<PaymentList> {
    only_one(query.party.is_some(), query.state.is_some())?;
    let (listing, equal): (_, Vec<Value>) = match (query.party, query.state) {
        (Some(party), _) => (&store::PAYMENTS_BY_PARTY, vec![party.into()]),
        (None, Some(state)) => (&store::PAYMENTS_BY_STATE, vec![state.name().into()]),
        (None, None) => (&store::PAYMENTS_BY_TIME, Vec::new()),
    };
    listed(service, allowed, query.party).await?;
    let at = at(query.after, query.limit);
    let (ids, next) = service.ids(allowed.call(), listing, equal, &at).await?;
    let mut payments = Vec::with_capacity(ids.len());
    for id in ids {
        let id = PaymentId::from_uuid(id);
        let payment = service.payment(allowed.tenant, id).await?;
        payments.push(views::payment(&payment));
    }
    Ok(PaymentList { payments, next })
}

/// A refund.
pub(super) async fn refund(
    service: &BillingService,
    allowed: Reader<'_>,
    id: RefundId,
) -> Result<Refund> {
    let id = id.as_uuid();
    let refund: Loaded<refund::Refund> = service.repository.by_id(allowed.tenant, id).await?;
    if !refund.exists() {
        return Err(Error::not_found("There is no such refund."));
    }
    Ok(views::refund(&refund))
}

/// A page of refunds.
pub(super) async fn refunds(
    service: &BillingService,
    allowed: Reader<'_>,
    query: RefundQuery,
) -> Result<RefundList> {
    let (listing, equal) = match query.state {
        Some(state) => (&store::REFUNDS_BY_STATE, vec![state.name().into()]),
        None => (&store::REFUNDS_BY_TIME, Vec::new()),
    };
    let at = at(query.after, query.limit);
    let (ids, next) = service.ids(allowed.call(), listing, equal, &at).await?;
    let mut refunds = Vec::with_capacity(ids.len());
    for id in ids {
        refunds.push(refund(service, allowed, RefundId::from_uuid(id)).await?);
    }
    Ok(RefundList { refunds, next })
}

/// A write-off.
pub(super) async fn write_off(
    service: &BillingService,
    allowed: Reader<'_>,
    id: WriteOffId,
) -> Result<WriteOff> {
    let id = id.as_uuid();
    let write_off: Loaded<write_off::WriteOff> =
        service.repository.by_id(allowed.tenant, id).await?;
    if !write_off.exists() {
        return Err(Error::not_found("There is no such write-off."));
    }
    Ok(views::write_off(&write_off))
}

/// A page of write-offs.
pub(super) async fn write_offs(
    service: &BillingService,
    allowed: Reader<'_>,
    query: WriteOffQuery,
) -> Result<WriteOffList> {
    let (listing, equal) = match query.state {
        Some(state) => (&store::WRITE_OFFS_BY_STATE, vec![state.name().into()]),
        None => (&store::WRITE_OFFS_BY_TIME, Vec::new()),
    };
    let at = at(query.after, query.limit);
    let (ids, next) = service.ids(allowed.call(), listing, equal, &at).await?;
    let mut write_offs = Vec::with_capacity(ids.len());
    for id in ids {
        write_offs.push(write_off(service, allowed, WriteOffId::from_uuid(id)).await?);
    }
    Ok(WriteOffList { write_offs, next })
}

/// A remittance, and what became of it.
pub(super) async fn remittance_posting(
    service: &BillingService,
    allowed: Reader<'_>,
    id: RemittanceId,
) -> Result<RemittancePosting> {
    let id = id.as_uuid();
    let remittance: Loaded<remittance::Remittance> =
        service.repository.by_id(allowed.tenant, id).await?;
    if !remittance.exists() {
        return Err(Error::not_found("There is no such remittance."));
    }
    Ok(views::remittance(&remittance))
}

/// A page of remittances.
pub(super) async fn remittance_postings(
    service: &BillingService,
    allowed: Reader<'_>,
    query: RemittanceQuery,
) -> Result<RemittancePostingList> {
    let (listing, equal) = match query.state {
        Some(state) => (&store::REMITTANCES_BY_STATE, vec![state.name().into()]),
        None => (&store::REMITTANCES_BY_TIME, Vec::new()),
    };
    let at = at(query.after, query.limit);
    let (ids, next) = service.ids(allowed.call(), listing, equal, &at).await?;
    let mut remittance_postings = Vec::with_capacity(ids.len());
    for id in ids {
        let id = RemittanceId::from_uuid(id);
        remittance_postings.push(remittance_posting(service, allowed, id).await?);
    }
    Ok(RemittancePostingList {
        remittance_postings,
        next,
    })
}
