//! What comes next: the one decision of a saga.

use std::time::Duration;

use medcover_kernel::{Rng, Timestamp};
use serde_json::Value;

use crate::state::Status;
use crate::{Cause, Definition, Direction, Event, Phase, Retry, State, Step, StepKind, Undo};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Somebody holds the run and asks what to do.
    Wake,
    /// An attempt ended.
    Report {
        /// Which.
        attempt: Token,
        /// How.
        outcome: Outcome,
    },
}

/// What somebody outside asks of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Something that a step may wait for happened.
    Signal {
        /// Name of the step that waits for it.
        name: String,
        /// What it brought.
        payload: Value,
    },
    /// Somebody no longer wants it. Possible until the pivot.
    Cancel {
        /// Why.
        reason: String,
    },
    /// A person lets a parked run go on.
    Resume {
        /// Who and why.
        note: String,
    },
    /// A person takes the run over.
    Abandon {
        /// Who and why.
        note: String,
    },
}

/// How an attempt ended. What each promises stands in the README.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It took effect.
    Done(Value),
    /// It took no effect and never will, for this reason.
    Refused(String),
    /// Nobody knows, for this reason.
    Failed(String),
    /// It is under way; ask again after this time.
    Waiting(Duration),
}

/// Names one attempt; a report of another than the one under way changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Name of the step.
    pub step: String,
    /// Which way.
    pub direction: Direction,
    /// Number of the attempt.
    pub number: u32,
}

/// One attempt to be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Name of the step.
    pub step: &'static str,
    /// Which way.
    pub direction: Direction,
    /// Number of the attempt, from 1.
    pub number: u32,
    /// How long it may run.
    pub limit: Duration,
}

impl Attempt {
    /// What its report carries.
    pub fn token(&self) -> Token {
        Token {
            step: self.step.to_owned(),
            direction: self.direction,
            number: self.number,
        }
    }
}

/// The one thing to do once the events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make this attempt and report how it ended.
    Run(Attempt),
    /// Wake the run at this moment; without one only a signal or a person moves it.
    Sleep(Option<Timestamp>),
    /// Nothing: the run is over, or parked.
    Rest,
    /// Nothing: the report came too late, and whoever has the run now acts.
    Superseded,
}

/// What to write, and then what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Entries of the log, to be written before anything is done.
    pub events: Vec<Event>,
    /// What then.
    pub effect: Effect,
}

/// A command that the run does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run is over.
    #[error("the run is over")]
    Over,
    /// The pivot may have taken effect: from there the run only goes forward.
    #[error("the run is past the point from which it can be undone")]
    PastPivot,
    /// Only a parked run is resumed.
    #[error("the run is not parked")]
    NotParked,
    /// An attempt is under way; it has to end first.
    #[error("an attempt of the run is under way")]
    Busy,
    /// No step waits for a signal of that name.
    #[error("no step of the saga waits for that signal")]
    UnknownSignal,
}

/// Decides what comes next. It has no effect of its own: equal arguments give an equal decision (pauses apart, which
/// `rng` draws).
pub fn decide(
    definition: &Definition,
    state: &State,
    input: Input,
    now: Timestamp,
    rng: &dyn Rng,
) -> Decision {
    let mut deciding = Deciding {
        definition,
        state: state.clone(),
        events: Vec::new(),
        now,
        rng,
    };
    let taken = match input {
        Input::Wake => true,
        Input::Report { attempt, outcome } => deciding.report(&attempt, outcome),
    };
    let effect = if taken {
        deciding.advance()
    } else {
        Effect::Superseded
    };
    Decision {
        events: deciding.events,
        effect,
    }
}

