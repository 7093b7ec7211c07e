//! Visits as the people at the desk know them: what comes next for each, and what may go wrong with it.

use medcover_contract_billing as billing;
use medcover_contract_billing::{
    AllocationId, ChargeId, CreditNoteId, RefundId, Side, TerminalResult, WriteOffId,
};
use medcover_contract_hospital as hospital;
use medcover_contract_hospital::{Diagnosis, HoldId, Procedure, SlotChoice};
use medcover_contract_insurance as insurance;
use medcover_contract_insurance::{ClaimLine, Network, RequestedItem, Urgency};
use medcover_contract_journeys as journeys;
use medcover_contract_journeys::{Collection, CollectionMethod, PlannedService, TerminalSays};
use medcover_kernel::{
    AppointmentId, AuthorisationId, ClaimId, EncounterId, InvoiceId, Money, PaymentId, SagaId,
};
use medcover_simulation::stage::Fate;
use serde_json::Value;
use uuid::Uuid;

use super::asking::Said;
use crate::commands::{Command, DAY, patient, payer, remittance};
use crate::setting::{self, DIAGNOSES, PATIENTS, PRACTITIONERS, PROCEDURES, usd};

/// What is to be done next for a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Hold,
    Reserve,
    Book,
    Arrive,
    CheckIn,
    Start,
    Finish,
    Code,
    Charge,
    Invoice,
    Claim,
    Adjudicate,
    Apply,
    Pay,
    After,
}

/// A visit.
#[derive(Clone, Debug)]
struct Visit {
    number: u128,
    patient: u128,
    practitioner: u128,
    slot: SlotChoice,
    by_saga: Option<SagaId>,
    insured: bool,
    stage: Stage,
    refused: u32,
    lines: Vec<(usize, u32, i64)>,
    appointment: Uuid,
    authorisation: Uuid,
    invoice: Uuid,
    claim: Uuid,
    payment: Uuid,
    /// Version, contractual, patient, payer: what was decided last, as far as anybody here knows.
    decided: Option<(u32, i64, i64, i64)>,
}

/// What the people at the desk know.
#[derive(Default)]
pub(super) struct Desk {
    visits: Vec<Visit>,
    remittances: u64,
    numbers: u128,
}

/// Visits at most.
const MOST: usize = 14;

fn id(kind: u128, visit: u128, number: u128) -> Uuid {
    Uuid::from_u128((kind << 96) + (visit << 32) + number)
}

impl Desk {
    /// The next command, and which visit it takes a step further.
    pub(super) fn next(&mut self, fate: &Fate, storm: u64) -> (Option<usize>, Command) {
        if self.visits.is_empty() || (self.visits.len() < MOST && fate.happens(120)) {
            return self.begin(fate, storm);
        }
        let at = self.choose(fate, storm);
        match fate.below(100) {
            0..76 => (Some(at), self.visits[at].step(fate)),
            76..90 => (None, self.visits[at].disturb(fate)),
            _ => (None, self.house(fate, at)),
        }
    }

    fn choose(&self, fate: &Fate, storm: u64) -> usize {
        let count = self.visits.len() as u64;
        // In a storm all want the visit that began last.
        let newest = if fate.happens(storm) {
            count.min(2)
        } else {
            count.min(12)
        };
        (count - 1 - fate.below(newest)) as usize
    }

    /// The stage of a visit.
    pub(super) fn stage(&self, visit: usize) -> Option<Stage> {
        self.visits.get(visit).map(|it| it.stage)
    }

    /// A patient wants to be seen: by a saga, or step by step.
    fn begin(&mut self, fate: &Fate, storm: u64) -> (Option<usize>, Command) {
        let number = self.visits.len() as u128 + 1;
        let of_patient = u128::from(fate.below(PATIENTS as u64));
        let practitioner = u128::from(fate.below(PRACTITIONERS as u64));
        let slots = if fate.happens(storm) { 3 } else { 36 };
        let slot = setting::slot(practitioner, u128::from(fate.below(2)), fate.below(slots));
        let line = |_| {
            let procedure = [0, 0, 1, 1, 2][fate.below(5) as usize];
            let units = 1 + fate.below(4) as u32;
            let each = 2_000 + fate.below(16_000).cast_signed();
            (procedure, units, each * i64::from(units))
        };
        let lines = (0..=fate.below(2)).map(line).collect();
        let ids = |kind| id(kind, number, 0);
        let visit = Visit {
            number,
            patient: of_patient,
            practitioner,
            slot,
            by_saga: None,
            insured: !fate.happens(150),
            stage: Stage::Hold,
            refused: 0,
            lines,
            appointment: ids(2),
            authorisation: ids(3),
            invoice: ids(5),
            claim: ids(6),
            payment: ids(7),
            decided: None,
        };
        let command = if fate.happens(500) {
            visit.by_saga(fate)
        } else {
            visit.step(fate)
        };
        self.visits.push(visit);
        (Some(self.visits.len() - 1), command)
    }

