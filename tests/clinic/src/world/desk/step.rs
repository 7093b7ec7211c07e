//! What takes a visit further, from slot to money.

use medcover_contract_billing as billing;
use medcover_contract_billing::ChargeId;
use medcover_contract_hospital as hospital;
use medcover_contract_hospital::{Diagnosis, Procedure};
use medcover_contract_insurance as insurance;
use medcover_contract_insurance::{ClaimLine, Network, RequestedItem, Urgency};
use medcover_contract_journeys as journeys;
use medcover_contract_journeys::PlannedService;
use medcover_kernel::{InvoiceId, PaymentId};
use medcover_simulation::stage::Fate;

use super::chance::{collection, method, some_of};
use super::id;
use super::visit::{Stage, Visit};
use crate::commands::{Command, DAY, patient, payer};
use crate::setting::{self, DIAGNOSES, PROCEDURES, usd};

impl Visit {
    /// The saga that takes it further, while people do what only people do.
    pub(super) fn by_saga(&self, fate: &Fate) -> Command {
        let service = |(procedure, units, charge): &(usize, u32, i64)| PlannedService {
            procedure: PROCEDURES[*procedure].to_owned(),
            units: *units,
            estimate: usd(*charge),
        };
        let therapies = self.lines.iter().filter(|it| it.0 == 1);
        Command::StartVisit {
            request: journeys::VisitToCash {
                patient: patient(self.patient),
                slot: journeys::VisitSlot {
                    schedule: self.slot.schedule.as_uuid(),
                    service: self.slot.service.as_uuid(),
                    start: setting::moment(self.slot.start),
                },
                description: None,
                hold_seconds: 60 + fate.below(600) as u32,
                cover: self.insured.then(|| journeys::VisitCover {
                    member: setting::member(self.patient),
                    service_on: DAY,
                    services: therapies.map(service).collect(),
                }),
                collection: collection(fate),
                agent: fate.happens(300).then(setting::agent),
            },
        }
    }

    /// The next step.
    pub(super) fn step(&mut self, fate: &Fate) -> Command {
        let (appointment, encounter) = (self.appointment(), self.encounter());
        match self.stage {
            Stage::Hold => self.hold_slot(fate),
            Stage::Reserve => self.reserve(),
            Stage::Book => self.book(fate),
            Stage::Arrive => Command::ArriveAppointment { appointment },
            Stage::CheckIn => Command::CheckInAppointment { appointment },
            Stage::Start => self.start(),
            Stage::Finish => Command::FinishEncounter { encounter },
            Stage::Code => self.code(fate),
            Stage::Charge => self.charge(),
            Stage::Invoice => self.issue(0),
            Stage::Claim => self.submit(),
            Stage::Adjudicate => Command::AdjudicateClaim {
                claim: self.claim(),
            },
            Stage::Apply => self.apply(),
            Stage::Pay => self.pay(fate, self.payment()),
            Stage::After | Stage::Gone => self.disturb(fate),
        }
    }

    fn hold_slot(&self, fate: &Fate) -> Command {
        Command::HoldSlot {
            request: hospital::HoldSlotRequest {
                id: Some(self.hold()),
                slot: self.slot.clone(),
                patient: patient(self.patient),
                seconds: 5 + fate.below(240) as u32,
            },
        }
    }

    fn reserve(&self) -> Command {
        let item = |(procedure, units, charge): &(usize, u32, i64)| RequestedItem {
            procedure: PROCEDURES[*procedure].to_owned(),
            units: *units,
            estimate: usd(*charge),
            network: Network::In,
        };
        Command::ReserveBenefit {
            request: insurance::ReserveBenefitRequest {
                id: Some(self.authorisation()),
                member: setting::member(self.patient),
                appointment: (!self.walks_in).then(|| self.appointment()),
                service_on: DAY,
                expires_on: None,
                items: self.lines.iter().map(item).collect(),
            },
        }
    }

    fn book(&self, fate: &Fate) -> Command {
        // Who comes without a hold takes the slot itself.
        let held = !fate.happens(150);
        Command::BookAppointment {
            request: hospital::BookAppointmentRequest {
                id: Some(self.appointment()),
                hold: held.then(|| self.hold()),
                slot: (!held).then(|| self.slot.clone()),
                patient: (!held).then(|| patient(self.patient)),
                description: None,
            },
        }
    }

    fn start(&self) -> Command {
        Command::StartEncounter {
            request: hospital::StartEncounterRequest {
                id: Some(self.encounter()),
                appointment: Some(self.appointment()),
                patient: None,
                practitioner: None,
                location: None,
                class: hospital::EncounterClass::Ambulatory,
            },
        }
    }

