//! What people ask for at any time, though seldom at the right one.

use std::time::Duration;

use medcover_contract_billing as billing;
use medcover_contract_billing::{AllocationId, CreditNoteId, RefundId, Side, WriteOffId};
use medcover_contract_hospital as hospital;
use medcover_contract_insurance as insurance;
use medcover_contract_journeys as journeys;
use medcover_kernel::{AppointmentId, PaymentId};
use medcover_simulation::stage::Fate;

use super::chance::{found, some_of};
use super::id;
use super::visit::{Stage, Visit};
use crate::commands::{Command, patient};
use crate::setting::{self, usd};

fn asked_for() -> String {
    "Asked for.".to_owned()
}

fn of_billing() -> billing::ReasonRequest {
    billing::ReasonRequest {
        reason: asked_for(),
    }
}

impl Visit {
    /// Something that does not take the visit further.
    pub(super) fn disturb(&mut self, fate: &Fate) -> Command {
        match self.stage {
            Stage::Hold | Stage::Reserve | Stage::Book => self.before_it_is_booked(fate),
            Stage::Arrive | Stage::CheckIn | Stage::Start | Stage::Finish => {
                self.before_it_is_over(fate)
            }
            _ if self.insured && fate.happens(300) => self.of_claim(fate),
            _ => self.of_money(fate),
        }
    }

    fn before_it_is_booked(&self, fate: &Fate) -> Command {
        match fate.below(6) {
            0..=1 => Command::ReleaseHold {
                hold: self.hold(),
                request: hospital::ReleaseHoldRequest {
                    close: fate.happens(500),
                },
            },
            2 => Command::VoidAuthorisation {
                authorisation: self.authorisation(),
                request: insurance::ReasonRequest {
                    reason: asked_for(),
                },
            },
            3 => Command::OverbookAppointment {
                request: hospital::OverbookAppointmentRequest {
                    id: Some(AppointmentId::from_uuid(id(2, self.number, 9))),
                    slot: self.slot.clone(),
                    patient: patient(self.patient),
                    reason: "Acute pain, between two visits".to_owned(),
                    description: None,
                },
            },
            4 => Command::BlockTime {
                practitioner: setting::practitioner(self.practitioner),
                request: hospital::BlockTimeRequest {
                    id: Some(hospital::BlockId::from_uuid(id(0xb, self.number, 0))),
                    start: self.slot.start,
                    end: hospital::Moment(self.slot.start.0.plus(Duration::from_mins(45))),
                    reason: "Training".to_owned(),
                },
            },
            _ => self.end(fate),
        }
    }

    fn before_it_is_over(&self, fate: &Fate) -> Command {
        let appointment = self.appointment();
        let other = AppointmentId::from_uuid(id(2, self.number, 1 + u128::from(fate.below(3))));
        match fate.below(8) {
            0 => Command::CancelAppointment {
                appointment,
                request: hospital::CancelAppointmentRequest {
                    reason: asked_for(),
                    close: false,
                },
            },
            1..=2 => self.end(fate),
            3 => Command::MarkNoShow { appointment },
            4 => Command::RescheduleAppointment {
                appointment,
                request: hospital::RescheduleAppointmentRequest {
                    id: Some(other),
                    slot: self.other_slot(fate),
                    reason: asked_for(),
                },
            },
            5 => Command::WaitlistAppointment { appointment },
            _ => Command::PlaceAppointment {
                appointment,
                request: hospital::PlaceAppointmentRequest {
                    hold: None,
                    slot: Some(self.other_slot(fate)),
                },
            },
        }
    }