    /// Takes down what came of the command that was to take a visit further from `stage`.
    pub(super) fn learn(&mut self, at: usize, stage: Stage, command: &Command, answer: &Said) {
        let Some(visit) = self.visits.get_mut(at) else {
            return;
        };
        match (command, answer) {
            (Command::StartVisit { .. }, Ok(started)) => visit.started(started),
            (Command::AdjudicateClaim { .. }, Ok(claim)) => visit.decided = decided(claim),
            _ => {}
        }
        if visit.stage != stage {
            return;
        }
        match answer {
            Ok(_) if matches!(command, Command::StartVisit { .. }) => visit.stage = Stage::Arrive,
            Ok(_) => visit.advance(),
            // The saga has not come that far.
            Err(refused) if visit.by_saga.is_some() && refused.starts_with("not-found") => {}
            Err(_) => {
                visit.refused += 1;
                // What is refused again and again was done by others, or will not be done.
                if visit.refused > 3 {
                    visit.refused = 0;
                    visit.advance();
                }
            }
        }
    }

    /// What concerns the house, or money of several visits.
    fn house(&mut self, fate: &Fate, at: usize) -> Command {
        self.numbers += 1;
        let visit = &self.visits[at];
        match fate.below(12) {
            0..=2 => self.remit(fate),
            3..=4 => Command::StartPosting {
                request: journeys::RemittancePosting {
                    remittance: remittance(1 + fate.below(self.remittances.max(1))),
                    control: format!("{:09}", fate.below(1_000)),
                },
            },
            5 => self.post_by_hand(fate),
            6 => Command::SettleCommission {
                request: billing::SettleCommissionRequest {
                    id: billing::SettlementId::from_uuid(id(0x5e, self.numbers, 0)),
                    agent: billing::AgentId::from_uuid(setting::agent()),
                    currency: medcover_kernel::Currency::USD,
                },
            },
            7 => Command::ClosePeriod {
                request: billing::ClosePeriodRequest {
                    month: ["2025-11", "2025-12", "2026-01"][fate.below(3) as usize].to_owned(),
                },
            },
            8 => Command::StartPremium {
                request: journeys::PremiumCollection {
                    policy: setting::policy(u128::from(fate.below(2))),
                    number: 1,
                    holder: patient(u128::from(fate.below(2))),
                    collection: collection(fate),
                    unpaid: journeys::Unpaid::Keep,
                    agent: None,
                },
            },
            9 => self.register(fate),
            _ => visit.claim_reversal(fate),
        }
    }

    /// A payer pays claims; some are paid already, or not decided.
    fn remit(&mut self, fate: &Fate) -> Command {
        self.remittances += 1;
        let decided = self
            .visits
            .iter()
            .filter(|it| it.stage >= Stage::Adjudicate);
        let mut claims: Vec<_> = decided.map(|it| ClaimId::from_uuid(it.claim)).collect();
        let first = fate.below(claims.len() as u64) as usize;
        claims.rotate_left(first);
        claims.truncate(1 + fate.below(2) as usize);
        Command::IssueRemittance {
            request: insurance::IssueRemittanceRequest {
                id: Some(remittance(self.remittances)),
                payer: payer(),
                // Now and then a trace comes again.
                trace: format!(
                    "EFT-{}",
                    self.remittances - fate.below(self.remittances.min(2))
                ),
                paid_on: DAY,
                claims,
                provider_adjustments: Vec::new(),
            },
        }
    }

