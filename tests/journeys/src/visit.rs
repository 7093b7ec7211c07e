//! What people do between booking and billing.

use medcover_contract_hospital::{AppointmentState, Encounter};
use medcover_contract_journeys::{Started, VisitToCash};
use medcover_kernel::{AppointmentId, EncounterId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Clinic, Insured, Practice, of};

/// The first slot of the first day.
const START: &str = "2026-01-01T09:00:00Z";
/// Its day.
const DAY: &str = "2026-01-01";

impl Clinic {
    /// What starts a visit of an insured patient; `collection` says how they pay.
    pub fn covered_visit(practice: Practice, insured: Insured, collection: &Value) -> VisitToCash {
        let estimate = json!({"amount_minor": 12_000, "currency": "USD"});
        of(json!({
            "patient": insured.patient,
            "slot": {"schedule": practice.schedule, "service": practice.service, "start": START},
            "cover": {
                "member": insured.member, "service_on": DAY,
                "services": [{"procedure": "99213", "units": 1, "estimate": estimate}]
            },
            "collection": collection
        }))
    }

    /// The patient comes, is seen, and the visit is coded: a consultation of 120.00. Again, it is as it was; nothing where
    /// the appointment is not booked.
    pub async fn see(&self, appointment: AppointmentId) -> Option<Encounter> {
        let (hospital, call) = (&self.hospital, || self.call());
        let id = encounter_of(appointment);
        let found = hospital.appointment(&call(), appointment).await.ok()?;
        if found.state != AppointmentState::Booked {
            return hospital.encounter(&call(), id).await.ok();
        }
        hospital
            .arrive_appointment(&call(), appointment)
            .await
            .expect("they come");
        hospital
            .check_in_appointment(&call(), appointment)
            .await
            .expect("they are received");
        let start = of(json!({"id": id, "appointment": appointment}));
        hospital
            .start_encounter(&call(), start)
            .await
            .expect("they are seen");
        hospital
            .finish_encounter(&call(), id)
            .await
            .expect("they have been seen");
        let codes = of(json!({
            "diagnoses": [{"code": "E11.9", "rank": 1}],
            "procedures": [{
                "code": "99213", "units": 1, "diagnoses": [1],
                "charge": {"amount_minor": 12_000, "currency": "USD"}
            }]
        }));
        let answer = hospital.code_encounter(&call(), id, codes).await;
        Some(answer.expect("the codes are final"))
    }

    /// A visit from its slot to its money, with nobody in its way.
    pub async fn paid_visit(&self, practice: Practice, insured: Insured) -> Started {
        let request = Self::covered_visit(practice, insured, &json!({"method": "cash"}));
        let started = self.api().visit_to_cash(&self.call(), request).await;
        let started = started.expect("it begins");
        self.drive().await;
        let seen = self
            .see(AppointmentId::from_uuid(started.makes["appointment"]))
            .await;
        assert!(seen.is_some(), "{:#?}", self.run(started.saga).await);
        self.drive().await;
        let run = self.run(started.saga).await;
        assert_eq!(run.state, "completed", "{run:#?}");
        started
    }
}

/// The visit of an appointment.
pub(crate) fn encounter_of(appointment: AppointmentId) -> EncounterId {
    EncounterId::from_uuid(Uuid::new_v5(&appointment.as_uuid(), b"visit"))
}
