//! Runs of sagas, as clients wait for them.

use serde_json::Value;

use super::client::Client;
use super::clinic::text;
use super::trouble::{Result, Trouble};

/// How a run ended.
pub(super) enum End {
    Completed,
    /// Everything was undone, for this reason.
    Compensated(String),
}

/// Waits until the run that was `started` is completed; one that is undone is a surprise.
pub(super) fn completed(client: &Client<'_>, started: &Value) -> Result<()> {
    match until_run(client, started, end_of)? {
        End::Completed => Ok(()),
        End::Compensated(reason) => Err(Trouble::Surprise(reason)),
    }
}

/// Looks at the run that was `started` until `found` finds something. While it is parked, it is let go on, as a person would do.
pub(super) fn until_run<T>(
    client: &Client<'_>,
    started: &Value,
    found: impl Fn(&Value) -> Result<Option<T>>,
) -> Result<T> {
    let run = format!("sagas/journeys/{}", text(started, "saga")?);
    client.until(&run, |run_now| {
        if run_now["state"] == "parked" {
            client.resume(&run)?;
        }
        found(run_now)
    })
}

/// A step of a run.
pub(super) fn step<'a>(run: &'a Value, name: &str) -> &'a Value {
    let mut steps = run["steps"].as_array().into_iter().flatten();
    steps
        .find(|step| step["name"] == name)
        .unwrap_or(&Value::Null)
}

/// How a run ended, if it has.
pub(super) fn end_of(run: &Value) -> Result<Option<End>> {
    Ok(match run["state"].as_str().unwrap_or_default() {
        "running" | "compensating" | "parked" => None,
        "completed" => Some(End::Completed),
        "compensated" => Some(End::Compensated(text(run, "reason")?)),
        _ => return Err(Trouble::Surprise(run.to_string())),
    })
}
