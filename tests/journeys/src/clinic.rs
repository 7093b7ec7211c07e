//! The services, wired as the program wires them, and who is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_contract_billing::{AgentId, BillingApi};
use medcover_contract_hospital::{HospitalApi, ScheduleId, ServiceId};
use medcover_contract_insurance::{InsuranceApi, PayerId};
use medcover_contract_journeys::JourneysApi;
use medcover_journeys::Journeys;
use medcover_kernel::{
    Call, Caller, Clock, ManualClock, MemberId, PatientId, PolicyId, PractitionerId, Rng, SagaId,
    SeededRng, UserId,
};
use medcover_store::Store;
use medcover_workflow::bus::Subscription;
use medcover_workflow::queue::Worker;
use medcover_workflow::saga::RunView;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{SomeCodes, Stores, of};

/// The services, in one process.
pub struct Clinic {
    /// The clock of all of them.
    pub clock: Arc<ManualClock>,
    /// Patients, slots, visits.
    pub hospital: Arc<dyn HospitalApi>,
    /// Cover and claims.
    pub insurance: Arc<dyn InsuranceApi>,
    /// Invoices and money.
    pub billing: Arc<dyn BillingApi>,
    /// The sagas.
    pub journeys: Journeys,
    /// The log of the hospital.
    pub hospital_log: Arc<dyn Store>,
    /// The log of the runs.
    pub runs: Arc<dyn Store>,
    /// What follows from payments by itself.
    follow_ups: Vec<Subscription>,
    /// What falls due, begins and ends on its day.
    days: Worker,
    keys: AtomicU64,
}

/// Who cares, when.
#[derive(Clone, Copy, Debug)]
pub struct Practice {
    /// The doctor.
    pub practitioner: PractitionerId,
    /// What can be booked.
    pub service: ServiceId,
    /// Their hours: each day, nine to five by UTC, in half hours.
    pub schedule: ScheduleId,
}

/// Who is covered, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Insured {
    /// The patient.
    pub patient: PatientId,
    /// As a member of the policy.
    pub member: MemberId,
    /// The policy: a fee of 100.00 for a visit, of which the patient pays 20.00, then a deductible of 50.00, then a fifth.
    pub policy: PolicyId,
    /// The payer.
    pub payer: PayerId,
    /// Who has brought the policy, and earns a tenth of what is collected.
    pub agent: AgentId,
}

impl Clinic {
    /// An empty clinic in memory.
    pub fn open(clock: Arc<ManualClock>, rng: &Arc<SeededRng>) -> Self {
        let stores = Stores::in_memory(&clock);
        Self::over(stores, clock, rng)
    }

    /// The clinic in `stores`.
    pub fn over(stores: Stores, clock: Arc<ManualClock>, rng: &Arc<SeededRng>) -> Self {
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let chance = || Arc::clone(rng) as Arc<dyn Rng>;
        let hospital_log = stores.hospital;
        let hospital = medcover_hospital::Hospital::new(medcover_hospital::Deps {
            store: Arc::clone(&hospital_log),
            clock: time(),
            rng: chance(),
            terminology: Arc::new(SomeCodes),
        });
        let insurance = medcover_insurance::Insurance::new(medcover_insurance::Deps {
            store: stores.insurance,
            clock: time(),
            rng: chance(),
            terminology: Arc::new(SomeCodes),
        });
        let billing = medcover_billing::Billing::new(medcover_billing::Deps {
            store: stores.billing,
            clock: time(),
            rng: chance(),
            processor: Arc::new(medcover_billing::CashDesk),
        });
        let follow_ups = billing.subscriptions("billing");
        let days = insurance.worker("days");
        let runs = stores.journeys;
        let (hospital, insurance, billing) = (hospital.api(), insurance.api(), billing.api());
        let journeys = Journeys::new(medcover_journeys::Deps {
            store: Arc::clone(&runs),
            clock: time(),
            rng: chance(),
            hospital: Arc::clone(&hospital),
            insurance: Arc::clone(&insurance),
            billing: Arc::clone(&billing),
        });
        Self {
            clock,
            hospital,
            insurance,
            billing,
            journeys,
            hospital_log,
            runs,
            follow_ups,
            days,
            keys: AtomicU64::new(0),
        }
    }