    /// A remittance on paper: it may be one that is posted already, or not balance.
    fn post_by_hand(&self, fate: &Fate) -> Command {
        let visit = &self.visits[fate.below(self.visits.len() as u64) as usize];
        let (_, contractual, of_patient, paid) = visit.decided.unwrap_or((1, 0, 0, 1_000));
        let billed = contractual + of_patient + paid;
        let adjustment = |group: &str, reason: &str, amount_minor| billing::ClaimAdjustment {
            group: group.to_owned(),
            reason: reason.to_owned(),
            amount_minor,
        };
        let again = fate.below(3);
        Command::PostRemittance {
            request: billing::RemittanceRequest {
                id: medcover_kernel::RemittanceId::from_uuid(id(
                    0x9e,
                    visit.number,
                    u128::from(again),
                )),
                payer: payer().as_uuid(),
                trace: format!("PAPER-{}-{}", visit.number, again.min(1)),
                control: format!("{again:09}"),
                total: usd(paid + fate.below(20).cast_signed() / 19),
                paid_on: DAY,
                claims: vec![billing::ClaimPayment {
                    claim: ClaimId::from_uuid(visit.claim),
                    invoice: InvoiceId::from_uuid(visit.invoice),
                    billed: usd(billed),
                    paid: usd(paid),
                    adjustments: vec![
                        adjustment("CO", "45", contractual),
                        adjustment("PR", "2", of_patient),
                    ],
                }],
                provider_adjustments: Vec::new(),
            },
        }
    }

    fn register(&self, fate: &Fate) -> Command {
        // Now and then somebody is registered who is there already.
        let number = PATIENTS - 1 + fate.below(4) as u128;
        Command::StartRegistration {
            request: journeys::PatientRegistration {
                person: journeys::Person {
                    family_name: format!("Bianchi {}", self.numbers),
                    given_names: "Anna".to_owned(),
                    birth_date: jiff::civil::date(1990, 5, 4),
                    sex: journeys::Gender::Female,
                    identifiers: vec![journeys::PatientIdentifier {
                        system: "https://clinic.example/record".to_owned(),
                        value: number.to_string(),
                    }],
                    phone: None,
                    email: None,
                    address: None,
                },
                membership: Some(journeys::Membership {
                    policy: setting::policy(u128::from(fate.below(PATIENTS as u64 + 1))),
                    relationship: journeys::RelationshipToHolder::Child,
                    from: None,
                    to: None,
                }),
            },
        }
    }
}

impl Visit {
    fn advance(&mut self) {
        use Stage::{
            Adjudicate, After, Apply, Arrive, Book, Charge, CheckIn, Claim, Code, Finish, Hold,
            Invoice, Pay, Reserve, Start,
        };
        self.refused = 0;
        self.stage = match self.stage {
            Hold if self.insured => Reserve,
            Hold | Reserve => Book,
            Book => Arrive,
            Arrive => CheckIn,
            CheckIn => Start,
            Start => Finish,
            Finish => Code,
            // The rest is the saga's.
            Code if self.by_saga.is_some() => After,
            Code => Charge,
            Charge => Invoice,
            Invoice if self.insured => Claim,
            Claim => Adjudicate,
            Adjudicate => Apply,
            Invoice | Apply => Pay,
            Pay | After => After,
        };
    }

    fn started(&mut self, started: &Value) {
        let made = |kind: &str| started["makes"][kind].as_str()?.parse::<Uuid>().ok();
        self.by_saga = started["saga"].as_str().and_then(|it| it.parse().ok());
        self.appointment = made("appointment").unwrap_or(self.appointment);
        self.authorisation = made("authorisation").unwrap_or(self.authorisation);
        self.invoice = made("invoice").unwrap_or(self.invoice);
        self.claim = made("claim").unwrap_or(self.claim);
        self.payment = made("payment").unwrap_or(self.payment);
    }

    fn hold(&self) -> HoldId {
        HoldId::from_uuid(id(1, self.number, 0))
    }

    fn encounter(&self) -> EncounterId {
        EncounterId::from_uuid(id(4, self.number, 0))
    }

    fn appointment(&self) -> AppointmentId {
        AppointmentId::from_uuid(self.appointment)
    }

    fn invoice(&self) -> InvoiceId {
        InvoiceId::from_uuid(self.invoice)
    }

    fn payment(&self) -> PaymentId {
        PaymentId::from_uuid(self.payment)
    }

    fn total(&self) -> i64 {
        self.lines.iter().map(|(_, _, charge)| charge).sum()
    }

    /// What the patient owes, as far as anybody here knows.
    fn due(&self) -> i64 {
        self.decided
            .map_or(self.total(), |(_, _, patient, _)| patient)
    }

