//! What spans hospital, insurance and billing.

use serde_json::{Value, json};

use super::rows::MAKES;
use super::rows::Row::{self, Empty, Hidden, Own};
use super::things::{Maker, text};

const RUNS: &str = "the run is of the tenant of the token, and its steps find what that tenant has";

pub(super) fn rows() -> Vec<(&'static str, Row)> {
    let note = json!({"note": "go on"});
    let run = &["journeys", "$run"];
    let coded = json!({"encounter": "$encounter of run"});
    vec![
        ("start_patient_registration", Own(MAKES)),
        ("start_visit_to_cash", Own(RUNS)),
        ("visit_coded", Hidden(&["$run"], coded)),
        ("start_cancellation_and_no_show", Own(RUNS)),
        ("start_remittance_posting", Own(RUNS)),
        ("start_claim_reversal", Own(RUNS)),
        ("start_premium", Own(RUNS)),
        ("sagas", Empty(&["journeys"])),
        ("saga", Hidden(run, Value::Null)),
        ("resume_saga", Hidden(run, note.clone())),
        ("cancel_saga", Hidden(run, note.clone())),
        ("abandon_saga", Hidden(run, note)),
    ]
}

pub(super) async fn make(maker: &mut Maker<'_>) {
    let path = "/api/v1/sagas/visit-to-cash";
    let started = maker.post(path, visit("$slot 4")).await;
    maker.keep("run", text(&started["saga"]));
    // No worker runs here: what the run would do until the visit is done in its place.
    let appointment = started["makes"]["appointment"].clone();
    let slot = json!({"schedule": "$schedule", "service": "$service", "start": "$slot 4"});
    let booking = json!({"id": appointment, "patient": "$patient", "slot": slot});
    let booked = "appointment of run";
    maker.make(booked, "/api/v1/appointments", booking).await;
    let arrive = "/api/v1/appointments/$appointment of run/arrive";
    maker.post(arrive, Value::Null).await;
    let visit = json!({"appointment": "$appointment of run"});
    maker
        .make("encounter of run", "/api/v1/encounters", visit)
        .await;
}

fn visit(start: &str) -> Value {
    json!({"patient": "$patient", "collection": {"method": "cash"},
        "slot": {"schedule": "$schedule", "service": "$service", "start": start}})
}
