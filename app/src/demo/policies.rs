//! Policies in every state, and their members.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_insurance::{
    CancelPolicyRequest, EnrolMemberRequest, PremiumPeriod, PremiumSchedule, QuotePolicyRequest,
    ReasonRequest, Relationship, RenewPolicyRequest,
};
use medcover_kernel::{MemberId, PolicyId, Result};

use super::cover::{HOLDERS, Offer};
use super::making::{Making, usd};
use super::people::Person;
use super::premiums;
use super::staff::Job;

/// A policy for a year from `from` on, with the number that the demo gives the `place`th.
pub(super) async fn quoted(
    making: &Making,
    offer: Offer,
    place: usize,
    from: Date,
) -> Result<PolicyId> {
    let id = PolicyId::new(&*making.clock, &making.rng);
    let request = QuotePolicyRequest {
        id: Some(id),
        number: format!("DEMO-P-{:04}", place + 1),
        plan: offer.plan,
        from,
        to: None,
        premium: PremiumSchedule {
            amount: usd(60_000),
            every: PremiumPeriod::Year,
            grace_days: 30,
        },
        agent: Some(offer.agent.as_uuid()),
    };
    let call = making.call(Job::Insurer);
    making.insurance.quote_policy(&call, request).await?;
    Ok(id)
}

/// Makes a person a member.
pub(super) async fn enrol(
    making: &Making,
    policy: PolicyId,
    person: &Person,
    relationship: Relationship,
) -> Result<MemberId> {
    let id = MemberId::new(&*making.clock, &making.rng);
    let request = EnrolMemberRequest {
        id: Some(id),
        patient: person.id,
        relationship,
        born_on: person.born,
        sex: person.insured_sex(),
        from: None,
        to: None,
    };
    let call = making.call(Job::Insurer);
    making
        .insurance
        .enrol_member(&call, policy, request)
        .await?;
    Ok(id)
}

/// A policy in each state that those which cover are not in.
pub(super) async fn other_states(
    making: &Making,
    offer: Offer,
    people: &[Person],
    from: Date,
    today: Date,
) -> Result<()> {
    let insurance = &making.insurance;
    let call = || making.call(Job::Insurer);
    let reason = |text: &str| ReasonRequest {
        reason: text.to_owned(),
    };
    let number = HOLDERS..;
    let mut of = people.iter().zip(number);
    let mut next = || of.next().expect("there are more people than states");

    let (_, place) = next();
    quoted(making, offer, place, today).await?;

    let (_, place) = next();
    let pending = quoted(making, offer, place, today).await?;
    insurance.accept_policy(&call(), pending).await?;

    // Ready, and begins in a month.
    let (person, place) = next();
    let ready = quoted(making, offer, place, today.saturating_add(31.days())).await?;
    premiums::first(making, ready, person, offer.agent).await?;

    let (person, place) = next();
    let suspended = quoted(making, offer, place, from).await?;
    premiums::first(making, suspended, person, offer.agent).await?;
    enrol(making, suspended, person, Relationship::Holder).await?;
    let unpaid = reason("The bank took the premium back");
    insurance.suspend_policy(&call(), suspended, unpaid).await?;

    let (person, place) = next();
    let lapsed = quoted(making, offer, place, from).await?;
    premiums::first(making, lapsed, person, offer.agent).await?;
    let unpaid = reason("The bank took the premium back, and nobody answers");
    insurance.lapse_policy(&call(), lapsed, unpaid).await?;

    let (person, place) = next();
    let cancelled = quoted(making, offer, place, from).await?;
    premiums::first(making, cancelled, person, offer.agent).await?;
    let request = CancelPolicyRequest {
        on: None,
        reason: "The holder has moved abroad".to_owned(),
    };
    insurance.cancel_policy(&call(), cancelled, request).await?;

    let (person, place) = next();
    let renewed = quoted(making, offer, place, from).await?;
    premiums::first(making, renewed, person, offer.agent).await?;
    let request = RenewPolicyRequest {
        id: Some(PolicyId::new(&*making.clock, &making.rng)),
        number: format!("DEMO-P-{:04}-2", place + 1),
        premium: None,
    };
    insurance.renew_policy(&call(), renewed, request).await?;
    Ok(())
}
