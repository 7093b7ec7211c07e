//! Patients, schedules, appointments, encounters.

use serde_json::{Value, json};

use super::rows::Row::{self, Empty, Hidden, Own, Unknown};
use super::rows::{LISTS, MAKES};
use super::things::{Maker, text};

pub(super) fn rows() -> Vec<(&'static str, Row)> {
    let rows = [
        of_patients(),
        of_offers(),
        of_appointments(),
        of_encounters(),
    ];
    rows.into_iter().flatten().collect()
}

fn of_patients() -> Vec<(&'static str, Row)> {
    let error = json!({"reason": "a slip"});
    let merge = json!({"into": "$twin", "reason": "the same person"});
    vec![
        ("register_patient", Own(MAKES)),
        ("patients", Own(LISTS)),
        ("patient", Hidden(&["$patient"], Value::Null)),
        (
            "change_patient",
            Hidden(&["$patient"], json!({"details": person("Rossi")})),
        ),
        ("merge_patient", Hidden(&["$double"], merge)),
        (
            "unmerge_patient",
            Hidden(&["$double"], json!({"reason": "two people"})),
        ),
        ("mark_patient_in_error", Hidden(&["$nobody"], error)),
    ]
}

fn of_offers() -> Vec<(&'static str, Row)> {
    let hours = json!({"hours": []});
    vec![
        ("add_practitioner", Own(MAKES)),
        ("practitioners", Own(LISTS)),
        ("practitioner", Hidden(&["$practitioner"], Value::Null)),
        (
            "change_practitioner",
            Hidden(&["$practitioner"], json!({"details": practitioner()})),
        ),
        (
            "block_time",
            Hidden(&["$practitioner"], leave("2100-02-01")),
        ),
        ("blocks", Empty(&["$practitioner"])),
        (
            "unblock_time",
            Hidden(&["$practitioner", "$block"], Value::Null),
        ),
        ("add_location", Own(MAKES)),
        ("locations", Own(LISTS)),
        ("location", Hidden(&["$location"], Value::Null)),
        (
            "change_location",
            Hidden(&["$location"], json!({"details": location()})),
        ),
        ("add_service", Own(MAKES)),
        ("services", Own(LISTS)),
        ("service", Hidden(&["$service"], Value::Null)),
        (
            "change_service",
            Hidden(&["$service"], json!({"details": service()})),
        ),
        ("add_schedule", Unknown(&[], json!({"details": schedule()}))),
        ("schedules", Own(LISTS)),
        ("schedule", Hidden(&["$schedule"], Value::Null)),
        (
            "change_schedule",
            Unknown(&["$schedule"], json!({"details": schedule()})),
        ),
        ("set_day_hours", Hidden(&["$schedule", "2100-01-01"], hours)),
        (
            "reset_day_hours",
            Hidden(&["$schedule", "2100-01-01"], Value::Null),
        ),
    ]
}

fn of_appointments() -> Vec<(&'static str, Row)> {
    let held = json!({"slot": slot("$slot 5"), "patient": "$patient"});
    let booked = json!({"slot": slot("$slot 6"), "patient": "$patient"});
    let reason = "she was in acute pain";
    let over = json!({"slot": slot("$slot 6"), "patient": "$twin", "reason": reason});
    let again = json!({"slot": slot("$slot 7"), "reason": "it rains"});
    let nothing = || Value::Null;
    vec![
        ("slots", Hidden(&["?service=$service"], Value::Null)),
        ("hold_slot", Hidden(&[], held)),
        ("hold", Hidden(&["$hold"], Value::Null)),
        ("release_hold", Hidden(&["$hold"], json!({}))),
        ("offer_slot", Hidden(&[], json!({"slot": slot("$slot 8")}))),
        ("book_appointment", Hidden(&[], booked)),
        ("overbook_appointment", Hidden(&[], over)),
        ("propose_appointment", Hidden(&[], proposal())),
        ("appointments", Own(LISTS)),
        ("waitlist", Empty(&["?service=$service"])),
        ("appointment", Hidden(&["$appointment"], Value::Null)),
        ("accept_appointment", Hidden(&["$proposal"], nothing())),
        ("waitlist_appointment", Hidden(&["$proposal"], nothing())),
        (
            "place_appointment",
            Hidden(&["$proposal"], json!({"slot": slot("$slot 9")})),
        ),
        (
            "reschedule_appointment",
            Hidden(&["$other appointment"], again),
        ),
        ("arrive_appointment", Hidden(&["$appointment"], nothing())),
        ("check_in_appointment", Hidden(&["$appointment"], nothing())),
        ("mark_no_show", Hidden(&["$appointment"], nothing())),
        (
            "cancel_appointment",
            Hidden(&["$appointment"], json!({"reason": "it rains"})),
        ),
        (
            "mark_appointment_in_error",
            Hidden(&["$appointment"], json!({"reason": "a slip"})),
        ),
    ]
}

