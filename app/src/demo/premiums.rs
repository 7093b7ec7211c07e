//! Premiums: invoiced, paid, put against their invoices; the agent earns on them.

use medcover_contract_billing::{
    AgentId, InvoiceKind, InvoiceLine, InvoiceRequest, Party, PaymentMethod,
};
use medcover_contract_insurance::SettlePremiumRequest;
use medcover_kernel::{Error, InvoiceId, PolicyId, Result};

use super::making::Making;
use super::payments::{Taking, take_and_put};
use super::people::Person;
use super::staff::Job;

/// Lets a quoted policy be accepted and its first premium be paid by `holder`, so that it covers from its first day on.
pub(super) async fn first(
    making: &Making,
    policy: PolicyId,
    holder: &Person,
    agent: AgentId,
) -> Result<()> {
    let (insurance, call) = (&making.insurance, || making.call(Job::Insurer));
    insurance.accept_policy(&call(), policy).await?;
    let premiums = insurance.premiums(&call(), policy).await?.premiums;
    let premium = *premiums
        .first()
        .ok_or_else(|| Error::internal("a policy of a year has a premium"))?;
    let invoice = InvoiceId::new(&*making.clock, &making.rng);
    let request = InvoiceRequest {
        id: invoice,
        kind: InvoiceKind::Premium,
        patient: holder.id,
        encounter: None,
        policy: Some(policy),
        payer: None,
        agent: Some(agent),
        series: None,
        lines: vec![InvoiceLine {
            description: "Premium of the first year".to_owned(),
            code: None,
            units: 1,
            unit_price: premium.amount,
        }],
        covers_from: Some(premium.covers_from),
        covers_to: Some(premium.covers_to),
        on: None,
        due_on: None,
    };
    let biller = making.call(Job::Biller);
    making.billing.issue_invoice(&biller, request).await?;
    let taking = Taking {
        from: Party::patient(holder.id),
        amount: premium.amount,
        method: PaymentMethod::Cash,
        terminal: None,
        invoice,
    };
    let payment = take_and_put(making, taking).await?.id;
    let request = SettlePremiumRequest {
        invoice: Some(invoice),
        payment: Some(payment),
    };
    let number = premium.number;
    insurance
        .settle_premium(&call(), policy, number, request)
        .await?;
    insurance.activate_policy(&call(), policy).await?;
    Ok(())
}