/// Takes a command in: the entries to write, none when it changes nothing. Whoever writes them wakes the run, so that
/// what follows is done by the one who drives it.
pub fn command(
    definition: &Definition,
    state: &State,
    command: Command,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let phase = state.phase();
    if phase.is_over() {
        return Err(Refusal::Over);
    }
    let event = match command {
        Command::Signal { name, payload } => return signal(definition, state, name, payload),
        // It goes backward already, or would if it were not parked.
        Command::Cancel { .. } if state.direction() == Some(Direction::Backward) => None,
        Command::Cancel { .. } if !state.can_turn(definition) => return Err(Refusal::PastPivot),
        Command::Cancel { reason } => Some(Event::Turned { reason }),
        Command::Resume { note } => match phase {
            Phase::Parked(direction) => Some(Event::Resumed { direction, note }),
            _ => return Err(Refusal::NotParked),
        },
        Command::Abandon { .. } if runs_anything(definition, state, now) => {
            return Err(Refusal::Busy);
        }
        Command::Abandon { note } => Some(Event::Abandoned { note }),
    };
    Ok(event.into_iter().collect())
}

fn signal(
    definition: &Definition,
    state: &State,
    name: String,
    payload: Value,
) -> Result<Vec<Event>, Refusal> {
    let place = definition.place_of(&name).ok_or(Refusal::UnknownSignal)?;
    if definition.steps()[place].kind() != StepKind::Signal {
        return Err(Refusal::UnknownSignal);
    }
    // The first one counts: a repetition must not change what a step was told.
    if state.signal(&name).is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Signalled { name, payload }])
}

/// Whether an attempt is under way that is not yet taken for lost.
fn runs_anything(definition: &Definition, state: &State, now: Timestamp) -> bool {
    let mut steps = definition.steps().iter().zip(state.steps());
    steps.any(|(step, state)| {
        let both = [state.forward.status, state.backward.status];
        both.into_iter()
            .filter_map(|status| running_until(step, status))
            .any(|until| now < until)
    })
}

/// A decision being made: the state as it will be once the events so far are written.
struct Deciding<'a> {
    definition: &'a Definition,
    state: State,
    events: Vec<Event>,
    now: Timestamp,
    rng: &'a dyn Rng,
}