    fn by_saga(&self, fate: &Fate) -> Command {
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

    /// What takes the visit further.
    fn step(&self, fate: &Fate) -> Command {
        match self.stage {
            Stage::Hold => Command::HoldSlot {
                request: hospital::HoldSlotRequest {
                    id: Some(self.hold()),
                    slot: self.slot.clone(),
                    patient: patient(self.patient),
                    seconds: 1 + fate.below(120) as u32,
                },
            },
            Stage::Reserve => self.reserve(),
            Stage::Book => self.book(fate),
            Stage::Arrive => Command::ArriveAppointment {
                appointment: self.appointment(),
            },
            Stage::CheckIn => Command::CheckInAppointment {
                appointment: self.appointment(),
            },
            Stage::Start => Command::StartEncounter {
                request: hospital::StartEncounterRequest {
                    id: Some(self.encounter()),
                    appointment: Some(self.appointment()),
                    patient: None,
                    practitioner: None,
                    location: None,
                    class: hospital::EncounterClass::Ambulatory,
                },
            },
            Stage::Finish => Command::FinishEncounter {
                encounter: self.encounter(),
            },
            Stage::Code => self.code(fate),
            Stage::Charge => self.charge(),
            Stage::Invoice => self.issue(0),
            Stage::Claim => self.submit(),
            Stage::Adjudicate => Command::AdjudicateClaim {
                claim: ClaimId::from_uuid(self.claim),
            },
            Stage::Apply => self.apply(),
            Stage::Pay => self.pay(fate, self.payment(), self.due()),
            Stage::After => self.disturb(fate),
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
                id: Some(AuthorisationId::from_uuid(self.authorisation)),
                member: setting::member(self.patient),
                appointment: Some(self.appointment()),
                service_on: DAY,
                expires_on: None,
                items: self.lines.iter().map(item).collect(),
            },
        }
    }

