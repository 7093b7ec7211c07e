//! A policy, whose first premium is collected by its saga.

use serde_json::{Value, json};

use super::client::Client;
use super::clinic::{Clinic, made, person, usd};
use super::journal::Taking;
use super::run::completed;
use super::trouble::{Result, Trouble};

/// What it costs, in minor units.
const PREMIUM: i64 = 20_000;

/// A policy in force.
pub(super) fn open(client: &Client<'_>, clinic: &Clinic) -> Result<String> {
    let number = client.new_id();
    let details = person("Holder", &number);
    let holder = made(client, "patients", &json!({"details": details}))?;
    let premium = json!({"amount": usd(PREMIUM), "every": "month"});
    let quoted = json!({
        "number": number, "plan": clinic.plan, "from": clinic.today, "agent": clinic.agent,
        "premium": premium
    });
    let policy = made(client, "policies", &quoted)?;
    client.post(200, &format!("policies/{policy}/accept"), &Value::Null)?;
    let collection = json!({"method": "cash"});
    let wanted = json!({"policy": policy, "number": 1, "holder": holder, "collection": collection});
    completed(client, &client.post(202, "sagas/premium", &wanted)?)?;
    let now = client.get(&format!("policies/{policy}"))?;
    if now["state"] != "active" {
        return Err(Trouble::Surprise(format!("it is paid for: {now}")));
    }
    client.note(|journal| {
        journal.takings.push(Taking {
            premium: PREMIUM,
            ..Taking::default()
        });
    });
    Ok(policy)
}
