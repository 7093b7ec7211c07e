//! The charges of a visit.

use medcover_contract_billing::events::{
    ChargesCancelled, ChargesInvoiced, ChargesRecorded, ChargesReleased,
};
use medcover_contract_billing::{Charge, ChargeState, InvoiceLine, MAX_LINES};
use medcover_kernel::{Error, InvoiceId, PatientId, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::rules;

events! {
    /// What can happen to the charges of a visit.
    pub(crate) ChargesEvent {
        Recorded(ChargesRecorded), Invoiced(ChargesInvoiced), Released(ChargesReleased), Cancelled(ChargesCancelled),
    }
}

/// The charges of a visit as their events leave them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Charges {
    pub(crate) patient: Option<PatientId>,
    pub(crate) state: ChargeState,
    pub(crate) invoice: Option<InvoiceId>,
    pub(crate) items: Vec<Charge>,
}

/// What is asked of the charges of a visit.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Record(PatientId, Vec<Charge>),
    Invoice(InvoiceId),
    Release(InvoiceId),
    Cancel,
}

impl Charges {
    pub(crate) fn decide(&self, command: Command) -> Result<Option<ChargesEvent>> {
        match (self.state, command) {
            (ChargeState::Open, Command::Record(patient, charges)) => self.record(patient, charges),
            (ChargeState::Invoiced, Command::Record(patient, charges)) => {
                // Sent again, they are what they were; others come too late.
                match self.record(patient, charges)? {
                    None => Ok(None),
                    Some(_) => Err(self.illegal("record")),
                }
            }
            (ChargeState::Open, Command::Invoice(invoice)) if !self.items.is_empty() => {
                Ok(Some(ChargesInvoiced { invoice }.into()))
            }
            (ChargeState::Open, Command::Invoice(_)) => Err(rules::refused(
                "nothing-to-bill",
                "No charges of the visit are recorded, and the request has no lines.",
            )),
            (ChargeState::Invoiced, Command::Release(invoice)) if self.invoice == Some(invoice) => {
                Ok(Some(ChargesReleased { invoice }.into()))
            }
            (_, Command::Release(_)) | (ChargeState::Cancelled, Command::Cancel) => Ok(None),
            (ChargeState::Open, Command::Cancel) => Ok(Some(ChargesCancelled {}.into())),
            (ChargeState::Invoiced, Command::Cancel) => Err(self.illegal("cancel")),
            (ChargeState::Cancelled, Command::Record(..)) => Err(self.illegal("record")),
            (ChargeState::Invoiced | ChargeState::Cancelled, Command::Invoice(_)) => {
                Err(self.illegal("invoice"))
            }
        }
    }

    fn illegal(&self, command: &str) -> Error {
        let (state, allowed): (_, &[&str]) = match self.state {
            ChargeState::Open => ("open", &["record", "invoice", "cancel"]),
            ChargeState::Invoiced => ("invoiced", &["release"]),
            ChargeState::Cancelled => ("cancelled", &[]),
        };
        Error::illegal_transition("visit's charges", state, command, allowed)
    }

    fn record(&self, patient: PatientId, charges: Vec<Charge>) -> Result<Option<ChargesEvent>> {
        if self.patient.is_some_and(|known| known != patient) {
            return Err(rules::content_differs("visit"));
        }
        let mut new: Vec<Charge> = Vec::new();
        for charge in charges {
            let known = self.items.iter().chain(&new);
            match known.into_iter().find(|known| known.id == charge.id) {
                None => new.push(charge),
                Some(known) if *known == charge => {}
                Some(_) => return Err(rules::content_differs("charge")),
            }
        }
        if self.items.len() + new.len() > MAX_LINES {
            return Err(rules::refused(
                "too-many",
                format!("A visit has at most {MAX_LINES} charges."),
            ));
        }
        let mut of = self.items.iter().chain(&new);
        let currency = of.next().map(|charge| charge.unit_price.currency());
        if of.any(|charge| Some(charge.unit_price.currency()) != currency) {
            return Err(rules::refused(
                "currency-differs",
                "The charges of a visit are of one currency.",
            ));
        }
        let recorded = ChargesRecorded {
            patient,
            charges: new,
        };
        Ok((!recorded.charges.is_empty()).then(|| recorded.into()))
    }

