//! From the first registration to a refund with claw-back, with balanced books after every step.

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_billing::endpoints::{PaymentQuery, RefundQuery};
use medcover_contract_billing::{AgentId, InvoiceState, RefundState, RemittanceState};
use medcover_contract_hospital::{EncounterState, SlotState};
use medcover_contract_insurance::{ClaimState, EligibilityQuery, PolicyState};
use medcover_contract_journeys::Started;
use medcover_journey_tests::{Clinic, Insured, Practice, Stores, of, usd};
use medcover_kernel::{
    AppointmentId, ClaimId, InvoiceId, ManualClock, MemberId, PatientId, PaymentId, RemittanceId,
    SeededRng, Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// New Year's Day of 2026, seven in the morning by UTC.
const MORNING: Timestamp = Timestamp::from_micros(1_767_250_800_000_000);

/// Each in memory, where nobody waits for time that passes, and over PostgreSQL.
macro_rules! journeys {
    ($($journey:ident,)+) => {
        mod in_memory {
            $(#[tokio::test(start_paused = true)]
            async fn $journey() {
                let clock = super::morning();
                let stores = super::Stores::in_memory(&clock);
                super::$journey(super::clinic(stores, clock)).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $journey() {
                let (database, clock) = (medcover_testkit::Database::start(), super::morning());
                let stores = super::Stores::on(&database, &clock).await;
                super::$journey(super::clinic(stores, clock)).await;
            })+
        }
    };
}

journeys! {
    from_registration_to_refund_the_books_balance_after_every_step,
    the_same_remittance_under_another_control_number_is_posted_once,
    a_visit_that_is_cancelled_leaves_nothing_but_its_fee,
    a_declined_card_leaves_the_invoice_open_and_an_unknown_one_is_asked_about,
    a_reversed_claim_gives_benefits_and_money_back,
    a_premium_that_is_not_paid_suspends_the_policy_and_a_paid_one_reinstates_it,
}

fn morning() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(MORNING))
}

fn clinic(stores: Stores, clock: Arc<ManualClock>) -> Clinic {
    Clinic::over(stores, clock, &Arc::new(SeededRng::new(3)))
}

async fn sound(clinic: &Clinic, after: &str) {
    let faults = clinic.faults().await;
    assert!(faults.is_empty(), "after {after}: {faults:#?}");
}

async fn ended(clinic: &Clinic, started: &Started, state: &str) {
    clinic.drive().await;
    let run = clinic.run(started.saga).await;
    assert_eq!(run.state, state, "{run:#?}");
    sound(clinic, started.name.name()).await;
}

async fn earned(clinic: &Clinic, agent: AgentId) -> i64 {
    let earned = clinic
        .billing
        .commissions(&clinic.call(), agent)
        .await
        .expect("an agent");
    earned.accounts.iter().map(|it| it.accrued.minor()).sum()
}

/// The whole way, in one clinic.
struct Way {
    clinic: Clinic,
    practice: Practice,
    insured: Insured,
}

impl Way {
    /// Registers, covers: a policy is paid for, and a patient enrolled under it.
    async fn covered(clinic: Clinic) -> Self {
        let practice = clinic.practice().await;
        let (policy, payer, agent) = clinic.accepted_policy().await;
        let holder = clinic.patient("Rossi").await;
        let request = of(json!({
            "policy": policy, "number": 1, "holder": holder, "collection": {"method": "cash"}
        }));
        let premium = clinic.api().collect_premium(&clinic.call(), request).await;
        ended(&clinic, &premium.expect("it begins"), "completed").await;
        let found = clinic
            .insurance
            .policy(&clinic.call(), policy)
            .await
            .expect("there");
        assert_eq!(found.state, PolicyState::Active);
        assert_eq!(
            earned(&clinic, agent).await,
            3_000,
            "a tenth of the premium"
        );

        let request = of(json!({
            "person": {
                "family_name": "Rossi", "given_names": "Luca",
                "birth_date": "1990-03-01", "sex": "male"
            },
            "membership": {"policy": policy, "relationship": "spouse"}
        }));
        let registered = clinic.api().register_patient(&clinic.call(), request).await;
        let registered = registered.expect("it begins");
        ended(&clinic, &registered, "completed").await;
        let run = clinic.run(registered.saga).await;
        assert_eq!(
            run.steps[2].output.as_ref().expect("it asked")["eligible"],
            true
        );
        let insured = Insured {
            patient: PatientId::from_uuid(registered.makes["patient"]),
            member: MemberId::from_uuid(registered.makes["member"]),
            policy,
            payer,
            agent,
        };
        Self {
            clinic,
            practice,
            insured,
        }
    }

