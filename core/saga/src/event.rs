//! The log of a run. Every intent is written before it is acted upon, every outcome after.

use medcover_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which way a run, or one attempt, goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Steps are taken.
    Forward,
    /// Steps are undone, the last one first.
    Backward,
}

/// Why an attempt ended without a result and is asked again at a later moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Nobody knows whether it took effect; the reason is for people. It spends an attempt.
    Failed(String),
    /// It is under way. It spends no attempt.
    Waiting,
}

/// One entry of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "kebab-case")]
pub enum Event {
    /// The run exists.
    Started {
        /// Name of the definition.
        definition: String,
        /// Version of the definition, which the run keeps to its end.
        version: u16,
        /// What the run is about; every step sees it.
        input: Value,
        /// Its business key: no other run of the saga has it until this one is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// When it began; deadlines count from here.
        at: Timestamp,
    },
    /// An attempt at a step begins.
    StepStarted {
        /// Name of the step.
        step: String,
        /// Number of the attempt, from 1; it never repeats within a step.
        attempt: u32,
        /// When.
        at: Timestamp,
    },
    /// The attempt gave no result; the step is asked again.
    StepDelayed {
        /// Name of the step.
        step: String,
        /// The attempt that ended.
        attempt: u32,
        /// Why.
        cause: Cause,
        /// Not before this moment.
        due: Timestamp,
    },
    /// The step took effect.
    StepDone {
        /// Name of the step.
        step: String,
        /// The attempt that says so.
        attempt: u32,
        /// What it gave; later steps and its undo see it.
        output: Value,
    },
    /// The step took no effect and never will.
    StepRefused {
        /// Name of the step.
        step: String,
        /// The attempt that says so.
        attempt: u32,
        /// Why, for people.
        reason: String,
    },
    /// From here on the run goes backward.
    Turned {
        /// Why, for people.
        reason: String,
    },
    /// An attempt at undoing a step begins.
    UndoStarted {
        /// Name of the step.
        step: String,
        /// Number of the attempt, from 1; it never repeats within an undo.
        attempt: u32,
        /// When.
        at: Timestamp,
    },
    /// The attempt to undo gave no result; it is made again.
    UndoDelayed {
        /// Name of the step.
        step: String,
        /// The attempt that ended.
        attempt: u32,
        /// Why.
        cause: Cause,
        /// Not before this moment.
        due: Timestamp,
    },
    /// Whatever effect the step had is gone and stays gone.
    UndoDone {
        /// Name of the step.
        step: String,
        /// The attempt that says so.
        attempt: u32,
    },
    /// The machine is at its end; a person decides.
    Parked {
        /// The step at which it stands.
        step: String,
        /// The way it went.
        direction: Direction,
        /// Why, for people.
        reason: String,
    },
    /// A person lets it go on, with fresh attempts.
    Resumed {
        /// The way it goes: the one it had.
        direction: Direction,
        /// Who and why.
        note: String,
    },
    /// A person takes it over; the run ends as it stands.
    Abandoned {
        /// Who and why.
        note: String,
    },
    /// Something that a step may wait for happened.
    Signalled {
        /// Name of the signal: the name of the step that waits for it.
        name: String,
        /// What it brought.
        payload: Value,
    },
    /// Every step took effect.
    Completed,
    /// Every effect is gone.
    Compensated,
}

impl Event {
    /// Every kind, in the order of the log's life, as [`Event::kind`] names them.
    pub const KINDS: [&'static str; 15] = [
        "started",
        "step-started",
        "step-delayed",
        "step-done",
        "step-refused",
        "turned",
        "undo-started",
        "undo-delayed",
        "undo-done",
        "parked",
        "resumed",
        "abandoned",
        "signalled",
        "completed",
        "compensated",
    ];

    /// The stable name of this kind of event.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::StepStarted { .. } => "step-started",
            Self::StepDelayed { .. } => "step-delayed",
            Self::StepDone { .. } => "step-done",
            Self::StepRefused { .. } => "step-refused",
            Self::Turned { .. } => "turned",
            Self::UndoStarted { .. } => "undo-started",
            Self::UndoDelayed { .. } => "undo-delayed",
            Self::UndoDone { .. } => "undo-done",
            Self::Parked { .. } => "parked",
            Self::Resumed { .. } => "resumed",
            Self::Abandoned { .. } => "abandoned",
            Self::Signalled { .. } => "signalled",
            Self::Completed => "completed",
            Self::Compensated => "compensated",
        }
    }

    /// The data of the event as JSON, without its kind.
    pub fn data(&self) -> Value {
        let tagged = serde_json::to_value(self).expect("an event holds only what JSON can say");
        match tagged {
            Value::Object(mut fields) => fields
                .remove("data")
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            _ => Value::Null,
        }
    }

    /// Reads an event back from its kind and data.
    pub fn read(kind: &str, data: &Value) -> Result<Self, serde_json::Error> {
        let mut tagged = serde_json::Map::new();
        tagged.insert("kind".to_owned(), Value::from(kind));
        // The two kinds without data are written with an empty object, which serde does not take for "nothing".
        if !matches!(kind, "completed" | "compensated") {
            tagged.insert("data".to_owned(), data.clone());
        }
        serde_json::from_value(Value::Object(tagged))
    }
}
