//! The events of sagas as the catalogue shows them.

use medcover_kernel::{SagaId, Timestamp};
use medcover_saga::{Cause, Direction, Event};
use medcover_store::CanonicalJson;
use serde_json::{Value, json};
use uuid::Uuid;

use super::log::{KEY_RELEASED, KEY_TAKEN, PREFIX, SCHEMA};
use crate::bus::{Catalogue, EventType};

/// The events of sagas for the catalogue.
pub fn catalogue() -> Catalogue {
    let runs = [begun(), steps(), undos(), people(), ends()]
        .concat()
        .into_iter()
        .map(|(summary, event)| EventType {
            kind: format!("{PREFIX}{}", event.kind()),
            schema: SCHEMA,
            summary,
            example: canonical(&event.data()),
        });
    let saga = SagaId::from_uuid(Uuid::from_u128(7));
    let keys = [
        (
            KEY_TAKEN,
            "A run has the business key; no other run of that saga begins.",
        ),
        (KEY_RELEASED, "The run that had the business key is over."),
    ];
    let keys = keys.map(|(kind, summary)| EventType {
        kind: kind.to_owned(),
        schema: SCHEMA,
        summary,
        example: canonical(&json!({ "saga": saga })),
    });
    runs.chain(keys).fold(Catalogue::new(), Catalogue::with)
}

fn canonical(value: &Value) -> CanonicalJson {
    CanonicalJson::of_value(value).expect("examples hold whole numbers only")
}

/// A sentence and an example.
type Described = (&'static str, Event);

const AT: Timestamp = Timestamp::from_micros(1_775_001_600_000_000);
const ATTEMPT: u32 = 1;

fn step() -> String {
    "hold".to_owned()
}

fn reason() -> String {
    "the service is away".to_owned()
}

fn begun() -> Vec<Described> {
    let started = Event::Started {
        definition: "transfer".to_owned(),
        version: 1,
        input: json!({"amount_minor": 100}),
        key: Some("invoice-7".to_owned()),
        at: AT,
    };
    vec![(
        "A run exists; it keeps this version of the definition to its end.",
        started,
    )]
}

fn steps() -> Vec<Described> {
    let (step, attempt) = (step(), ATTEMPT);
    let started = Event::StepStarted {
        step: step.clone(),
        attempt,
        at: AT,
    };
    let cause = Cause::Failed(reason());
    let delayed = Event::StepDelayed {
        step: step.clone(),
        attempt,
        cause,
        due: AT,
    };
    let output = json!({"hold": "h-1"});
    let done = Event::StepDone {
        step: step.clone(),
        attempt,
        output,
    };
    let refused = Event::StepRefused {
        step,
        attempt,
        reason: reason(),
    };
    vec![
        ("An attempt at a step begins.", started),
        (
            "An attempt gave no result; the step is asked again when due.",
            delayed,
        ),
        ("A step took effect.", done),
        ("A step took no effect and never will.", refused),
    ]
}

fn undos() -> Vec<Described> {
    let (step, attempt) = (step(), ATTEMPT);
    let started = Event::UndoStarted {
        step: step.clone(),
        attempt,
        at: AT,
    };
    let cause = Cause::Failed(reason());
    let delayed = Event::UndoDelayed {
        step: step.clone(),
        attempt,
        cause,
        due: AT,
    };
    let done = Event::UndoDone { step, attempt };
    vec![
        (
            "From here on the run goes backward.",
            Event::Turned { reason: reason() },
        ),
        ("An attempt at undoing a step begins.", started),
        (
            "An attempt to undo gave no result; it is made again when due.",
            delayed,
        ),
        ("The effect of a step is gone.", done),
    ]
}

fn people() -> Vec<Described> {
    let direction = Direction::Backward;
    let note = || "operator: the account is open again".to_owned();
    let parked = Event::Parked {
        step: step(),
        direction,
        reason: reason(),
    };
    let payload = json!({"encounter": "e-1"});
    let signalled = Event::Signalled {
        name: "visit".to_owned(),
        payload,
    };
    vec![
        ("The machine is at its end; a person decides.", parked),
        (
            "A person lets the run go on.",
            Event::Resumed {
                direction,
                note: note(),
            },
        ),
        (
            "A person takes the run over.",
            Event::Abandoned { note: note() },
        ),
        ("Something that a step waits for happened.", signalled),
    ]
}

fn ends() -> Vec<Described> {
    vec![
        ("Every step took effect.", Event::Completed),
        ("Every effect is gone.", Event::Compensated),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_is_in_the_catalogue() {
        let kinds: Vec<_> = catalogue().types().map(|it| it.kind.clone()).collect();
        for kind in Event::KINDS {
            assert!(kinds.contains(&format!("{PREFIX}{kind}")), "{kind}");
        }
    }
}
