//! Where a run stands, folded from its log.

use std::collections::BTreeMap;

use medcover_kernel::Timestamp;
use serde_json::Value;

use crate::{Cause, Definition, Direction, Event, Step, StepKind, Undo};

/// Entries that a run's log may gain one way, and after each resumption, before the run gives up where it stands: a log
/// stays short enough to be read whole. A step that waits for long waits for a signal instead.
pub const MAX_ENTRIES: u32 = 2_000;

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    version: u16,
    input: Value,
    key: Option<String>,
    started_at: Timestamp,
    entries: u32,
    phase: Phase,
    reason: Option<String>,
    steps: Vec<StepState>,
    signals: BTreeMap<String, Value>,
}

/// Where a run stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Steps are taken.
    Forward,
    /// Steps are undone.
    Backward,
    /// It waits for a person, and would go on in this direction.
    Parked(Direction),
    /// Every step took effect.
    Completed,
    /// Every effect is gone.
    Compensated,
    /// A person took it over.
    Abandoned,
}

/// Where one step stands, each way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepState {
    /// Taking it.
    pub forward: Progress,
    /// Undoing it.
    pub backward: Progress,
}

/// Where one step stands, one way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What is known.
    pub status: Status,
    /// Number of the last attempt; 0 before the first.
    pub attempt: u32,
    /// Attempts that count against the limit.
    pub spent: u32,
    /// When the first attempt began, or the first since a person let it go on.
    pub since: Option<Timestamp>,
    /// Why the last attempt failed or was refused.
    pub reason: Option<String>,
    /// What it gave when done.
    pub output: Option<Value>,
}

/// What is known of a step, one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Never begun.
    #[default]
    Untouched,
    /// The last attempt began then and has not reported.
    Running(Timestamp),
    /// To be asked again, not before that moment.
    Delayed(Timestamp),
    /// It took effect.
    Done,
    /// It took no effect and never will.
    Refused,
}

/// A log that no run of this definition could have written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log of saga {saga} cannot hold {kind:?} at its entry {entry}")]
pub struct CorruptLog {
    /// Name of the definition it was read with.
    pub saga: &'static str,
    /// The entry, from 1; counted from the first one applied.
    pub entry: usize,
    /// The kind of event that does not fit.
    pub kind: &'static str,
}

impl Phase {
    /// The stable name of the phase.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "running",
            Self::Backward => "compensating",
            Self::Parked(_) => "parked",
            Self::Completed => "completed",
            Self::Compensated => "compensated",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether nothing can happen any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Compensated | Self::Abandoned)
    }
}