    fn code(&self, fate: &Fate) -> Command {
        let procedure = |(procedure, units, charge): &(usize, u32, i64)| Procedure {
            code: PROCEDURES[*procedure].to_owned(),
            description: None,
            modifiers: Vec::new(),
            units: *units,
            charge: usd(*charge),
            diagnoses: vec![1],
        };
        let code = DIAGNOSES[fate.below(3) as usize];
        Command::CodeEncounter {
            encounter: self.encounter(),
            request: hospital::CodeEncounterRequest {
                diagnoses: vec![Diagnosis {
                    code: code.to_owned(),
                    rank: 1,
                    present_on_admission: None,
                }],
                procedures: self.lines.iter().map(procedure).collect(),
            },
        }
    }

    fn charge(&self) -> Command {
        let charge =
            |(place, (procedure, _, charge)): (usize, &(usize, u32, i64))| billing::Charge {
                id: ChargeId::from_uuid(id(8, self.number, place as u128)),
                code: PROCEDURES[*procedure].to_owned(),
                description: "Given".to_owned(),
                units: 1,
                unit_price: usd(*charge),
                service_date: DAY,
            };
        Command::RecordCharges {
            request: billing::RecordChargesRequest {
                encounter: self.encounter(),
                patient: patient(self.patient),
                charges: self.lines.iter().enumerate().map(charge).collect(),
            },
        }
    }

    /// The invoice of the visit; `again` other than 0 is another one for the same visit.
    pub(super) fn issue(&self, again: u128) -> Command {
        let invoice = if again == 0 {
            self.invoice()
        } else {
            InvoiceId::from_uuid(id(5, self.number, again))
        };
        let has_agent = self.number.is_multiple_of(2);
        Command::IssueInvoice {
            request: billing::InvoiceRequest {
                id: invoice,
                kind: billing::InvoiceKind::Visit,
                patient: patient(self.patient),
                encounter: Some(self.encounter()),
                policy: None,
                payer: self.insured.then(|| payer().as_uuid()),
                agent: has_agent.then(|| billing::AgentId::from_uuid(setting::agent())),
                series: None,
                lines: Vec::new(),
                covers_from: None,
                covers_to: None,
                // What is dated back meets closed months.
                on: self
                    .number
                    .is_multiple_of(7)
                    .then(|| jiff::civil::date(2025, 12, 30)),
                due_on: None,
            },
        }
    }

    fn submit(&self) -> Command {
        let line = |(procedure, units, charge): &(usize, u32, i64)| ClaimLine {
            procedure: PROCEDURES[*procedure].to_owned(),
            units: *units,
            charge: usd(*charge),
            diagnoses: vec![1],
            network: Network::In,
            urgency: Urgency::Routine,
            distinct: !self.number.is_multiple_of(5),
        };
        Command::SubmitClaim {
            request: insurance::SubmitClaimRequest {
                id: Some(self.claim()),
                draft: false,
                member: setting::member(self.patient),
                encounter: Some(self.encounter()),
                practitioner: setting::practitioner(self.practitioner),
                authorisation: (!self.number.is_multiple_of(4)).then(|| self.authorisation()),
                service_on: DAY,
                diagnoses: vec![DIAGNOSES[0].to_owned()],
                lines: self.lines.iter().map(line).collect(),
            },
        }
    }

    /// Gives the invoice its shares; what was not decided as far as anybody here knows is asked to be.
    pub(super) fn apply(&self) -> Command {
        let claim = self.claim();
        let Some(decided) = self.decided else {
            return Command::AdjudicateClaim { claim };
        };
        Command::ApplyAdjudication {
            invoice: self.invoice(),
            request: billing::AdjudicationRequest {
                claim,
                version: decided.version,
                contractual: usd(decided.contractual),
                patient: usd(decided.patient),
                payer: usd(decided.payer),
                on: None,
            },
        }
    }

    /// The patient pays what is due, mostly.
    pub(super) fn pay(&self, fate: &Fate, payment: PaymentId) -> Command {
        let (method, terminal) = method(fate);
        Command::TakePayment {
            request: billing::PaymentRequest {
                id: payment,
                from: billing::Party::patient(patient(self.patient)),
                amount: some_of(fate, self.due()),
                method,
                terminal,
                invoice: Some(self.invoice()),
                allocate: fate.happens(800),
                reference: None,
                on: None,
            },
        }
    }
}
