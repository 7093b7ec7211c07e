//! Payers, products, plans, agents, and who is covered by whom.

use jiff::ToSpan as _;
use jiff::civil::Date;
use medcover_contract_billing::{
    AgentId, AgentRequest, CommissionPlanId, CommissionPlanRequest, CommissionTerms, Tier,
};
use medcover_contract_insurance::{
    NewPayerRequest, NewPlanRequest, NewProductRequest, PayerId, PlanId, PlanTerms, ProductId,
    PublishVersionRequest, Relationship, Scrubbing,
};
use medcover_kernel::{BasisPoints, Currency, Error, MemberId, Result, Rounding};

use super::making::Making;
use super::people::Person;
use super::staff::Job;
use super::{policies, premiums};

/// A plan of each payer is sold under these names.
const PAYERS: [(&str, &str, &str); 2] = [
    ("DEMO-NM", "Northern Mutual (demo)", "Family care"),
    ("DEMO-HC", "Harbour Care Fund (demo)", "Harbour basic"),
];
/// What the plans of the demo say, as a request would.
const SILVER: &str = include_str!("silver.json");
/// How many of the people hold a policy that covers.
pub(super) const HOLDERS: usize = 10;

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
pub(super) struct Offer {
    payer: PayerId,
    pub(super) plan: PlanId,
    pub(super) agent: AgentId,
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
        let policy = policies::quoted(making, offer, place, from).await?;
        premiums::first(making, policy, person, offer.agent).await?;
        policies.push((policy, offer));
        let member = policies::enrol(making, policy, person, Relationship::Holder).await?;
        of_people.push(covered(offer, member));
    }
    let families = [
        Relationship::Spouse,
        Relationship::Spouse,
        Relationship::Other,
    ];
    for (place, relationship) in families.into_iter().enumerate() {
        let (policy, offer) = policies[place];
        let member =
            policies::enrol(making, policy, &people[HOLDERS + place], relationship).await?;
        of_people.push(covered(offer, member));
    }
    let others = &people[of_people.len()..];
    policies::other_states(making, offers[0], others, from, today).await?;
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
