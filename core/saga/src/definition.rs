//! What a saga is made of.

use std::time::Duration;

use crate::Retry;

/// How long an attempt may run unless its step says otherwise. A run whose node died stands still for at most this long.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// Steps a saga may have. A longer one is two sagas.
pub const MAX_STEPS: usize = 64;

/// A saga as it is written down: its steps in order. Made by [`Definition::named`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    name: &'static str,
    version: u16,
    deadline: Option<Duration>,
    steps: Vec<Step>,
}

/// What becomes of a step's effect when the run turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It is undone.
    Compensate(Retry),
    /// Nothing is to be undone; the reason says why.
    NotNeeded(&'static str),
    /// The pivot: once it may have taken effect the run only goes forward.
    Pivot,
    /// After the pivot: never undone.
    Forward,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// It asks a service to do something.
    Action,
    /// It lets time pass.
    Pause(Duration),
    /// It waits for the signal of its own name.
    Signal,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    name: &'static str,
    kind: StepKind,
    undo: Undo,
    retry: Retry,
    limit: Duration,
    within: Option<Duration>,
}

/// Why a definition is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saga {saga}: {fault}")]
pub struct DefinitionError {
    saga: &'static str,
    fault: String,
}

impl Step {
    const fn new(name: &'static str, kind: StepKind, undo: Undo) -> Self {
        Self {
            name,
            kind,
            undo,
            retry: Retry::DEFAULT,
            limit: ATTEMPT_LIMIT,
            within: None,
        }
    }

    /// A step with a compensation.
    pub const fn compensated(name: &'static str) -> Self {
        Self::new(name, StepKind::Action, Undo::Compensate(Retry::times(20)))
    }

    /// A step whose effect may stay when the run turns; `reason` says why.
    pub const fn without_undo(name: &'static str, reason: &'static str) -> Self {
        Self::new(name, StepKind::Action, Undo::NotNeeded(reason))
    }

    /// The step that cannot be undone. Steps before it can, steps after it only go forward.
    pub const fn pivot(name: &'static str) -> Self {
        Self::new(name, StepKind::Action, Undo::Pivot)
    }

    /// A step after the pivot.
    pub const fn forward(name: &'static str) -> Self {
        Self::new(name, StepKind::Action, Undo::Forward)
    }

    /// Lets `time` pass; it may stand anywhere.
    pub const fn pause(name: &'static str, time: Duration) -> Self {
        Self::new(
            name,
            StepKind::Pause(time),
            Undo::NotNeeded("letting time pass has no effect"),
        )
    }

    /// Waits for the signal `name`; it may stand anywhere. Without it for the time given to [`Step::within`], the step
    /// is refused.
    pub const fn signal(name: &'static str) -> Self {
        Self::new(
            name,
            StepKind::Signal,
            Undo::NotNeeded("hearing a signal has no effect"),
        )
    }

    /// How often the step is tried.
    #[must_use]
    pub const fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How often its compensation is tried before the run is parked; nothing for a step without one.
    #[must_use]
    pub const fn undo_retry(mut self, retry: Retry) -> Self {
        if let Undo::Compensate(_) = self.undo {
            self.undo = Undo::Compensate(retry);
        }
        self
    }

    /// How long one attempt at the step, or at its undo, may run (30 s unless told). The driver cuts it off then, and
    /// another node takes the attempt for lost.
    #[must_use]
    pub const fn attempt_limit(mut self, time: Duration) -> Self {
        self.limit = time;
        self
    }

    /// How long the step may wait, from its first attempt. Past that a step that still waits counts as failed for good.
    #[must_use]
    pub const fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Its name, unique in the saga.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it does.
    pub const fn kind(&self) -> StepKind {
        self.kind
    }

    /// What becomes of its effect when the run turns.
    pub const fn undo(&self) -> Undo {
        self.undo
    }

    /// How often it is tried.
    pub const fn retries(&self) -> Retry {
        self.retry
    }

    /// How long one attempt may run.
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// How long it may wait.
    pub const fn patience(&self) -> Option<Duration> {
        self.within
    }
}

/// A definition being written; [`DefinitionBuilder::build`] checks it.
#[derive(Clone, Debug)]
pub struct DefinitionBuilder(Definition);

impl DefinitionBuilder {
    /// The next step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    /// How long the run may take to reach its pivot (or its end, without one); past that it turns. Past the pivot time
    /// plays no part.
    #[must_use]
    pub const fn deadline(mut self, time: Duration) -> Self {
        self.0.deadline = Some(time);
        self
    }