    /// Books, sees, codes; scrubs, invoices, claims, adjudicates, pays, accrues.
    async fn visited(&self) -> Started {
        let Self {
            clinic,
            practice,
            insured,
        } = self;
        let request = Clinic::covered_visit(*practice, *insured, &json!({"method": "cash"}));
        let visit = clinic
            .api()
            .visit_to_cash(&clinic.call(), request)
            .await
            .expect("it begins");
        ended(clinic, &visit, "running").await;
        assert_eq!(clinic.slots(*practice, SlotState::Busy).await, 1, "booked");
        assert_eq!(self.visits_held().await, 1, "reserved");
        let seen = clinic
            .see(AppointmentId::from_uuid(visit.makes["appointment"]))
            .await;
        ended(clinic, &visit, "completed").await;
        let seen = seen.expect("they were seen");
        let seen = clinic
            .hospital
            .encounter(&clinic.call(), seen.id)
            .await
            .expect("there");
        assert_eq!(seen.state, EncounterState::BilledReady);
        visit
    }

    async fn visits_held(&self) -> i64 {
        let query = EligibilityQuery {
            member: Some(self.insured.member),
            ..EligibilityQuery::default()
        };
        let call = self.clinic.call();
        let cover = self
            .clinic
            .insurance
            .check_eligibility(&call, query)
            .await
            .expect("a member");
        cover
            .accumulators
            .iter()
            .filter(|it| it.limit == 10)
            .map(|it| it.held)
            .sum()
    }
}

async fn from_registration_to_refund_the_books_balance_after_every_step(clinic: Clinic) {
    let way = Way::covered(clinic).await;
    let (clinic, insured) = (&way.clinic, way.insured);
    let visit = way.visited().await;
    assert_eq!(way.visits_held().await, 0, "what was held is used");

    // 120.00: 20.00 above the fee, then 20.00, 50.00 and a fifth of 30.00 are the patient's.
    let invoice = InvoiceId::from_uuid(visit.makes["invoice"]);
    let found = clinic
        .billing
        .invoice(&clinic.call(), invoice)
        .await
        .expect("there");
    assert_eq!(found.total, usd(12_000));
    assert_eq!(found.standing.contractual, usd(2_000));
    assert_eq!(found.standing.patient.share, usd(7_600));
    assert_eq!(found.standing.patient.allocated, usd(7_600));
    assert_eq!(found.open, usd(2_400), "the payer's part");
    assert_eq!(earned(clinic, insured.agent).await, 3_000 + 760);

    let issue = of(json!({
        "payer": insured.payer, "trace": "EFT-1", "paid_on": "2026-01-01",
        "claims": [visit.makes["claim"]]
    }));
    let issued = clinic
        .insurance
        .issue_remittance(&clinic.call(), issue)
        .await
        .expect("issued");
    let request = of(json!({"remittance": issued.id, "control": "000000905"}));
    let posting = clinic
        .api()
        .post_remittance(&clinic.call(), request)
        .await
        .expect("it begins");
    ended(clinic, &posting, "completed").await;
    let found = clinic
        .billing
        .invoice(&clinic.call(), invoice)
        .await
        .expect("there");
    assert_eq!((found.state, found.open), (InvoiceState::Paid, usd(0)));
    let claim = ClaimId::from_uuid(visit.makes["claim"]);
    let claim = clinic
        .insurance
        .claim(&clinic.call(), claim)
        .await
        .expect("there");
    assert_eq!(claim.state, ClaimState::Finalized);
    let before = earned(clinic, insured.agent).await;

    let payment = PaymentId::from_uuid(visit.makes["payment"]);
    let refund = of(json!({
        "id": Uuid::from_u128(0xf0), "payment": payment, "amount": usd(7_600),
        "reason": "The visit is given to the patient for free"
    }));
    let refund = clinic
        .billing
        .request_refund(&clinic.call(), refund)
        .await
        .expect("asked");
    sound(clinic, "the request of a refund").await;
    let approved = clinic
        .billing
        .approve_refund(&clinic.second_person(), refund.id)
        .await;
    assert_eq!(
        approved.expect("another person").state,
        RefundState::Approved
    );
    sound(clinic, "its approval").await;
    let sent = clinic
        .billing
        .send_refund(&clinic.call(), refund.id)
        .await
        .expect("sent");
    assert_eq!(sent.state, RefundState::Succeeded);
    clinic.drive().await;
    sound(clinic, "the refund").await;
    assert_eq!(
        earned(clinic, insured.agent).await,
        before - 760,
        "clawed back"
    );
}

