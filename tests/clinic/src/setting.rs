//! What the clinic is made of: two practitioners, a place, a plan with tight limits, an agent.

use jiff::Timestamp as Moment;
use medcover_contract_hospital::{Moment as At, ScheduleId, ServiceId, SlotChoice};
use medcover_contract_insurance::{PlanId, ProductId};
use medcover_kernel::{Currency, MemberId, Money, PolicyId, PractitionerId, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::commands::{Command, patient, payer};
use crate::model::Limits;

/// Patients that the clinic begins with; each has a policy of their own but for two, who share one.
pub(crate) const PATIENTS: u128 = 5;
/// Practitioners, each with a schedule.
pub(crate) const PRACTITIONERS: u128 = 2;
/// The code of a consultation, of a therapy that needs an authorisation, and of what the plan does not know.
pub(crate) const PROCEDURES: [&str; 3] = ["99213", "97110", "77777"];
/// The diagnoses that the release knows.
pub(crate) const DIAGNOSES: [&str; 3] = ["E11.9", "I10", "J45.909"];

const DEDUCTIBLE: i64 = 10_000;
const OUT_OF_POCKET: i64 = 40_000;
const THERAPY_UNITS: i64 = 6;
const THERAPY_AMOUNT: i64 = 60_000;

fn numbered(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128((kind << 64) + number)
}

pub(crate) fn practitioner(number: u128) -> PractitionerId {
    PractitionerId::from_uuid(numbered(0xd0c, number))
}

/// A visit for one, or one of a group of two.
pub(crate) fn service(number: u128) -> ServiceId {
    ServiceId::from_uuid(numbered(0x5e4, number))
}

pub(crate) fn schedule(number: u128) -> ScheduleId {
    ScheduleId::from_uuid(numbered(0x5c4, number))
}

pub(crate) fn policy(number: u128) -> PolicyId {
    PolicyId::from_uuid(numbered(0x901, number))
}

pub(crate) fn member(number: u128) -> MemberId {
    MemberId::from_uuid(numbered(0x3e3, number))
}

pub(crate) fn agent() -> Uuid {
    numbered(0xa9e, 0)
}

/// The policy of a patient: the last two share one.
pub(crate) const fn policy_of(number: u128) -> u128 {
    if number == PATIENTS - 1 {
        number - 1
    } else {
        number
    }
}

/// The slot that begins so many half hours after the third hour of the first day.
pub(crate) fn slot(schedule_number: u128, service_number: u128, half_hours: u64) -> SlotChoice {
    let start =
        1_767_225_600_000_000 + 3 * 3_600_000_000 + half_hours.cast_signed() * 1_800_000_000;
    SlotChoice {
        schedule: schedule(schedule_number),
        service: service(service_number),
        start: At(Timestamp::from_micros(start)),
    }
}

pub(crate) fn moment(at: At) -> Moment {
    Moment::from_microsecond(at.0.as_micros()).expect("a moment of our time")
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("within bounds")
}

/// The limits of the plan, as the second model knows them.
pub(crate) fn limits() -> Limits {
    let limits = [
        (json!({"deductible": "in"}), DEDUCTIBLE),
        (json!({"out-of-pocket": "in"}), OUT_OF_POCKET),
        (json!({"limit-units": "therapy"}), THERAPY_UNITS),
        (json!({"limit-amount": "therapy"}), THERAPY_AMOUNT),
    ];
    let limit = |(counter, limit): (Value, i64)| (format!("{counter} member"), i128::from(limit));
    limits.into_iter().map(limit).collect()
}

fn of<T: DeserializeOwned>(request: Value) -> T {
    serde_json::from_value(request).expect("a request as its contract has it")
}

fn amount(minor: i64) -> Value {
    json!({ "amount_minor": minor, "currency": "USD" })
}

/// All that is there before the first patient comes, in an order in which each finds what it needs.
pub(crate) fn opening() -> Vec<Command> {
    let mut commands = calendars();
    commands.extend(plan());
    commands.extend(agents());
    for number in 0..PATIENTS {
        commands.push(Command::RegisterPatient {
            request: person(number),
        });
    }
    for number in 0..PATIENTS {
        commands.extend(cover(number));
    }
    commands
}

fn person(number: u128) -> medcover_contract_hospital::RegisterPatientRequest {
    of(json!({
        "id": patient(number),
        "details": {
            "family_name": format!("Rossi {number}"), "given_names": "Maria", "birth_date": "1984-02-29", "sex": "female",
            "identifiers": [{ "system": "https://clinic.example/record", "value": number.to_string() }],
        },
    }))
}

fn calendars() -> Vec<Command> {
    let location = numbered(0x10c, 0);
    let mut commands = vec![Command::AddLocation {
        request: of(
            json!({ "id": location, "details": { "name": "Room 12", "zone": "Europe/Rome", "capacity": 3 } }),
        ),
    }];
    for number in 0..2 {
        commands.push(Command::AddService {
            request: of(json!({ "id": service(number), "details": {
                "name": format!("Service {number}"), "duration_minutes": 30, "capacity": number + 1,
            } })),
        });
    }
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let weekly = days
        .map(|day| json!({ "day": day, "hours": { "opens": "00:00:00", "closes": "23:30:00" } }));
    for number in 0..PRACTITIONERS {
        commands.push(Command::AddPractitioner {
            request: of(json!({ "id": practitioner(number), "details": {
                "family_name": format!("Okafor {number}"), "given_names": "Ngozi",
            } })),
        });
        commands.push(Command::AddSchedule {
            request: of(json!({ "id": schedule(number), "details": {
                "practitioner": practitioner(number), "location": location,
                "services": [service(0), service(1)], "weekly": weekly, "valid_from": "2025-12-01",
            } })),
        });
    }
    commands
}

fn plan() -> Vec<Command> {
    let (product, plan) = (
        ProductId::from_uuid(numbered(0x940, 0)),
        PlanId::from_uuid(numbered(0x91a, 0)),
    );
    let tier = |copay| json!([{ "from_unit": 1, "copay": amount(copay), "deductible_applies": true, "coinsurance": 2_000 }]);
    let rule = |id: &str, authorised: bool, copay| {
        json!({ "id": id, "selector": { "category": id }, "benefit": { "covered": {
            "authorisation_required": authorised, "counts_to_out_of_pocket": id != "therapy",
            "limit": (id == "therapy").then_some("therapy"), "tiers": tier(copay),
        } } })
    };
    let version = of(json!({
        "number": 1, "effective_from": "2025-01-01",
        "terms": {
            "benefits": {
                "id": "silver-1", "currency": "USD", "rounding": "half-even", "benefit_year": "calendar",
                "networks": [{ "network": "in", "deductible": { "member": amount(DEDUCTIBLE) },
                    "out_of_pocket": { "member": amount(OUT_OF_POCKET) } }],
                "limits": [{ "id": "therapy", "scope": "member", "period": "benefit-year",
                    "units": THERAPY_UNITS, "amount": amount(THERAPY_AMOUNT) }],
                "rules": [rule("consultation", false, 1_000), rule("therapy", true, 0)],
            },
            "fees": {
                "99213": { "category": "consultation", "price": amount(9_000) },
                "97110": { "category": "therapy", "price": amount(15_000) },
            },
            "unlisted": "denied",
        },
    }));
    vec![
        Command::RegisterPayer {
            request: of(
                json!({ "id": payer(), "code": "NM", "name": "National Mutual", "scrubbing": "warn" }),
            ),
        },
        Command::CreateProduct {
            request: of(json!({ "id": product, "payer": payer(), "name": "Family care" })),
        },
        Command::CreatePlan {
            request: of(
                json!({ "id": plan, "product": product, "name": "Silver", "currency": "USD" }),
            ),
        },
        Command::PublishVersion {
            plan,
            request: version,
        },
    ]
}

fn agents() -> Vec<Command> {
    let plan = numbered(0xa91, 0);
    vec![
        Command::MakeCommissionPlan {
            request: of(json!({ "id": plan, "name": "Five of a hundred", "terms": {
                "tiers": [{ "from_minor": 0, "rate": crate::model::COMMISSION_BASIS_POINTS as u64 }],
                "rounding": "half-even", "hold_back_days": 0,
            } })),
        },
        Command::RegisterAgent {
            request: of(json!({ "id": agent(), "name": "Rossi & Daughters", "plan": plan })),
        },
    ]
}

/// The policy of a patient, where nobody has it already, and their membership.
fn cover(number: u128) -> Vec<Command> {
    let of_policy = policy(policy_of(number));
    let mut commands = Vec::new();
    if policy_of(number) == number {
        commands.push(Command::QuotePolicy {
            request: of(json!({
                "id": of_policy, "number": format!("NM-{number}"), "plan": numbered(0x91a, 0), "from": "2026-01-01",
                "premium": { "amount": amount(31_000), "every": "month", "grace_days": 30 },
                "agent": number.is_multiple_of(2).then(agent),
            })),
        });
        commands.push(Command::AcceptPolicy { policy: of_policy });
    }
    // The premium of the first policy is collected by a saga.
    if number > 0 && policy_of(number) == number {
        commands.push(Command::SettlePremium {
            policy: of_policy,
            number: 1,
            request: of(json!({})),
        });
        commands.push(Command::ActivatePolicy { policy: of_policy });
    }
    commands.push(Command::EnrolMember {
        policy: of_policy,
        request: of(json!({
            "id": member(number), "patient": patient(number),
            "relationship": if policy_of(number) == number { "holder" } else { "spouse" },
            "born_on": "1984-02-29", "sex": "female",
        })),
    });
    commands
}
