//! By the sagas.

use serde_json::{Value, json};

use super::super::clinic::{person, text, usd};
use super::super::run::{End, completed, end_of, step, until_run};
use super::super::trouble::{Result, Trouble};
use super::{CHARGED, Covered, Journey, PATIENTS_SHARE};

impl Journey<'_> {
    pub(super) fn by_sagas(&self) -> Result<()> {
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
        if self.client.below(4) == 0 {
            self.decide_anew(&text(makes, "claim")?)?;
        }
        self.refund_to_some(&payment)
    }

    /// Has the decision on the claim taken back and made again, by the same terms: nobody owes or gets anything else.
    fn decide_anew(&self, claim: &str) -> Result<()> {
        let wanted = json!({"claim": claim, "reason": "It was asked to", "then": "readjudicate"});
        let reversal = self.client.post(202, "sagas/claim-reversal", &wanted)?;
        completed(self.client, &reversal)?;
        let now = self.client.get(&format!("claims/{claim}"))?;
        if now["state"] == "adjudicated" && now["adjudication"]["version"] == 2 {
            return Ok(());
        }
        Err(Trouble::Surprise(format!("it was decided anew: {now}")))
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
    pub(super) fn cancel(&self) -> Result<()> {
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
}

fn agree(what: &str, payment: &Value, minor: i64) -> Result<()> {
    if payment["amount"]["amount_minor"] == minor && payment["state"] == "succeeded" {
        return Ok(());
    }
    Err(Trouble::Surprise(format!("{what} is {payment}")))
}