impl Status {
    /// The stable name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Running(_) => "running",
            Self::Delayed(_) => "delayed",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl State {
    /// A run that begins at `now`, and the entry that begins its log.
    pub fn start(
        definition: &Definition,
        input: Value,
        key: Option<String>,
        now: Timestamp,
    ) -> (Self, Event) {
        let started = Event::Started {
            definition: definition.name().to_owned(),
            version: definition.version(),
            input: input.clone(),
            key: key.clone(),
            at: now,
        };
        (Self::begun(definition, input, key, now), started)
    }

    fn begun(definition: &Definition, input: Value, key: Option<String>, now: Timestamp) -> Self {
        Self {
            version: definition.version(),
            input,
            key,
            started_at: now,
            entries: 0,
            phase: Phase::Forward,
            reason: None,
            steps: vec![StepState::default(); definition.steps().len()],
            signals: BTreeMap::new(),
        }
    }

    /// Folds a whole log, [`Event::Started`] first.
    pub fn fold(definition: &Definition, log: &[Event]) -> Result<Self, CorruptLog> {
        match log.split_first() {
            Some((
                Event::Started {
                    definition: name,
                    version,
                    input,
                    key,
                    at,
                },
                rest,
            )) if name == definition.name() && *version == definition.version() => {
                let mut state = Self::begun(definition, input.clone(), key.clone(), *at);
                state
                    .apply_all(definition, rest)
                    .map_err(|fault| CorruptLog {
                        entry: fault.entry + 1,
                        ..fault
                    })?;
                Ok(state)
            }
            first => Err(CorruptLog {
                saga: definition.name(),
                entry: 1,
                kind: first.map_or("nothing", |(event, _)| event.kind()),
            }),
        }
    }

    /// Applies further entries in order; the error counts from the first of them.
    pub fn apply_all(
        &mut self,
        definition: &Definition,
        events: &[Event],
    ) -> Result<(), CorruptLog> {
        for (index, event) in events.iter().enumerate() {
            self.apply(definition, event).ok_or(CorruptLog {
                saga: definition.name(),
                entry: index + 1,
                kind: event.kind(),
            })?;
        }
        Ok(())
    }

    /// What the run is about.
    pub const fn input(&self) -> &Value {
        &self.input
    }

    /// Its business key.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Version of the definition that the run keeps.
    pub const fn version(&self) -> u16 {
        self.version
    }

    /// When it began.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Where it stands as a whole.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Why it turned, parked or was abandoned, whichever was last.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Whether nothing can happen any more.
    pub const fn is_over(&self) -> bool {
        self.phase.is_over()
    }

    /// The steps in the order of the definition.
    pub fn steps(&self) -> &[StepState] {
        &self.steps
    }

    /// What the step at `place` gave.
    pub fn output(&self, place: usize) -> Option<&Value> {
        self.steps.get(place)?.forward.output.as_ref()
    }

    /// What the signal `name` brought, if it was heard.
    pub fn signal(&self, name: &str) -> Option<&Value> {
        self.signals.get(name)
    }

    /// The way it goes or, parked, would go.
    pub const fn direction(&self) -> Option<Direction> {
        match self.phase {
            Phase::Forward => Some(Direction::Forward),
            Phase::Backward => Some(Direction::Backward),
            Phase::Parked(direction) => Some(direction),
            Phase::Completed | Phase::Compensated | Phase::Abandoned => None,
        }
    }

    /// The step that is taken or undone next; `None` when none is left that way.
    pub fn current(&self, definition: &Definition) -> Option<usize> {
        match self.direction()? {
            Direction::Forward => self
                .steps
                .iter()
                .position(|step| step.forward.status != Status::Done),
            Direction::Backward => (0..self.steps.len())
                .rev()
                .find(|&place| self.needs_undo(&definition.steps()[place], place)),
        }
    }

    /// Whether every effect so far can be undone: the pivot was never begun, or was refused.
    pub fn can_turn(&self, definition: &Definition) -> bool {
        definition.pivot().is_none_or(|pivot| {
            matches!(
                self.steps[pivot].forward.status,
                Status::Untouched | Status::Refused
            )
        })
    }

    /// A step is undone when it may have taken effect. One that was refused at its very first attempt has not; after an
    /// attempt with an unknown end a refusal is not relied upon.
    fn needs_undo(&self, step: &Step, place: usize) -> bool {
        let StepState { forward, backward } = &self.steps[place];
        let without_effect = match forward.status {
            Status::Untouched => true,
            Status::Refused => forward.attempt == 1,
            Status::Running(_) | Status::Delayed(_) | Status::Done => false,
        };
        matches!(step.undo(), Undo::Compensate(_))
            && !without_effect
            && backward.status != Status::Done
    }

    /// Whether the log has grown as long this way as it may.
    pub(crate) const fn is_long(&self) -> bool {
        self.entries >= MAX_ENTRIES
    }

    pub(crate) fn progress(&self, place: usize, direction: Direction) -> &Progress {
        match direction {
            Direction::Forward => &self.steps[place].forward,
            Direction::Backward => &self.steps[place].backward,
        }
    }

    fn progress_mut(
        &mut self,
        definition: &Definition,
        step: &str,
        direction: Direction,
    ) -> Option<&mut Progress> {
        let step = &mut self.steps[definition.place_of(step)?];
        Some(match direction {
            Direction::Forward => &mut step.forward,
            Direction::Backward => &mut step.backward,
        })
    }

    /// One entry of the log; `None` when it cannot follow what came before.
    fn apply(&mut self, definition: &Definition, event: &Event) -> Option<()> {
        use Direction::{Backward, Forward};
        if self.is_over() {
            return None;
        }
        self.entries += 1;
        match event {
            Event::Started { .. } => return None,
            Event::StepStarted { step, attempt, at } => {
                self.expect(self.phase == Phase::Forward)?;
                self.progress_mut(definition, step, Forward)?
                    .begin(*attempt, *at)?;
            }
            Event::UndoStarted { step, attempt, at } => {
                self.expect(self.phase == Phase::Backward)?;
                self.progress_mut(definition, step, Backward)?
                    .begin(*attempt, *at)?;
            }
            Event::StepDelayed {
                step,
                attempt,
                cause,
                due,
            } => self
                .progress_mut(definition, step, Forward)?
                .delay(*attempt, cause, *due)?,
            Event::UndoDelayed {
                step,
                attempt,
                cause,
                due,
            } => self
                .progress_mut(definition, step, Backward)?
                .delay(*attempt, cause, *due)?,
            Event::StepDone {
                step,
                attempt,
                output,
            } => self
                .progress_mut(definition, step, Forward)?
                .finish(*attempt, output.clone())?,
            Event::UndoDone { step, attempt } => self
                .progress_mut(definition, step, Backward)?
                .finish(*attempt, Value::Null)?,
            Event::StepRefused {
                step,
                attempt,
                reason,
            } => self
                .progress_mut(definition, step, Forward)?
                .refuse(*attempt, reason)?,
            Event::Turned { reason } => {
                self.expect(self.phase == Phase::Forward && self.can_turn(definition))?;
                self.phase = Phase::Backward;
                self.entries = 0;
                self.reason = Some(reason.clone());
            }
            Event::Parked {
                direction, reason, ..
            } => {
                self.expect(!matches!(self.phase, Phase::Parked(_)))?;
                self.expect(self.direction() == Some(*direction))?;
                self.phase = Phase::Parked(*direction);
                self.reason = Some(reason.clone());
            }
            Event::Resumed { direction, .. } => {
                self.expect(self.phase == Phase::Parked(*direction))?;
                self.resume(definition, *direction)?;
            }
            Event::Abandoned { note } => {
                self.phase = Phase::Abandoned;
                self.reason = Some(note.clone());
            }
            Event::Signalled { name, payload } => {
                self.signals.insert(name.clone(), payload.clone());
            }
            Event::Completed => {
                self.expect(self.phase == Phase::Forward && self.current(definition).is_none())?;
                self.phase = Phase::Completed;
            }
            Event::Compensated => {
                self.expect(self.phase == Phase::Backward && self.current(definition).is_none())?;
                self.phase = Phase::Compensated;
            }
        }
        Some(())
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as what the run must be before an entry may follow"
    )]
    fn expect(&self, holds: bool) -> Option<()> {
        holds.then_some(())
    }

