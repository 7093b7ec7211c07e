//! By each service's own requests.

use serde_json::{Value, json};

use super::super::clinic::{made, person, text, usd};
use super::super::journal::Who;
use super::super::trouble::{Result, Trouble, expect};
use super::{CHARGED, CONTRACTUAL, Covered, Journey, PATIENTS_SHARE, PAYERS_SHARE};

impl Journey<'_> {
    pub(super) fn by_hand(&self) -> Result<()> {
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
            let answer = self.client.try_post(Who::Desk, "slots/holds", &wanted)?;
            // At 409 somebody else was faster.
            if answer.status != 409 {
                break text(&expect(201, "POST", "slots/holds", answer)?, "id")?;
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
}
