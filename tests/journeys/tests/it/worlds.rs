//! A small world for each saga, always the same at its start.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_contract_journeys::Saga as Name;
use medcover_journey_tests::{Clinic, Insured, Practice, of};
use medcover_kernel::{AppointmentId, SagaId};
use medcover_store::Store;
use medcover_workflow::Outcome;
use medcover_workflow::harness::{Ground, Scenario, World};
use medcover_workflow::saga::{Saga, StepAction, StepCall};
use serde_json::{Value, json};
use uuid::Uuid;

/// The run that every trial is.
const RUN: Uuid = Uuid::from_u128(0x5a9a);

/// Where a saga is tried.
pub(crate) struct Tried(pub(crate) Name);

/// A clinic with what the saga needs.
pub(crate) struct Town {
    clinic: Arc<Clinic>,
    name: Name,
    practice: Option<Practice>,
    insured: Option<Insured>,
    input: Value,
    signal: Value,
}

#[async_trait]
impl Scenario for Tried {
    fn saga(&self) -> (&'static str, u16) {
        (self.0.name(), 1)
    }

    async fn open(&self, ground: Ground) -> Box<dyn World> {
        let clinic = Clinic::open(ground.clock, &ground.rng);
        Box::new(match self.0 {
            Name::PatientRegistration => registration(clinic).await,
            Name::VisitToCash => visit(clinic).await,
            Name::CancellationAndNoShow => cancellation(clinic).await,
            Name::RemittancePosting => remittance(clinic).await,
            Name::ClaimReversal => reversal(clinic).await,
            Name::Premium => premium(clinic).await,
        })
    }
}

impl Town {
    fn of(name: Name, clinic: Clinic, input: Value) -> Self {
        Self {
            clinic: Arc::new(clinic),
            name,
            practice: None,
            insured: None,
            input,
            signal: Value::Null,
        }
    }
}

#[async_trait]
impl World for Town {
    fn saga(&self) -> Saga {
        let registry = self.clinic.journeys.sagas().registry();
        let saga = registry.latest(self.name.name()).expect("registered");
        // Once an appointment is booked, its visit takes place.
        saga.wrapped(|step, inner| match (self.name, step) {
            (Name::VisitToCash, "book") => {
                let clinic = Arc::clone(&self.clinic);
                Arc::new(ThenSeen { inner, clinic })
            }
            _ => inner,
        })
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.clinic.runs)
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn signal(&self, _: &str) -> Value {
        self.signal.clone()
    }

    async fn observe(&self) -> String {
        while self.clinic.follow_up().await > 0 {}
        let faults = self.clinic.faults().await;
        assert!(faults.is_empty(), "{faults:#?}");
        self.clinic.picture(self.practice, self.insured).await
    }
}

/// A booking that is followed by the visit.
struct ThenSeen {
    inner: Arc<dyn StepAction>,
    clinic: Arc<Clinic>,
}

#[async_trait]
impl StepAction for ThenSeen {
    async fn act(&self, call: &StepCall<'_>) -> Outcome {
        let outcome = self.inner.act(call).await;
        if matches!(outcome, Outcome::Done(_)) {
            self.clinic
                .see(AppointmentId::from_uuid(call.action.as_uuid()))
                .await;
        }
        outcome
    }

    async fn undo(&self, call: &StepCall<'_>) -> Outcome {
        self.inner.undo(call).await
    }
}

async fn registration(clinic: Clinic) -> Town {
    let insured = clinic.insured("Rossi").await;
    let input = json!({
        "person": {
            "family_name": "Rossi", "given_names": "Luca", "birth_date": "2015-03-01", "sex": "male",
            "identifiers": [{"system": "record", "value": "17"}]
        },
        "membership": {"policy": insured.policy, "relationship": "child"}
    });
    Town::of(Name::PatientRegistration, clinic, input)
}

async fn visit(clinic: Clinic) -> Town {
    let (practice, insured) = (clinic.practice().await, clinic.insured("Rossi").await);
    let request = Clinic::covered_visit(practice, insured, &json!({"method": "cash"}));
    let saga = SagaId::from_uuid(RUN);
    let appointment = Uuid::new_v5(&saga.as_uuid(), b"book");
    let encounter = Uuid::new_v5(&appointment, b"visit");
    let input = serde_json::to_value(request).expect("JSON");
    Town {
        practice: Some(practice),
        insured: Some(insured),
        signal: json!({"encounter": encounter}),
        ..Town::of(Name::VisitToCash, clinic, input)
    }
}

async fn cancellation(clinic: Clinic) -> Town {
    let (practice, insured) = (clinic.practice().await, clinic.insured("Rossi").await);
    let (appointment, authorisation) = (Uuid::from_u128(0xb0), Uuid::from_u128(0xb1));
    let book = of(json!({
        "id": appointment, "patient": insured.patient,
        "slot": {
            "schedule": practice.schedule, "service": practice.service,
            "start": "2026-01-01T09:00:00Z"
        }
    }));
    clinic
        .hospital
        .book_appointment(&clinic.call(), book)
        .await
        .expect("booked");
    let reserve = of(json!({
        "id": authorisation, "member": insured.member, "appointment": appointment,
        "service_on": "2026-01-01",
        "items": [{"procedure": "99213", "units": 1, "estimate": money(12_000)}]
    }));
    clinic
        .insurance
        .reserve_benefit(&clinic.call(), reserve)
        .await
        .expect("reserved");
    let input = json!({
        "appointment": appointment, "authorisation": authorisation,
        "ending": "cancelled", "reason": "The patient is ill",
        "fee": {"amount": money(2_500), "notice_hours": 24}
    });
    Town {
        practice: Some(practice),
        insured: Some(insured),
        ..Town::of(Name::CancellationAndNoShow, clinic, input)
    }
}

async fn remittance(clinic: Clinic) -> Town {
    let (practice, insured) = (clinic.practice().await, clinic.insured("Rossi").await);
    let visit = clinic.paid_visit(practice, insured).await;
    let issue = of(json!({
        "id": Uuid::from_u128(0xe0), "payer": insured.payer, "trace": "EFT-1",
        "paid_on": "2026-01-01", "claims": [visit.makes["claim"]]
    }));
    let issued = clinic
        .insurance
        .issue_remittance(&clinic.call(), issue)
        .await;
    let input = json!({"remittance": issued.expect("issued").id, "control": "000000905"});
    Town {
        insured: Some(insured),
        ..Town::of(Name::RemittancePosting, clinic, input)
    }
}

async fn reversal(clinic: Clinic) -> Town {
    let (practice, insured) = (clinic.practice().await, clinic.insured("Rossi").await);
    let visit = clinic.paid_visit(practice, insured).await;
    let input = json!({
        "claim": visit.makes["claim"], "reason": "The wrong visit was claimed", "then": "void"
    });
    Town {
        insured: Some(insured),
        ..Town::of(Name::ClaimReversal, clinic, input)
    }
}

async fn premium(clinic: Clinic) -> Town {
    let (policy, ..) = clinic.accepted_policy().await;
    let holder = clinic.patient("Rossi").await;
    let input = json!({
        "policy": policy, "number": 1, "holder": holder, "collection": {"method": "cash"}
    });
    Town::of(Name::Premium, clinic, input)
}

fn money(minor: i64) -> Value {
    json!({"amount_minor": minor, "currency": "USD"})
}