    /// A call that may do everything, under a key of its own.
    pub fn call(&self) -> Call {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let key = format!("clinic-{number}").parse().expect("a key");
        Call::for_tests().with_idempotency(key)
    }

    /// The same of another person: who approves what the first one asked for.
    pub fn second_person(&self) -> Call {
        let mut call = self.call();
        call.caller = Caller::User(UserId::from_uuid(Uuid::from_u128(2)));
        call
    }

    /// The journeys, as their callers see them.
    pub fn api(&self) -> Arc<dyn JourneysApi> {
        self.journeys.api()
    }

    /// A doctor with hours.
    pub async fn practice(&self) -> Practice {
        let (hospital, call) = (&self.hospital, || self.call());
        let doctor = of(json!({"details": {
            "family_name": "Okafor", "given_names": "Ngozi", "identifiers": [], "active": true
        }}));
        let doctor = hospital
            .add_practitioner(&call(), doctor)
            .await
            .expect("added");
        let place = of(json!({"details": {"name": "Room 12", "zone": "Etc/UTC"}}));
        let place = hospital.add_location(&call(), place).await.expect("added");
        let service = of(json!({"details": {"name": "Visit", "duration_minutes": 30}}));
        let service = hospital.add_service(&call(), service).await.expect("added");
        let week = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let hours = json!({"opens": "09:00:00", "closes": "17:00:00"});
        let weekly: Vec<Value> = week.map(|day| json!({"day": day, "hours": hours})).into();
        let schedule = of(json!({"details": {
            "practitioner": doctor.id, "location": place.id, "services": [service.id],
            "weekly": weekly, "valid_from": "2026-01-01"
        }}));
        let schedule = hospital
            .add_schedule(&call(), schedule)
            .await
            .expect("added");
        Practice {
            practitioner: doctor.id,
            service: service.id,
            schedule: schedule.id,
        }
    }

    /// A patient.
    pub async fn patient(&self, family_name: &str) -> PatientId {
        let request = of(json!({"details": {
            "family_name": family_name, "given_names": "Maria",
            "birth_date": "1984-02-29", "sex": "female"
        }}));
        let patient = self.hospital.register_patient(&self.call(), request).await;
        patient.expect("registered").id
    }

    /// A policy that was offered and accepted, and whose first premium of 300.00 is due, for a year.
    pub async fn accepted_policy(&self) -> (PolicyId, PayerId, AgentId) {
        self.accepted_policy_every("year").await
    }

    /// The same, with a premium each `period`.
    pub async fn accepted_policy_every(&self, period: &str) -> (PolicyId, PayerId, AgentId) {
        let (insurance, call) = (&self.insurance, || self.call());
        let agent = self.agent().await;
        let payer = of(json!({"code": "87726", "name": "Northern Mutual"}));
        let payer = insurance
            .register_payer(&call(), payer)
            .await
            .expect("made");
        let product = of(json!({"payer": payer.id, "name": "Family care"}));
        let product = insurance
            .create_product(&call(), product)
            .await
            .expect("made");
        let plan = of(json!({"product": product.id, "name": "Silver", "currency": "USD"}));
        let plan = insurance.create_plan(&call(), plan).await.expect("made");
        insurance
            .publish_version(&call(), plan.id, of(terms()))
            .await
            .expect("published");
        let policy = of(json!({
            "number": "NM-1", "plan": plan.id, "from": "2026-01-01", "agent": agent,
            "premium": {"amount": usd(30_000), "every": period}
        }));
        let policy = insurance
            .quote_policy(&call(), policy)
            .await
            .expect("quoted");
        insurance
            .accept_policy(&call(), policy.id)
            .await
            .expect("accepted");
        (policy.id, payer.id, agent)
    }