    fn book(&self, fate: &Fate) -> Command {
        // Who comes without a hold takes the slot itself.
        let held = !fate.happens(200);
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
    fn issue(&self, again: u128) -> Command {
        let invoice = if again == 0 {
            self.invoice()
        } else {
            InvoiceId::from_uuid(id(5, self.number, again))
        };
        Command::IssueInvoice {
            request: billing::InvoiceRequest {
                id: invoice,
                kind: billing::InvoiceKind::Visit,
                patient: patient(self.patient),
                encounter: Some(self.encounter()),
                policy: None,
                payer: self.insured.then(|| payer().as_uuid()),
                agent: self
                    .number
                    .is_multiple_of(2)
                    .then(|| billing::AgentId::from_uuid(setting::agent())),
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
                id: Some(ClaimId::from_uuid(self.claim)),
                draft: false,
                member: setting::member(self.patient),
                encounter: Some(self.encounter()),
                practitioner: setting::practitioner(self.practitioner),
                authorisation: (!self.number.is_multiple_of(4))
                    .then(|| AuthorisationId::from_uuid(self.authorisation)),
                service_on: DAY,
                diagnoses: vec![DIAGNOSES[0].to_owned()],
                lines: self.lines.iter().map(line).collect(),
            },
        }
    }

    /// Gives the invoice its shares; what was not decided as far as anybody here knows is asked to be.
    fn apply(&self) -> Command {
        let claim = ClaimId::from_uuid(self.claim);
        let Some((version, contractual, of_patient, paid)) = self.decided else {
            return Command::AdjudicateClaim { claim };
        };
        Command::ApplyAdjudication {
            invoice: self.invoice(),
            request: billing::AdjudicationRequest {
                claim,
                version,
                contractual: usd(contractual),
                patient: usd(of_patient),
                payer: usd(paid),
                on: None,
            },
        }
    }

    fn pay(&self, fate: &Fate, payment: PaymentId, minor: i64) -> Command {
        let (method, terminal) = match fate.below(5) {
            0..=2 => (billing::PaymentMethod::Cash, None),
            3 => (billing::PaymentMethod::Transfer, None),
            _ => {
                let says = [
                    TerminalResult::Approved,
                    TerminalResult::Declined,
                    TerminalResult::NoAnswer,
                ];
                let says = says[fate.below(3) as usize];
                (billing::PaymentMethod::Card, Some(says))
            }
        };
        Command::TakePayment {
            request: billing::PaymentRequest {
                id: payment,
                from: billing::Party::patient(patient(self.patient)),
                amount: some_of(fate, minor),
                method,
                terminal,
                invoice: Some(self.invoice()),
                allocate: fate.happens(800),
                reference: None,
                on: None,
            },
        }
    }

    fn claim_reversal(&self, fate: &Fate) -> Command {
        Command::StartReversal {
            request: journeys::ClaimReversal {
                claim: ClaimId::from_uuid(self.claim),
                reason: "Decided on the wrong facts.".to_owned(),
                then: if fate.happens(600) {
                    journeys::AfterReversal::Readjudicate
                } else {
                    journeys::AfterReversal::Void
                },
            },
        }
    }

    /// Something that people ask for at any time, though seldom at the right one.
    fn disturb(&self, fate: &Fate) -> Command {
        if self.stage <= Stage::Finish {
            self.before_money(fate)
        } else if fate.happens(250) {
            self.of_claim(fate)
        } else {
            self.of_money(fate)
        }
    }

    fn before_money(&self, fate: &Fate) -> Command {
        let reason = || "The patient asked.".to_owned();
        match fate.below(10) {
            0 => Command::ReleaseHold {
                hold: self.hold(),
                request: hospital::ReleaseHoldRequest {
                    close: fate.happens(500),
                },
            },
            1 => Command::CancelAppointment {
                appointment: self.appointment(),
                request: hospital::CancelAppointmentRequest {
                    reason: reason(),
                    close: false,
                },
            },
            2 => self.end(fate),
            3..=4 => Command::MarkNoShow {
                appointment: self.appointment(),
            },
            5 => Command::RescheduleAppointment {
                appointment: self.appointment(),
                request: hospital::RescheduleAppointmentRequest {
                    id: Some(AppointmentId::from_uuid(id(
                        2,
                        self.number,
                        1 + u128::from(fate.below(3)),
                    ))),
                    slot: self.other_slot(fate),
                    reason: reason(),
                },
            },
            6 => Command::WaitlistAppointment {
                appointment: self.appointment(),
            },
            7 => Command::PlaceAppointment {
                appointment: self.appointment(),
                request: hospital::PlaceAppointmentRequest {
                    hold: None,
                    slot: Some(self.other_slot(fate)),
                },
            },
            8 => Command::OverbookAppointment {
                request: hospital::OverbookAppointmentRequest {
                    id: Some(AppointmentId::from_uuid(id(2, self.number, 9))),
                    slot: self.slot.clone(),
                    patient: patient(self.patient),
                    reason: "Acute pain, between two visits".to_owned(),
                    description: None,
                },
            },
            _ => Command::BlockTime {
                practitioner: setting::practitioner(self.practitioner),
                request: hospital::BlockTimeRequest {
                    id: Some(hospital::BlockId::from_uuid(id(0xb, self.number, 0))),
                    start: self.slot.start,
                    end: hospital::Moment(
                        self.slot.start.0.plus(std::time::Duration::from_mins(45)),
                    ),
                    reason: "Training".to_owned(),
                },
            },
        }
    }

    fn other_slot(&self, fate: &Fate) -> SlotChoice {
        setting::slot(self.practitioner, u128::from(fate.below(2)), fate.below(36))
    }

    fn end(&self, fate: &Fate) -> Command {
        let missed = fate.happens(300);
        Command::EndAppointment {
            request: journeys::CancellationAndNoShow {
                appointment: self.appointment(),
                ending: if missed {
                    journeys::Ending::NoShow
                } else {
                    journeys::Ending::Cancelled
                },
                reason: "It does not take place.".to_owned(),
                visit: self.by_saga,
                authorisation: None,
                fee: fate.happens(600).then(|| journeys::CancellationFee {
                    amount: usd(2_500),
                    notice_hours: 24,
                }),
            },
        }
    }

    fn of_claim(&self, fate: &Fate) -> Command {
        let reason = || insurance::ReasonRequest {
            reason: "Asked for.".to_owned(),
        };
        let claim = ClaimId::from_uuid(self.claim);
        match fate.below(6) {
            0 => Command::ReverseClaim {
                claim,
                request: insurance::ReverseClaimRequest {
                    adjudication: None,
                    reason: "Asked for.".to_owned(),
                },
            },
            1 => Command::VoidClaim {
                claim,
                request: reason(),
            },
            2 => Command::VoidAuthorisation {
                authorisation: AuthorisationId::from_uuid(self.authorisation),
                request: reason(),
            },
            3 => Command::AdjudicateClaim { claim },
            4 => self.apply(),
            _ => self.claim_reversal(fate),
        }
    }

    fn of_money(&self, fate: &Fate) -> Command {
        let reason = || billing::ReasonRequest {
            reason: "Asked for.".to_owned(),
        };
        let other = u128::from(1 + fate.below(3));
        let second = PaymentId::from_uuid(id(7, self.number, other));
        let payment = if fate.happens(700) {
            self.payment()
        } else {
            second
        };
        let refund = RefundId::from_uuid(id(9, self.number, other));
        let allocation = AllocationId::from_uuid(id(0xa, self.number, other));
        match fate.below(24) {
            0..=2 => Command::RequestRefund {
                request: billing::RefundRequest {
                    id: refund,
                    payment,
                    // Two of sixty per cent do not fit.
                    amount: usd((self.due() * 6 / 10).max(1)),
                    reason: "Paid too much.".to_owned(),
                },
            },
            3..=5 => Command::ApproveRefund { refund },
            6..=7 => Command::SendRefund { refund },
            8 => Command::RejectRefund {
                refund,
                request: reason(),
            },
            9 => Command::ResolveRefund {
                refund,
                request: found(fate),
            },
            10..=12 => self.pay(fate, second, self.due()),
            13..=14 => Command::ResolvePayment {
                payment,
                request: found(fate),
            },
            15 => Command::ChargeBack {
                payment,
                request: reason(),
            },
            16..=17 => Command::Allocate {
                payment,
                request: billing::AllocationRequest {
                    id: allocation,
                    invoice: self.invoice(),
                    amount: some_of(fate, self.due()),
                },
            },
            18 => Command::Unallocate {
                payment,
                request: billing::UnallocateRequest {
                    id: allocation,
                    reason: "Asked for.".to_owned(),
                },
            },
            19 => Command::CreditInvoice {
                invoice: self.invoice(),
                request: billing::CreditRequest {
                    id: CreditNoteId::from_uuid(id(0xc, self.number, other)),
                    side: Side::Patient,
                    amount: some_of(fate, 3_000),
                    reason: "Entered twice.".to_owned(),
                },
            },
            20 => Command::RequestWriteOff {
                request: billing::WriteOffRequest {
                    id: WriteOffId::from_uuid(id(0xd, self.number, other)),
                    invoice: self.invoice(),
                    side: if fate.happens(500) {
                        Side::Patient
                    } else {
                        Side::Payer
                    },
                    amount: some_of(fate, 3_000),
                    reason: "Moved away.".to_owned(),
                },
            },
            21 => Command::ApproveWriteOff {
                write_off: WriteOffId::from_uuid(id(0xd, self.number, other)),
            },
            22 => Command::WithdrawInvoice {
                invoice: self.invoice(),
                request: reason(),
            },
            _ => self.issue(other),
        }
    }
}

/// What was decided on a claim, as the service tells it.
fn decided(claim: &Value) -> Option<(u32, i64, i64, i64)> {
    let adjudication = &claim["adjudication"];
    let totals = &adjudication["decision"]["totals"];
    let minor = |name: &str| totals[name]["amount_minor"].as_i64();
    let version = u32::try_from(adjudication["version"].as_u64()?).ok()?;
    Some((
        version,
        minor("written_off")?,
        minor("patient")?,
        minor("paid")?,
    ))
}

/// All of it, mostly; else a part, at times more than there is.
fn some_of(fate: &Fate, minor: i64) -> Money {
    let minor = minor.max(1);
    match fate.below(6) {
        0..=3 => usd(minor),
        4 => usd(1 + fate.below(minor.cast_unsigned()).cast_signed()),
        _ => usd(minor + 500),
    }
}

fn found(fate: &Fate) -> billing::ResolveRequest {
    let outcome = match fate.below(4) {
        0 => None,
        1 => Some(billing::ProcessorOutcome::Failed),
        _ => Some(billing::ProcessorOutcome::Succeeded),
    };
    billing::ResolveRequest {
        outcome,
        reference: None,
    }
}

fn collection(fate: &Fate) -> Collection {
    let (method, terminal) = match fate.below(6) {
        0..=3 => (CollectionMethod::Cash, None),
        4 => (CollectionMethod::Transfer, None),
        _ => {
            let says = [
                TerminalSays::Approved,
                TerminalSays::Declined,
                TerminalSays::NoAnswer,
            ];
            (CollectionMethod::Card, Some(says[fate.below(3) as usize]))
        }
    };
    Collection {
        method,
        terminal,
        reference: None,
    }
}
