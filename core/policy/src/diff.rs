//! What another policy would change.

use serde::Serialize;
use serde_json::Value;

use crate::compiled::Policy;
use crate::effective::{EndpointBase, ServiceBase};

/// One value that is another under the other policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Of what: `GET /api/v1/codes/{code}`, or `service billing`.
    pub of: String,
    /// Which rule: `timeout_ms`.
    pub rule: String,
    /// Under the one.
    pub before: Value,
    /// Under the other.
    pub after: Value,
}

/// What is another under `after` than under `before`, for these endpoints and services.
pub fn diff(
    before: &Policy,
    after: &Policy,
    endpoints: &[EndpointBase<'_>],
    services: &[(&str, ServiceBase)],
) -> Vec<Change> {
    let mut changes = Vec::new();
    for endpoint in endpoints {
        let of = format!("{} {}", endpoint.method, endpoint.path);
        let (before, after) = (before.effective(endpoint), after.effective(endpoint));
        compare(&of, &values(&before), &values(&after), &mut changes);
    }
    for (name, base) in services {
        let before = before.effective_service(name, base);
        let after = after.effective_service(name, base);
        let of = format!("service {name}");
        compare(&of, &values(&before), &values(&after), &mut changes);
    }
    changes
}

fn values(effective: &impl Serialize) -> Value {
    serde_json::to_value(effective).expect("text, numbers and lists")
}

/// Compares what holds, not where it comes from.
fn compare(of: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return;
    };
    for (rule, before) in before {
        let sides = (before.get("value"), after[rule].get("value"));
        let (Some(before), Some(after)) = sides else {
            continue;
        };
        if before != after {
            changes.push(Change {
                of: of.to_owned(),
                rule: rule.clone(),
                before: before.clone(),
                after: after.clone(),
            });
        }
    }
}