    /// A patient who is covered.
    pub async fn insured(&self, family_name: &str) -> Insured {
        let (policy, payer, agent) = self.accepted_policy().await;
        let (insurance, call) = (&self.insurance, || self.call());
        let settled = insurance
            .settle_premium(&call(), policy, 1, of(json!({})))
            .await;
        settled.expect("settled");
        insurance
            .activate_policy(&call(), policy)
            .await
            .expect("active");
        let patient = self.patient(family_name).await;
        let member = of(json!({
            "patient": patient, "relationship": "holder", "born_on": "1984-02-29", "sex": "female"
        }));
        let member = insurance
            .enrol_member(&call(), policy, member)
            .await
            .expect("enrolled");
        Insured {
            patient,
            member: member.id,
            policy,
            payer,
            agent,
        }
    }

    async fn agent(&self) -> AgentId {
        let (billing, call) = (&self.billing, || self.call());
        let (plan, agent) = (Uuid::from_u128(0xc0), Uuid::from_u128(0xa0));
        let request = of(json!({
            "id": plan, "name": "A tenth",
            "terms": {
                "tiers": [{"from_minor": 0, "rate": 1_000}],
                "rounding": "half-even", "hold_back_days": 0
            }
        }));
        billing
            .make_commission_plan(&call(), request)
            .await
            .expect("made");
        let request = of(json!({"id": agent, "name": "Ada", "plan": plan}));
        billing
            .register_agent(&call(), request)
            .await
            .expect("registered")
            .id
    }

    /// Drives the runs and lets them hear of visits, until nothing is due.
    pub async fn drive(&self) {
        let log = medcover_journeys::log_of(Arc::clone(&self.hospital_log));
        let watch = self.journeys.watch(log, "watch");
        let driver = self.journeys.driver("driver");
        loop {
            let heard = watch.tick().await.expect("the store is there");
            let moved = driver.tick().await.expect("the store is there");
            if heard + moved + self.follow_up().await == 0 {
                return;
            }
        }
    }

    /// Lets follow what follows from payments and from the calendar by itself; returns how much was done.
    pub async fn follow_up(&self) -> usize {
        let mut done = self.days.tick().await.expect("the store is there");
        for follow_up in &self.follow_ups {
            done += follow_up.tick().await.expect("the store is there");
        }
        done
    }

    /// Drives while time passes.
    pub async fn drive_for(&self, time: Duration) {
        let steps = 20;
        for _ in 0..steps {
            self.drive().await;
            self.clock.advance(time / steps);
        }
        self.drive().await;
    }

    /// How a run stands.
    pub async fn run(&self, saga: SagaId) -> RunView {
        let tenant = Call::for_tests().tenant;
        let run = self.journeys.sagas().run(tenant, saga).await;
        run.expect("it can be read").expect("it is there")
    }
}

fn usd(minor: i64) -> Value {
    json!({"amount_minor": minor, "currency": "USD"})
}

fn terms() -> Value {
    let tier = json!({
        "from_unit": 1, "copay": usd(2_000), "deductible_applies": true, "coinsurance": 2_000
    });
    json!({
        "number": 1,
        "effective_from": "2026-01-01",
        "terms": {
            "benefits": {
                "id": "silver-1", "currency": "USD", "rounding": "half-even",
                "benefit_year": "calendar",
                "networks": [{
                    "network": "in",
                    "deductible": {"member": usd(5_000)},
                    "out_of_pocket": {"member": usd(200_000)}
                }],
                "limits": [{
                    "id": "visits", "scope": "member", "period": "benefit-year", "units": 10
                }],
                "rules": [{
                    "id": "visits",
                    "selector": {"category": "consultation"},
                    "benefit": {"covered": {
                        "limit": "visits", "counts_to_out_of_pocket": true, "tiers": [tier]
                    }}
                }]
            },
            "fees": {"99213": {"category": "consultation", "price": usd(10_000)}},
            "unlisted": "denied"
        }
    })
}
