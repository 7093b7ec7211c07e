//! Payers, products, plans, agents, and policies in every state with their members.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_billing::{
    AgentId, AgentRequest, CommissionPlanId, CommissionPlanRequest, CommissionTerms, Tier,
};
use medcover_contract_insurance::{
    CancelPolicyRequest, EnrolMemberRequest, NewPayerRequest, NewPlanRequest, NewProductRequest,
    PayerId, PlanId, PlanTerms, PremiumPeriod, PremiumSchedule, ProductId, PublishVersionRequest,
    QuotePolicyRequest, ReasonRequest, Relationship, RenewPolicyRequest, Scrubbing,
};
use medcover_kernel::{BasisPoints, Currency, Error, MemberId, PolicyId, Result, Rounding};

use super::making::{Making, usd};
use super::people::Person;
use super::premiums;
use super::staff::Job;

/// A plan of each payer is sold under these names.
const PAYERS: [(&str, &str, &str); 2] = [
    ("DEMO-NM", "Northern Mutual (demo)", "Family care"),
    ("DEMO-HC", "Harbour Care Fund (demo)", "Harbour basic"),
];
/// What the plans of the demo say, as a request would.
const SILVER: &str = include_str!("silver.json");
/// How many of the people hold a policy that covers.
const HOLDERS: usize = 10;

/// Somebody who is covered, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    pub(super) member: MemberId,
    pub(super) payer: PayerId,
    pub(super) agent: AgentId,
}

/// Who covers whom.
pub(super) struct Covers {
    /// By place in the list of people; those beyond pay for themselves.
    pub(super) of_people: Vec<Cover>,
    pub(super) agents: [AgentId; 2],
}

/// A payer with a plan of its own, and the agent who sells it.
#[derive(Clone, Copy)]
struct Offer {
    payer: PayerId,
    plan: PlanId,
    agent: AgentId,
}

/// Makes all of it as of the day `from`; `today` is the present one.
pub(super) async fn arrange(
    making: &Making,
    people: &[Person],
    from: Date,
    today: Date,
) -> Result<Covers> {
    let agents = agents(making).await?;
    let mut offers = Vec::new();
    for (payer, agent) in PAYERS.into_iter().zip(agents) {
        offers.push(offer(making, payer, agent, from, today).await?);
    }
    let mut of_people = Vec::new();
    let mut policies = Vec::new();
    for (place, person) in people.iter().take(HOLDERS).enumerate() {
        let offer = offers[place % offers.len()];
        let policy = quoted(making, offer, place, from).await?;
        premiums::first(making, policy, person, offer.agent).await?;
        policies.push((policy, offer));
        let member = enrol(making, policy, person, Relationship::Holder).await?;
        of_people.push(covered(offer, member));
    }
    let families = [
        Relationship::Spouse,
        Relationship::Spouse,
        Relationship::Other,
    ];
    for (place, relationship) in families.into_iter().enumerate() {
        let (policy, offer) = policies[place];
        let member = enrol(making, policy, &people[HOLDERS + place], relationship).await?;
        of_people.push(covered(offer, member));
    }
    let others = &people[of_people.len()..];
    other_states(making, offers[0], others, from, today).await?;
    Ok(Covers { of_people, agents })
}

const fn covered(offer: Offer, member: MemberId) -> Cover {
    Cover {
        member,
        payer: offer.payer,
        agent: offer.agent,
    }
}

/// Two agents who earn the more the more is collected.
async fn agents(making: &Making) -> Result<[AgentId; 2]> {
    let plan = CommissionPlanId::new(&*making.clock, &making.rng);
    let rate = |points| BasisPoints::new(points).expect("less than the whole");
    let tier = |from_minor, to_minor, points| Tier {
        from_minor,
        to_minor,
        rate: rate(points),
    };
    let request = CommissionPlanRequest {
        id: plan,
        name: "Eight per cent, ten from 5,000.00 on".to_owned(),
        terms: CommissionTerms {
            tiers: vec![tier(0, Some(500_000), 800), tier(500_000, None, 1_000)],
            rounding: Rounding::HalfEven,
            hold_back_days: 14,
        },
    };
    let call = making.call(Job::Finance);
    making.billing.make_commission_plan(&call, request).await?;
    let agents = [(); 2].map(|()| AgentId::new(&*making.clock, &making.rng));
    for (id, name) in agents
        .into_iter()
        .zip(["Ada Lind (demo)", "Bruno Keller (demo)"])
    {
        let request = AgentRequest {
            id,
            name: name.to_owned(),
            plan,
        };
        let call = making.call(Job::Finance);
        making.billing.register_agent(&call, request).await?;
    }
    Ok(agents)
}

async fn offer(
    making: &Making,
    (code, payer_name, product_name): (&str, &str, &str),
    agent: AgentId,
    from: Date,
    today: Date,
) -> Result<Offer> {
    let insurance = &making.insurance;
    let payer = PayerId::new(&*making.clock, &making.rng);
    let request = NewPayerRequest {
        id: Some(payer),
        code: code.to_owned(),
        name: payer_name.to_owned(),
        scrubbing: Scrubbing::BlockErrors,
    };
    let call = making.call(Job::Insurer);
    insurance.register_payer(&call, request).await?;
    let product = ProductId::new(&*making.clock, &making.rng);
    let request = NewProductRequest {
        id: Some(product),
        payer,
        name: product_name.to_owned(),
    };
    let call = making.call(Job::Insurer);
    insurance.create_product(&call, request).await?;
    let plan = PlanId::new(&*making.clock, &making.rng);
    let request = NewPlanRequest {
        id: Some(plan),
        product,
        name: format!("{product_name} silver"),
        currency: Currency::USD,
    };
    let call = making.call(Job::Insurer);
    insurance.create_plan(&call, request).await?;
    let terms: PlanTerms = serde_json::from_str(SILVER).map_err(Error::internal)?;
    let next = today.saturating_add(30.days());
    for (number, effective_from) in [(1, from), (2, next)] {
        let mut terms = terms.clone();
        terms.benefits.id = format!("silver-{number}");
        let request = PublishVersionRequest {
            number,
            effective_from,
            terms,
        };
        let call = making.call(Job::Insurer);
        insurance.publish_version(&call, plan, request).await?;
    }
    Ok(Offer { payer, plan, agent })
}

/// A policy for a year from `from` on, with the number that the demo gives the `place`th.
async fn quoted(making: &Making, offer: Offer, place: usize, from: Date) -> Result<PolicyId> {
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

async fn enrol(
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
async fn other_states(
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