async fn the_same_remittance_under_another_control_number_is_posted_once(clinic: Clinic) {
    let way = Way::covered(clinic).await;
    let (clinic, visit) = (&way.clinic, way.visited().await);
    let issue = of(json!({
        "payer": way.insured.payer, "trace": "EFT-1", "paid_on": "2026-01-01",
        "claims": [visit.makes["claim"]]
    }));
    let issued = clinic
        .insurance
        .issue_remittance(&clinic.call(), issue)
        .await
        .expect("issued");
    let mut states = Vec::new();
    for control in ["000000905", "000000906", "000000905"] {
        let request = of(json!({"remittance": issued.id, "control": control}));
        let posting = clinic.api().post_remittance(&clinic.call(), request).await;
        let posting = posting.expect("it begins");
        ended(clinic, &posting, "completed").await;
        let id = RemittanceId::from_uuid(posting.makes["posting"]);
        let posted = clinic.billing.remittance_posting(&clinic.call(), id).await;
        states.push(posted.expect("there").state);
    }
    let again = RemittanceState::Duplicate;
    assert_eq!(states, [RemittanceState::Posted, again, again]);
    let cash = clinic.net().await.into_iter().filter(|it| it.0 == "cash");
    assert_eq!(cash.map(|it| it.2).sum::<i64>(), 30_000 + 7_600 + 2_400);
}

async fn a_visit_that_is_cancelled_leaves_nothing_but_its_fee(clinic: Clinic) {
    let way = Way::covered(clinic).await;
    let (clinic, practice) = (&way.clinic, way.practice);
    let request = Clinic::covered_visit(practice, way.insured, &json!({"method": "cash"}));
    let visit = clinic
        .api()
        .visit_to_cash(&clinic.call(), request)
        .await
        .expect("it begins");
    clinic.drive().await;
    let before = clinic.net().await;
    let request = of(json!({
        "appointment": visit.makes["appointment"], "visit": visit.saga, "ending": "cancelled",
        "reason": "The patient is ill",
        "fee": {"amount": usd(2_500), "notice_hours": 24}
    }));
    let ending = clinic
        .api()
        .end_appointment(&clinic.call(), request)
        .await
        .expect("it begins");
    ended(clinic, &ending, "completed").await;
    ended(clinic, &visit, "compensated").await;
    assert_eq!(
        clinic.slots(practice, SlotState::Free).await,
        16,
        "all of the day"
    );
    assert_eq!(way.visits_held().await, 0);
    let owed = |net: &[(String, String, i64)]| -> i64 {
        let owed = net.iter().filter(|it| it.0 == "patient-receivable");
        owed.map(|it| it.2).sum()
    };
    assert_eq!(owed(&clinic.net().await) - owed(&before), 2_500);
}

async fn a_declined_card_leaves_the_invoice_open_and_an_unknown_one_is_asked_about(clinic: Clinic) {
    let way = Way::covered(clinic).await;
    let (clinic, practice) = (&way.clinic, way.practice);
    let card = json!({"method": "card", "terminal": "no-answer"});
    let request = Clinic::covered_visit(practice, way.insured, &card);
    let visit = clinic
        .api()
        .visit_to_cash(&clinic.call(), request)
        .await
        .expect("it begins");
    clinic.drive().await;
    clinic
        .see(AppointmentId::from_uuid(visit.makes["appointment"]))
        .await;
    clinic.drive_for(Duration::from_mins(10)).await;
    let run = clinic.run(visit.saga).await;
    let collect = run
        .steps
        .iter()
        .find(|step| step.name == "collect")
        .expect("a step");
    assert_eq!(
        (run.state, collect.status),
        ("running", "delayed"),
        "it waits: {run:#?}"
    );
    let payments = PaymentQuery {
        party: Some(way.insured.patient.as_uuid()),
        ..PaymentQuery::default()
    };
    let payments = clinic
        .billing
        .payments(&clinic.call(), payments)
        .await
        .expect("listed");
    assert_eq!(payments.payments.len(), 1, "it is not tried again");

    let declined: Value = json!({"outcome": "failed"});
    let payment = PaymentId::from_uuid(visit.makes["payment"]);
    let resolved = clinic
        .billing
        .resolve_payment(&clinic.call(), payment, of(declined))
        .await;
    resolved.expect("a person has looked");
    clinic.drive_for(Duration::from_mins(1)).await;
    ended(clinic, &visit, "completed").await;
    let invoice = InvoiceId::from_uuid(visit.makes["invoice"]);
    let found = clinic
        .billing
        .invoice(&clinic.call(), invoice)
        .await
        .expect("there");
    assert_eq!(found.standing.patient.allocated, usd(0));
    assert_eq!(found.open, usd(10_000), "what was owed is owed");
}

