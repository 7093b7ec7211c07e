//! A visit: how far it has come, and by which ids its things go.

use medcover_contract_hospital::{HoldId, SlotChoice};
use medcover_kernel::{
    AppointmentId, AuthorisationId, ClaimId, EncounterId, InvoiceId, PaymentId, SagaId,
};
use medcover_simulation::stage::Fate;
use serde_json::Value;
use uuid::Uuid;

use super::id;
use crate::setting;

/// What is to be done next for a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world) enum Stage {
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
    /// It does not take place.
    Gone,
}

/// Refusals of one step until it is left out: others have taken it, or it will not be.
const PATIENCE: u32 = 2;
/// The same of what waits for a saga to come that far.
const PATIENCE_WITH_SAGAS: u32 = 12;

/// What an insurer decided, as far as anybody here knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) version: u32,
    pub(super) contractual: i64,
    pub(super) patient: i64,
    pub(super) payer: i64,
}

impl Shares {
    /// Those of a claim on which a decision stands.
    fn of(claim: &Value) -> Option<Self> {
        let adjudication = &claim["adjudication"];
        let totals = &adjudication["decision"]["totals"];
        let minor = |name: &str| totals[name]["amount_minor"].as_i64();
        Some(Self {
            version: u32::try_from(adjudication["version"].as_u64()?).ok()?,
            contractual: minor("written_off")?,
            patient: minor("patient")?,
            payer: minor("paid")?,
        })
    }
}

/// A visit.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) number: u128,
    pub(super) patient: u128,
    pub(super) practitioner: u128,
    pub(super) slot: SlotChoice,
    pub(super) by_saga: Option<SagaId>,
    pub(super) insured: bool,
    /// Nobody has made an appointment.
    pub(super) walks_in: bool,
    pub(super) stage: Stage,
    /// Procedure, units, charge.
    pub(super) lines: Vec<(usize, u32, i64)>,
    pub(super) decided: Option<Shares>,
    /// Refunds, allocations and the like that were asked for.
    pub(super) asked: u128,
    refusals: u32,
    /// Slots that were tried before.
    tried: u128,
    appointment: Uuid,
    authorisation: Uuid,
    invoice: Uuid,
    claim: Uuid,
    payment: Uuid,
}

impl Visit {
    /// The visit `number`, at the first of all slots.
    pub(super) fn new(
        number: u128,
        patient: u128,
        practitioner: u128,
        insured: bool,
        lines: Vec<(usize, u32, i64)>,
    ) -> Self {
        let ids = |kind| id(kind, number, 0);
        Self {
            number,
            patient,
            practitioner,
            slot: setting::slot(practitioner, 0, 0),
            by_saga: None,
            insured,
            walks_in: false,
            stage: Stage::Hold,
            lines,
            decided: None,
            asked: 0,
            refusals: 0,
            tried: 0,
            appointment: ids(2),
            authorisation: ids(3),
            invoice: ids(5),
            claim: ids(6),
            payment: ids(7),
        }
    }

    /// Goes on to the next stage.
    pub(super) fn advance(&mut self) {
        use Stage::{
            Adjudicate, After, Apply, Arrive, Book, Charge, CheckIn, Claim, Code, Finish, Gone,
            Hold, Invoice, Pay, Reserve, Start,
        };
        self.refusals = 0;
        self.stage = match self.stage {
            Hold if self.insured => Reserve,
            Reserve if self.walks_in => Charge,
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
            Gone => Gone,
        };
    }

    /// Takes down that the step was refused. Says whether there is nothing to do but to wait.
    pub(super) fn refused(&mut self, fate: &Fate, refused: &str) -> bool {
        self.refusals += 1;
        let waits = self.by_saga.is_some() && refused.starts_with("not-found");
        let is_taken = self.stage <= Stage::Book
            && ["slot-taken", "patient-taken"]
                .iter()
                .any(|it| refused.starts_with(it));
        let hold_is_over = self.stage == Stage::Book && !refused.contains("appointment");
        let patience = if waits { PATIENCE_WITH_SAGAS } else { PATIENCE };
        let too_often = self.refusals > patience;
        if is_taken || hold_is_over {
            self.try_another_slot(fate);
        } else if (is_over(refused) && self.stage < Stage::Charge) || (waits && too_often) {
            self.stage = Stage::Gone;
        } else if too_often {
            self.advance();
        }
        waits
    }

    fn try_another_slot(&mut self, fate: &Fate) {
        self.tried += 1;
        if self.tried > 3 {
            self.stage = Stage::Gone;
            return;
        }
        self.slot = self.other_slot(fate);
        // The authorisation stays.
        self.stage = Stage::Hold;
        self.refusals = 0;
    }

    /// Takes down what the saga will make.
    pub(super) fn started(&mut self, started: &Value) {
        let made = |kind: &str| started["makes"][kind].as_str()?.parse::<Uuid>().ok();
        self.by_saga = started["saga"].as_str().and_then(|it| it.parse().ok());
        self.appointment = made("appointment").unwrap_or(self.appointment);
        self.authorisation = made("authorisation").unwrap_or(self.authorisation);
        self.invoice = made("invoice").unwrap_or(self.invoice);
        self.claim = made("claim").unwrap_or(self.claim);
        self.payment = made("payment").unwrap_or(self.payment);
    }

    /// Takes down what was decided on the claim, as the service tells it.
    pub(super) fn decided(&mut self, claim: &Value) {
        self.decided = Shares::of(claim);
    }

    pub(super) fn total(&self) -> i64 {
        self.lines.iter().map(|(_, _, charge)| charge).sum()
    }

    /// What the patient owes, as far as anybody here knows.
    pub(super) fn due(&self) -> i64 {
        self.decided.map_or(self.total(), |it| it.patient)
    }

    /// The number of something new, or, now and then, of something that was asked for before.
    pub(super) fn another(&mut self, fate: &Fate) -> u128 {
        if fate.happens(800) {
            self.asked += 1;
        }
        self.asked.max(1)
    }

    /// The number of something that was asked for.
    pub(super) fn known(&self, fate: &Fate) -> u128 {
        1 + u128::from(fate.below(self.asked.max(1) as u64))
    }

    pub(super) fn other_slot(&self, fate: &Fate) -> SlotChoice {
        setting::slot(self.practitioner, u128::from(fate.below(2)), fate.below(36))
    }

    pub(super) fn hold(&self) -> HoldId {
        HoldId::from_uuid(id(1, self.number, self.tried))
    }

    pub(super) fn encounter(&self) -> EncounterId {
        EncounterId::from_uuid(id(4, self.number, 0))
    }

    pub(super) const fn appointment(&self) -> AppointmentId {
        AppointmentId::from_uuid(self.appointment)
    }

    pub(super) const fn authorisation(&self) -> AuthorisationId {
        AuthorisationId::from_uuid(self.authorisation)
    }

    pub(super) const fn claim(&self) -> ClaimId {
        ClaimId::from_uuid(self.claim)
    }

    pub(super) const fn invoice(&self) -> InvoiceId {
        InvoiceId::from_uuid(self.invoice)
    }

    pub(super) const fn payment(&self) -> PaymentId {
        PaymentId::from_uuid(self.payment)
    }
}

/// Whether the appointment has come to its end otherwise.
fn is_over(refused: &str) -> bool {
    let ends = ["`cancelled`", "`noshow`", "`rescheduled`"];
    ends.iter().any(|end| refused.contains(end))
}