    /// The definition, if it is sound.
    pub fn build(self) -> Result<Definition, DefinitionError> {
        let saga = self.0.name;
        match self.0.fault() {
            Some(fault) => Err(DefinitionError { saga, fault }),
            None => Ok(self.0),
        }
    }
}

impl Definition {
    /// Begins the definition of the saga `name`. A change of its steps takes a new `version`; the old one stays
    /// registered until its last run has ended.
    pub const fn named(name: &'static str, version: u16) -> DefinitionBuilder {
        DefinitionBuilder(Self {
            name,
            version,
            deadline: None,
            steps: Vec::new(),
        })
    }

    /// Name of the saga.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Version of the definition.
    pub const fn version(&self) -> u16 {
        self.version
    }

    /// How long the run may take to reach its pivot.
    pub const fn patience(&self) -> Option<Duration> {
        self.deadline
    }

    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Place of the step `name`.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }

    /// Place of the pivot.
    pub fn pivot(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.undo == Undo::Pivot)
    }

    fn fault(&self) -> Option<String> {
        if !is_name(self.name) {
            return Some(format!("{:?} is not a name (a-z, 0-9, -)", self.name));
        }
        if self.steps.is_empty() || self.steps.len() > MAX_STEPS {
            return Some(format!(
                "has {} steps, not 1 to {MAX_STEPS}",
                self.steps.len()
            ));
        }
        let pivots = self.steps.iter().filter(|s| s.undo == Undo::Pivot).count();
        if pivots > 1 {
            return Some("has more than one pivot".to_owned());
        }
        (0..self.steps.len()).find_map(|place| self.fault_of(place))
    }

    fn fault_of(&self, place: usize) -> Option<String> {
        let step = &self.steps[place];
        let after_pivot = self.pivot().is_some_and(|pivot| place > pivot);
        let fault = match step.undo {
            _ if !is_name(step.name) => "is not a name (a-z, 0-9, -)",
            _ if self.place_of(step.name) != Some(place) => "is the name of two steps",
            _ if step.retry.attempts == 0 => "is never tried",
            Undo::Compensate(_) if after_pivot => "stands after the pivot and is never undone",
            Undo::Compensate(retry) if retry.attempts == 0 => "is never undone",
            Undo::Forward if !after_pivot => "goes only forward, but stands before any pivot",
            Undo::NotNeeded(reason) if reason.trim().is_empty() => {
                "does not say why it needs no undo"
            }
            Undo::NotNeeded(_) if after_pivot && step.kind == StepKind::Action => {
                "stands after the pivot: it goes only forward"
            }
            _ => return None,
        };
        Some(format!("step {:?} {fault}", step.name))
    }
}

fn is_name(text: &str) -> bool {
    let letters = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(builder: DefinitionBuilder) -> String {
        builder.build().expect_err("unsound").to_string()
    }

    #[test]
    fn a_sound_definition_is_taken() {
        let definition = Definition::named("visit-to-cash", 3)
            .deadline(Duration::from_hours(24))
            .step(Step::compensated("hold"))
            .step(Step::without_undo("check", "it only reads"))
            .step(Step::signal("visit").within(Duration::from_hours(1)))
            .step(Step::pivot("capture"))
            .step(Step::pause("cool-off", Duration::from_mins(1)))
            .step(Step::forward("notify"))
            .build()
            .expect("sound");
        assert_eq!(definition.pivot(), Some(3));
        assert_eq!(definition.place_of("notify"), Some(5));
    }

    #[test]
    fn unsound_definitions_are_refused_by_name() {
        let two = |a, b| Definition::named("s", 1).step(a).step(b);
        let pivot = Step::pivot("p");
        for (builder, expected) in [
            (
                Definition::named("s", 1),
                "saga s: has 0 steps, not 1 to 64",
            ),
            (
                Definition::named("S", 1).step(pivot),
                "saga S: \"S\" is not a name (a-z, 0-9, -)",
            ),
            (
                two(pivot, Step::pivot("q")),
                "saga s: has more than one pivot",
            ),
            (
                two(pivot, Step::compensated("a")),
                "saga s: step \"a\" stands after the pivot and is never undone",
            ),
            (
                two(Step::forward("a"), pivot),
                "saga s: step \"a\" goes only forward, but stands before any pivot",
            ),
            (
                two(Step::without_undo("a", " "), pivot),
                "saga s: step \"a\" does not say why it needs no undo",
            ),
            (
                two(Step::compensated("p"), pivot),
                "saga s: step \"p\" is the name of two steps",
            ),
            (
                two(Step::compensated("a").undo_retry(Retry::times(0)), pivot),
                "saga s: step \"a\" is never undone",
            ),
        ] {
            assert_eq!(fault(builder), expected);
        }
    }
}
