//! `patient-registration`: a patient, their membership, what they are covered for.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_contract_hospital::{
    AdministrativeSex, ErrorRequest, Identifier, PatientDetails, RegisterPatientRequest,
};
use medcover_contract_insurance::{EligibilityQuery, EnrolMemberRequest, Relationship, Sex};
use medcover_contract_journeys::{
    Gender, PatientRegistration, Person, RelationshipToHolder, Saga as Name,
};
use medcover_kernel::{MemberId, PatientId};
use medcover_workflow::saga::{RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::taking::{Bound, Peers, Step, Taken, call_of, gives, made};

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    let definition = Definition::named(Name::PatientRegistration.name(), 1)
        .step(Of::compensated("register"))
        .step(Of::compensated("enrol"))
        .step(Of::without_undo("eligibility", "it only asks"))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("register", Bound::to(peers, Register))
        .action("enrol", Bound::to(peers, Enrol))
        .action("eligibility", Bound::to(peers, AskCover))
        .build()
}

struct Register;

#[async_trait]
impl Step for Register {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PatientRegistration = step.input()?;
        let request = RegisterPatientRequest {
            id: Some(patient(step)),
            details: details(input.person),
        };
        peers
            .hospital
            .register_patient(&call_of(step), request)
            .await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let request = ErrorRequest {
            reason: "The registration did not come about.".to_owned(),
            close: true,
        };
        let hospital = &peers.hospital;
        Ok(hospital
            .mark_patient_in_error(&call_of(step), patient(step), request)
            .await?)
    }
}

struct Enrol;

#[async_trait]
impl Step for Enrol {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let PatientRegistration { person, membership } = step.input()?;
        let Some(membership) = membership else {
            return Ok(Value::Null);
        };
        let request = EnrolMemberRequest {
            id: Some(member(step)),
            patient: patient(step),
            relationship: relationship(membership.relationship),
            born_on: person.birth_date,
            sex: match person.sex {
                Gender::Female => Some(Sex::Female),
                Gender::Male => Some(Sex::Male),
                Gender::Other | Gender::Unknown => None,
            },
            from: membership.from,
            to: membership.to,
        };
        let insurance = &peers.insurance;
        insurance
            .enrol_member(&call_of(step), membership.policy, request)
            .await?;
        Ok(Value::Null)
    }

    async fn undo(&self, peers: &Peers, step: &StepCall<'_>) -> Taken<()> {
        let input: PatientRegistration = step.input()?;
        let Some(membership) = input.membership else {
            return Ok(());
        };
        let insurance = &peers.insurance;
        Ok(insurance
            .unlink_member(&call_of(step), membership.policy, member(step))
            .await?)
    }
}

/// What the run says of the cover it found. Somebody who is not covered is a patient all the same.
#[derive(Serialize, Deserialize)]
struct Cover {
    eligible: bool,
    reasons: Vec<String>,
}

struct AskCover;

#[async_trait]
impl Step for AskCover {
    async fn act(&self, peers: &Peers, step: &StepCall<'_>) -> Taken {
        let input: PatientRegistration = step.input()?;
        let Some(membership) = input.membership else {
            return Ok(Value::Null);
        };
        let query = EligibilityQuery {
            member: Some(member(step)),
            on: membership.from,
            ..EligibilityQuery::default()
        };
        let found = peers
            .insurance
            .check_eligibility(&call_of(step), query)
            .await?;
        gives(&Cover {
            eligible: found.eligible,
            reasons: found.reasons,
        })
    }
}

fn patient(step: &StepCall<'_>) -> PatientId {
    PatientId::from_uuid(made(step.saga, "register"))
}

fn member(step: &StepCall<'_>) -> MemberId {
    MemberId::from_uuid(made(step.saga, "enrol"))
}

fn details(person: Person) -> PatientDetails {
    let identifiers = person.identifiers.into_iter();
    PatientDetails {
        family_name: person.family_name,
        given_names: person.given_names,
        birth_date: person.birth_date,
        sex: match person.sex {
            Gender::Female => AdministrativeSex::Female,
            Gender::Male => AdministrativeSex::Male,
            Gender::Other => AdministrativeSex::Other,
            Gender::Unknown => AdministrativeSex::Unknown,
        },
        identifiers: identifiers
            .map(|it| Identifier {
                system: it.system,
                value: it.value,
            })
            .collect(),
        phone: person.phone,
        email: person.email,
        address: person.address,
    }
}

const fn relationship(of: RelationshipToHolder) -> Relationship {
    match of {
        RelationshipToHolder::Holder => Relationship::Holder,
        RelationshipToHolder::Spouse => Relationship::Spouse,
        RelationshipToHolder::Child => Relationship::Child,
        RelationshipToHolder::Other => Relationship::Other,
    }
}
