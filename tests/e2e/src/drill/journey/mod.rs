//! One patient, from registration to refund: by the sagas, or by each service's own requests.

mod by_hand;
mod by_sagas;

use serde_json::{Value, json};

use super::client::Client;
use super::clinic::{Clinic, made, text, usd};
use super::journal::{Taking, Who};
use super::trouble::{Result, Trouble};

/// What a consultation is charged, and what its plan makes of that, in minor units.
const CHARGED: i64 = 12_000;
const CONTRACTUAL: i64 = 2_000;
const PATIENTS_SHARE: i64 = 3_600;
const PAYERS_SHARE: i64 = 6_400;
/// What goes back to some.
const REFUND: i64 = 1_000;

/// A patient who is looked after.
pub(super) struct Journey<'a> {
    client: &'a Client<'a>,
    clinic: &'a Clinic,
    /// Tells the patient, the traces and the like from all others.
    name: String,
    policy: &'a str,
}

/// A patient who is covered.
struct Covered {
    patient: String,
    member: String,
}

impl<'a> Journey<'a> {
    /// The journey of somebody new, who is covered under `policy`.
    pub(super) fn new(client: &'a Client<'a>, clinic: &'a Clinic, policy: &'a str) -> Self {
        Self {
            client,
            clinic,
            name: client.new_id(),
            policy,
        }
    }

    /// Takes it, from the begin to the end.
    pub(super) fn take(&self) -> Result<()> {
        let kind = self.client.below(8);
        match kind {
            0 => self.cancel()?,
            1..=4 => self.by_sagas()?,
            _ => self.by_hand()?,
        }
        self.client.note(|journal| {
            journal.finished += 1;
            journal.cancelled += u64::from(kind == 0);
        });
        Ok(())
    }

    /// One of the next slots somewhere that is free, or was a moment ago, as requests name it.
    fn free_slot(&self) -> Result {
        loop {
            let listed = self.client.get(&self.clinic.some_slots(self.client))?;
            let slots = listed["slots"].as_array().cloned().unwrap_or_default();
            let place = self.client.below(slots.len() as u64) as usize;
            if let Some(slot) = slots.get(place) {
                let (schedule, service) = (&slot["schedule"], &slot["service"]);
                return Ok(
                    json!({"schedule": schedule, "service": service, "start": slot["start"]}),
                );
            }
        }
    }

    /// The patient comes, is seen, and goes; the codes are final.
    fn visit(&self, appointment: &str) -> Result {
        let client = self.client;
        let nothing = &Value::Null;
        client.post(200, &format!("appointments/{appointment}/arrive"), nothing)?;
        client.post(
            200,
            &format!("appointments/{appointment}/check-in"),
            nothing,
        )?;
        let encounter = json!({"appointment": appointment});
        let encounter = client.post(201, "encounters", &encounter)?;
        let id = text(&encounter, "id")?;
        client.post(200, &format!("encounters/{id}/finish"), nothing)?;
        let diagnoses = json!([{"code": "I21.4", "rank": 1}, {"code": "I25.2", "rank": 2}]);
        let procedure = json!({
            "code": "99213", "description": "Consultation", "units": 1, "charge": usd(CHARGED),
            "diagnoses": [1]
        });
        let codes = json!({"diagnoses": diagnoses, "procedures": [procedure]});
        client.post(200, &format!("encounters/{id}/code"), &codes)
    }

    /// The payer pays the claim.
    fn remittance(&self, claim: &str) -> Result<String> {
        let remittance = json!({
            "payer": self.clinic.payer, "trace": self.name, "paid_on": self.clinic.today,
            "claims": [claim]
        });
        let remittance = self.client.post(201, "remittances", &remittance)?;
        if remittance["total"]["amount_minor"] != PAYERS_SHARE {
            return Err(Trouble::Surprise(format!("the share: {remittance}")));
        }
        text(&remittance, "id")
    }

    /// One in three gets something back, which somebody else approves. What became of the money is remembered.
    fn refund_to_some(&self, payment: &str) -> Result<()> {
        let mut refunded = 0;
        if self.client.below(3) == 0 {
            let refund = json!({
                "id": self.client.new_id(), "payment": payment, "amount": usd(REFUND),
                "reason": "Long waiting"
            });
            let refund = made(self.client, "refunds", &refund)?;
            let approve = format!("refunds/{refund}/approve");
            self.client
                .post_as(Who::Second, 200, &approve, &Value::Null)?;
            let path = format!("refunds/{refund}/send");
            let sent = self.client.post(200, &path, &Value::Null)?;
            if sent["state"] != "succeeded" {
                return Err(Trouble::Surprise(format!("cash is given back: {sent}")));
            }
            refunded = REFUND;
        }
        self.client.note(|journal| {
            journal.takings.push(Taking {
                charged: CHARGED,
                contractual: CONTRACTUAL,
                collected: PATIENTS_SHARE + PAYERS_SHARE,
                premium: 0,
                refunded,
            });
        });
        Ok(())
    }
}
