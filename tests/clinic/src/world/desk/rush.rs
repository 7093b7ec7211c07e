//! What all want at once: clients take up a rush before anything else, so that its commands meet.

use medcover_contract_billing::RefundId;
use medcover_kernel::PaymentId;
use medcover_simulation::stage::Fate;

use super::visit::{Stage, Visit};
use super::{Desk, id};
use crate::commands::Command;
use crate::setting::PATIENTS;

/// One of many who want the same.
#[derive(Debug)]
pub(super) enum Rushed {
    /// A visit is to come a step further.
    Step(usize),
    /// A command of no visit.
    Ask(Box<Command>),
}

impl Desk {
    /// Lets a rush begin.
    pub(super) fn begin_rush(&mut self, fate: &Fate) {
        let paid = |it: &Visit| it.stage == Stage::After && it.due() > 1;
        let billed = |it: &Visit| it.stage > Stage::Invoice && it.insured;
        let commands = match fate.below(10) {
            0..=1 => None,
            2..=4 => return self.on_one_benefit(fate),
            5..=7 => self.one_of(fate, paid).map(|it| it.on_one_payment(fate)),
            8 => self.one_of(fate, billed).map(|it| it.on_one_trace(fate)),
            _ => self.one_of(fate, billed).map(|it| it.on_one_invoice(fate)),
        };
        let Some(commands) = commands else {
            return self.on_one_slot(fate);
        };
        let asked = commands.into_iter().map(|it| Rushed::Ask(Box::new(it)));
        self.rush.extend(asked);
    }

    fn one_of(&self, fate: &Fate, fits: impl Fn(&Visit) -> bool) -> Option<&Visit> {
        let under_way = self.visits.iter().filter(|it| it.stage < Stage::Gone);
        let fitting: Vec<_> = under_way.filter(|it| fits(it)).collect();
        let chosen = fate.below(fitting.len().max(1) as u64) as usize;
        fitting.get(chosen).copied()
    }

    /// Patients who want the same slot.
    fn on_one_slot(&mut self, fate: &Fate) {
        let (first, several) = (self.visits.len(), 2 + fate.below(3) as usize);
        let slot = self.visit(fate).other_slot(fate);
        for number in 0..several {
            let mut visit = self.visit(fate);
            visit.patient = number as u128 % PATIENTS;
            visit.slot = slot.clone();
            self.visits.push(visit);
        }
        self.together(first..first + several, 3);
    }

    /// Visits of one member, or of one family, whose claims want the last of a benefit.
    fn on_one_benefit(&mut self, fate: &Fate) {
        let (first, several) = (self.visits.len(), 2 + fate.below(2) as usize);
        let member = u128::from(fate.below(PATIENTS as u64));
        for _ in 0..several {
            let mut visit = self.visit(fate);
            visit.patient = member;
            visit.insured = true;
            visit.walks_in = true;
            visit.stage = Stage::Reserve;
            self.visits.push(visit);
        }
        self.together(first..first + several, 6);
    }

    /// They come so many steps further, all at every step.
    fn together(&mut self, visits: std::ops::Range<usize>, steps: usize) {
        for _ in 0..steps {
            self.rush.extend(visits.clone().map(Rushed::Step));
        }
    }
}

impl Visit {
    /// Refunds of more than a payment has, together, and money of it for its invoice meanwhile.
    fn on_one_payment(&self, fate: &Fate) -> Vec<Command> {
        // Numbers that nothing else of the visit has.
        let first = 100 + 10 * u128::from(fate.below(100));
        let numbers = first..first + 2 + u128::from(fate.below(3));
        let payment = self.payment();
        let mut commands: Vec<_> = numbers.clone().map(|it| self.refund_of(it)).collect();
        commands.push(self.allocate(fate, payment, first));
        let refunds = numbers.map(|it| RefundId::from_uuid(id(9, self.number, it)));
        let refunds: Vec<_> = refunds.collect();
        commands.extend(
            refunds
                .iter()
                .map(|it| Command::ApproveRefund { refund: *it }),
        );
        commands.extend(refunds.iter().map(|it| Command::SendRefund { refund: *it }));
        commands
    }

    /// Another invoice for the same visit, and payments for it.
    fn on_one_invoice(&self, fate: &Fate) -> Vec<Command> {
        let payment = |number: u128| PaymentId::from_uuid(id(7, self.number, 200 + number));
        let mut commands = vec![Command::WithdrawInvoice {
            invoice: self.invoice(),
            request: medcover_contract_billing::ReasonRequest {
                reason: "Entered wrongly.".to_owned(),
            },
        }];
        commands.extend((0..3).map(|again| self.issue(again)));
        commands.push(self.apply());
        commands.extend((0..2).map(|number| self.pay(fate, payment(number))));
        commands
    }

    /// A remittance that comes again under other numbers.
    fn on_one_trace(&self, fate: &Fate) -> Vec<Command> {
        (0..4).map(|again| self.on_paper(fate, again)).collect()
    }
}
