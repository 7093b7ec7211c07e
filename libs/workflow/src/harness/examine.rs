//! All trials of one saga, and what has to come of each.

use medcover_saga::{Definition, StepKind, Undo};

use super::fault::Ending;
use super::trial::{Crash, Ended, Trial};
use super::{Finding, Report, Scenario, ground};

/// Runs all trials of one saga.
pub async fn examine(scenario: &dyn Scenario) -> Report {
    let mut examining = Examining::begin(scenario).await;
    let Some(whole) = examining.whole_run().await else {
        return examining.report;
    };
    examining.failures().await;
    examining.repetitions().await;
    examining.late_arrivals().await;
    examining.stuck_undos().await;
    examining.crashes(whole).await;
    examining.report
}

struct Examining<'a> {
    scenario: &'a dyn Scenario,
    definition: Definition,
    start: String,
    end: String,
    report: Report,
}

impl<'a> Examining<'a> {
    async fn begin(scenario: &'a dyn Scenario) -> Self {
        let world = scenario.open(ground()).await;
        Self {
            scenario,
            definition: world.saga().definition().clone(),
            start: world.observe().await,
            end: String::new(),
            report: Report::default(),
        }
    }

    /// The run without faults, by which the others are judged; returns how often it writes to its log.
    async fn whole_run(&mut self) -> Option<usize> {
        let ended = self.run("no fault", Trial::default()).await?;
        if ended.phase != "completed" {
            self.found("no fault", format!("it ends {}", ended.summary()));
            return None;
        }
        if ended.picture == self.start {
            self.found("no fault", "it changes nothing that can be seen".to_owned());
            return None;
        }
        self.end = ended.picture;
        Some(ended.writes)
    }

    /// It fails at each step, without effect and with one that nobody heard of.
    async fn failures(&mut self) {
        for (place, step) in self.actions() {
            let turns_if_refused = self.definition.pivot().is_none_or(|pivot| place <= pivot);
            let turns_if_lost = self.definition.pivot().is_none_or(|pivot| place < pivot);
            for (ending, turns) in [
                (Ending::Refused(step), turns_if_refused),
                (Ending::Lost(step), turns_if_lost),
            ] {
                let expected = if turns { "compensated" } else { "completed" };
                let trial = Trial {
                    ending,
                    ..Trial::default()
                };
                self.judge(&ending.to_string(), trial, Some(expected)).await;
            }
        }
    }

    /// Everything is asked for twice.
    async fn repetitions(&mut self) {
        let repeat = Trial {
            repeat: true,
            ..Trial::default()
        };
        self.judge("every step repeated", repeat, Some("completed"))
            .await;
        for (_, step) in self.actions() {
            let ending = Ending::Refused(step);
            let trial = Trial {
                ending,
                repeat: true,
                ..Trial::default()
            };
            self.judge(&format!("{ending}, everything repeated"), trial, None)
                .await;
        }
    }

    /// A step that was undone arrives once more.
    async fn late_arrivals(&mut self) {
        for (place, step) in self.actions() {
            if self.definition.pivot().is_some_and(|pivot| place > pivot) {
                continue;
            }
            for ending in [Ending::Refused(step), Ending::Lost(step)] {
                let trial = Trial {
                    ending,
                    late: true,
                    ..Trial::default()
                };
                let name = format!("{ending}, undone steps arrive again");
                self.judge(&name, trial, None).await;
            }
        }
    }

    /// The undo of each step fails until the run is parked and a person lets it go on.
    async fn stuck_undos(&mut self) {
        let Some(last) = self.last_turning_point() else {
            return;
        };
        for (place, step) in self.actions() {
            let undone = matches!(self.definition.steps()[place].undo(), Undo::Compensate(_));
            if !undone || step == last {
                continue;
            }
            let ending = Ending::Refused(last);
            let trial = Trial {
                ending,
                stuck: Some(step),
                ..Trial::default()
            };
            let name = format!("{ending}, undo of {step} stuck");
            if let Some(ended) = self.judge(&name, trial, Some("compensated")).await
                && !ended.was_parked
            {
                self.found(&name, "it was not parked".to_owned());
            }
        }
    }

    /// The node dies at each write of the log, before and after it is kept, on the way forward and on the way back.
    async fn crashes(&mut self, writes: usize) {
        self.crashes_of(Ending::Whole, writes).await;
        for (_, step) in self.actions() {
            for ending in [Ending::Refused(step), Ending::Lost(step)] {
                let trial = Trial {
                    ending,
                    ..Trial::default()
                };
                if let Some(ended) = self.run(&ending.to_string(), trial).await {
                    self.crashes_of(ending, ended.writes).await;
                }
            }
        }
    }

    async fn crashes_of(&mut self, ending: Ending, writes: usize) {
        for write in 1..=writes {
            for kept in [false, true] {
                let crash = Some(Crash { write, kept });
                let name = format!(
                    "{ending}, crash at write {write} of the log, {}",
                    if kept { "kept" } else { "lost" }
                );
                let trial = Trial {
                    ending,
                    crash,
                    ..Trial::default()
                };
                self.judge(&name, trial, None).await;
            }
        }
    }

    /// Runs a trial and compares the world with what it has to be at the end that the run reached.
    async fn judge(&mut self, name: &str, trial: Trial, phase: Option<&str>) -> Option<Ended> {
        let ended = self.run(name, trial).await?;
        if let Some(phase) = phase
            && ended.phase != phase
        {
            let summary = ended.summary();
            self.found(name, format!("it ends {summary}, not {phase}"));
            return None;
        }
        let expected = match ended.phase {
            "completed" => &self.end,
            "compensated" => &self.start,
            _ => {
                self.found(name, format!("it ends {}", ended.summary()));
                return None;
            }
        };
        if ended.picture != *expected {
            let fault = format!(
                "it is {}, but the world is\n  {}\nwhere it has to be\n  {expected}",
                ended.phase, ended.picture
            );
            self.found(name, fault);
        }
        Some(ended)
    }

    async fn run(&mut self, name: &str, trial: Trial) -> Option<Ended> {
        self.report.trials += 1;
        let ground = ground();
        let world = self.scenario.open(ground.clone()).await;
        match trial.run(&*world, &ground).await {
            Ok(ended) => Some(ended),
            Err(fault) => {
                self.found(name, fault);
                None
            }
        }
    }

    fn found(&mut self, trial: &str, fault: String) {
        self.report.findings.push(Finding {
            saga: format!("{} {}", self.definition.name(), self.definition.version()),
            trial: trial.to_owned(),
            fault,
        });
    }

    fn actions(&self) -> Vec<(usize, &'static str)> {
        let steps = self.definition.steps().iter().enumerate();
        steps
            .filter(|(_, step)| step.kind() == StepKind::Action)
            .map(|(place, step)| (place, step.name()))
            .collect()
    }

    /// The last step at which a refusal turns the run.
    fn last_turning_point(&self) -> Option<&'static str> {
        let actions = self.actions().into_iter();
        let pivot = self.definition.pivot();
        actions
            .filter(|(place, _)| pivot.is_none_or(|pivot| *place <= pivot))
            .map(|(_, step)| step)
            .next_back()
    }
}
