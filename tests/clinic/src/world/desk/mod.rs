//! The desk: the visits as the people there know them, and what is asked next.

mod chance;
mod house;
mod mishap;
mod rush;
mod step;
mod visit;

use std::collections::VecDeque;

use medcover_simulation::stage::Fate;
use uuid::Uuid;

use super::asking::Said;
use crate::commands::Command;
use crate::setting::{self, PATIENTS, PRACTITIONERS};
use rush::Rushed;
pub(super) use visit::Stage;
use visit::Visit;

/// Visits that are under way at one time, at most.
const MOST: usize = 12;

/// What the people at the desk know.
#[derive(Default)]
pub(super) struct Desk {
    visits: Vec<Visit>,
    /// What all want at once, before anything else.
    rush: VecDeque<Rushed>,
    /// Remittances that were asked for.
    remittances: u64,
    /// Gives what is of no visit its numbers.
    numbers: u128,
}

fn id(kind: u128, visit: u128, number: u128) -> Uuid {
    Uuid::from_u128((kind << 96) + (visit << 32) + number)
}

impl Desk {
    /// The next command, and which visit it takes a step further.
    pub(super) fn next(&mut self, fate: &Fate, storm: u64) -> (Option<usize>, Command) {
        if self.rush.is_empty() && fate.happens(storm / 15) {
            self.begin_rush(fate);
        }
        match self.rush.pop_front() {
            Some(Rushed::Step(at)) => return (Some(at), self.visits[at].step(fate)),
            Some(Rushed::Ask(command)) => return (None, *command),
            None => {}
        }
        let under_way: Vec<_> = self.under_way().collect();
        if under_way.is_empty() || (under_way.len() < MOST && fate.happens(150)) {
            return self.begin(fate, storm);
        }
        let at = choose(fate, storm, &under_way);
        match fate.below(100) {
            0..78 => (Some(at), self.visits[at].step(fate)),
            78..91 => (None, self.visits[at].disturb(fate)),
            _ => (None, self.house(fate, at)),
        }
    }

    /// The visits that may come further, or whose money may still move.
    fn under_way(&self) -> impl Iterator<Item = usize> {
        let visits = self.visits.iter().enumerate();
        visits
            .filter(|(_, visit)| visit.stage < Stage::Gone)
            .map(|(at, _)| at)
    }

    /// The stage of a visit.
    pub(super) fn stage(&self, visit: usize) -> Option<Stage> {
        self.visits.get(visit).map(|it| it.stage)
    }

    /// A patient wants to be seen: by a saga, or step by step.
    fn begin(&mut self, fate: &Fate, storm: u64) -> (Option<usize>, Command) {
        let slots = if fate.happens(storm) { 3 } else { 36 };
        let mut visit = self.visit(fate);
        visit.slot = setting::slot(
            visit.practitioner,
            u128::from(fate.below(2)),
            fate.below(slots),
        );
        let command = if fate.happens(500) {
            visit.by_saga(fate)
        } else {
            visit.step(fate)
        };
        self.visits.push(visit);
        (Some(self.visits.len() - 1), command)
    }

    /// A visit of somebody, for something, at the first of all slots.
    fn visit(&self, fate: &Fate) -> Visit {
        let number = self.visits.len() as u128 + 1;
        let patient = u128::from(fate.below(PATIENTS as u64));
        let practitioner = u128::from(fate.below(PRACTITIONERS as u64));
        let line = |_| {
            let procedure = [0, 0, 0, 1, 1, 2][fate.below(6) as usize];
            let units = 1 + fate.below(4) as u32;
            let each = 2_000 + fate.below(16_000).cast_signed();
            (procedure, units, each * i64::from(units))
        };
        let lines = (0..=fate.below(2)).map(line).collect();
        Visit::new(number, patient, practitioner, !fate.happens(150), lines)
    }

    /// Takes down what came of the command that was to take a visit further from `stage`. Says whether there is nothing to
    /// be done for it but to wait.
    pub(super) fn learn(
        &mut self,
        fate: &Fate,
        (at, stage): (usize, Stage),
        command: &Command,
        answer: &Said,
    ) -> bool {
        let Some(visit) = self.visits.get_mut(at) else {
            return false;
        };
        match (command, answer) {
            (Command::StartVisit { .. }, Ok(started)) => visit.started(started),
            (Command::AdjudicateClaim { .. }, Ok(claim)) => visit.decided(claim),
            _ => {}
        }
        if visit.stage != stage {
            return false;
        }
        match answer {
            Ok(_) if matches!(command, Command::StartVisit { .. }) => visit.stage = Stage::Arrive,
            Ok(_) => visit.advance(),
            Err(refused) => return visit.refused(fate, refused),
        }
        false
    }
}

/// In a storm all want the visit that began last.
fn choose(fate: &Fate, storm: u64, under_way: &[usize]) -> usize {
    let newest = if fate.happens(storm) {
        under_way.len().min(2)
    } else {
        under_way.len()
    };
    under_way[under_way.len() - 1 - fate.below(newest as u64) as usize]
}
