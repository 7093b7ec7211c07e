//! One patient, from registration to refund: by the sagas, or by each service's own requests.

use serde_json::{Value, json};

use super::client::{Client, Result, Trouble};
use super::clinic::{Clinic, made, person, text, usd};
use super::journal::{Taking, Who};
use super::run::{End, completed, end_of, step, until_run};

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

    // --- by sagas -------------------------------------------------------------------------------------------------------

    fn by_sagas(&self) -> Result<()> {
        let covered = self.register_by_saga()?;
        let started = self.book_by_saga(&covered)?;
        let makes = &started["makes"];
        self.visit(&text(makes, "appointment")?)?;
        completed(self.client, &started)?;
        let (invoice, payment) = (text(makes, "invoice")?, text(makes, "payment")?);
        self.see("appointments", &text(makes, "appointment")?)?;
        self.see("invoices", &invoice)?;
        let paid = self.see("payments", &payment)?;
        agree("the saga's payment", &paid, PATIENTS_SHARE)?;
        let remittance = self.remittance(&text(makes, "claim")?)?;
        let posting = json!({"remittance": remittance, "control": self.name});
        let posting = self
            .client
            .post(202, "sagas/remittance-posting", &posting)?;
        completed(self.client, &posting)?;
        self.see("remittance-postings", &text(&posting["makes"], "posting")?)?;
        self.refund_to_some(&payment)
    }

    fn register_by_saga(&self) -> Result<Covered> {
        let mut who = person("Saga", &self.name);
        who["identifiers"] = json!([{"system": "drill", "value": self.name}]);
        let membership = json!({"policy": self.policy, "relationship": "other"});
        let wanted = json!({"person": who, "membership": membership});
        let started = self
            .client
            .post(202, "sagas/patient-registration", &wanted)?;
        completed(self.client, &started)?;
        let patient = text(&started["makes"], "patient")?;
        self.see("patients", &patient)?;
        let member = text(&started["makes"], "member")?;
        Ok(Covered { patient, member })
    }

    /// Begins `visit-to-cash` at one slot after the other until an appointment is booked.
    fn book_by_saga(&self, covered: &Covered) -> Result {
        loop {
            let planned = json!([{"procedure": "99213", "units": 1, "estimate": usd(CHARGED)}]);
            let cover = json!({
                "member": covered.member, "service_on": self.clinic.today, "services": planned
            });
            let wanted = json!({
                "patient": covered.patient, "slot": self.free_slot()?, "cover": cover,
                "collection": {"method": "cash"}
            });
            let started = self.client.post(202, "sagas/visit-to-cash", &wanted)?;
            let is_booked = until_run(self.client, &started, |run| {
                if step(run, "book")["status"] == "done" {
                    return Ok(Some(true));
                }
                match end_of(run)? {
                    // Somebody else had the slot.
                    Some(End::Compensated(reason)) if reason.starts_with("hold: ") => {
                        Ok(Some(false))
                    }
                    Some(_) => Err(Trouble::Surprise(run.to_string())),
                    None => Ok(None),
                }
            })?;
            if is_booked {
                return Ok(started);
            }
        }
    }

    /// Books by saga, and calls it off by saga.
    fn cancel(&self) -> Result<()> {
        let covered = self.register_by_saga()?;
        let started = self.book_by_saga(&covered)?;
        let appointment = text(&started["makes"], "appointment")?;
        let wanted = json!({
            "appointment": appointment, "visit": started["saga"], "ending": "cancelled",
            "reason": "The patient is ill"
        });
        let path = "sagas/cancellation-and-no-show";
        completed(self.client, &self.client.post(202, path, &wanted)?)?;
        until_run(self.client, &started, end_of)?;
        let ended = self.see("appointments", &appointment)?;
        if ended["state"] != "cancelled" {
            return Err(Trouble::Surprise(format!("it was cancelled: {ended}")));
        }
        Ok(())
    }

    /// Reads what a saga made, and remembers it.
    fn see(&self, list: &'static str, id: &str) -> Result {
        let seen = self.client.get(&format!("{list}/{id}"))?;
        self.client
            .note(|journal| journal.seen.push((list, seen.clone())));
        Ok(seen)
    }

    // --- by hand --------------------------------------------------------------------------------------------------------

    fn by_hand(&self) -> Result<()> {
        let client = self.client;
        let covered = self.register_by_hand()?;
        let (appointment, authorisation) = self.book_by_hand(&covered)?;
        let encounter = self.visit(&appointment)?;
        let invoice = self.invoice(&covered, &encounter)?;
        let claim = self.claim(&covered, &encounter, &authorisation)?;
        let decided = json!({
            "claim": claim, "version": 1, "contractual": usd(CONTRACTUAL),
            "patient": usd(PATIENTS_SHARE), "payer": usd(PAYERS_SHARE)
        });
        client.post(200, &format!("invoices/{invoice}/adjudications"), &decided)?;
        let payment = json!({
            "id": client.new_id(), "from": {"kind": "patient", "id": covered.patient},
            "amount": usd(PATIENTS_SHARE), "method": "cash", "invoice": invoice, "allocate": true
        });
        let payment = client.post(201, "payments", &payment)?;
        if payment["state"] != "succeeded" {
            return Err(Trouble::Surprise(format!("cash is there: {payment}")));
        }
        self.post_by_hand(&invoice, &claim)?;
        let billed = format!("encounters/{}/billed", text(&encounter, "id")?);
        client.post(200, &billed, &Value::Null)?;
        self.refund_to_some(&text(&payment, "id")?)
    }

    fn register_by_hand(&self) -> Result<Covered> {
        let details = person("Hand", &self.name);
        let patient = made(self.client, "patients", &json!({"details": details}))?;
        let members = format!("policies/{}/members", self.policy);
        let member = json!({
            "patient": patient, "relationship": "other", "born_on": "1984-02-29", "sex": "female"
        });
        let member = made(self.client, &members, &member)?;
        Ok(Covered { patient, member })
    }

    /// Holds a slot, has the benefit reserved and the appointment booked.
    fn book_by_hand(&self, covered: &Covered) -> Result<(String, String)> {
        let hold = loop {
            let wanted = json!({"slot": self.free_slot()?, "patient": covered.patient});
            match self.client.try_post(Who::Desk, "slots/holds", &wanted)? {
                (201, hold) => break text(&hold, "id")?,
                // Somebody else was faster.
                (409, _) => {}
                (_, other) => return Err(Trouble::Surprise(other.to_string())),
            }
        };
        let items = json!([{"procedure": "99213", "units": 1, "estimate": usd(CHARGED)}]);
        let reserved = json!({
            "member": covered.member, "service_on": self.clinic.today, "items": items
        });
        let authorisation = made(self.client, "authorisations", &reserved)?;
        let appointment = made(self.client, "appointments", &json!({"hold": hold}))?;
        Ok((appointment, authorisation))
    }

    fn invoice(&self, covered: &Covered, encounter: &Value) -> Result<String> {
        let charge = json!({
            "id": self.client.new_id(), "code": "99213", "description": "Consultation", "units": 1,
            "unit_price": usd(CHARGED), "service_date": encounter["service_date"]
        });
        let charges = json!({
            "encounter": encounter["id"], "patient": covered.patient, "charges": [charge]
        });
        self.client.post(200, "invoices/charges", &charges)?;
        let invoice = json!({
            "id": self.client.new_id(), "kind": "visit", "patient": covered.patient,
            "encounter": encounter["id"], "payer": self.clinic.payer, "agent": self.clinic.agent
        });
        made(self.client, "invoices", &invoice)
    }

    /// Sends the claim and has it decided on.
    fn claim(&self, covered: &Covered, encounter: &Value, authorisation: &str) -> Result<String> {
        let line = json!({
            "procedure": "99213", "units": 1, "charge": usd(CHARGED), "diagnoses": [1]
        });
        let claim = json!({
            "member": covered.member, "encounter": encounter["id"],
            "practitioner": encounter["practitioner"], "authorisation": authorisation,
            "service_on": encounter["service_date"], "diagnoses": ["I21.4", "I25.2"],
            "lines": [line]
        });
        let claim = made(self.client, "claims", &claim)?;
        let adjudicate = format!("claims/{claim}/adjudicate");
        let decided = self.client.post(200, &adjudicate, &Value::Null)?;
        if decided["state"] == "adjudicated" {
            return Ok(claim);
        }
        Err(Trouble::Surprise(format!("it is decided on: {decided}")))
    }

    /// Posts the payer's remittance, twice; the second time it is known as a duplicate.
    fn post_by_hand(&self, invoice: &str, claim: &str) -> Result<()> {
        self.remittance(claim)?;
        let adjustment = |group: &str, reason: &str, minor: i64| json!({"group": group, "reason": reason, "amount_minor": minor});
        let paid = json!({
            "claim": claim, "invoice": invoice, "billed": usd(CHARGED), "paid": usd(PAYERS_SHARE),
            "adjustments": [adjustment("CO", "45", CONTRACTUAL), adjustment("PR", "3", PATIENTS_SHARE)]
        });
        for (control, state) in [("first", "posted"), ("second", "duplicate")] {
            let posting = json!({
                "id": self.client.new_id(), "payer": self.clinic.payer, "trace": self.name,
                "control": format!("{control} {}", self.name), "total": usd(PAYERS_SHARE),
                "paid_on": self.clinic.today, "claims": [paid]
            });
            let posted = self.client.post(201, "remittance-postings", &posting)?;
            if posted["state"] != state {
                return Err(Trouble::Surprise(format!("it is {state}: {posted}")));
            }
        }
        Ok(())
    }

    // --- either way -----------------------------------------------------------------------------------------------------

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

fn agree(what: &str, payment: &Value, minor: i64) -> Result<()> {
    if payment["amount"]["amount_minor"] == minor && payment["state"] == "succeeded" {
        return Ok(());
    }
    Err(Trouble::Surprise(format!("{what} is {payment}")))
}