    /// Fresh attempts for the step at which the run was parked.
    fn resume(&mut self, definition: &Definition, direction: Direction) -> Option<()> {
        let place = self.current(definition)?;
        let step = &mut self.steps[place];
        let progress = match direction {
            Direction::Forward => &mut step.forward,
            Direction::Backward => &mut step.backward,
        };
        progress.spent = 0;
        progress.since = None;
        progress.status = match definition.steps()[place].kind() {
            // Not untouched: an earlier attempt may have taken effect.
            StepKind::Action => Status::Delayed(Timestamp::from_micros(i64::MIN)),
            StepKind::Pause(_) | StepKind::Signal => Status::Untouched,
        };
        self.entries = 0;
        self.phase = match direction {
            Direction::Forward => Phase::Forward,
            Direction::Backward => Phase::Backward,
        };
        Some(())
    }
}

impl Progress {
    /// Whether attempt `number` is under way.
    pub(crate) fn runs(&self, number: u32) -> bool {
        matches!(self.status, Status::Running(_)) && self.attempt == number
    }

    fn begin(&mut self, number: u32, at: Timestamp) -> Option<()> {
        let ended = matches!(self.status, Status::Done | Status::Refused);
        (!ended && number == self.attempt + 1).then_some(())?;
        self.attempt = number;
        self.spent += 1;
        self.since.get_or_insert(at);
        self.status = Status::Running(at);
        Some(())
    }

    fn delay(&mut self, number: u32, cause: &Cause, due: Timestamp) -> Option<()> {
        self.runs(number).then_some(())?;
        match cause {
            Cause::Failed(reason) => self.reason = Some(reason.clone()),
            Cause::Waiting => self.spent -= 1,
        }
        self.status = Status::Delayed(due);
        Some(())
    }

    fn finish(&mut self, number: u32, output: Value) -> Option<()> {
        self.runs(number).then_some(())?;
        self.status = Status::Done;
        self.output = Some(output);
        Some(())
    }

    fn refuse(&mut self, number: u32, reason: &str) -> Option<()> {
        self.runs(number).then_some(())?;
        self.status = Status::Refused;
        self.reason = Some(reason.to_owned());
        Some(())
    }
}