async fn a_reversed_claim_gives_benefits_and_money_back(clinic: Clinic) {
    let way = Way::covered(clinic).await;
    let (clinic, visit) = (&way.clinic, way.visited().await);
    let before = clinic.picture(None, Some(way.insured)).await;
    let request = of(json!({
        "claim": visit.makes["claim"], "reason": "Decided by the wrong terms",
        "then": "readjudicate"
    }));
    let again = clinic
        .api()
        .reverse_claim(&clinic.call(), request)
        .await
        .expect("it begins");
    ended(clinic, &again, "completed").await;
    let after = clinic.picture(None, Some(way.insured)).await;
    assert_eq!(after, before, "the same terms decide the same");
    let claim = ClaimId::from_uuid(visit.makes["claim"]);
    let found = clinic
        .insurance
        .claim(&clinic.call(), claim)
        .await
        .expect("there");
    assert_eq!(found.adjudication.map(|it| it.version), Some(2));

    let request = of(json!({
        "claim": visit.makes["claim"], "reason": "The wrong visit was claimed", "then": "void"
    }));
    let voided = clinic
        .api()
        .reverse_claim(&clinic.call(), request)
        .await
        .expect("it begins");
    ended(clinic, &voided, "completed").await;
    let refunds = clinic
        .billing
        .refunds(&clinic.call(), RefundQuery::default())
        .await;
    let refunds: Vec<_> = refunds.expect("listed").refunds;
    assert_eq!(refunds.len(), 1);
    assert_eq!(
        (refunds[0].state, refunds[0].amount),
        (RefundState::Requested, usd(7_600))
    );
}

async fn a_premium_that_is_not_paid_suspends_the_policy_and_a_paid_one_reinstates_it(
    clinic: Clinic,
) {
    let (policy, ..) = clinic.accepted_policy_every("month").await;
    let holder = clinic.patient("Rossi").await;
    let collect = async |number: u32, terminal: &str, ends: &str| {
        let request = of(json!({
            "policy": policy, "number": number, "holder": holder,
            "collection": {"method": "card", "terminal": terminal}, "unpaid": "suspend"
        }));
        let started = clinic.api().collect_premium(&clinic.call(), request).await;
        ended(&clinic, &started.expect("it begins"), ends).await;
        clinic
            .insurance
            .policy(&clinic.call(), policy)
            .await
            .expect("there")
            .state
    };
    assert_eq!(
        collect(1, "declined", "completed").await,
        PolicyState::PendingPayment
    );
    assert!(clinic.net().await.is_empty(), "the invoice is withdrawn");
    assert_eq!(
        collect(1, "approved", "completed").await,
        PolicyState::Active
    );
    assert_eq!(
        collect(1, "approved", "compensated").await,
        PolicyState::Active,
        "it is paid"
    );
    assert_eq!(
        collect(2, "approved", "compensated").await,
        PolicyState::Active,
        "it is not due"
    );
    clinic.drive_for(Duration::from_hours(32 * 24)).await;
    assert_eq!(
        collect(2, "declined", "completed").await,
        PolicyState::Suspended
    );
    assert_eq!(
        collect(2, "approved", "completed").await,
        PolicyState::Active
    );
    let cash = clinic.net().await.into_iter().filter(|it| it.0 == "cash");
    assert_eq!(cash.map(|it| it.2).sum::<i64>(), 60_000, "two premiums");
}
