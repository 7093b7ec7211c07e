//! What must be there before a patient comes: doctors, rooms, hours, a payer, its plan, an agent.

use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::client::Client;
use super::door::Door;
use super::journal::{Journal, Who};
use super::trouble::{Result, Trouble};
use crate::http;
use crate::server::Server;

/// Doctors, each with a room. Fewer than clients, so that clients meet at the same slots.
const DOCTORS: usize = 6;
/// Days over which appointments are spread.
const DAYS: u64 = 6;

/// What proves who asks.
#[derive(Debug)]
pub(crate) struct Keys {
    desk: String,
    second: String,
}

impl Keys {
    pub(super) fn of(&self, who: Who) -> &str {
        match who {
            Who::Desk => &self.desk,
            Who::Second => &self.second,
        }
    }
}

/// A clinic that is open.
#[derive(Debug)]
pub(crate) struct Clinic {
    pub(crate) keys: Keys,
    pub(super) today: String,
    pub(super) payer: String,
    pub(super) agent: String,
    pub(super) plan: String,
    pub(super) service: String,
    /// Practitioners.
    pub(super) doctors: Vec<String>,
    /// What was acknowledged on the way here.
    pub(super) journal: Journal,
}

impl Clinic {
    /// Opens one.
    pub(super) fn prepare(door: &Door) -> Result<Self> {
        let keys = keys(door)?;
        let today = today();
        let house = Client::new("house".to_owned(), 0, door, &keys);
        let (payer, plan) = plan(&house, &today)?;
        let agent = agent(&house)?;
        let details = json!({"name": "Consultation", "duration_minutes": 5});
        let service = made(&house, "services", &json!({"details": details}))?;
        let doctors = (0..DOCTORS)
            .map(|number| doctor(&house, number, &service, &today))
            .collect::<Result<_>>()?;
        let journal = house.into_journal();
        Ok(Self {
            keys,
            today,
            payer,
            agent,
            plan,
            service,
            doctors,
            journal,
        })
    }

    /// Where the free slots of some doctor on some day are.
    pub(super) fn some_slots(&self, client: &Client<'_>) -> String {
        let doctor = &self.doctors[client.below(DOCTORS as u64) as usize];
        let ahead = Duration::from_secs(60 * client.below(DAYS * 24 * 60));
        let from = SystemClock::new().now().plus(ahead);
        let service = &self.service;
        format!("slots?service={service}&practitioner={doctor}&from={from}&limit=5")
    }
}

/// An amount of money.
pub(super) fn usd(minor: i64) -> Value {
    json!({"amount_minor": minor, "currency": "USD"})
}

/// The text called `name` in `answer`.
pub(super) fn text(answer: &Value, name: &str) -> Result<String> {
    let found = answer[name].as_str().map(str::to_owned);
    found.ok_or_else(|| Trouble::Surprise(format!("there is no {name} in {answer}")))
}

/// Makes something and gives its id.
pub(super) fn made(client: &Client<'_>, path: &str, body: &Value) -> Result<String> {
    text(&client.post(201, path, body)?, "id")
}

fn today() -> String {
    let mut moment = SystemClock::new().now().to_string();
    moment.truncate("2026-05-04".len());
    moment
}

/// A key for the desk and one for somebody else, each of whom may do all that there is.
fn keys(door: &Door) -> Result<Keys> {
    let host = door.host(0).ok_or(Trouble::Shut)?;
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &Value| {
        let path = format!("/api/v1/auth/{path}");
        let text = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        http::ask(&host, method, &path, headers, &text).body
    };
    let who = json!({"name": "admin", "password": Server::PASSWORD});
    let token = text(&ask("POST", "sign-in", &[], &who), "access_token")?;
    let bearer = format!("Bearer {token}");
    let shown = ("Authorization", bearer.as_str());
    let known = ask("GET", "permissions", &[shown], &Value::Null);
    let known = known["permissions"].as_array().cloned().unwrap_or_default();
    let permissions: Vec<_> = known.iter().map(|it| &it["name"]).collect();
    let key = |name: &str| {
        let client = json!({"name": name, "permissions": permissions});
        let answer = ask(
            "POST",
            "clients",
            &[shown, ("Idempotency-Key", name)],
            &client,
        );
        text(&answer, "key")
    };
    Ok(Keys {
        desk: key("desk")?,
        second: key("second-person")?,
    })
}

/// A payer and its plan, by which a consultation costs 100.00, of which the patient pays 20.00 and a fifth of the rest.
fn plan(house: &Client<'_>, today: &str) -> Result<(String, String)> {
    let payer = json!({"code": "NM", "name": "Northern Mutual"});
    let payer = made(house, "payers", &payer)?;
    let product = json!({"payer": payer, "name": "Family care"});
    let product = made(house, "products", &product)?;
    let plan = json!({"product": product, "name": "Family care silver", "currency": "USD"});
    let plan = made(house, "plans", &plan)?;
    let tier = json!({"from_unit": 1, "copay": usd(2_000), "deductible_applies": false, "coinsurance": 2_000});
    let covered = json!({"covered": {"counts_to_out_of_pocket": true, "tiers": [tier]}});
    let selector = json!({"category": "consultation"});
    let rule = json!({"id": "consultation", "selector": selector, "benefit": covered});
    let benefits = json!({
        "id": "silver-1", "currency": "USD", "rounding": "half-even", "benefit_year": "calendar",
        "networks": [], "limits": [], "rules": [rule]
    });
    let fees = json!({"99213": {"category": "consultation", "price": usd(10_000)}});
    let terms = json!({"benefits": benefits, "fees": fees, "unlisted": "denied"});
    let version = json!({"number": 1, "effective_from": today, "terms": terms});
    house.post(201, &format!("plans/{plan}/versions"), &version)?;
    Ok((payer, plan))
}

/// An agent, who earns a tenth of what is collected.
fn agent(house: &Client<'_>) -> Result<String> {
    let (plan, agent) = (house.new_id(), house.new_id());
    let tier = json!({"from_minor": 0, "rate": 1_000});
    let terms = json!({"tiers": [tier], "rounding": "half-even", "hold_back_days": 0});
    let name = "A tenth of what is collected";
    let plan = json!({"id": plan, "name": name, "terms": terms});
    let plan = made(house, "commissions/plans", &plan)?;
    let agent = json!({"id": agent, "name": "Ada Lind", "plan": plan});
    made(house, "agents", &agent)
}

/// A practitioner who sees patients all day in a room of their own.
fn doctor(house: &Client<'_>, number: usize, service: &str, today: &str) -> Result<String> {
    let details = json!({"family_name": "Okafor", "given_names": format!("N. {number}"), "specialty": "Cardiology"});
    let practitioner = made(house, "practitioners", &json!({"details": details}))?;
    let details = json!({"name": format!("Room {number}"), "zone": "UTC"});
    let location = made(house, "locations", &json!({"details": details}))?;
    let hours = json!({"opens": "00:00:00", "closes": "00:00:00"});
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let weekly: Vec<_> = days
        .iter()
        .map(|day| json!({"day": day, "hours": hours}))
        .collect();
    let details = json!({
        "practitioner": practitioner, "location": location, "services": [service],
        "weekly": weekly, "valid_from": today
    });
    house.post(201, "schedules", &json!({"details": details}))?;
    Ok(practitioner)
}

/// What is known about somebody, whom the number tells from others.
pub(crate) fn person(family: &str, number: impl std::fmt::Display) -> Value {
    json!({
        "family_name": family, "given_names": format!("No. {number}"),
        "birth_date": "1984-02-29", "sex": "female"
    })
}