    /// The charges as lines of an invoice.
    pub(crate) fn lines(&self) -> Vec<InvoiceLine> {
        let line = |charge: &Charge| InvoiceLine {
            description: charge.description.clone(),
            code: Some(charge.code.clone()),
            units: charge.units,
            unit_price: charge.unit_price,
        };
        self.items.iter().map(line).collect()
    }
}

impl Aggregate for Charges {
    const KIND: &'static str = "charges";
    type Event = ChargesEvent;

    fn evolve(&mut self, event: &ChargesEvent, _: Timestamp) {
        match event {
            ChargesEvent::Recorded(recorded) => {
                self.patient = Some(recorded.patient);
                self.items.extend(recorded.charges.iter().cloned());
            }
            ChargesEvent::Invoiced(invoiced) => {
                self.state = ChargeState::Invoiced;
                self.invoice = Some(invoiced.invoice);
            }
            ChargesEvent::Released(_) => {
                self.state = ChargeState::Open;
                self.invoice = None;
            }
            ChargesEvent::Cancelled(_) => self.state = ChargeState::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_billing::ChargeId;
    use medcover_kernel::{Currency, ErrorKind, Money};
    use uuid::Uuid;

    fn invoice(number: u128) -> InvoiceId {
        InvoiceId::from_uuid(Uuid::from_u128(number))
    }

    fn charge(number: u128) -> Charge {
        Charge {
            id: ChargeId::from_uuid(Uuid::from_u128(number)),
            code: "99213".to_owned(),
            description: "Office visit".to_owned(),
            units: 1,
            unit_price: Money::new(100, Currency::USD).expect("money"),
            service_date: jiff::civil::date(2026, 4, 1),
        }
    }

    fn record(number: u128) -> Command {
        let patient = PatientId::from_uuid(Uuid::from_u128(9));
        Command::Record(patient, vec![charge(number)])
    }

    fn after(commands: Vec<Command>) -> Charges {
        let mut charges = Charges::default();
        for command in commands {
            if let Some(event) = charges.decide(command).expect("a legal way there") {
                charges.evolve(&event, Timestamp::from_micros(0));
            }
        }
        charges
    }

    #[test]
    fn every_command_in_every_state_does_what_the_table_says_or_is_a_conflict() {
        let states = [
            ("none", after(vec![])),
            ("open", after(vec![record(1)])),
            (
                "invoiced",
                after(vec![record(1), Command::Invoice(invoice(1))]),
            ),
            ("cancelled", after(vec![record(1), Command::Cancel])),
        ];
        let commands = [
            ("record", record(2)),
            ("record again", record(1)),
            ("invoice", Command::Invoice(invoice(2))),
            ("release", Command::Release(invoice(1))),
            ("release of another", Command::Release(invoice(2))),
            ("cancel", Command::Cancel),
        ];
        let mut table = Vec::new();
        for (from, charges) in &states {
            for (name, command) in &commands {
                let told = match charges.decide(command.clone()) {
                    Ok(None) => "nothing".to_owned(),
                    Ok(Some(event)) => {
                        let mut after = charges.clone();
                        after.evolve(&event, Timestamp::from_micros(0));
                        format!("{:?}", after.state)
                    }
                    Err(error) if error.slug() == "illegal-transition" => {
                        assert_eq!(error.kind(), ErrorKind::Conflict);
                        assert!(error.message().contains(from), "{error}");
                        "conflict".to_owned()
                    }
                    Err(error) => error.slug().to_owned(),
                };
                table.push(format!("{from}, {name}: {told}"));
            }
        }
        let expected = "\
            none, record: Open|none, record again: Open|none, invoice: nothing-to-bill|\
            none, release: nothing|none, release of another: nothing|none, cancel: Cancelled|\
            open, record: Open|open, record again: nothing|open, invoice: Invoiced|\
            open, release: nothing|open, release of another: nothing|open, cancel: Cancelled|\
            invoiced, record: conflict|invoiced, record again: nothing|invoiced, invoice: conflict|\
            invoiced, release: Open|invoiced, release of another: nothing|invoiced, cancel: conflict|\
            cancelled, record: conflict|cancelled, record again: conflict|cancelled, invoice: conflict|\
            cancelled, release: nothing|cancelled, release of another: nothing|cancelled, cancel: nothing";
        assert_eq!(table.join("|"), expected);
    }
}