    fn end(&self, fate: &Fate) -> Command {
        let ending = if fate.happens(300) {
            journeys::Ending::NoShow
        } else {
            journeys::Ending::Cancelled
        };
        Command::EndAppointment {
            request: journeys::CancellationAndNoShow {
                appointment: self.appointment(),
                ending,
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
            reason: asked_for(),
        };
        let claim = self.claim();
        match fate.below(8) {
            0..=1 => Command::ReverseClaim {
                claim,
                request: insurance::ReverseClaimRequest {
                    adjudication: None,
                    reason: asked_for(),
                },
            },
            2 => Command::VoidClaim {
                claim,
                request: reason(),
            },
            3 => Command::VoidAuthorisation {
                authorisation: self.authorisation(),
                request: reason(),
            },
            4 => Command::AdjudicateClaim { claim },
            5 => self.apply(),
            _ => self.claim_reversal(fate),
        }
    }

    /// The saga that takes a decision back.
    pub(super) fn claim_reversal(&self, fate: &Fate) -> Command {
        let then = if fate.happens(600) {
            journeys::AfterReversal::Readjudicate
        } else {
            journeys::AfterReversal::Void
        };
        Command::StartReversal {
            request: journeys::ClaimReversal {
                claim: self.claim(),
                reason: "Decided on the wrong facts.".to_owned(),
                then,
            },
        }
    }

    fn of_money(&mut self, fate: &Fate) -> Command {
        match fate.below(24) {
            0..=8 => self.of_refund(fate),
            9..=12 => self.of_invoice(fate),
            13..=14 => self.of_write_off(fate),
            _ => self.of_payment(fate),
        }
    }

    fn of_refund(&mut self, fate: &Fate) -> Command {
        let refund = RefundId::from_uuid(id(9, self.number, self.known(fate)));
        match fate.below(9) {
            0..=2 => {
                let number = self.another(fate);
                self.refund_of(number)
            }
            3..=5 => Command::ApproveRefund { refund },
            6 => Command::SendRefund { refund },
            7 => Command::RejectRefund {
                refund,
                request: of_billing(),
            },
            _ => Command::ResolveRefund {
                refund,
                request: found(fate),
            },
        }
    }

    /// Two of sixty per cent do not fit.
    pub(super) fn refund_of(&self, number: u128) -> Command {
        Command::RequestRefund {
            request: billing::RefundRequest {
                id: RefundId::from_uuid(id(9, self.number, number)),
                payment: self.payment(),
                amount: usd((self.due() * 6 / 10).max(1)),
                reason: "Paid too much.".to_owned(),
            },
        }
    }

    fn of_payment(&mut self, fate: &Fate) -> Command {
        let number = self.another(fate);
        let second = PaymentId::from_uuid(id(7, self.number, number));
        let payment = if fate.happens(700) {
            self.payment()
        } else {
            second
        };
        match fate.below(9) {
            0..=1 => self.pay(fate, second),
            2..=3 => Command::ResolvePayment {
                payment,
                request: found(fate),
            },
            4 => Command::ChargeBack {
                payment,
                request: of_billing(),
            },
            5..=6 => self.allocate(fate, payment, number),
            _ => Command::Unallocate {
                payment,
                request: billing::UnallocateRequest {
                    id: AllocationId::from_uuid(id(0xa, self.number, self.known(fate))),
                    reason: asked_for(),
                },
            },
        }
    }

    /// Puts money of a payment against the invoice.
    pub(super) fn allocate(&self, fate: &Fate, payment: PaymentId, number: u128) -> Command {
        Command::Allocate {
            payment,
            request: billing::AllocationRequest {
                id: AllocationId::from_uuid(id(0xa, self.number, number)),
                invoice: self.invoice(),
                amount: some_of(fate, self.due()),
            },
        }
    }

    fn of_invoice(&mut self, fate: &Fate) -> Command {
        let invoice = self.invoice();
        let number = self.another(fate);
        match fate.below(4) {
            0 => Command::CreditInvoice {
                invoice,
                request: billing::CreditRequest {
                    id: CreditNoteId::from_uuid(id(0xc, self.number, number)),
                    side: Side::Patient,
                    amount: some_of(fate, 3_000),
                    reason: "Entered twice.".to_owned(),
                },
            },
            1..=2 => Command::WithdrawInvoice {
                invoice,
                request: of_billing(),
            },
            _ => self.issue(1 + number % 3),
        }
    }

    fn of_write_off(&mut self, fate: &Fate) -> Command {
        if fate.happens(500) {
            let known = self.known(fate);
            return Command::ApproveWriteOff {
                write_off: WriteOffId::from_uuid(id(0xd, self.number, known)),
            };
        }
        let side = if fate.happens(500) {
            Side::Patient
        } else {
            Side::Payer
        };
        let number = self.another(fate);
        Command::RequestWriteOff {
            request: billing::WriteOffRequest {
                id: WriteOffId::from_uuid(id(0xd, self.number, number)),
                invoice: self.invoice(),
                side,
                amount: some_of(fate, 3_000),
                reason: "Moved away.".to_owned(),
            },
        }
    }
}
