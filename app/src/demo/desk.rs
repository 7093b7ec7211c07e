//! What lies on the desks of insurer and office today: authorisations, remittances that did not fit, commissions, premiums.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_billing::endpoints::InvoiceQuery;
use medcover_contract_billing::{
    AgentId, EarnPremiumRequest, InvoiceKind, InvoiceState, ReasonRequest as BillingReason,
    RemittanceRequest, SettleCommissionRequest, SettlementId,
};
use medcover_contract_insurance::{
    ClaimState, Network, ReasonRequest, RequestedItem, ReserveBenefitRequest,
};
use medcover_kernel::{
    AuthorisationId, Currency, ErrorKind, Limit, MemberId, RemittanceId, Result,
};

use super::claims::posting;
use super::cover::Covers;
use super::making::{Making, usd};
use super::staff::Job;
use super::stories::Claims;
use super::visits::Visit;

pub(super) async fn arrange(
    making: &Making,
    covers: &Covers,
    visits: &[Visit],
    today: Date,
) -> Result<()> {
    authorisations(making, covers, today).await?;
    if let Some(visit) = visits.iter().find(|it| it.claims == Claims::Finalized) {
        remittances(making, visit).await?;
    }
    for agent in covers.agents {
        settle(making, agent).await?;
    }
    earn(making, today).await
}

/// An authorisation in each state that the visits leave none in.
async fn authorisations(making: &Making, covers: &Covers, today: Date) -> Result<()> {
    let insurance = &making.insurance;
    let reason = |text: &str| ReasonRequest {
        reason: text.to_owned(),
    };
    let member = |place: usize| covers.of_people[place].member;
    let soon = today.saturating_add(6.days());
    let images = ("73721", 1, 65_000);
    let surgery = ("29881", 1, 350_000);

    // Approved; approved for the six units that the limit has left; denied, since the plan excludes it.
    reserve(making, member(3), images, soon).await?;
    reserve(making, member(4), ("97110", 10, 75_000), soon).await?;
    reserve(making, member(5), ("15788", 1, 35_000), soon).await?;
    // A person decides on these.
    reserve(making, member(6), surgery, soon).await?;
    let asked = reserve(making, member(7), surgery, soon).await?;
    let question = reason("Which conservative treatment was tried, and for how long?");
    let call = making.call(Job::Insurer);
    insurance
        .request_information(&call, asked, question)
        .await?;
    let taken_back = reserve(making, member(8), images, soon).await?;
    let call = making.call(Job::FrontDesk);
    let why = reason("The patient has decided otherwise");
    insurance.void_authorisation(&call, taken_back, why).await?;
    // Its last day has passed: the first thing that the server does is to let it expire.
    let past = today.saturating_sub(20.days());
    reserve(making, member(9), images, past).await?;
    Ok(())
}

/// Asks for a service, so many units at such a charge in cents.
async fn reserve(
    making: &Making,
    member: MemberId,
    (procedure, units, charge): (&str, u32, i64),
    service_on: Date,
) -> Result<AuthorisationId> {
    let id = AuthorisationId::new(&*making.clock, &making.rng);
    let request = ReserveBenefitRequest {
        id: Some(id),
        member,
        appointment: None,
        service_on,
        expires_on: Some(service_on.saturating_add(10.days())),
        items: vec![RequestedItem {
            procedure: procedure.to_owned(),
            units,
            estimate: usd(charge),
            network: Network::In,
        }],
    };
    let call = making.call(Job::FrontDesk);
    making.insurance.reserve_benefit(&call, request).await?;
    Ok(id)
}

/// A remittance that came twice, one that does not add up, and one that somebody has dismissed.
async fn remittances(making: &Making, visit: &Visit) -> Result<()> {
    let call = making.call(Job::Biller);
    let claim = match making.insurance.claim(&call, visit.claim).await {
        // The visit was not coded.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        claim => claim?,
    };
    let Some(paid) = claim
        .remittance
        .filter(|_| claim.state == ClaimState::Finalized)
    else {
        return Ok(());
    };
    let call = making.call(Job::Biller);
    let paid = making.insurance.remittance(&call, paid).await?;
    let first = posting(making, visit, &paid).await?;
    let another = |trace: &str, control: &str| RemittanceRequest {
        id: RemittanceId::new(&*making.clock, &making.rng),
        trace: trace.to_owned(),
        control: control.to_owned(),
        ..first.clone()
    };
    let mut parked = another("DEMO-EFT-9001", "000009001");
    parked.total = usd(first.total.minor() + 100);
    let mut dismissed = another("DEMO-EFT-9002", "000009002");
    dismissed.total = usd(first.total.minor() + 200);
    let (billing, last) = (&making.billing, dismissed.id);
    for request in [another(&first.trace, "000009000"), parked, dismissed] {
        let call = making.call(Job::Biller);
        billing.post_remittance(&call, request).await?;
    }
    let why = BillingReason {
        reason: "The payer has sent it again, corrected".to_owned(),
    };
    let call = making.call(Job::Biller);
    billing.dismiss_remittance(&call, last, why).await?;
    Ok(())
}

/// Pays an agent what is payable.
async fn settle(making: &Making, agent: AgentId) -> Result<()> {
    let request = SettleCommissionRequest {
        id: SettlementId::new(&*making.clock, &making.rng),
        agent,
        currency: Currency::USD,
    };
    let call = making.call(Job::Finance);
    match making.billing.settle_commission(&call, request).await {
        Err(error) if error.kind() == ErrorKind::Refused => Ok(()),
        settled => settled.map(|_| ()),
    }
}

/// The premiums of the days that have passed are earned.
async fn earn(making: &Making, today: Date) -> Result<()> {
    let query = InvoiceQuery {
        state: Some(InvoiceState::Paid),
        limit: Some(Limit::MAX),
        ..InvoiceQuery::default()
    };
    let call = making.call(Job::Biller);
    let paid = making.billing.invoices(&call, query).await?.invoices;
    let premiums = paid
        .into_iter()
        .filter(|it| it.kind == InvoiceKind::Premium);
    let through = today.saturating_sub(1.day());
    for premium in premiums {
        let request = EarnPremiumRequest { through };
        let call = making.call(Job::Biller);
        making
            .billing
            .earn_premium(&call, premium.id, request)
            .await?;
    }
    Ok(())
}
