//! Services that are not given yet, as if they were claimed: what they would use and cost.

use jiff::civil::Date;
use medcover_adjudication::{
    Adjudication, Authorisation, AuthorisationState, AuthorisedItem, Case, Network, Period, Urgency,
};
use medcover_contract_insurance::{ClaimContent, ClaimLine};
use medcover_kernel::{AuthorisationId, ClaimId, Money, PractitionerId, Result};
use uuid::Uuid;

use super::benefits::Benefits;
use super::covers::{LoadedCover, decided};
use crate::domain::case::Circumstances;

/// ICD-10-CM's code of an illness that is not named: beforehand nobody knows the diagnosis, and a claim has one.
const UNNAMED: &str = "R69";

/// A service that is planned.
pub(super) struct Planned {
    pub(super) procedure: String,
    pub(super) units: u32,
    pub(super) charge: Money,
    pub(super) network: Network,
}

/// What would be decided if `services` were claimed for `on`, on the day itself; with an authorisation of that id for all of
/// them, or with none.
pub(super) fn estimate(
    cover: &LoadedCover,
    benefits: &Benefits,
    on: Date,
    services: &[Planned],
    authorisation: Option<AuthorisationId>,
) -> Result<Adjudication> {
    let lines = services.iter().map(|service| ClaimLine {
        procedure: service.procedure.clone(),
        units: service.units,
        charge: service.charge,
        diagnoses: vec![1],
        network: service.network,
        urgency: Urgency::Routine,
        distinct: true,
    });
    let content = ClaimContent {
        member: cover.id,
        encounter: None,
        practitioner: PractitionerId::from_uuid(Uuid::nil()),
        authorisation,
        service_on: on,
        diagnoses: vec![UNNAMED.to_owned()],
        lines: lines.collect(),
    };
    let circumstances = Circumstances {
        sequence: benefits.sequence(),
        received: on,
        accumulators: benefits.used_beside(authorisation)?,
        authorisations: authorisation
            .map(|id| open(id, on, services))
            .into_iter()
            .collect(),
    };
    let nobody = ClaimId::from_uuid(Uuid::nil());
    let case: Case = cover.cover().case(nobody, &content, &[], circumstances)?;
    decided(&case)
}

/// An authorisation of all of `services`, as much as they cost.
fn open(id: AuthorisationId, on: Date, services: &[Planned]) -> Authorisation {
    let items = services.iter().zip(1_u32..);
    let items = items.map(|(service, item)| AuthorisedItem {
        item,
        procedure: service.procedure.clone(),
        units: Some(service.units),
        amount: None,
    });
    Authorisation {
        authorisation: id,
        state: AuthorisationState::Approved,
        period: Period {
            from: on,
            until: None,
        },
        items: items.collect(),
    }
}

/// Why less is paid than was charged, in words, each once.
pub(super) fn reasons(decision: &Adjudication) -> Vec<String> {
    let adjustments = decision.lines.iter().flat_map(|line| &line.adjustments);
    let texts = adjustments.map(|it| &it.text);
    let wanted = decision.wanted.iter().map(|it| &it.text);
    let mut reasons: Vec<String> = Vec::new();
    for text in texts.chain(wanted) {
        if !reasons.contains(text) {
            reasons.push(text.clone());
        }
    }
    reasons
}