impl Deciding<'_> {
    /// Writes an entry.
    fn emit(&mut self, event: Event) {
        self.state
            .apply_all(self.definition, std::slice::from_ref(&event))
            .expect("a decision writes only what its own state allows");
        self.events.push(event);
    }

    /// Takes a report in; false for one of an attempt that is not under way.
    fn report(&mut self, token: &Token, outcome: Outcome) -> bool {
        let Some(place) = self.definition.place_of(&token.step) else {
            return false;
        };
        let progress = self.state.progress(place, token.direction);
        if self.state.is_over() || !progress.runs(token.number) {
            return false;
        }
        let spent = progress.spent;
        let step = &self.definition.steps()[place];
        match token.direction {
            Direction::Forward => self.report_step(step, token.number, spent, outcome),
            Direction::Backward => self.report_undo(step, token.number, spent, outcome),
        }
        true
    }

    fn report_step(&mut self, step: &Step, attempt: u32, spent: u32, outcome: Outcome) {
        let name = step.name().to_owned();
        let event = match outcome {
            Outcome::Done(output) => Event::StepDone {
                step: name,
                attempt,
                output,
            },
            Outcome::Refused(reason) => Event::StepRefused {
                step: name,
                attempt,
                reason,
            },
            Outcome::Failed(reason) => Event::StepDelayed {
                step: name,
                attempt,
                due: self.after_failure(step.retries(), spent),
                cause: Cause::Failed(reason),
            },
            Outcome::Waiting(pause) => Event::StepDelayed {
                step: name,
                attempt,
                due: self.now.plus(pause),
                cause: Cause::Waiting,
            },
        };
        self.emit(event);
    }

    fn report_undo(&mut self, step: &Step, attempt: u32, spent: u32, outcome: Outcome) {
        let name = step.name().to_owned();
        let delayed = |due, cause| Event::UndoDelayed {
            step: step.name().to_owned(),
            attempt,
            cause,
            due,
        };
        match outcome {
            Outcome::Done(_) => self.emit(Event::UndoDone {
                step: name,
                attempt,
            }),
            Outcome::Failed(reason) => {
                let due = self.after_failure(undo_retry(step), spent);
                self.emit(delayed(due, Cause::Failed(reason)));
            }
            Outcome::Waiting(pause) => {
                self.emit(delayed(self.now.plus(pause), Cause::Waiting));
            }
            // An undo that is refused will not do better by itself.
            Outcome::Refused(reason) => {
                self.emit(delayed(self.now, Cause::Failed(reason.clone())));
                self.park(
                    step,
                    Direction::Backward,
                    format!("its undo was refused: {reason}"),
                );
            }
        }
    }

    /// When to ask again; at once when attempts are used up, for then the next look at the run gives up.
    fn after_failure(&self, retry: Retry, spent: u32) -> Timestamp {
        let pause = retry.pause_after(spent, self.rng);
        self.now.plus(pause.unwrap_or_default())
    }

    fn park(&mut self, step: &Step, direction: Direction, reason: String) {
        self.emit(Event::Parked {
            step: step.name().to_owned(),
            direction,
            reason,
        });
    }

    /// Goes on until there is something to do, to wait for, or nothing left. Each round writes at least one entry or
    /// ends it, and a run has an end, so it stops.
    fn advance(&mut self) -> Effect {
        loop {
            let ended = match self.state.phase() {
                Phase::Forward => self.forward(),
                Phase::Backward => self.backward(),
                Phase::Parked(_) | Phase::Completed | Phase::Compensated | Phase::Abandoned => {
                    Some(Effect::Rest)
                }
            };
            if let Some(effect) = ended {
                return effect;
            }
        }
    }

    fn forward(&mut self) -> Option<Effect> {
        let Some(place) = self.state.current(self.definition) else {
            self.emit(Event::Completed);
            return None;
        };
        let step = &self.definition.steps()[place];
        let progress = self.state.progress(place, Direction::Forward);
        let (status, attempt) = (progress.status, progress.attempt);
        let used_up = progress.spent >= step.retries().attempts || self.state.is_long();
        let gives_up_at = patience_end(step, progress.since);
        match status {
            Status::Done => None,
            Status::Refused => {
                let reason = progress.reason.clone().unwrap_or_default();
                self.give_up(place, format!("{}: {reason}", step.name()));
                None
            }
            Status::Running(_) if running_until(step, status) > Some(self.now) => {
                Some(Effect::Sleep(running_until(step, status)))
            }
            _ if self.is_late() => {
                self.emit(Event::Turned {
                    reason: "the saga's deadline passed".to_owned(),
                });
                None
            }
            _ if step.kind() != StepKind::Action => self.timer(step, status),
            _ if gives_up_at.is_some_and(|end| end <= self.now) => {
                self.give_up(place, format!("{}: it waited too long", step.name()));
                None
            }
            Status::Delayed(due) if self.now < due => {
                let ends = [Some(due), gives_up_at, self.deadline()];
                Some(Effect::Sleep(ends.into_iter().flatten().min()))
            }
            _ if used_up => {
                let reason = progress.reason.as_deref().unwrap_or("no attempt reported");
                let reason = format!("{}: attempts used up: {reason}", step.name());
                self.give_up(place, reason);
                None
            }
            Status::Untouched | Status::Running(_) | Status::Delayed(_) => {
                let number = attempt + 1;
                self.begin(step, number);
                Some(Effect::Run(Attempt {
                    step: step.name(),
                    direction: Direction::Forward,
                    number,
                    limit: step.limit(),
                }))
            }
        }
    }

    fn begin(&mut self, step: &Step, number: u32) {
        self.emit(Event::StepStarted {
            step: step.name().to_owned(),
            attempt: number,
            at: self.now,
        });
    }

    /// A step at which time passes or a signal is awaited: the machine takes it itself.
    fn timer(&mut self, step: &Step, status: Status) -> Option<Effect> {
        let name = step.name();
        let heard = self.state.signal(name).cloned();
        let (due, outcome) = match (step.kind(), status) {
            (StepKind::Signal, _) if heard.is_some() => {
                (None, Outcome::Done(heard.unwrap_or_default()))
            }
            (StepKind::Pause(_), Status::Delayed(due)) if due <= self.now => {
                (None, Outcome::Done(Value::Null))
            }
            (StepKind::Signal, Status::Delayed(due)) if due <= self.now => {
                (None, Outcome::Refused("no signal came in time".to_owned()))
            }
            (_, Status::Delayed(due)) => (Some(due), Outcome::Waiting(Duration::ZERO)),
            (StepKind::Pause(time), _) => (None, Outcome::Waiting(time)),
            (_, _) => (
                None,
                Outcome::Waiting(step.patience().unwrap_or(Duration::MAX)),
            ),
        };
        if let Some(due) = due {
            let bounded = (due.as_micros() != i64::MAX).then_some(due);
            let ends = [bounded, self.deadline()];
            return Some(Effect::Sleep(ends.into_iter().flatten().min()));
        }
        let place = self.definition.place_of(name)?;
        let number = self.state.progress(place, Direction::Forward).attempt + 1;
        self.begin(step, number);
        self.report_step(step, number, 1, outcome);
        None
    }

    /// The step at `place` will not take effect by itself any more, or nobody knows whether it did.
    fn give_up(&mut self, place: usize, reason: String) {
        let refused = self.state.progress(place, Direction::Forward).status == Status::Refused;
        let before_pivot = self.definition.pivot().is_none_or(|pivot| place < pivot);
        let refused_pivot = self.definition.pivot() == Some(place) && refused;
        if before_pivot || refused_pivot {
            self.emit(Event::Turned { reason });
        } else {
            let step = &self.definition.steps()[place];
            self.park(step, Direction::Forward, reason);
        }
    }

    /// When the run as a whole is late: never, once it cannot turn.
    fn deadline(&self) -> Option<Timestamp> {
        let patience = self.definition.patience()?;
        self.state
            .can_turn(self.definition)
            .then(|| self.state.started_at().plus(patience))
    }

    fn is_late(&self) -> bool {
        self.deadline().is_some_and(|end| end <= self.now)
    }

    fn backward(&mut self) -> Option<Effect> {
        let Some(place) = self.state.current(self.definition) else {
            self.emit(Event::Compensated);
            return None;
        };
        let step = &self.definition.steps()[place];
        // An attempt under way when the run turned is left to end, so that its undo follows it and sees its output.
        let action = self.state.progress(place, Direction::Forward).status;
        let progress = self.state.progress(place, Direction::Backward);
        let ends = [action, progress.status].map(|status| running_until(step, status));
        if let Some(end) = ends.into_iter().flatten().find(|end| self.now < *end) {
            return Some(Effect::Sleep(Some(end)));
        }
        match progress.status {
            Status::Delayed(due) if self.now < due => Some(Effect::Sleep(Some(due))),
            _ if progress.spent >= undo_retry(step).attempts || self.state.is_long() => {
                let reason = progress.reason.as_deref().unwrap_or("no attempt reported");
                let reason = format!("attempts to undo it are used up: {reason}");
                self.park(step, Direction::Backward, reason);
                None
            }
            _ => {
                let number = progress.attempt + 1;
                self.emit(Event::UndoStarted {
                    step: step.name().to_owned(),
                    attempt: number,
                    at: self.now,
                });
                Some(Effect::Run(Attempt {
                    step: step.name(),
                    direction: Direction::Backward,
                    number,
                    limit: step.limit(),
                }))
            }
        }
    }
}

/// When an attempt under way is taken for lost.
fn running_until(step: &Step, status: Status) -> Option<Timestamp> {
    match status {
        Status::Running(at) => Some(at.plus(step.limit())),
        Status::Untouched | Status::Delayed(_) | Status::Done | Status::Refused => None,
    }
}

fn patience_end(step: &Step, since: Option<Timestamp>) -> Option<Timestamp> {
    Some(since?.plus(step.patience()?))
}

fn undo_retry(step: &Step) -> Retry {
    match step.undo() {
        Undo::Compensate(retry) => retry,
        Undo::NotNeeded(_) | Undo::Pivot | Undo::Forward => Retry::NEVER,
    }
}