fn of_encounters() -> Vec<(&'static str, Row)> {
    let diagnoses = || json!([{"code": "I10", "rank": 1}]);
    let codes = json!({"diagnoses": diagnoses(), "procedures": []});
    let amended = json!({"diagnoses": diagnoses(), "procedures": [], "reason": "a slip"});
    vec![
        ("plan_encounter", Hidden(&[], visit())),
        ("start_encounter", Hidden(&[], visit())),
        ("encounters", Empty(&["?patient=$patient"])),
        ("encounter", Hidden(&["$encounter"], Value::Null)),
        ("record_encounter", Hidden(&["$encounter"], codes.clone())),
        ("finish_encounter", Hidden(&["$encounter"], Value::Null)),
        ("code_encounter", Hidden(&["$encounter"], codes)),
        ("amend_encounter", Hidden(&["$encounter"], amended)),
        ("mark_billed", Hidden(&["$encounter"], Value::Null)),
        (
            "mark_encounter_in_error",
            Hidden(&["$encounter"], json!({"reason": "a slip"})),
        ),
    ]
}

pub(super) async fn make(maker: &mut Maker<'_>) {
    for (name, family_name) in [
        ("patient", "Rossi"),
        ("twin", "Bianchi"),
        ("double", "Bianchi"),
        ("nobody", "Nemo"),
    ] {
        let person = json!({"details": person(family_name)});
        maker.make(name, "/api/v1/patients", person).await;
    }
    let of = |details: Value| json!({"details": details});
    let (added, place) = ("/api/v1/practitioners", "/api/v1/locations");
    maker.make("practitioner", added, of(practitioner())).await;
    maker.make("location", place, of(location())).await;
    maker
        .make("service", "/api/v1/services", of(service()))
        .await;
    let schedules = "/api/v1/schedules";
    maker.make("schedule", schedules, of(schedule())).await;
    let blocks = "/api/v1/practitioners/$practitioner/blocks";
    maker.make("block", blocks, leave("2100-03-01")).await;
    take_slots(maker).await;
    maker.make("encounter", "/api/v1/encounters", visit()).await;
}

/// Names the first slots, and takes some of them.
async fn take_slots(maker: &mut Maker<'_>) {
    let list = format!("/api/v1/slots?service={}", maker.id("service"));
    let list = maker.get(&list).await;
    for (place, name) in SLOTS.into_iter().enumerate() {
        maker.keep(name, text(&list["slots"][place]["start"]));
    }
    let of_patient = |start| json!({"slot": slot(start), "patient": "$patient"});
    maker
        .make("hold", "/api/v1/slots/holds", of_patient("$slot 1"))
        .await;
    for (name, start) in [("appointment", "$slot 2"), ("other appointment", "$slot 3")] {
        maker
            .make(name, "/api/v1/appointments", of_patient(start))
            .await;
    }
    let propose = "/api/v1/appointments/propose";
    maker.make("proposal", propose, proposal()).await;
    maker.make("wish", propose, proposal()).await;
    let waits = "/api/v1/appointments/$wish/waitlist";
    maker.post(waits, Value::Null).await;
}

const SLOTS: [&str; 10] = [
    "slot 1", "slot 2", "slot 3", "slot 4", "slot 5", "slot 6", "slot 7", "slot 8", "slot 9",
    "slot 10",
];

fn person(family_name: &str) -> Value {
    json!({"family_name": family_name, "given_names": "Maria", "birth_date": "1984-02-29",
        "sex": "female"})
}

fn practitioner() -> Value {
    json!({"family_name": "Okafor", "given_names": "Ngozi"})
}

fn location() -> Value {
    json!({"name": "Room 12", "zone": "Europe/Rome"})
}

fn service() -> Value {
    json!({"name": "Visit", "duration_minutes": 30})
}

/// All day long.
fn schedule() -> Value {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let hours = json!({"opens": "00:00:00", "closes": "00:00:00"});
    json!({"practitioner": "$practitioner", "location": "$location", "services": ["$service"],
        "weekly": days.map(|day| json!({"day": day, "hours": hours})), "valid_from": "2026-01-01"})
}

pub(super) fn slot(start: &str) -> Value {
    json!({"schedule": "$schedule", "service": "$service", "start": start})
}

fn proposal() -> Value {
    json!({"patient": "$twin", "service": "$service", "wish": {"earliest": "2026-01-01"}})
}

fn visit() -> Value {
    json!({"patient": "$patient", "practitioner": "$practitioner", "location": "$location"})
}

/// An hour on that day.
fn leave(day: &str) -> Value {
    let (start, end) = (format!("{day}T08:00:00Z"), format!("{day}T09:00:00Z"));
    json!({"start": start, "end": end, "reason": "leave"})
}
